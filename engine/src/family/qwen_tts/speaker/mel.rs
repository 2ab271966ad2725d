//! The log-mel spectrogram of a voice, as the speaker encoder reads it. Source: `qwen_tts` `mel_spectrogram`:
//! magnitudes, Slaney's mel scale and norm, a Hann window, reflected ends of less than half a window.

use tch::Tensor;

use crate::sound::mel::{hann_window, slaney_bank};

/// Sample rate of a voice, in Hz.
pub const VOICE_RATE_HZ: i64 = 24_000;
/// Mel bins.
pub const MEL_BINS: i64 = 128;
/// Samples of a frame.
const WINDOW_SAMPLES: i64 = 1024;
/// Samples between two frames.
pub const HOP_SAMPLES: i64 = 256;
/// Added to the squared magnitude, before the root.
const EPSILON: f64 = 1e-9;
/// Least energy of a bin, before the logarithm.
const FLOOR: f64 = 1e-5;

/// n samples -> 1 x bins x t, on the device of the samples. There must be more samples than half a window.
pub fn log_mel(wave: &Tensor) -> Tensor {
    let window = hann_window(WINDOW_SAMPLES).to_device(wave.device());
    let bank = slaney_bank(MEL_BINS, VOICE_RATE_HZ, WINDOW_SAMPLES).to_device(wave.device());
    let border = (WINDOW_SAMPLES - HOP_SAMPLES) / 2;
    let whole = wave.unsqueeze(0).reflection_pad1d([border, border]);
    let frames = whole.unfold(1, WINDOW_SAMPLES, HOP_SAMPLES) * window; // 1 t samples
    let magnitudes = frames.fft_rfft(None::<i64>, -1, "backward").abs();
    let magnitudes = (magnitudes.square() + EPSILON).sqrt();
    let mel = magnitudes.matmul(&bank).clamp_min(FLOOR).log();
    mel.transpose(1, 2)
}
