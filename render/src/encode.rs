//! Encoding video, sound and takes through FFmpeg: written beside their place, and moved into it when complete.

mod format;
mod sink;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ffmpeg::format::context::Output;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::FrameRate;
use kinora_timeline::file::{Disk as _, RealDisk, beside};

use crate::media::{MediaError, Picture, Planes, quieted, url};

pub use format::{Container, Format, PictureCodec, Quality, QualityOption, SoundCodec, Still};
use sink::{PictureSink, SoundSink};

/// The content of a file to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The frame rate.
    pub rate: FrameRate,
    /// Whether sound will be written, if the format has any.
    pub has_sound: bool,
}

/// A file being written.
pub struct Writer {
    path: PathBuf,
    beside: PathBuf,
    output: Option<Output>,
    picture: Option<PictureSink>,
    sound: Option<SoundSink>,
}

impl Writer {
    /// Begins a file of this format.
    ///
    /// # Errors
    /// The folder cannot be written to; this FFmpeg lacks the encoder or cannot open it.
    pub fn create(
        path: &Path,
        format: &'static Format,
        content: Content,
    ) -> Result<Self, MediaError> {
        Self::with_quality(path, format, content, Quality::Standard)
    }

    /// The same, with the pictures in another quality, if the format has several.
    ///
    /// # Errors
    /// The folder cannot be written to; this FFmpeg lacks the encoder or cannot open it.
    pub fn with_quality(
        path: &Path,
        format: &'static Format,
        content: Content,
        quality: Quality,
    ) -> Result<Self, MediaError> {
        quieted();
        let beside = beside(path);
        let unwritable = |error| MediaError::unwritable(path, error);
        let Container::File(container, _) = format.container else {
            let why = "this format is a folder of pictures";
            return Err(MediaError::new(path, why, "export it as pictures"));
        };
        let mut output = ffmpeg::format::output_as(url(&beside), container).map_err(unwritable)?;
        let picture = format
            .picture
            .as_ref()
            .map(|codec| PictureSink::add(&mut output, codec, quality, content.size, content.rate))
            .transpose();
        let sound = format
            .sound
            .as_ref()
            .filter(|_| content.has_sound)
            .map(|codec| SoundSink::add(&mut output, codec))
            .transpose();
        let mut writer = Self {
            path: path.into(),
            beside,
            picture: None,
            sound: None,
            output: None,
        };
        let no_encoder = |error: ffmpeg::Error| {
            MediaError::new(
                path,
                format!("this FFmpeg cannot write {}: {error}", format.name),
                "choose another preset, or install an FFmpeg with its encoder",
            )
        };
        writer.picture = picture.map_err(no_encoder)?;
        writer.sound = sound.map_err(no_encoder)?;
        output
            .write_header_with(format.container_options())
            .map_err(unwritable)?;
        writer.output = Some(output);
        Ok(writer)
    }

    /// Encodes the next picture; all must have the same size.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn picture(&mut self, picture: &Picture) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.picture) else {
            return Ok(());
        };
        sink.add_picture(output, picture)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Encodes the next picture from YUV planes; only in the form of [`Format::plane_format`].
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn planes(&mut self, planes: Planes) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.picture) else {
            return Ok(());
        };
        sink.add_planes(output, planes)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Encodes the next samples, stereo interleaved, at 48 kHz.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.sound) else {
            return Ok(());
        };
        sink.add_samples(output, samples)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Flushes the encoders and moves the complete file into place, durably.
    ///
    /// # Errors
    /// Usually a full disk. Nothing is left behind.
    pub fn finish(mut self) -> Result<(), MediaError> {
        self.close()?;
        RealDisk
            .settle(&self.beside, &self.path)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// The same, but a complete file that cannot be moved into its place is moved into the folder that `refuge` makes.
    ///
    /// # Errors
    /// Usually a full disk. The error comes with the new path of the file, if it is complete.
    pub fn finish_or_keep(
        mut self,
        refuge: impl FnOnce() -> io::Result<PathBuf>,
    ) -> Result<(), (MediaError, Option<PathBuf>)> {
        self.close().map_err(|error| (error, None))?;
        let Err(error) = RealDisk.settle(&self.beside, &self.path) else {
            return Ok(());
        };
        let kept = refuge().and_then(|folder| {
            let kept = folder.join(self.path.file_name().unwrap_or_default());
            // The folder may be on another disk.
            fs::rename(&self.beside, &kept)
                .or_else(|_| fs::copy(&self.beside, &kept).map(|_| ()))?;
            Ok(kept)
        });
        Err((MediaError::unwritable(&self.path, error), kept.ok()))
    }

    /// Flushes the encoders and closes the file, which stays beside its place.
    fn close(&mut self) -> Result<(), MediaError> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        let mut end = || -> Result<(), ffmpeg::Error> {
            if let Some(sink) = &mut self.picture {
                sink.finish(&mut output)?;
            }
            if let Some(sink) = &mut self.sound {
                sink.finish(&mut output)?;
            }
            output.write_trailer()
        };
        end().map_err(|error| MediaError::unwritable(&self.path, error))?;
        drop(output); // closes the file
        Ok(())
    }
}

/// The encoder available for a format's pictures, or for its sound if it has none; `None` if there is none.
pub fn encoder_of(format: &'static Format) -> Option<&'static str> {
    quieted();
    match (format.picture.as_ref(), format.sound.as_ref()) {
        (Some(codec), _) => {
            sink::opened(codec, Quality::Standard, [64, 64], FrameRate::FPS_24, true)
                .ok()
                .map(|(name, _)| name)
        }
        (None, Some(codec)) => ffmpeg::encoder::find_by_name(codec.encoder).map(|_| codec.encoder),
        (None, None) => None,
    }
}

/// Removes an unfinished file.
impl Drop for Writer {
    fn drop(&mut self) {
        self.output = None;
        fs::remove_file(&self.beside).ok();
    }
}

#[cfg(test)]
mod tests;
