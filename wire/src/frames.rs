//! Frames as numbered PNG files, for both command lines.

use std::fs;
use std::path::Path;

use image::{ExtendedColorType, ImageFormat};

use crate::{Failure, PixelShape};

/// Writes frames as "00000.png" and so on, the number counting from `first`. Each is written beside its
/// place and then renamed, so that no half file is ever seen.
pub fn write_frames(
    folder: &Path,
    first: u32,
    shape: PixelShape,
    pixels: &[u8],
) -> Result<(), Failure> {
    let one = PixelShape { frames: 1, ..shape };
    let frame_bytes = one.bytes().unwrap_or(usize::MAX);
    for (number, frame) in (first..).zip(pixels.chunks_exact(frame_bytes.max(1))) {
        let path = folder.join(format!("{number:05}.png"));
        let beside = path.with_extension("png.part");
        let (width, height) = (shape.width, shape.height);
        image::save_buffer_with_format(
            &beside,
            frame,
            width,
            height,
            ExtendedColorType::Rgb8,
            ImageFormat::Png,
        )
        .map_err(|error| error.to_string())
        .and_then(|()| fs::rename(&beside, &path).map_err(|error| error.to_string()))
        .map_err(|why| {
            Failure::bad_file(
                format!("{} cannot be written: {why}", path.display()),
                "check the folder, its permissions and the room on the disk",
            )
        })?;
    }
    Ok(())
}

/// Makes the folder for a clip's frames. One that holds a clip already is refused: the longer of two clips
/// would show behind the end of the other.
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
