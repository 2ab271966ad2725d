//! Noise, and the filters it goes through.

use std::f32::consts::TAU;

use fastrand::Rng;

use crate::sound_for_picture::score::SAMPLE_RATE;

/// A number of samples.
pub fn samples(seconds: f32) -> usize {
    (seconds.max(0.0) * SAMPLE_RATE as f32).round() as usize
}

/// The time of a sample in seconds.
pub fn seconds(sample: usize) -> f32 {
    sample as f32 / SAMPLE_RATE as f32
}

/// A white sample from -1 to 1.
pub fn white(rng: &mut Rng) -> f32 {
    rng.f32() * 2.0 - 1.0
}

/// Decibels as a factor.
pub fn decibels(level: f32) -> f32 {
    10.0_f32.powf(level / 20.0)
}

/// A band-pass of the second order with gain 1 in its middle (Bristow-Johnson, "Cookbook formulae for audio EQ biquad
/// filter coefficients").
#[derive(Clone, Debug)]
pub struct Band {
    gain: f32,
    feedback: [f32; 2],
    inputs: [f32; 2],
    outputs: [f32; 2],
}

impl Band {
    /// Around `centre` in Hz; the larger `q`, the narrower.
    pub fn new(centre: f32, q: f32) -> Self {
        let angle = TAU * (centre / SAMPLE_RATE as f32).clamp(1e-5, 0.49);
        let alpha = angle.sin() / (2.0 * q);
        let all = 1.0 + alpha;
        Self {
            gain: alpha / all,
            feedback: [-2.0 * angle.cos() / all, (1.0 - alpha) / all],
            inputs: [0.0; 2],
            outputs: [0.0; 2],
        }
    }

    /// The next sample.
    pub fn next(&mut self, sample: f32) -> f32 {
        let [one, two] = self.feedback;
        let made =
            self.gain * (sample - self.inputs[1]) - one * self.outputs[0] - two * self.outputs[1];
        self.inputs = [sample, self.inputs[0]];
        self.outputs = [made, self.outputs[0]];
        made
    }
}

/// Scales a sound so that its largest sample is 1.
pub fn to_unit_peak(mut sound: Vec<f32>) -> Vec<f32> {
    let peak = sound.iter().fold(1e-9_f32, |most, one| most.max(one.abs()));
    for sample in &mut sound {
        *sample /= peak;
    }
    sound
}

/// Scales a sound so that its mean square is 1.
pub fn to_unit_power(mut sound: Vec<f32>) -> Vec<f32> {
    let power: f32 = sound.iter().map(|sample| sample * sample).sum();
    let root = (power / sound.len().max(1) as f32).sqrt().max(1e-9);
    for sample in &mut sound {
        *sample /= root;
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_lets_its_middle_through_and_little_else() {
        let through = |hertz: f32| {
            let mut band = Band::new(1000.0, 5.0);
            let tone = (0..9600).map(|at| band.next((TAU * hertz * seconds(at)).sin()));
            let late: Vec<f32> = tone.skip(4800).collect();
            late.iter().fold(0.0_f32, |most, one| most.max(one.abs()))
        };
        assert!((through(1000.0) - 1.0).abs() < 0.02, "{}", through(1000.0));
        assert!(through(250.0) < 0.1 && through(4000.0) < 0.1);
    }
}
