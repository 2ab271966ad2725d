//! Frames as numbered PNG files.
//! Used by the command lines of `kinora` and `kinora-engine`.

use std::fs;
use std::path::Path;

use image::{ExtendedColorType, ImageFormat};

use crate::{Failure, PixelShape};

/// Writes RGB frames as "00000.png" and so on, numbered from `first`. Each file is written under a temporary name and
/// then renamed, so a reader never sees half a file.
pub fn write_frames(
    folder: &Path,
    first: u32,
    shape: PixelShape,
    pixels: &[u8],
) -> Result<(), Failure> {
    for (number, frame) in (first..).zip(shape.split(pixels)) {
        let path = folder.join(format!("{number:05}.png"));
        let temporary = path.with_extension("png.part");
        let (width, height) = (shape.width, shape.height);
        image::save_buffer_with_format(
            &temporary,
            frame,
            width,
            height,
            ExtendedColorType::Rgb8,
            ImageFormat::Png,
        )
        .map_err(|error| error.to_string())
        .and_then(|()| fs::rename(&temporary, &path).map_err(|error| error.to_string()))
        .map_err(|why| {
            Failure::bad_file(
                format!("{} cannot be written: {why}", path.display()),
                "check the folder, its permissions and the room on the disk",
            )
        })?;
    }
    Ok(())
}

/// Creates the folder for a clip's frames. A folder that already holds a clip is refused: if the old clip is longer,
/// its last frames would remain after those of the new one.
pub fn make_frame_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be made: {error}", folder.display()),
            "name a folder that can be written to",
        )
    })?;
    if folder.join("00000.png").exists() {
        return Err(Failure::refused(
            format!("{} holds the frames of a clip", folder.display()),
            "name another folder; no clip is overwritten",
        ));
    }
    Ok(())
}
