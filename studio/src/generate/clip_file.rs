//! Writes a clip as it arrives from the engine: numbered PNG files in a folder, or one video file. Nothing is
//! overwritten, and an unfinished video is never visible under its name.

use std::path::{Path, PathBuf};

use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, PixelShape, Progress, make_frame_folder, write_frames};

/// The output of a clip.
pub enum ClipFile {
    /// A folder of PNG files.
    Frames(PathBuf),
    /// A video file.
    Video(Box<Video>),
}

/// A video file; it is created with the first frame.
pub struct Video {
    path: PathBuf,
    format: &'static Format,
    rate: FrameRate,
    writer: Option<Writer>,
}

impl ClipFile {
    /// By extension: .mp4, .mov and .mkv are videos of this rate, anything else is a folder.
    ///
    /// # Errors
    /// There is something at the path already, or it cannot be written to.
    pub fn at(path: &Path, rate: FrameRate) -> Result<Self, Failure> {
        let Some(format) = video_format(path) else {
            make_frame_folder(path)?;
            return Ok(Self::Frames(path.into()));
        };
        if path.exists() {
            return Err(Failure::refused(
                format!("{} is there already", path.display()),
                "name another file; no clip is overwritten",
            ));
        }
        Ok(Self::Video(Box::new(Video {
            path: path.into(),
            format,
            rate,
            writer: None,
        })))
    }

    /// Writes the frames of a progress message; other messages do nothing.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn write(&mut self, progress: &Progress, pixels: &[u8]) -> Result<(), Failure> {
        match (self, progress) {
            (Self::Frames(folder), Progress::Frames { first, picture }) => {
                write_frames(folder, *first, *picture, pixels)
            }
            (Self::Video(video), Progress::Frames { picture, .. }) => video
                .add(*picture, pixels)
                .map_err(|error| failure_of(&error)),
            _ => Ok(()),
        }
    }

    /// Finishes a video file and moves it into its place.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn finish(self) -> Result<(), Failure> {
        let Self::Video(video) = self else {
            return Ok(());
        };
        let finished = video.writer.map(Writer::finish).transpose();
        finished.map(|_| ()).map_err(|error| failure_of(&error))
    }
}

impl Video {
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
        for frame in shape.split(pixels) {
            writer.picture(&Picture::of_rgb(shape.width, shape.height, frame))?;
        }
        Ok(())
    }
}

/// The video format of a path's extension. None: it is the path of a folder.
pub fn video_format(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?;
    let formats = [Format::MP4, Format::PRORES, Format::TAKE];
    formats
        .into_iter()
        .find(|format| extension.eq_ignore_ascii_case(format.extension))
}

/// A media error as the failure of a job.
pub fn failure_of(error: &MediaError) -> Failure {
    Failure::bad_file(error.to_string(), error.remedy.clone())
}
