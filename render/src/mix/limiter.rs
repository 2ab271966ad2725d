//! A limiter that looks ahead: the gain has fallen when a peak comes. No sample is above the ceiling, and no peak between
//! samples by more than the interpolation errs.
//!
//! The gain that each sample needs, the least of those of the next samples, that one let go with the release, and the mean
//! of it over the look-ahead. The mean holds the need of a sample in each of its parts, so it never exceeds it.

use std::collections::VecDeque;

use super::samples::{factor_of, of_milliseconds};
use super::smoother;
use super::true_peak::{Interpolation, REACH};

/// The settings of a limiter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub ceiling_db: f32,
    pub look_ahead_ms: f32,
    pub release_ms: f32,
}

/// The state of a limiter. Its sound comes later by [`Limiter::latency`] samples.
#[derive(Debug)]
pub(super) struct Limiter {
    settings: Settings,
    interpolation: Interpolation,
    ceiling: f32,
    /// The part of a difference that is left after one sample, while the gain rises.
    release: f64,
    look_ahead: usize,
    /// The samples that have come and not gone, the oldest first.
    waiting: VecDeque<[f32; 2]>,
    /// The latest samples, the newest last.
    latest: [[f32; 2 * REACH]; 2],
    /// The peak in the interval before the sample whose need comes next.
    peak_before: f32,
    /// The number of samples that have come.
    come: u64,
    /// Candidates for the least need of the look-ahead: numbers and needs, both rising.
    needs: VecDeque<(u64, f64)>,
    let_go: f64,
    /// The last gains before the mean, and their sum.
    gains: VecDeque<f64>,
    sum: f64,
}

impl Limiter {
    pub fn new(settings: Settings) -> Self {
        let look_ahead = of_milliseconds(settings.look_ahead_ms).max(1);
        let gains: VecDeque<f64> = std::iter::repeat_n(1.0, look_ahead + 1).collect();
        let mut limiter = Self {
            settings,
            interpolation: Interpolation::new(),
            ceiling: 1.0,
            release: 0.0,
            look_ahead,
            waiting: VecDeque::with_capacity(look_ahead + REACH + 1),
            latest: [[0.0; 2 * REACH]; 2],
            peak_before: 0.0,
            come: 0,
            needs: VecDeque::with_capacity(look_ahead + 2),
            let_go: 1.0,
            sum: gains.len() as f64,
            gains,
        };
        limiter.tune(settings);
        limiter
    }

    /// Other settings for the same sound; with another look-ahead it begins anew.
    pub fn tune(&mut self, settings: Settings) {
        if of_milliseconds(settings.look_ahead_ms).max(1) != self.look_ahead {
            *self = Self::new(settings);
        }
        self.settings = settings;
        self.ceiling = factor_of(f64::from(settings.ceiling_db)) as f32;
        self.release = smoother::factor(settings.release_ms);
    }

    /// Drops all sound.
    pub fn reset(&mut self) {
        *self = Self::new(self.settings);
    }

    /// By how many samples the sound comes later.
    pub fn latency(&self) -> usize {
        self.look_ahead + REACH
    }

    /// How many samples must come until the first one goes.
    pub fn missing(&self) -> usize {
        self.latency() - self.waiting.len()
    }

    /// Limits samples, stereo interleaved: those that come are replaced by those that go, which may be fewer.
    pub fn process(&mut self, samples: &mut Vec<f32>) {
        let mut gone = 0;
        for at in 0..samples.len() / 2 {
            if let Some(pair) = self.next([samples[2 * at], samples[2 * at + 1]]) {
                samples[gone..gone + 2].copy_from_slice(&pair);
                gone += 2;
            }
        }
        samples.truncate(gone);
    }

    fn next(&mut self, pair: [f32; 2]) -> Option<[f32; 2]> {
        let need = self.need(pair);
        self.waiting.push_back(pair);
        self.come += 1;
        // The need belongs to the sample `REACH` before this one. Before the first there is silence, which needs nothing.
        while self.needs.back().is_some_and(|(_, later)| *later >= need) {
            self.needs.pop_back();
        }
        self.needs.push_back((self.come, need));
        let oldest = self.come.saturating_sub(self.look_ahead as u64);
        while self
            .needs
            .front()
            .is_some_and(|(number, _)| *number < oldest)
        {
            self.needs.pop_front();
        }
        let gain = self.smoothed();
        if self.waiting.len() <= self.latency() {
            return None;
        }
        let out = self.waiting.pop_front()?;
        let ceiling = self.ceiling;
        Some(out.map(|sample| ((f64::from(sample) * gain) as f32).clamp(-ceiling, ceiling)))
    }

