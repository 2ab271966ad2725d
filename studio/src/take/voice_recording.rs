//! The recording of a voice as an engine reads it: a WAV file. Engines decode nothing else.

use std::path::{Path, PathBuf};

use kinora_render::media::read_sound;
use kinora_render::{Content, Format, MediaError, SOUND_RATE_HZ, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::Failure;
use tempfile::TempDir;

use crate::generate::clip_file::failure_of;

/// A model hears some seconds of a voice, so of an hour of interview no more is passed on.
const MOST_SECONDS: usize = 120;
const FILE: &str = "recording.wav";

/// A recording for an engine. The file is there until this is dropped.
#[derive(Debug)]
pub struct VoiceRecording {
    path: PathBuf,
    _folder: TempDir,
}

impl VoiceRecording {
    /// The sound of any file.
    ///
    /// # Errors
    /// It has no sound, or cannot be read; there is no space for temporary files.
    pub fn of(file: &Path) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::bad_file(
                format!("the recording for the engine cannot be written: {error}"),
                "free some space in the folder for temporary files",
            )
        })?;
        Ok(Self {
            path: write_recording(file, folder.path())?,
            _folder: folder,
        })
    }

    /// Its WAV file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes the sound of any file into a folder, as a WAV file; of a long one the beginning.
///
/// # Errors
/// It has no sound, or cannot be read; the folder cannot be written to.
pub(super) fn write_recording(from: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(FILE);
    written(from, &path).map_err(|error| failure_of(&error))?;
    Ok(path)
}

fn written(from: &Path, to: &Path) -> Result<(), MediaError> {
    let content = Content {
        size: [2, 2], // of pictures, which it has none of
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(to, Format::WAV, content)?;
    let mut left = MOST_SECONDS * SOUND_RATE_HZ as usize * 2;
    let mut result = Ok(());
    read_sound(from, &mut |values| {
        let count = values.len().min(left);
        left -= count;
        if let Some(values) = values.get(..count).filter(|values| !values.is_empty()) {
            result = writer.sound(values);
        }
        result.is_ok() && left > 0
    })?;
    result?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_recording_is_passed_on_from_its_beginning() {
        let folder = tempfile::tempdir().expect("a folder");
        let long = folder.path().join("long.flac");
        let content = Content {
            size: [2, 2],
            rate: FrameRate::FPS_24,
            has_sound: true,
        };
        let mut writer = Writer::create(&long, Format::TAKE_SOUND, content).expect("begun");
        let mut second = vec![0.0; SOUND_RATE_HZ as usize * 2];
        second[0] = 0.5;
        for _ in 0..MOST_SECONDS + 3 {
            writer.sound(&second).expect("written");
        }
        writer.finish().expect("whole");
        let recording = VoiceRecording::of(&long).expect("passed on");
        let mut heard = Vec::new();
        let read = read_sound(recording.path(), &mut |piece| {
            heard.extend_from_slice(piece);
            true
        });
        read.expect("readable");
        assert_eq!(heard.len(), MOST_SECONDS * second.len());
        assert!((heard[0] - 0.5).abs() < 1e-3);
        assert!(VoiceRecording::of(&folder.path().join("none.wav")).is_err());
    }
}
