//! Makes sound for the pictures of a finished clip, as a WAV file of the same length.

use std::path::Path;

use kinora_render::{Content, Format, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, Outcome, Progress, SoundForPicture};

use super::clip_file::failure_of;
use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::SourceClip;

/// How the sound is made.
#[derive(Clone, Copy, Debug)]
pub struct SoundWanted<'w> {
    /// The id of a network of sound, or the path of its file. `None`: the first installed one.
    pub model: Option<&'w str>,
    /// The frame rate of the clip.
    pub rate: FrameRate,
    /// What is left to chance follows from it.
    pub seed: u64,
}

/// Writes the sound of a clip to a WAV file. There is no file unless it is complete.
///
/// # Errors
/// The clip is too long or cannot be read; the file cannot be written.
pub fn sound_for_picture(
    client: &BlockingClient,
    clip: &mut SourceClip,
    wanted: SoundWanted,
    path: &Path,
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Result<Outcome, Failure> {
    let rate = wanted.rate.per_second();
    SoundForPicture::check_length(clip.count(), rate)?;
    let (pictures, _folder) = clip.pictures(0..clip.count())?;
    let content = Content {
        size: [2, 2], // of pictures, which it has none of
        rate: wanted.rate,
        has_sound: true,
    };
    let writer = Writer::create(path, Format::WAV, content);
    let mut writer = writer.map_err(|error| failure_of(&error))?;
    let request = SoundForPicture {
        model: wanted.model.map(str::to_owned),
        clip: pictures,
        rate,
        seed: wanted.seed,
    };
    let outcome = client.sound(request, is_cancelled, &mut |progress, bytes| {
        if let Progress::Sound { sound, .. } = progress {
            if sound.channels != 2 {
                return Err(Failure::bug("the engine sent sound that is not stereo"));
            }
            let samples: Vec<f32> = sound.split(bytes).collect();
            let written = writer.sound(&samples);
            written.map_err(|error| failure_of(&error))?;
        }
        on_progress(progress, bytes)
    });
    if let Outcome::Done { .. } = outcome {
        writer.finish().map_err(|error| failure_of(&error))?;
    }
    Ok(outcome)
}
