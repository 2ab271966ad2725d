//! Still pictures as files: PNG and TIFF, written beside their place and moved into it when complete.
//! Also for single frames that are saved.

use std::fs;
use std::io;
use std::path::Path;

use image::{ExtendedColorType, ImageError, ImageFormat};
use kinora_timeline::file::{Disk as _, RealDisk, beside};

use crate::media::{MediaError, Picture};

/// Writes a PNG file atomically.
pub fn write_png(path: &Path, picture: &Picture) -> Result<(), MediaError> {
    let kind = (ExtendedColorType::Rgba8, ImageFormat::Png);
    write_still(path, picture, (&picture.rgba, kind))
}

/// Writes a TIFF file with 16 bits, without alpha, atomically. A composed picture has 8 bits: 255 becomes 65,535.
pub fn write_tiff(path: &Path, picture: &Picture) -> Result<(), MediaError> {
    let pixels = picture.rgba.as_chunks::<4>().0.iter();
    let values = pixels.flat_map(|[red, green, blue, _]| [*red, *green, *blue]);
    let bytes: Vec<u8> = values
        .flat_map(|value| (u16::from(value) * 257).to_ne_bytes())
        .collect();
    let kind = (ExtendedColorType::Rgb16, ImageFormat::Tiff);
    write_still(path, picture, (&bytes, kind))
}

/// Writes the values of a picture atomically.
fn write_still(
    path: &Path,
    picture: &Picture,
    (values, (colours, format)): (&[u8], (ExtendedColorType, ImageFormat)),
) -> Result<(), MediaError> {
    let (width, height) = (picture.width, picture.height);
    in_place(path, |beside| {
        image::save_buffer_with_format(beside, values, width, height, colours, format).map_err(
            |error| match error {
                ImageError::IoError(error) => error,
                error => io::Error::other(error),
            },
        )
    })
}

/// Writes a file beside its place and then puts it there. Nothing is left of one that could not be written.
pub(super) fn in_place(
    path: &Path,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), MediaError> {
    let beside = beside(path);
    write(&beside)
        .and_then(|()| RealDisk.settle(&beside, path))
        .map_err(|error| {
            fs::remove_file(&beside).ok();
            MediaError::unwritable(path, error)
        })
}
