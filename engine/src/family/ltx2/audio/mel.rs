//! The log-mel spectrogram of a wave, as the sound autoencoder reads it.
//! Source: LTX-2 `ltx_core/model/audio_vae/ops.py` (`AudioProcessor`), which calls torchaudio's `MelSpectrogram`:
//! magnitudes, Slaney's mel scale and norm, a Hann window, reflected ends.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::sound::mel::{hann_window, slaney_bank};

/// Samples per second of the waves that are read.
pub const MEL_RATE_HZ: i64 = 16_000;
/// Samples between two frames.
pub const MEL_HOP_SAMPLES: i64 = 160;
/// Samples of a frame.
const WINDOW_SAMPLES: i64 = 1024;
/// Least energy of a bin, before the logarithm.
const FLOOR: f64 = 1e-5;

/// From waves to log-mel spectrograms.
#[derive(Debug)]
pub struct LogMel {
    window: Tensor, // samples
    bank: Tensor,   // frequencies bins
}

impl LogMel {
    /// With this number of mel bins, on a device.
    pub fn new(bins: i64, device: Device) -> Self {
        Self {
            window: hann_window(WINDOW_SAMPLES).to_device(device),
            bank: slaney_bank(bins, MEL_RATE_HZ, WINDOW_SAMPLES).to_device(device),
        }
    }

    /// The spectrogram b c t m of a wave b c n at 16 kHz; t is 1 + n/160. Fails if the wave is shorter than half a
    /// window.
    pub fn spectrogram(&self, wave: &Tensor) -> Result<Tensor, Failure> {
        let (batch, sounds, samples) = wave
            .size3()
            .map_err(|_| Failure::bug(format!("a wave has {:?} axes", wave.size())))?;
        let half = WINDOW_SAMPLES / 2;
        if samples <= half {
            return Err(Failure::refused(
                format!(
                    "the sound has {samples} samples at 16 kHz, and more than {half} are needed"
                ),
                "use a longer sound",
            ));
        }
        let _no_grad = tch::no_grad_guard();
        let flat = wave
            .to_kind(Kind::Float)
            .reshape([batch * sounds, samples])
            .reflection_pad1d([half, half]);
        let frames = flat.unfold(1, WINDOW_SAMPLES, MEL_HOP_SAMPLES) * &self.window;
        let magnitudes = frames.fft_rfft(None::<i64>, -1, "backward").abs();
        let mel = magnitudes.matmul(&self.bank).clamp_min(FLOOR).log();
        let size = mel.size(); // b*c t m
        Ok(mel.view([batch, sounds, size[1], size[2]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_shorter_than_half_a_window_is_refused() {
        let wave = Tensor::zeros([1, 2, 512], (Kind::Float, Device::Cpu));
        let mel = LogMel::new(64, Device::Cpu);
        let failure = mel.spectrogram(&wave).expect_err("too short");
        assert!(failure.to_string().contains("512 samples"), "{failure}");
    }
}
