//! Sound as the families of sound share it: waves, change of the sample rate, mel scale, snake.
//! No family is named here.

pub mod mel;
pub mod resample;
mod snake;
pub mod wav;

use tch::Tensor;

pub use resample::resampled;
pub use snake::SnakeBeta;

/// A sound.
#[derive(Debug)]
pub struct Wave {
    /// Channels x n, fp32, in [-1, 1], on the CPU.
    pub samples: Tensor,
    /// Sample rate, in Hz.
    pub rate_hz: i64,
}

impl Wave {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        let samples = self.samples.size().last().copied().unwrap_or(0);
        samples as f64 / self.rate_hz.max(1) as f64
    }
}
