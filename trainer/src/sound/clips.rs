//! Clips with their sound as files, to be listened to: frames, WAV and spectrogram in a folder for each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use image::RgbImage;
use kinora_engine::sound_for_picture::score::{Cue, Score};
use kinora_engine::sound_for_picture::stereo::Stereo;
use kinora_engine::sound_for_picture::synth::play;
use kinora_wire::Failure;

use super::hearing::score;
use super::loudness;
use super::onsets::onsets;
use super::{spectrogram, wav};
use crate::files::{unwritable, write_whole};
use crate::world::{Format, Scene};

/// Writes the clips of these scenes, and returns what is to be read of them.
pub fn write(folder: &Path, scenes: &[(u64, Scene)], format: Format) -> Result<String, Failure> {
    let mut text = String::new();
    for (seed, scene) in scenes {
        let score = score(scene, *seed, format);
        let sound = play(&score);
        let folder = folder.join(format!("{seed}"));
        write_one(&folder, scene, (&score, &sound), format)?;
        let heard = onsets(&sound.mono());
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{}: {} {} {}, {} LUFS, peak {:.2}",
            folder.display(),
            scene.action.words()[0],
            scene.terrain.words()[0],
            scene.time.words()[0],
            loudness::integrated(&sound).map_or("-".into(), |loud| format!("{loud:.1}")),
            sound.peak(),
        );
        let sharp = score.soundings.iter().filter(|one| one.cue != Cue::Swish);
        let sharp =
            sharp.map(|one| format!("{:?} {:.3} pan {:+.2}", one.cue, one.seconds, one.pan));
        let onsets = heard.iter().map(|time| format!("{time:.3}"));
        let _ = writeln!(text, "  contacts: {}", sharp.collect::<Vec<_>>().join(", "));
        let _ = writeln!(
            text,
            "  onsets:   {}",
            onsets.collect::<Vec<_>>().join(", ")
        );
    }
    Ok(text)
}

fn write_one(
    folder: &Path,
    scene: &Scene,
    (score, sound): (&Score, &Stereo),
    format: Format,
) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error.to_string()))?;
    let save = |name: String, picture: RgbImage| {
        let path = folder.join(name);
        let saved = picture.save(&path);
        saved.map_err(|error| unwritable(&path, &error.to_string()))
    };
    let [width, height] = format.size;
    for (at, frame) in scene.clip(format).frames.into_iter().enumerate() {
        let picture = RgbImage::from_raw(width, height, frame.rgb).unwrap_or_default();
        save(format!("frame_{at:03}.png"), picture)?;
    }
    let mono = sound.mono();
    let picture = spectrogram::picture(&mono, &score.contacts(), &onsets(&mono));
    save("spectrogram.png".into(), picture)?;
    write_whole(&folder.join("sound.wav"), &wav::bytes(sound))
}
