//! Sends the sound that a model has made: at the rate of the wire, as long as its clip, a second at a time. The same for
//! every family.

use kinora_wire::{Failure, SoundShape};
use tch::{Device, Kind, Tensor};

use super::contract::{ClipSink, SoundBlock};
use crate::job::Listener;
use crate::sound::resampled;

/// Samples of each channel of a clip, at the rate of the wire: as long as its frames.
pub fn samples_of(frames: i64, rate: u32) -> i64 {
    let samples = frames.max(0) as f64 / f64::from(rate.max(1)) * f64::from(SoundShape::RATE_HZ);
    samples.round() as i64
}

/// Sends a wave, 1 x channels x n at `rate_hz`, cut or followed by silence to this many samples at the rate of the wire.
/// Samples beyond [-1, 1] are limited.
pub fn send_wave(
    wave: &Tensor,
    rate_hz: i64,
    samples: i64,
    listener: &mut dyn Listener,
    sink: &mut dyn ClipSink,
) -> Result<(), Failure> {
    let sent_hz = i64::from(SoundShape::RATE_HZ);
    let wave = resampled(wave, rate_hz, sent_hz)?;
    let wave = lasting(&wave, samples).clamp(-1.0, 1.0);
    let interleaved = wave.squeeze_dim(0).transpose(0, 1); // n c
    let interleaved = interleaved.to_kind(Kind::Float).to_device(Device::Cpu);
    for block in interleaved.split(sent_hz, 0) {
        let channels = block.size().get(1).copied().unwrap_or(1);
        let samples = Vec::<f32>::try_from(block.contiguous().view([-1]));
        let block = SoundBlock {
            samples: samples.map_err(|error| Failure::bug(error.to_string()))?,
            rate_hz: SoundShape::RATE_HZ,
            channels: u16::try_from(channels).unwrap_or(1),
        };
        sink.sound(block, listener)?;
    }
    Ok(())
}

/// A wave b c n of this many samples: cut, or followed by silence. The last latent of a sound makes less than a whole one's
/// samples, and a clip is seldom a whole number of latents long.
fn lasting(wave: &Tensor, samples: i64) -> Tensor {
    let own = wave.size().last().copied().unwrap_or(0);
    match samples <= own {
        true => wave.narrow(-1, 0, samples),
        false => wave.constant_pad_nd([0, samples - own]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_as_long_as_its_picture() {
        assert_eq!(samples_of(121, 24), 242_000);
        assert_eq!(samples_of(1, 50), 960);
        let wave = Tensor::ones([1, 2, 5], (Kind::Float, Device::Cpu));
        for samples in [3, 5, 9] {
            assert_eq!(lasting(&wave, samples).size(), [1, 2, samples]);
        }
        let last = lasting(&wave, 9).double_value(&[0, 1, 8]);
        assert!(last.abs() < 1e-9, "{last}");
    }
}
