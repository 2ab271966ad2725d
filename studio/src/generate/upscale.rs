//! Makes a finished clip larger with an upscaler: a video or a folder of pictures, a few frames at a time, so that
//! neither memory nor the disk fills up with a long clip.

use std::ops::Range;
use std::path::{Path, PathBuf};

use kinora_render::export::write_png;
use kinora_render::media::{PictureTrack, probe};
use kinora_render::{MediaError, VideoReader};
use kinora_timeline::{FrameRate, Frames};
use kinora_wire::{Clip, Failure, Outcome, Progress, Timings, Upscale};
use tempfile::TempDir;

use super::clip_file::failure_of;
use super::oneshot::{BlockingClient, OnProgress};

/// Frames that are written as pictures for the engine at a time.
const FRAMES_AT_ONCE: usize = 32;

/// A clip to make larger.
pub struct SmallClip {
    frames: Source,
    /// Its frame rate; `None` for pictures in a folder.
    pub rate: Option<FrameRate>,
    /// Whether it has sound, which the large clip will not have.
    pub has_sound: bool,
}

enum Source {
    Pictures(Vec<PathBuf>),
    Video(Box<VideoReader>, PictureTrack),
}

impl SmallClip {
    /// Opens a video, a picture, or a folder of pictures in the order of their names.
    ///
    /// # Errors
    /// There is nothing at the path, or it holds no pictures.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Ok(Self {
                frames: Source::Pictures(pictures_in(path)?),
                rate: None,
                has_sound: false,
            });
        }
        let found = probe(path).map_err(|error| failure_of(&error))?;
        let has_sound = found.sound.is_some();
        let Some(track) = found.picture else {
            return Err(Failure::bad_file(
                format!("{} holds no pictures", path.display()),
                "name a video or a folder of PNG files",
            ));
        };
        let rate = Some(track.rate);
        let reader = VideoReader::open(path).map_err(|error| failure_of(&error))?;
        Ok(Self {
            frames: Source::Video(Box::new(reader), track),
            rate,
            has_sound,
        })
    }

    /// The number of its frames.
    pub fn count(&self) -> usize {
        match &self.frames {
            Source::Pictures(paths) => paths.len(),
            Source::Video(_, track) => usize::try_from(track.frames.0).unwrap_or(0),
        }
    }

    /// Some frames as pictures, in a folder that is removed with the result.
    fn pictures(&mut self, range: Range<usize>) -> Result<(Clip, Option<TempDir>), Failure> {
        let reader = match &mut self.frames {
            Source::Pictures(paths) => {
                let frames = paths[range].to_vec();
                return Ok((Clip { frames }, None));
            }
            Source::Video(reader, _) => reader,
        };
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::bad_file(
                format!("the frames cannot be written: {error}"),
                "free some space in the folder for temporary files",
            )
        })?;
        let frames = range.map(|number| -> Result<PathBuf, MediaError> {
            let path = folder.path().join(format!("{number:05}.png"));
            let picture = reader.frame(Frames(number as i64))?;
            write_png(&path, &picture)?;
            Ok(path)
        });
        let frames = frames.collect::<Result<_, _>>();
        let frames = frames.map_err(|error| failure_of(&error))?;
        Ok((Clip { frames }, Some(folder)))
    }
}

/// The PNG, JPEG and WebP files of a folder, by name.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be read: {error}", folder.display()),
            "check the folder and its permissions",
        )
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if ["png", "jpg", "jpeg", "webp"]
            .iter()
            .any(|known| extension == *known)
        {
            paths.push(path);
        }
    }
    paths.sort();
    match paths.is_empty() {
        true => Err(Failure::bad_file(
            format!("{} holds no PNG, JPEG or WebP files", folder.display()),
            "name a video or a folder of pictures",
        )),
        false => Ok(paths),
    }
}

/// Makes a clip larger. Progress and frames are numbered over the whole clip.
pub fn upscale(
    client: &BlockingClient,
    clip: &mut SmallClip,
    model: Option<String>,
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Outcome {
    let count = clip.count();
    let mut spent = Timings::default();
    for first in (0..count).step_by(FRAMES_AT_ONCE) {
        let range = first..count.min(first + FRAMES_AT_ONCE);
        let (pictures, _folder) = match clip.pictures(range.clone()) {
            Ok(pictures) => pictures,
            Err(failure) => return Outcome::Failed { failure },
        };
        let request = Upscale {
            model: model.clone(),
            clip: pictures,
            device: None,
        };
        let outcome =
            client.upscale(
                request,
                is_cancelled,
                &mut |progress, pixels| match of_whole_clip(progress, &range, count) {
                    Some(progress) => on_progress(&progress, pixels),
                    None => Ok(()),
                },
            );
        match outcome {
            Outcome::Done { timings } => spent = sum(spent, timings),
            ended => return ended,
        }
    }
    Outcome::Done { timings: spent }
}

/// The progress of a part of the clip as that of the whole. `None` for what is only said once.
fn of_whole_clip(progress: &Progress, range: &Range<usize>, count: usize) -> Option<Progress> {
    let before = range.start as f64 / count as f64;
    let share = range.len() as f64 / count as f64;
    Some(match progress {
        Progress::Queued { .. } => return None,
        Progress::UpscaleBegun { .. } if range.start > 0 => return None,
        Progress::Working { what, done } => Progress::Working {
            what: what.clone(),
            done: before + share * done,
        },
        Progress::Frames { first, picture } => Progress::Frames {
            first: range.start as u32 + first,
            picture: *picture,
        },
        other => other.clone(),
    })
}

fn sum(one: Timings, other: Timings) -> Timings {
    Timings {
        loading: one.loading + other.loading,
        encoding: one.encoding + other.encoding,
        denoising: one.denoising + other.denoising,
        decoding: one.decoding + other.decoding,
        total: one.total + other.total,
    }
}