    /// The gain that the sample `REACH` before this one needs.
    fn need(&mut self, pair: [f32; 2]) -> f64 {
        let (mut own, mut after) = (0.0_f32, 0.0_f32);
        for (latest, sample) in self.latest.iter_mut().zip(pair) {
            latest.rotate_left(1);
            latest[2 * REACH - 1] = sample;
            own = own.max(latest[REACH - 1].abs());
            after = after.max(self.interpolation.peak(latest));
        }
        let peak = own.max(self.peak_before).max(after);
        self.peak_before = after;
        match peak > self.ceiling {
            true => f64::from(self.ceiling) / f64::from(peak),
            false => 1.0,
        }
    }

    fn smoothed(&mut self) -> f64 {
        let least = self.needs.front().map_or(1.0, |(_, need)| *need);
        let rising = least + self.release * (self.let_go - least);
        self.let_go = least.min(rising);
        self.gains.push_back(self.let_go);
        self.sum += self.let_go;
        self.sum -= self.gains.pop_front().unwrap_or(1.0);
        self.sum / self.gains.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        ceiling_db: -6.0,
        look_ahead_ms: 5.0,
        release_ms: 100.0,
    };

    /// Noise of this amplitude, with bursts, and the same for each call.
    fn noise(samples: usize, amplitude: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let loud = |at: usize| if at % 9000 < 1500 { 1.0 } else { 0.1 };
        (0..samples)
            .flat_map(|at| [next(), next()].map(|sample| sample * amplitude * loud(at)))
            .collect()
    }

    /// What goes out for what comes in, in blocks of this many samples, with silence behind it.
    fn limited(input: &[f32], block: usize) -> Vec<f32> {
        let mut limiter = Limiter::new(SETTINGS);
        let silence = vec![0.0; 2 * limiter.latency()];
        let mut out = Vec::new();
        for part in [input, &silence].concat().chunks(2 * block) {
            let mut part = part.to_vec();
            limiter.process(&mut part);
            out.extend(part);
        }
        out
    }

    #[test]
    fn no_sample_is_above_the_ceiling_and_quiet_sound_passes_unchanged() {
        let ceiling = factor_of(-6.0) as f32;
        let input = noise(48_000, 4.0);
        let out = limited(&input, 4096);
        assert_eq!(out.len(), input.len());
        assert!(out.iter().all(|sample| sample.abs() <= ceiling));
        let highest = out.iter().fold(0.0_f32, |most, one| most.max(one.abs()));
        assert!(highest > 0.5 * ceiling, "{highest}");
        let quiet = noise(4800, 0.2);
        assert!(limited(&quiet, 4096) == quiet);
    }

    #[test]
    fn the_peaks_between_samples_are_below_the_ceiling_too() {
        let ceiling = factor_of(-6.0) as f32;
        let interpolation = Interpolation::new();
        let out = limited(&noise(24_000, 3.0), 512);
        let left: Vec<f32> = out.chunks_exact(2).map(|pair| pair[0]).collect();
        for window in left.windows(2 * REACH) {
            let window = <&[f32; 2 * REACH]>::try_from(window).expect("so many");
            let peak = interpolation.peak(window);
            assert!(peak < ceiling * 1.02, "{peak}"); // 0.2 dB, the tolerance of meters
        }
    }

    #[test]
    fn the_size_of_the_blocks_changes_no_bit_and_memory_does_not_grow() {
        let input = noise(20_000, 3.0);
        let whole = limited(&input, 20_000);
        for block in [1, 7, 1999, 4096] {
            assert!(limited(&input, block) == whole, "blocks of {block}");
        }
        let mut limiter = Limiter::new(SETTINGS);
        let room = |limiter: &Limiter| {
            let Limiter {
                waiting,
                needs,
                gains,
                ..
            } = limiter;
            [waiting.capacity(), needs.capacity(), gains.capacity()]
        };
        limiter.process(&mut noise(2000, 3.0));
        let before = room(&limiter);
        limiter.process(&mut noise(200_000, 3.0));
        assert_eq!(room(&limiter), before);
    }

    #[test]
    fn the_gain_has_fallen_before_a_peak_and_rises_with_the_release() {
        let mut input = vec![0.25; 2 * 20_000];
        input[2 * 10_000..2 * 10_001].fill(2.0);
        let out = limited(&input, 4096);
        let level = |at: usize| out[2 * at] / 0.25;
        assert!((level(9000) - 1.0).abs() < 1e-6, "long before");
        let need = factor_of(-6.0) as f32 / 2.0;
        assert!(level(9999) < need * 1.2, "one before: {}", level(9999));
        // A time constant and half a look-ahead later: the mean is over the look-ahead before it.
        let left = 1.0 - level(10_000 + 4800 + 240);
        assert!(
            (left - (1.0 - need) * (-1.0_f32).exp()).abs() < 0.05,
            "{left}"
        );
    }
}
