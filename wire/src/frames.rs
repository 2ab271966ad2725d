//! Frames as numbered PNG files.
//! Used by the command lines of `kinora` and `kinora-engine`.

use std::fs;
use std::path::Path;

use image::{ExtendedColorType, ImageFormat};

use crate::{Failure, PixelShape};

/// Endings of films, pictures and sounds. A folder with such a name would be taken for a file.
const MEDIA_ENDINGS: [&str; 38] = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "flv", "mpg", "mpeg", "m2v", "mts", "m2ts",
    "mxf", "ogv", "3gp", "gif", "apng", "png", "jpg", "jpeg", "webp", "avif", "heic", "heif",
    "bmp", "tif", "tiff", "exr", "dpx", "tga", "wav", "mp3", "flac", "ogg", "opus", "m4a", "aac",
];

/// The ending of a path in lower case, if it is that of a film, a picture or a sound.
pub fn media_ending(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    MEDIA_ENDINGS.contains(&ending.as_str()).then_some(ending)
}

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
    if let Some(ending) = media_ending(folder).filter(|_| !folder.is_dir()) {
        return Err(Failure::refused(
            format!(
                "{} would be a folder, not a .{ending} file",
                folder.display()
            ),
            format!(
                "name a folder for the PNG files, such as {}",
                folder.with_extension("").display()
            ),
        ));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_frames_never_has_the_name_of_a_file() {
        for name in [
            "fox.gif", "fox.WEBM", "fox.avi", "fox.png", "fox.jpg", "fox.wav",
        ] {
            let refused = make_frame_folder(Path::new(name)).expect_err(name);
            assert_eq!(
                refused.remedy.as_deref(),
                Some("name a folder for the PNG files, such as fox")
            );
            assert!(!Path::new(name).exists());
        }
        assert_eq!(media_ending(Path::new("take 2.5")), None);
    }
}
