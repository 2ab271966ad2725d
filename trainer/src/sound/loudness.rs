//! The loudness of a sound after EBU R128.

use ebur128::{EbuR128, Mode};
use kinora_engine::sound_for_picture::score::SAMPLE_RATE;
use kinora_engine::sound_for_picture::stereo::Stereo;

/// The integrated loudness in LUFS; `None` for a sound that is too short or too soft to have one.
pub fn integrated(sound: &Stereo) -> Option<f64> {
    let mut meter = EbuR128::new(2, SAMPLE_RATE, Mode::I).ok()?;
    let pairs = sound.left.iter().zip(&sound.right);
    let interleaved: Vec<f32> = pairs.flat_map(|(left, right)| [*left, *right]).collect();
    meter.add_frames_f32(&interleaved).ok()?;
    let loudness = meter.loudness_global().ok()?;
    loudness.is_finite().then_some(loudness)
}
