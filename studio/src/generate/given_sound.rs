//! A sound that is given to a model of sound alone, as the WAV file that an engine reads.

use std::path::{Path, PathBuf};

use kinora_render::media::read_sound;
use kinora_wire::Failure;
use tempfile::TempDir;

use super::clip_file::{failure_of, wav_writer};

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
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::bad_file(
                format!("the given sound cannot be written: {error}"),
                "free some space in the folder for temporary files",
            )
        })?;
        let path = folder.path().join("given.wav");
        write_wav(file, &path)?;
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
    let mut writer = wav_writer(to)?;
    let mut written = Ok(());
    let read = read_sound(from, &mut |samples| {
        written = writer.sound(samples);
        written.is_ok()
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
        writer.sound(&[0.5; 9600]).expect("written");
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
}
