//! The recording of a voice as the speaker encoder takes it: one channel, at its sample rate, its beginning if it is long.

use std::path::Path;

use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::speaker::{LONGEST_SECONDS, VOICE_RATE_HZ};
use crate::job::Listener;
use crate::sound::{Wave, resampled, wav};

/// The samples of a WAV file, 1-D, at the rate of voices. Of a longer recording than the encoder takes the beginning counts,
/// and `listener` is informed.
///
/// # Errors
/// The file cannot be used; its rate cannot be changed to that of voices.
pub fn sample_of(path: &Path, listener: &mut dyn Listener) -> Result<Tensor, Failure> {
    let Wave { samples, rate_hz } = wav::read(path)?;
    let most = (LONGEST_SECONDS * rate_hz as f64) as i64;
    let count = samples.size().last().copied().unwrap_or(0);
    if count > most {
        let text = format!(
            "of the recording of the voice, the first {LONGEST_SECONDS} s are used: {}",
            path.display()
        );
        listener.receive(Progress::Notice { text }, Vec::new())?;
    }
    let mono = samples
        .narrow(1, 0, count.min(most))
        .mean_dim([0].as_slice(), true, Kind::Float);
    let wave = resampled(&mono.unsqueeze(0), rate_hz, VOICE_RATE_HZ)?;
    let longest = (LONGEST_SECONDS * VOICE_RATE_HZ as f64) as i64;
    let wave = wave.flatten(0, -1).to_device(Device::Cpu);
    let samples = wave.numel() as i64;
    Ok(wave.narrow(0, 0, samples.min(longest)))
}
