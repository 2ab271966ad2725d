//! A clip on its way to the disk, as it comes from the engine: numbered pictures in a folder, or one film file.
//! Nothing that is there is overwritten, and no half film is ever seen.

use std::path::{Path, PathBuf};

use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, PixelShape, Progress, make_frame_folder, write_frames};

/// Where a clip goes.
pub enum ClipFile {
    /// Into a folder, frame by frame.
    Frames(PathBuf),
    /// Into one file.
    Film(Box<Film>),
}

/// A film file that begins with the first frame.
pub struct Film {
    path: PathBuf,
    format: &'static Format,
    rate: FrameRate,
    writer: Option<Writer>,
}

impl ClipFile {
    /// By the name: what ends in .mp4, .mov or .mkv is a film of this rate, everything else a folder.
    ///
    /// # Errors
    /// A place where something is already, or that cannot be written to.
    pub fn at(path: &Path, rate: FrameRate) -> Result<Self, Failure> {
        let Some(format) = film_format(path) else {
            make_frame_folder(path)?;
            return Ok(Self::Frames(path.into()));
        };
        if path.exists() {
            return Err(Failure::refused(
                format!("{} is there already", path.display()),
                "name another file; no clip is overwritten",
            ));
        }
        Ok(Self::Film(Box::new(Film {
            path: path.into(),
            format,
            rate,
            writer: None,
        })))
    }

    /// Writes the frames of a job's progress.
    ///
    /// # Errors
    /// A full disk, mostly.
    pub fn hear(&mut self, progress: &Progress, pixels: &[u8]) -> Result<(), Failure> {
        match (self, progress) {
            (Self::Frames(folder), Progress::Frames { first, picture }) => {
                write_frames(folder, *first, *picture, pixels)
            }
            (Self::Film(film), Progress::Frames { picture, .. }) => film
                .add(*picture, pixels)
                .map_err(|error| failure_of(&error)),
            _ => Ok(()),
        }
    }

    /// After the last frame: the film is whole and in its place.
    ///
    /// # Errors
    /// A full disk, mostly.
    pub fn finish(self) -> Result<(), Failure> {
        let Self::Film(film) = self else {
            return Ok(());
        };
        let finished = film.writer.map(Writer::finish).transpose();
        finished.map(|_| ()).map_err(|error| failure_of(&error))
    }
}

impl Film {
    fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), MediaError> {
        let writer = if let Some(writer) = self.writer.take() {
            writer
        } else {
            let content = Content {
                size: [shape.width, shape.height],
                rate: self.rate,
                has_sound: false,
            };
            Writer::create(&self.path, self.format, content)?
        };
        let writer = self.writer.insert(writer);
        let bytes = PixelShape { frames: 1, ..shape }
            .bytes()
            .unwrap_or(usize::MAX);
        for frame in pixels.chunks_exact(bytes.max(1)) {
            writer.picture(&Picture::of_rgb(shape.width, shape.height, frame))?;
        }
        Ok(())
    }
}

/// The kind of film a name asks for.
pub fn film_format(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?;
    let formats = [Format::MP4, Format::PRORES, Format::TAKE];
    formats
        .into_iter()
        .find(|format| extension.eq_ignore_ascii_case(format.extension))
}

/// A file that cannot be read or written, as a failure of the job.
pub fn failure_of(error: &MediaError) -> Failure {
    Failure::bad_file(error.to_string(), error.remedy.clone())
}
