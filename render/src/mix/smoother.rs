//! A value that follows another one with two time constants, up and down: the ballistics of compressor and ducking.

use crate::media::SOUND_RATE_HZ;

/// So many time constants after any start a followed value is the same to 1e-6 of the difference at the start. Whichever
/// side of the followed value two starts are on, they come nearer by at least the slower factor in each sample.
pub(super) const SETTLED_CONSTANTS: f64 = 14.0;

/// The state of a followed value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Smoother {
    value: f64,
    up: f64,
    down: f64,
}

impl Smoother {
    /// At 0. The time constants are in milliseconds: after one of them, 63 % of a step are done.
    pub fn new(up_ms: f32, down_ms: f32) -> Self {
        let mut smoother = Self {
            value: 0.0,
            up: 0.0,
            down: 0.0,
        };
        smoother.tune(up_ms, down_ms);
        smoother
    }

    /// Other time constants.
    pub fn tune(&mut self, up_ms: f32, down_ms: f32) {
        (self.up, self.down) = (factor(up_ms), factor(down_ms));
    }

    /// The value one sample later.
    pub fn next(&mut self, target: f64) -> f64 {
        let factor = match target > self.value {
            true => self.up,
            false => self.down,
        };
        self.value = target + factor * (self.value - target);
        self.value
    }
}

/// The part of a difference that is left after one sample.
pub(super) fn factor(constant_ms: f32) -> f64 {
    let samples = f64::from(constant_ms.max(0.01)) / 1000.0 * f64::from(SOUND_RATE_HZ);
    (-1.0 / samples).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_followed_with_the_time_constant_of_its_direction() {
        let mut smoother = Smoother::new(10.0, 100.0);
        let after = |smoother: &mut Smoother, target: f64, samples: i32| {
            (0..samples).fold(0.0, |_, _| smoother.next(target))
        };
        let done = 1.0 - (-1.0_f64).exp();
        let up = after(&mut smoother, 1.0, 480);
        assert!((up - done).abs() < 1e-5, "{up}");
        let down = after(&mut smoother, 0.0, 4800);
        assert!((down - up * (-1.0_f64).exp()).abs() < 1e-5, "{down}");
    }

    #[test]
    fn two_starts_are_one_after_so_many_constants_whatever_is_followed() {
        let (mut one, mut other) = (Smoother::new(5.0, 40.0), Smoother::new(5.0, 40.0));
        other.value = 40.0;
        let samples = (0.040 * SETTLED_CONSTANTS * 48_000.0) as u32;
        for at in 0..samples {
            let target = 10.0 + 10.0 * (f64::from(at) * 0.01).sin();
            one.next(target);
            other.next(target);
        }
        assert!((one.value - other.value).abs() < 40.0 * 1e-6);
    }
}
