//! The frames of a finished clip as pictures for the engine, a few at a time, so that neither memory nor the disk fills
//! up with a long clip.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_render::export::write_png;
use kinora_render::media::{
    PictureTrack, has_still_extension, is_common_still, is_still, probe, read_still,
};
use kinora_render::{Picture, VideoReader};
use kinora_timeline::{FrameRate, Frames};
use kinora_wire::{Clip, Failure, Progress, Timings, name_parts};
use tempfile::TempDir;

use super::clip_file::failure_of;

/// Frames that are written as pictures for the engine at a time.
pub const FRAMES_AT_ONCE: usize = 32;

/// A clip that a network works on: a video or a folder of pictures.
pub struct SourceClip {
    frames: Source,
    /// Its frame rate; `None` for pictures in a folder.
    pub rate: Option<FrameRate>,
    /// Whether it has sound, which the new clip will not have.
    pub has_sound: bool,
}

enum Source {
    Pictures(Vec<PathBuf>),
    Video(Box<VideoReader>, PictureTrack),
}

impl SourceClip {
    /// Opens a video, a picture, or a folder of pictures in the order of their names.
    ///
    /// # Errors
    /// There is nothing at the path, or it holds no pictures.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let pictures = match path.is_dir() {
            true => Some(pictures_in(path)?),
            false => (path.is_file() && is_still(path)).then(|| vec![path.to_path_buf()]),
        };
        if let Some(pictures) = pictures {
            return Ok(Self {
                frames: Source::Pictures(pictures),
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

    /// What is to be said of frames that could not be decoded. `None`: all read so far could.
    pub fn note_of_damage(&self) -> Option<String> {
        let Source::Video(reader, _) = &self.frames else {
            return None;
        };
        let damaged = reader.replaced();
        let first = damaged.first()?;
        Some(match damaged.len() {
            1 => format!("frame {first} is damaged; the one before stands for it"),
            count => format!(
                "{count} frames are damaged, the first is {first}; those before stand for them"
            ),
        })
    }

    /// A frame as pixels.
    ///
    /// # Errors
    /// There is no such frame, or it cannot be read.
    pub fn picture(&mut self, at: usize) -> Result<Arc<Picture>, Failure> {
        let read = match &mut self.frames {
            Source::Pictures(paths) => {
                let path = paths
                    .get(at)
                    .ok_or_else(|| Failure::bug(format!("there is no picture {at}")))?;
                read_still(path).map(|picture| Arc::new(Picture::from(picture.into_rgba8())))
            }
            Source::Video(reader, _) => reader.frame(Frames(at as i64)),
        };
        read.map_err(|error| failure_of(&error))
    }

    /// Some frames as pictures that the engine reads, in a folder that is removed with the result.
    ///
    /// # Errors
    /// A frame cannot be read; there is no space for temporary files.
    pub fn pictures(&mut self, range: Range<usize>) -> Result<(Clip, Option<TempDir>), Failure> {
        let reader = match &mut self.frames {
            Source::Pictures(paths) => return pictures_of(&paths[range]),
            Source::Video(reader, _) => reader,
        };
        let folder = folder_for_frames()?;
        let range = range.start as u32..range.end as u32;
        let frames = write_pictures(reader, range, folder.path(), "frame")?;
        Ok((Clip { frames }, Some(folder)))
    }
}

/// Pictures as they are; those that the engine does not read, such as `OpenEXR`, as PNG files in a folder.
fn pictures_of(paths: &[PathBuf]) -> Result<(Clip, Option<TempDir>), Failure> {
    let is_foreign = |path: &PathBuf| is_still(path) && !is_common_still(path);
    if !paths.iter().any(is_foreign) {
        let frames = paths.to_vec();
        return Ok((Clip { frames }, None));
    }
    let folder = folder_for_frames()?;
    let frames = paths.iter().enumerate().map(|(number, path)| {
        if !is_foreign(path) {
            return Ok(path.clone());
        }
        let converted = folder.path().join(format!("frame-{number:05}.png"));
        write_as_png(path, &converted)?;
        Ok(converted)
    });
    let frames = frames.collect::<Result<_, Failure>>()?;
    Ok((Clip { frames }, Some(folder)))
}

fn folder_for_frames() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| {
        Failure::bad_file(
            format!("the frames cannot be written: {error}"),
            "free some space in the folder for temporary files",
        )
    })
}

