//! The log-mel spectrogram of a wave, as the sound autoencoder reads it.
//! Source: LTX-2 `ltx_core/model/audio_vae/ops.py` (`AudioProcessor`), which calls torchaudio's `MelSpectrogram`:
//! magnitudes, Slaney's mel scale and norm, a Hann window, reflected ends.

use std::f64::consts::PI;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

/// Samples per second of the waves that are read.
pub const MEL_RATE_HZ: i64 = 16_000;
/// Samples between two frames.
pub const MEL_HOP_SAMPLES: i64 = 160;
/// Samples of a frame.
const WINDOW_SAMPLES: i64 = 1024;
/// Least energy of a bin, before the logarithm.
const FLOOR: f64 = 1e-5;

/// Slaney's mel scale is linear below this frequency and logarithmic above.
const BREAK_HZ: f64 = 1000.0;
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;
/// Mels per factor of 6.4 above the break.
const MELS_PER_STEP: f64 = 27.0;
const STEP: f64 = 6.4;

/// From waves to log-mel spectrograms.
#[derive(Debug)]
pub struct LogMel {
    window: Tensor, // samples
    bank: Tensor,   // frequencies bins
}

impl LogMel {
    /// With this number of mel bins, on a device.
    pub fn new(bins: i64, device: Device) -> Self {
        let window: Vec<f32> = (0..WINDOW_SAMPLES)
            .map(|at| (0.5 - 0.5 * (2.0 * PI * at as f64 / WINDOW_SAMPLES as f64).cos()) as f32)
            .collect();
        Self {
            window: Tensor::from_slice(&window).to_device(device),
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

fn mel_of(hz: f64) -> f64 {
    match hz < BREAK_HZ {
        true => hz / HZ_PER_MEL,
        false => BREAK_MEL + (hz / BREAK_HZ).ln() * MELS_PER_STEP / STEP.ln(),
    }
}

fn hz_of(mel: f64) -> f64 {
    match mel < BREAK_MEL {
        true => mel * HZ_PER_MEL,
        false => BREAK_HZ * ((mel - BREAK_MEL) * STEP.ln() / MELS_PER_STEP).exp(),
    }
}

/// Triangles of equal area, evenly spaced in mel from 0 to half the sample rate, for the frequencies of a window:
/// frequencies x bins.
pub fn slaney_bank(bins: i64, rate_hz: i64, window_samples: i64) -> Tensor {
    let top_hz = rate_hz as f64 / 2.0;
    let frequencies = window_samples / 2 + 1;
    let hz_per_frequency = top_hz / (frequencies - 1) as f64;
    let edge = |at: i64| hz_of(mel_of(top_hz) * at as f64 / (bins + 1) as f64);
    let mut weights = Vec::new();
    for frequency in 0..frequencies {
        let hz = frequency as f64 * hz_per_frequency;
        for bin in 0..bins {
            let [left, peak, right] = [edge(bin), edge(bin + 1), edge(bin + 2)];
            let rise = (hz - left) / (peak - left);
            let fall = (right - hz) / (right - peak);
            weights.push((rise.min(fall).max(0.0) * 2.0 / (right - left)) as f32);
        }
    }
    Tensor::from_slice(&weights).view([frequencies, bins])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mel_scale_goes_both_ways() {
        for hz in [0.0, 440.0, 999.0, 1000.0, 6400.0, 8000.0] {
            assert!((hz_of(mel_of(hz)) - hz).abs() < 1e-9, "{hz}");
        }
        assert!((mel_of(6400.0) - 42.0).abs() < 1e-12);
    }

    #[test]
    fn a_sound_shorter_than_half_a_window_is_refused() {
        let wave = Tensor::zeros([1, 2, 512], (Kind::Float, Device::Cpu));
        let mel = LogMel::new(64, Device::Cpu);
        let failure = mel.spectrogram(&wave).expect_err("too short");
        assert!(failure.to_string().contains("512 samples"), "{failure}");
    }
}
