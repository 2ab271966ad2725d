//! A film written out: frame by frame composed, mixed, encoded. What is not whole leaves nothing behind.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use image::{ExtendedColorType, ImageError, ImageFormat};
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_timeline::{FrameRange, Frames, Project};

use crate::encode::{Content, Preset, Writer};
use crate::film::FilmReader;
use crate::media::{MediaError, Picture};
use crate::mix::Mixer;

/// What a film is delivered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// One file.
    File(Preset),
    /// A folder of numbered PNG files.
    Pictures,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// As what.
    pub delivery: Delivery,
    /// Which part of the film.
    pub range: FrameRange,
    /// The file, or the folder.
    pub path: PathBuf,
}

/// How an export ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    /// It is whole and in its place.
    Whole,
    /// Somebody stopped it. Nothing was written, except pictures that were whole.
    Stopped,
}

/// Writes a film of the project in `folder`. `told` hears how many frames are done, and stops it by returning false.
///
/// # Errors
/// A file of the film that is missing or damaged; a full disk.
pub fn export(
    film: &Project,
    folder: &Path,
    export: &Export,
    told: &mut dyn FnMut(Frames) -> bool,
) -> Result<Exported, MediaError> {
    let Export {
        delivery,
        range,
        path,
    } = export;
    if range.length <= Frames::ZERO {
        return Err(MediaError::new(
            path,
            "there is nothing to write: the film, or the part of it, is empty",
            "place a clip on the timeline, or set in and out around one",
        ));
    }
    let mut reader = FilmReader::new(folder);
    let mut mixer = Mixer::new(folder);
    let mut target = Target::create(*delivery, path, film)?;
    for done in 0..range.length.0 {
        let frame = range.start + Frames(done);
        if target.has_picture() {
            target.picture(done, &reader.picture(film, frame)?)?;
        }
        if target.has_sound() {
            let one = FrameRange {
                start: frame,
                length: Frames::ONE,
            };
            target.sound(&mixer.mix(film, one)?)?;
        }
        if !told(Frames(done + 1)) {
            return Ok(Exported::Stopped);
        }
    }
    target.finish()?;
    Ok(Exported::Whole)
}

enum Target {
    File(Preset, Box<Writer>),
    Pictures(PathBuf),
}

impl Target {
    fn create(delivery: Delivery, path: &Path, film: &Project) -> Result<Self, MediaError> {
        match delivery {
            Delivery::File(preset) => {
                let content = Content {
                    size: [film.size().width(), film.size().height()],
                    rate: film.rate(),
                    has_sound: true,
                };
                let writer = Writer::create(path, preset, content)?;
                Ok(Self::File(preset, Box::new(writer)))
            }
            Delivery::Pictures => {
                fs::create_dir_all(path).map_err(|error| MediaError::unwritable(path, error))?;
                Ok(Self::Pictures(path.into()))
            }
        }
    }

    fn has_picture(&self) -> bool {
        match self {
            Self::File(preset, _) => preset.picture().is_some(),
            Self::Pictures(_) => true,
        }
    }

    fn has_sound(&self) -> bool {
        match self {
            Self::File(preset, _) => preset.sound().is_some(),
            Self::Pictures(_) => false,
        }
    }

    fn picture(&mut self, number: i64, picture: &Picture) -> Result<(), MediaError> {
        match self {
            Self::File(_, writer) => writer.picture(picture),
            Self::Pictures(folder) => write_png(&folder.join(format!("{number:06}.png")), picture),
        }
    }

    fn sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        match self {
            Self::File(_, writer) => {
                let within: Vec<f32> = samples
                    .iter()
                    .map(|sample| sample.clamp(-1.0, 1.0))
                    .collect();
                writer.sound(&within)
            }
            Self::Pictures(_) => Ok(()),
        }
    }

    fn finish(self) -> Result<(), MediaError> {
        match self {
            Self::File(_, writer) => writer.finish(),
            Self::Pictures(_) => Ok(()),
        }
    }
}

/// A PNG file, whole or not at all.
pub fn write_png(path: &Path, picture: &Picture) -> Result<(), MediaError> {
    let beside = beside(path);
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    image::save_buffer_with_format(
        &beside,
        rgba,
        *width,
        *height,
        ExtendedColorType::Rgba8,
        ImageFormat::Png,
    )
    .map_err(|error| match error {
        ImageError::IoError(error) => error,
        error => io::Error::other(error),
    })
    .and_then(|()| RealDisk.settle(&beside, path))
    .map_err(|error| {
        fs::remove_file(&beside).ok();
        MediaError::unwritable(path, error)
    })
}
