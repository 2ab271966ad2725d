//! A sound that is given to a model of sound alone, or the recording of a voice, as the WAV file that an engine reads.

use std::path::{Path, PathBuf};

use kinora_render::SOUND_RATE_HZ;
use kinora_render::media::read_sound;
use kinora_wire::Failure;
use tempfile::TempDir;

use super::clip_file::{failure_of, wav_writer};

/// A model takes some seconds of a voice, so of an hour of interview no more is passed on.
const MOST_SECONDS_OF_VOICE: usize = 120;

/// A given sound in a folder for temporary files, until it is dropped.
#[derive(Debug)]
pub struct GivenSound {
    path: PathBuf,
    _folder: TempDir,
}

impl GivenSound {
    /// The sound of any file that has one: of a sound, or of a video.
    ///
    /// # Errors
    /// It has no sound, or is damaged; there is no space for temporary files.
    pub fn of(file: &Path) -> Result<Self, Failure> {
        Self::written(|path| write_wav(file, path))
    }

    /// The recording of a voice in any file that has sound; of a long one the beginning.
    ///
    /// # Errors
    /// As [`GivenSound::of`].
    pub fn of_voice(file: &Path) -> Result<Self, Failure> {
        Self::written(|path| write_voice(file, path))
    }

    fn written(write: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::bad_file(
                format!("the given sound cannot be written: {error}"),
                "free some space in the folder for temporary files",
            )
        })?;
        let path = folder.path().join("given.wav");
        write(&path)?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    /// The WAV file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes the sound of a file as a WAV file, in stereo at the rate of the wire.
///
/// # Errors
/// The file has no sound, or is damaged; the disk is full.
pub fn write_wav(from: &Path, to: &Path) -> Result<(), Failure> {
    write_beginning(from, to, usize::MAX)
}

/// The same of the recording of a voice; of a long one the beginning.
///
/// # Errors
/// As [`write_wav`].
pub fn write_voice(from: &Path, to: &Path) -> Result<(), Failure> {
    write_beginning(from, to, MOST_SECONDS_OF_VOICE * SOUND_RATE_HZ as usize * 2)
}

/// `most` is the number of values, two for each sample.
fn write_beginning(from: &Path, to: &Path, most: usize) -> Result<(), Failure> {
    let mut writer = wav_writer(to)?;
    let mut written = Ok(());
    let mut left = most;
    let read = read_sound(from, &mut |samples| {
        let count = samples.len().min(left);
        left -= count;
        if let Some(samples) = samples.get(..count) {
            written = writer.sound(samples);
        }
        written.is_ok() && left > 0
    });
    let failed = |error| failure_of(&error);
    read.map_err(failed)?;
    written.map_err(failed)?;
    writer.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_becomes_a_wav_file_that_is_gone_with_its_use_and_rubbish_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let from = folder.path().join("beep.wav");
        let mut writer = wav_writer(&from).expect("a writer");
        writer.sound(&vec![0.5; 9600]).expect("written");
        writer.finish().expect("finished");
        let given = GivenSound::of(&from).expect("a sound");
        let mut samples = 0;
        read_sound(given.path(), &mut |block| {
            samples += block.len();
            block.iter().all(|sample| (sample - 0.5).abs() < 1e-4)
        })
        .expect("read");
        assert_eq!(samples, 9600);
        let path = given.path().to_path_buf();
        drop(given);
        assert!(!path.exists());
        std::fs::write(&from, "no sound").expect("written");
        assert!(GivenSound::of(&from).is_err());
    }

    #[test]
    fn of_the_recording_of_a_voice_the_beginning_is_passed_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let long = folder.path().join("long.wav");
        let mut writer = wav_writer(&long).expect("a writer");
        let second = vec![0.5; SOUND_RATE_HZ as usize * 2];
        for _ in 0..MOST_SECONDS_OF_VOICE + 3 {
            writer.sound(&second).expect("written");
        }
        writer.finish().expect("finished");
        let voice = GivenSound::of_voice(&long).expect("a sound");
        let mut samples = 0;
        let read = read_sound(voice.path(), &mut |block| {
            samples += block.len();
            true
        });
        read.expect("read");
        assert_eq!(samples, MOST_SECONDS_OF_VOICE * second.len());
    }
}
