//! The choice of a code from the scores of a network: penalty of repetition, temperature, the best k, the best share p,
//! and a seeded draw. Source: transformers `RepetitionPenaltyLogitsProcessor`, `TemperatureLogitsWarper`,
//! `TopKLogitsWarper`, `TopPLogitsWarper`, in this order.
//!
//! The draws are those of a generator of our own, so that a seed gives the same codes on every device and with every
//! version of libtorch, as far as the scores are equal.

use std::collections::BTreeSet;

/// How a code is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Scores are divided by it. Larger: more random.
    pub temperature: f64,
    /// How many of the best codes can be drawn. 0: all.
    pub best: usize,
    /// The best codes that together have this probability can be drawn. 1: all.
    pub share: f64,
}

/// How the codes of a line are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choices {
    /// Of the first code of a frame. `None`: the best one.
    pub first: Option<Choice>,
    /// Of its other codes. `None`: the best one.
    pub others: Option<Choice>,
    /// Scores of first codes that were chosen before are divided by it, or multiplied if they are negative.
    pub penalty: f64,
}

impl Default for Choice {
    /// That of the released models.
    fn default() -> Self {
        Self {
            temperature: 0.9,
            best: 50,
            share: 1.0,
        }
    }
}

impl Default for Choices {
    /// Those of the released models.
    fn default() -> Self {
        Self {
            first: Some(Choice::default()),
            others: Some(Choice::default()),
            penalty: 1.05,
        }
    }
}

impl Choice {
    /// Whether all numbers can be used.
    pub fn is_sound(&self) -> bool {
        // Scores are fp32: a temperature that is zero there would make them no numbers.
        let (temperature, share) = (self.temperature as f32, self.share);
        temperature > 0.0 && temperature.is_finite() && share > 0.0 && share <= 1.0
    }
}

/// A generator of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, evenly distributed in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 * 2f64.powi(-53)
    }
}

/// Makes codes that were chosen before less likely.
pub fn penalise(scores: &mut [f32], chosen: &BTreeSet<usize>, penalty: f64) {
    let penalty = penalty as f32;
    for &code in chosen {
        let Some(score) = scores.get_mut(code) else {
            continue;
        };
        *score = match *score < 0.0 {
            true => *score * penalty,
            false => *score / penalty,
        };
    }
}

/// The probability of each code.
pub fn probabilities(scores: &[f32], choice: Choice) -> Vec<f32> {
    let temperature = choice.temperature as f32;
    let mut scores: Vec<f32> = scores.iter().map(|score| score / temperature).collect();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let score_of = |scores: &[f32], at: usize| scores.get(at).copied().unwrap_or(f32::NEG_INFINITY);
    order.sort_by(|&one, &other| score_of(&scores, other).total_cmp(&score_of(&scores, one)));
    let last_of_best = order.get(choice.best.wrapping_sub(1)); // of 0: none
    if let Some(&last) = last_of_best {
        let least = score_of(&scores, last);
        for score in &mut scores {
            if *score < least {
                *score = f32::NEG_INFINITY;
            }
        }
    }
    if choice.share < 1.0 {
        let before = softmax(&scores);
        // From the least likely: those whose sum is within the rest go. The best one stays.
        let mut sum = 0.0;
        for &at in order.iter().skip(1).rev() {
            sum += before.get(at).copied().unwrap_or_default();
            if f64::from(sum) <= 1.0 - choice.share
                && let Some(score) = scores.get_mut(at)
            {
                *score = f32::NEG_INFINITY;
            }
        }
    }
    softmax(&scores)
}

/// A code: drawn, or the best one.
pub fn chosen(scores: &[f32], choice: Option<Choice>, generator: &mut Generator) -> usize {
    let Some(choice) = choice else {
        return best(scores);
    };
    let probabilities = probabilities(scores, choice);
    let mut left = generator.uniform();
    let mut last = best(scores);
    for (code, probability) in probabilities.iter().enumerate() {
        if *probability <= 0.0 {
            continue;
        }
        last = code;
        left -= f64::from(*probability);
        if left < 0.0 {
            break;
        }
    }
    last // rounding may leave a rest
}

/// The first of the best codes.
fn best(scores: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (at, &score) in scores.iter().enumerate() {
        if score > best.1 {
            best = (at, score);
        }
    }
    best.0
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_probabilities_and_the_seed() {
        let scores = [0.0, 2f32.ln(), f32::NEG_INFINITY, 5f32.ln()];
        let all = Choice {
            temperature: 1.0,
            best: 0,
            share: 1.0,
        };
        let drawn = |seed: u64| {
            let mut generator = Generator::new(seed);
            let draw = |_: usize| chosen(&scores, Some(all), &mut generator);
            (0..8000).map(draw).collect::<Vec<_>>()
        };
        let codes = drawn(7);
        let count = |code: usize| codes.iter().filter(|drawn| **drawn == code).count();
        assert!(count(0).abs_diff(1000) < 120, "{}", count(0));
        assert!(count(1).abs_diff(2000) < 150, "{}", count(1));
        assert_eq!(count(2), 0);
        assert_eq!(codes, drawn(7));
        assert_ne!(codes, drawn(8));
    }

    #[test]
    fn without_a_choice_the_best_code_wins() {
        let code = chosen(&[0.1, 3.0, -1.0, 3.0], None, &mut Generator::new(1));
        assert_eq!(code, 1);
    }
}
