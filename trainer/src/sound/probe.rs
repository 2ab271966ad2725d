//! The probe: which place and which time of day a sound is of, from the levels of its bands. It is taught with sounds of the
//! world alone.

use super::spectrum::{band_levels, even_edges};

/// Bands, and the shares of their levels over time that are looked at: the quiet, the usual, the loud.
const BANDS: usize = 26;
const SHARES: [f32; 3] = [0.15, 0.5, 0.85];
const LOW_HERTZ: f32 = 60.0;
const HIGH_HERTZ: f32 = 15_000.0;
/// Passes over all sounds, the length of a step, and how weights are held small.
const PASSES: usize = 400;
const RATE: f32 = 0.5;
const DECAY: f32 = 1e-3;
/// Classes of each question.
const CLASSES: usize = 4;

/// What the probe looks at.
pub type Features = Vec<f32>;

/// The features of a sound, from its spectra.
pub fn features(spectra: &[Vec<f32>]) -> Features {
    let edges = even_edges(LOW_HERTZ, HIGH_HERTZ, BANDS);
    let levels: Vec<Vec<f32>> = spectra
        .iter()
        .map(|spectrum| band_levels(spectrum, &edges))
        .collect();
    let bands = (0..BANDS).flat_map(|band| {
        let mut over_time: Vec<f32> = levels.iter().map(|levels| levels[band]).collect();
        over_time.sort_by(f32::total_cmp);
        let last = over_time.len().saturating_sub(1) as f32;
        SHARES.map(|share| {
            let at = (share * last).round() as usize;
            over_time.get(at).copied().unwrap_or(0.0)
        })
    });
    bands.collect()
}

/// A logistic regression with four classes.
#[derive(Clone, Debug)]
pub struct Probe {
    mean: Features,
    spread: Features,
    /// One row for each class, the last value of each its bias.
    weights: Vec<Vec<f32>>,
}

impl Probe {
    /// Teaches it: features, and the class of each. There is no chance in it.
    pub fn taught(sounds: &[(&Features, usize)]) -> Self {
        let count = sounds.len().max(1) as f32;
        let length = sounds.first().map_or(0, |(features, _)| features.len());
        let mean_of = |value: &dyn Fn(&Features, usize) -> f32| -> Features {
            let of = |at| sounds.iter().map(|(one, _)| value(one, at)).sum::<f32>() / count;
            (0..length).map(of).collect()
        };
        let mean = mean_of(&|one, at| one[at]);
        let spread = mean_of(&|one, at| (one[at] - mean[at]).powi(2));
        let spread = spread.into_iter().map(|square| square.sqrt().max(1e-3));
        let mut probe = Self {
            spread: spread.collect(),
            mean,
            weights: vec![vec![0.0; length + 1]; CLASSES],
        };
        let known: Vec<(Features, usize)> = sounds
            .iter()
            .map(|(features, class)| (probe.scaled(features), *class))
            .collect();
        for _ in 0..PASSES {
            probe.step(&known, RATE / count);
        }
        probe
    }

    fn step(&mut self, known: &[(Features, usize)], rate: f32) {
        let mut change = vec![vec![0.0; self.mean.len() + 1]; CLASSES];
        for (scaled, class) in known {
            let shares = self.shares(scaled);
            for (at, (row, share)) in change.iter_mut().zip(shares).enumerate() {
                let error = share - f32::from(u8::from(at == *class));
                for (sum, value) in row.iter_mut().zip(scaled) {
                    *sum += error * value;
                }
            }
        }
        for (weights, change) in self.weights.iter_mut().zip(change) {
            for (weight, change) in weights.iter_mut().zip(change) {
                *weight -= rate * change + RATE * DECAY * *weight;
            }
        }
    }

    /// With mean 0 and spread 1, and a 1 for the bias at its end.
    fn scaled(&self, features: &Features) -> Features {
        let scales = self.mean.iter().zip(&self.spread);
        let scaled = features.iter().zip(scales);
        let scaled = scaled.map(|(value, (mean, spread))| (value - mean) / spread);
        scaled.chain([1.0]).collect()
    }

    fn shares(&self, scaled: &Features) -> Vec<f32> {
        let scores = self.weights.iter().map(|row| {
            let products = row.iter().zip(scaled);
            products.map(|(weight, value)| weight * value).sum::<f32>()
        });
        let scores: Vec<f32> = scores.collect();
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    /// The class of a sound.
    pub fn names(&self, features: &Features) -> usize {
        let shares = self.shares(&self.scaled(features));
        let best = (0..shares.len()).max_by(|&one, &other| shares[one].total_cmp(&shares[other]));
        best.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{generator, within};

    #[test]
    fn classes_that_differ_are_told_apart_and_chance_is_not() {
        let mut rng = generator(2, 2);
        let mut drawn = |apart: f32| {
            let sounds = (0..200).map(|at| {
                let class = at % CLASSES;
                let features = (0..6).map(|axis| {
                    let own = if axis == class { apart } else { 0.0 };
                    own + within(&mut rng, -1.0, 1.0)
                });
                (features.collect::<Features>(), class)
            });
            sounds.collect::<Vec<_>>()
        };
        let mut right = |apart: f32| {
            let [known, asked] = [drawn(apart), drawn(apart)];
            let known: Vec<(&Features, usize)> =
                known.iter().map(|(one, class)| (one, *class)).collect();
            let probe = Probe::taught(&known);
            asked
                .iter()
                .filter(|(one, class)| probe.names(one) == *class)
                .count()
        };
        assert!(right(3.0) > 190);
        assert!(right(0.0) < 90);
    }
}
