//! Encodes the sound that a request gives: a wave as a spectrogram, the spectrogram as tokens, of which some are kept.

use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::super::Ltx2;
use super::super::audio::{AudioEncoder, LogMel, MEL_RATE_HZ, resampled, unpacked};
use super::super::spec::{sound_position_seconds, sound_positions};
use super::Given;
use crate::family::part::Part;
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::{GivenSound, Plan};
use crate::sound::{Wave, wav};

/// The least samples of a wave, at the rate of the spectrogram: a second. Shorter ones are followed by silence.
const LEAST_SAMPLES: i64 = MEL_RATE_HZ;

impl Ltx2 {
    /// Encodes the sound of a request. `None` if there is none.
    pub(in super::super) fn encode_sound(
        &self,
        plan: &Plan,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Option<Given>, Failure> {
        let Some(given) = plan.given_sound() else {
            return Ok(None);
        };
        let wave = wav::read(given.file)?;
        let seconds = wave.seconds();
        let device = models.device;
        let Part { checkpoint, shape } = &self.audio_vae;
        let encoder =
            models.network(Slot::SoundEncoder, checkpoint, listener, clock, |weights| {
                AudioEncoder::new(shape, weights)
            })?;
        clock.encoding(|| {
            let placed =
                placed(&wave, plan.seconds(), given.at_seconds, shape.sounds)?.to_device(device);
            let mel = LogMel::new(shape.mel_bins(), device).spectrogram(&placed)?;
            let tokens = encoder.encode(&mel, &mut |done, of| {
                let (what, done) = ("sound".into(), done as f64 / of.max(1) as f64);
                listener.receive(Progress::Working { what, done }, Vec::new())
            })?;
            let count = sound_positions(plan.frames(), plan.settings().rate);
            let tokens = tokens.narrow(1, 0, count.min(tokens.size()[1]));
            let missing = count - tokens.size()[1];
            let tokens = tokens.constant_pad_nd([0, 0, 0, missing.max(0)]);
            let mask = Tensor::from_slice(&kept(plan, &given, seconds, count)).to_device(device);
            let mask = mask.view([1, 1, -1, 1]);
            let clean = unpacked(&tokens, shape.channels) * &mask;
            Ok(Some(Given { clean, mask }))
        })
    }
}

/// The wave over the time of the clip, 1 x sounds x n at the rate of the spectrogram, with silence where the source has none.
fn placed(wave: &Wave, seconds: f64, at_seconds: f64, sounds: i64) -> Result<Tensor, Failure> {
    let of_file = wave.samples.size();
    let channels = of_file.first().copied().unwrap_or(0).max(1);
    // A sound of one channel is heard on both sides; of more than two the first two count.
    let taken: Vec<Tensor> = (0..sounds)
        .map(|at| wave.samples.narrow(0, at.min(channels - 1), 1))
        .collect();
    let taken = Tensor::cat(&taken, 0).unsqueeze(0);
    let wave = resampled(&taken, wave.rate_hz, MEL_RATE_HZ)?;
    let samples = |seconds: f64| (seconds * MEL_RATE_HZ as f64).round() as i64;
    let length = samples(seconds).max(LEAST_SAMPLES);
    let at = samples(at_seconds);
    let canvas = Tensor::zeros([1, sounds, length], (Kind::Float, Device::Cpu));
    let from = at.clamp(0, length);
    let skipped = (-at).max(0);
    let own = wave.size().last().copied().unwrap_or(0);
    let count = (own - skipped).min(length - from);
    if count > 0 {
        let part = wave.narrow(2, skipped, count);
        canvas.narrow(2, from, count).copy_(&part);
    }
    Ok(canvas)
}

/// 1 for each kept token, 0 for others: those that lie in the source and outside the range that is made again. All are
/// kept of a sound for which only pictures are made.
fn kept(plan: &Plan, given: &GivenSound, source_seconds: f64, count: i64) -> Vec<f32> {
    let begin = given.at_seconds;
    let is_kept = |token: i64| {
        let [start, end] = sound_position_seconds(token);
        let is_inside = start >= begin - EPSILON && end <= begin + source_seconds + EPSILON;
        let is_retaken = given
            .retake
            .is_some_and(|(from, to)| end > from && start < to);
        plan.has_given_sound() || (is_inside && !is_retaken)
    };
    (0..count).map(|token| f32::from(is_kept(token))).collect()
}

/// Seconds that may be missing at the end of a sound: less than a sample.
const EPSILON: f64 = 1e-5;
