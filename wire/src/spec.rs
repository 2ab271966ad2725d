//! Which clips a model makes: lengths, sizes and rates, how its latents lie under the pixels, what it can be given.
//! The model's family fills this in, and every number of this kind is read from here.

use serde::{Deserialize, Serialize};

use crate::Ability;

/// No clip lasts longer than an hour.
const LONGEST_SECONDS: f64 = 3600.0;

/// Which clips a model makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelSpec {
    /// Which lengths it makes.
    pub frame_rule: FrameRule,
    /// Both sides of a frame are multiples of this.
    pub size_multiple_pixels: u32,
    /// How its latents lie under the pixels.
    pub latent_grid: LatentGrid,
    /// Latent frames, rows and columns that become one token.
    pub patch: [u32; 3],
    /// How many tokens its positions reach along any axis.
    pub most_positions: u32,
    /// Frames a second it was trained on; the first is the usual one.
    pub rates: Vec<u32>,
    /// What it can be given beside the text. Empty where only weights that are not there would show it.
    pub abilities: Vec<Ability>,
    /// Whether it makes clips from a picture only.
    pub needs_first_frame: bool,
    /// How many tokens of a text it reads; the rest is cut off.
    pub text_length_tokens: u32,
    /// Whether sound comes with its frames.
    pub makes_sound: bool,
}

/// Which lengths a model makes: `first + step · n` frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRule {
    /// What lengths grow by; above zero.
    pub step: u32,
    /// The shortest length.
    pub first: u32,
    /// The longest that is recommended. Longer clips can be made where memory suffices.
    pub longest: u32,
}

/// What one position of the latents stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatentGrid {
    /// Pixels across and down.
    pub pixels: [u32; 2],
    /// Frames; the first frame of a clip has a latent frame of its own.
    pub frames: u32,
    /// Numbers at each position.
    pub channels: u32,
}

impl Default for ModelSpec {
    /// No restriction at all: for a model whose family reported nothing.
    fn default() -> Self {
        Self {
            frame_rule: FrameRule {
                step: 1,
                first: 1,
                longest: u32::MAX,
            },
            size_multiple_pixels: 1,
            latent_grid: LatentGrid {
                pixels: [1, 1],
                frames: 1,
                channels: 0,
            },
            patch: [1, 1, 1],
            most_positions: u32::MAX,
            rates: Vec::new(),
            abilities: Vec::new(),
            needs_first_frame: false,
            text_length_tokens: u32::MAX,
            makes_sound: false,
        }
    }
}

impl FrameRule {
    /// Whether a clip of this length can be made.
    pub fn allows(&self, frames: u32) -> bool {
        frames >= self.first && (frames - self.first).is_multiple_of(self.step.max(1))
    }

    /// The longest length that is not above `frames`; the shortest there is, where all are.
    pub fn at_most(&self, frames: u32) -> u32 {
        let step = self.step.max(1);
        self.first + frames.saturating_sub(self.first) / step * step
    }

    /// The shortest length that is not below `frames`.
    pub fn at_least(&self, frames: u32) -> u32 {
        let step = self.step.max(1);
        let steps = frames.saturating_sub(self.first).div_ceil(step);
        self.first.saturating_add(steps.saturating_mul(step))
    }

    /// In signs: "1 + 4n".
    pub fn words(&self) -> String {
        format!("{} + {}n", self.first, self.step)
    }
}

impl ModelSpec {
    /// Frames a second, unless others are requested.
    pub fn usual_rate(&self) -> Option<u32> {
        self.rates.first().copied()
    }

    /// The shortest length that lasts so many seconds at the usual rate.
    pub fn frames_lasting(&self, seconds: f64) -> Result<u32, String> {
        if !(seconds.is_finite() && seconds > 0.0 && seconds < LONGEST_SECONDS) {
            return Err(format!(
                "{seconds} seconds cannot be made; use a number above 0"
            ));
        }
        let rate = self
            .usual_rate()
            .ok_or("the model's rate is not known; give a length in frames")?;
        let frames = (seconds * f64::from(rate)).round().max(1.0) as u32;
        Ok(self.frame_rule.at_least(frames))
    }

    /// Latent frames, rows and columns of a clip.
    pub fn latent_size(&self, [width, height]: [i64; 2], frames: i64) -> [i64; 3] {
        let LatentGrid {
            pixels,
            frames: shared,
            ..
        } = self.latent_grid;
        [
            (frames - 1) / i64::from(shared.max(1)) + 1,
            height / i64::from(pixels[1].max(1)),
            width / i64::from(pixels[0].max(1)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ModelSpec {
        ModelSpec {
            frame_rule: FrameRule {
                step: 4,
                first: 1,
                longest: 81,
            },
            latent_grid: LatentGrid {
                pixels: [8, 8],
                frames: 4,
                channels: 16,
            },
            rates: vec![16],
            ..ModelSpec::default()
        }
    }

    #[test]
    fn seconds_become_the_next_length_a_model_can_make() {
        let frames = |seconds| spec().frames_lasting(seconds).expect("possible");
        assert_eq!([5.0, 5.06, 0.01, 1.0].map(frames), [81, 81, 1, 17]);
        assert!(spec().frames_lasting(f64::NAN).is_err() && spec().frames_lasting(-1.0).is_err());
        assert!(
            ModelSpec::default().frames_lasting(1.0).is_err(),
            "a model without a rate"
        );
    }

    #[test]
    fn a_length_that_cannot_be_made_lies_between_two_that_can() {
        let rule = spec().frame_rule;
        assert_eq!((rule.at_most(80), rule.at_least(80)), (77, 81));
        assert_eq!((rule.at_most(0), rule.at_least(0)), (1, 1));
        assert!(rule.allows(81) && !rule.allows(80) && !rule.allows(0));
        let eight = FrameRule {
            step: 8,
            first: 1,
            longest: 257,
        };
        assert_eq!((eight.at_most(80), eight.at_least(80)), (73, 81));
        assert_eq!(eight.words(), "1 + 8n");
    }

    #[test]
    fn the_first_frame_has_a_latent_frame_of_its_own() {
        let sizes = [1, 5, 81].map(|frames| spec().latent_size([832, 480], frames)[0]);
        assert_eq!(sizes, [1, 2, 21]);
        assert_eq!(spec().latent_size([832, 480], 81), [21, 60, 104]);
    }

    #[test]
    fn a_spec_that_is_missing_restricts_nothing() {
        let empty: ModelSpec = serde_json::from_str("{}").expect("readable");
        assert!(empty.frame_rule.allows(7));
    }
}
