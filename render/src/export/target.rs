//! What an export writes to: one file, numbered pictures with a sound beside them, or stems as well. Unfinished files are
//! removed.

use std::fs;
use std::path::PathBuf;

use ffmpeg_the_third::format::Pixel;
use kinora_timeline::Project;

use super::{Export, Shown, Streams, write_exr, write_png, write_tiff};
use crate::encode::{Container, Content, Still, Writer};
use crate::media::{MediaError, Picture, Planes};

/// The form in which a target takes pictures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pixels,
    /// The planes of the source file in this form, where they can be passed through.
    Planes(Pixel),
}

pub(super) enum Target {
    File(Box<Writer>),
    Pictures(PathBuf, Still),
}

impl Target {
    pub(super) fn create(
        export: &Export,
        streams: Streams,
        project: &Project,
    ) -> Result<Self, MediaError> {
        let path = &export.path;
        match export.format.container {
            Container::File(..) => {
                let content = Content {
                    size: [streams.size.width(), streams.size.height()],
                    rate: export.settings.rate_of(project.rate()),
                    has_sound: streams.sound,
                };
                let quality = export.settings.quality;
                let writer = Writer::with_quality(path, export.format, content, quality)?;
                Ok(Self::File(Box::new(writer)))
            }
            Container::Folder(still) => {
                fs::create_dir_all(path).map_err(|error| MediaError::unwritable(path, error))?;
                Ok(Self::Pictures(path.clone(), still))
            }
        }
    }

    /// Writes a frame of the timeline so often. `first` is the number of the first of these frames in the export.
    pub(super) fn show(&mut self, shown: Shown, first: i64, times: u32) -> Result<(), MediaError> {
        match shown {
            Shown::Picture(picture) => {
                let mut numbers = first..first + i64::from(times);
                numbers.try_for_each(|number| self.picture(number, &picture))
            }
            Shown::Planes(planes) => {
                for _ in 1..times {
                    self.planes(planes.clone())?;
                }
                match times {
                    0 => Ok(()),
                    _ => self.planes(planes),
                }
            }
        }
    }

    pub(super) fn picture(&mut self, number: i64, picture: &Picture) -> Result<(), MediaError> {
        match self {
            Self::File(writer) => writer.picture(picture),
            Self::Pictures(folder, still) => {
                let path = folder.join(still.file_name(number));
                match still {
                    Still::Png => write_png(&path, picture),
                    Still::Tiff => write_tiff(&path, picture),
                    Still::OpenExr => write_exr(&path, picture),
                }
            }
        }
    }

    pub(super) fn planes(&mut self, planes: Planes) -> Result<(), MediaError> {
        match self {
            Self::File(writer) => writer.planes(planes),
            Self::Pictures(..) => Ok(()), // stills take pixels
        }
    }

    pub(super) fn sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        match self {
            Self::File(writer) => {
                let within: Vec<f32> = samples
                    .iter()
                    .map(|sample| sample.clamp(-1.0, 1.0))
                    .collect();
                writer.sound(&within)
            }
            Self::Pictures(..) => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Result<(), MediaError> {
        match self {
            Self::File(writer) => writer.finish(),
            Self::Pictures(..) => Ok(()),
        }
    }
}