/// Writes a still picture of any format as a PNG file, which the engine reads.
///
/// # Errors
/// It cannot be decoded; the folder is full.
pub fn write_as_png(still: &Path, png: &Path) -> Result<(), Failure> {
    let picture = read_still(still).map_err(|error| failure_of(&error))?;
    let picture = Picture::from(picture.into_rgba8());
    write_png(png, &picture).map_err(|error| failure_of(&error))
}

/// Writes frames of a video as PNG files into a folder. Their names begin with `name`.
///
/// # Errors
/// A frame cannot be decoded; the folder is full.
pub fn write_pictures(
    reader: &mut VideoReader,
    frames: Range<u32>,
    folder: &Path,
    name: &str,
) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| failure_of(&error);
    let written = frames.map(|frame| {
        let picture = reader.frame(Frames(i64::from(frame))).map_err(failed)?;
        let path = folder.join(format!("{name}-{frame:05}.png"));
        write_png(&path, &picture).map_err(failed)?;
        Ok(path)
    });
    written.collect()
}

/// The pictures of a folder, by name: numbers in names by their value, so that 2 is before 10.
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
        // By its name: one that is no picture is refused later, and not left out without a word.
        if has_still_extension(&path) {
            paths.push(path);
        }
    }
    paths.sort_by_cached_key(|path| name_parts(path));
    match paths.is_empty() {
        true => Err(Failure::bad_file(
            format!(
                "{} holds no PNG, JPEG, WebP, TIFF or OpenEXR files",
                folder.display()
            ),
            "name a video or a folder of pictures",
        )),
        false => Ok(paths),
    }
}

/// A part of the work on a clip.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The pictures made before it.
    pub before: usize,
    /// The pictures it makes.
    pub count: usize,
    /// The pictures of all parts.
    pub all: usize,
}

impl Part {
    /// The progress of this part as that of the whole clip. `None` for what is only said once.
    pub fn of_whole_clip(self, progress: &Progress) -> Option<Progress> {
        let Self { before, count, all } = self;
        Some(match progress {
            Progress::Queued { .. } => return None,
            Progress::UpscaleBegun { .. }
            | Progress::InterpolateBegun { .. }
            | Progress::Loading { .. }
                if before > 0 =>
            {
                return None;
            }
            Progress::Working { what, done } => Progress::Working {
                what: what.clone(),
                done: (before as f64 + done * count as f64) / all as f64,
            },
            Progress::Frames { first, picture } => Progress::Frames {
                first: before as u32 + first,
                picture: *picture,
            },
            other => other.clone(),
        })
    }
}

/// The times of two jobs together.
pub(super) fn sum(one: Timings, other: Timings) -> Timings {
    Timings {
        loading: one.loading + other.loading,
        encoding: one.encoding + other.encoding,
        denoising: one.denoising + other.denoising,
        decoding: one.decoding + other.decoding,
        total: one.total + other.total,
    }
}

#[cfg(test)]
mod tests {
    use kinora_render::export::write_exr;
    use kinora_render::media::still_size;

    use super::*;

    #[test]
    fn the_engine_gets_pictures_that_it_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let [png, exr] = ["1.png", "2.exr"].map(|name| folder.path().join(name));
        write_png(&png, &Picture::plain(4, 2, [1, 2, 3, 255])).expect("written");
        write_exr(&exr, &Picture::plain(4, 2, [90, 2, 3, 255])).expect("written");
        let mut clip = SourceClip::open(folder.path()).expect("opened");
        assert_eq!(clip.count(), 2);
        let shown = clip.picture(1).expect("a picture");
        assert_eq!(shown.pixel(0, 0), [90, 2, 3, 255]);
        let (given, kept) = clip.pictures(0..2).expect("pictures");
        assert_eq!(given.frames[0], png);
        assert!(is_common_still(&given.frames[1]));
        assert_eq!(still_size(&given.frames[1]), Ok([4, 2]));
        assert!(kept.is_some(), "until they are read");
    }
}
