//! The sound of a clip as it arrives from the engine: brought to the length of the clip, and written into a file of its own
//! or, by the owner, into the video.

use std::path::{Path, PathBuf};

use kinora_render::{Content, Format, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, GenerationSettings, SoundShape};

use super::failure_of;
use crate::take::take_sound::{IncomingSound, value_of};

/// The sound of a clip.
pub(super) struct ClipSound {
    /// The file of its own. `None`: it goes into the video.
    file: Option<PathBuf>,
    /// `None`: the engine has not said yet how long the clip is.
    incoming: Option<IncomingSound>,
    writer: Option<Writer>,
}

impl ClipSound {
    /// Into this WAV file, or into the video.
    pub fn of(file: Option<PathBuf>) -> Self {
        Self {
            file,
            incoming: None,
            writer: None,
        }
    }

    /// The clip has these settings.
    pub fn begin(&mut self, settings: &GenerationSettings) {
        self.incoming = Some(IncomingSound::of(settings));
    }

    /// The samples of the next block, stereo interleaved.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn next(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<Vec<f32>, Failure> {
        let early = || Failure::bug("the engine sent sound before it said how long the clip is");
        let incoming = self.incoming.as_mut().ok_or_else(early)?;
        let steps = incoming.next(first_sample, shape, bytes)?;
        Ok(steps.into_iter().map(value_of).collect())
    }

    /// The silence that is missing at the end, stereo interleaved.
    ///
    /// # Errors
    /// A fault of the engine: there is no sound, or much of it is missing.
    pub fn silence(&self) -> Result<Vec<f32>, Failure> {
        let none = || Failure::bug("the engine sent no sound");
        let missing = self.incoming.as_ref().ok_or_else(none)?.missing()?;
        Ok(vec![0.0; usize::try_from(missing).unwrap_or(0) * 2])
    }

    /// Writes samples into the file of its own. False: there is none.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, samples: &[f32]) -> Result<bool, Failure> {
        let Some(file) = &self.file else {
            return Ok(false);
        };
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => wav_writer(file)?,
        };
        let writer = self.writer.insert(writer);
        let written = writer.sound(samples);
        written.map_err(|error| failure_of(&error)).map(|()| true)
    }

    /// Finishes the file of its own.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn finish(self) -> Result<(), Failure> {
        match self.writer {
            Some(writer) => writer.finish().map_err(|error| failure_of(&error)),
            None => Ok(()),
        }
    }
}

/// Begins a WAV file.
///
/// # Errors
/// It cannot be written there.
pub(crate) fn wav_writer(file: &Path) -> Result<Writer, Failure> {
    let content = Content {
        size: [2, 2], // of pictures, which it has none of
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    Writer::create(file, Format::WAV, content).map_err(|error| failure_of(&error))
}

/// The place of a clip's sound beside its folder of pictures: `OUT.wav` beside `OUT/`. `None`: the output is a file, which
/// has the sound in it.
pub fn sound_beside(output: &Path) -> Option<PathBuf> {
    if super::video_format(output).is_some() {
        return None;
    }
    let folder: PathBuf = output.components().collect(); // without a slash at its end
    let mut name = folder.file_name()?.to_owned();
    name.push(".wav");
    Some(folder.with_file_name(name))
}
