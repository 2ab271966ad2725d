//! What a model can generate: lengths, sizes, rates, the grid of its latents, and the inputs it accepts.
//! The model's family fills this in; all other code reads these numbers from here.

use serde::{Deserialize, Serialize};

use crate::{Ability, Makes, Sampler};

/// The longest length of a model whose positions have no limit, in frames: more than an hour.
const MOST_FRAMES: u32 = 100_000;

/// What a model can generate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ModelSpec {
    /// Lengths it can generate.
    pub frame_rule: FrameRule,
    /// Width and height must be multiples of this.
    pub size_multiple_pixels: u32,
    /// Pixels and frames per latent position.
    pub latent_grid: LatentGrid,
    /// Patch size: latent frames, rows and columns per token.
    pub patch: [u32; 3],
    /// Most tokens along any axis: the length of the position tables.
    pub most_positions: u32,
    /// Frame rates it was trained on, in frames per second; the first is the default.
    pub rates: Vec<u32>,
    /// Inputs it accepts in addition to the prompt. Empty if only weights that are not installed would show them.
    pub abilities: Vec<Ability>,
    /// Whether it needs a first frame (image-to-video models).
    pub needs_first_frame: bool,
    /// Most tokens of a prompt; longer prompts are truncated.
    pub text_length_tokens: u32,
    /// Whether it generates sound: beside the pictures, or alone.
    pub makes_sound: bool,
    /// Whether it generates pictures. False: a model of sound alone. Its lengths are still counted in frames.
    pub makes_pictures: bool,
    /// The sounds of a model of sound alone. `None`: if it makes sound, that is as long as its pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundSpec>,
    /// Whether it has two experts: one transformer for high noise, one for low noise.
    pub has_experts: bool,
    /// Steps of its distilled sampler, which has always as many.
    pub distilled_steps: u32,
    /// Whether it can make a clip in two stages: it is a model with a latent upscaler.
    pub has_two_stages: bool,
    /// Whether it follows a control clip once an IC-LoRA is among the LoRAs of a clip.
    pub follows_with_lora: bool,
}

/// Lengths a model can generate: `first + step * n` frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRule {
    /// The difference between two neighbouring lengths; above zero.
    pub step: u32,
    /// The shortest length.
    pub first: u32,
    /// The longest recommended length. Longer clips can be generated if memory suffices.
    pub longest: u32,
}

/// The size of one latent position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatentGrid {
    /// Width and height in pixels.
    pub pixels: [u32; 2],
    /// Frames per latent frame. The first frame of a clip has a latent frame of its own.
    pub frames: u32,
    /// Latent channels.
    pub channels: u32,
}

/// The sounds that a model of sound alone can make.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoundSpec {
    /// The shortest sound, in seconds.
    pub shortest_seconds: f64,
    /// The longest sound, in seconds.
    pub longest_seconds: f64,
    /// The sample rate of the model itself, in Hz. The engine converts to that of the wire.
    pub rate_hz: u32,
    /// The channels of the model itself: 1, or 2 for stereo.
    pub channels: u16,
}

impl SoundSpec {
    /// The lengths of sound alone are counted in frames of a hundredth of a second.
    pub const FRAMES_PER_SECOND: u32 = 100;

    /// Whether a sound of this length can be made. Not a number: it cannot.
    pub fn allows(&self, seconds: f64) -> bool {
        (self.shortest_seconds..=self.longest_seconds).contains(&seconds)
    }
}

impl Default for ModelSpec {
    /// No restrictions: for a model whose family reported nothing.
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
            makes_pictures: true,
            sound: None,
            has_experts: false,
            distilled_steps: 4,
            has_two_stages: false,
            follows_with_lora: false,
        }
    }
}

impl FrameRule {
    /// Whether a clip of this many frames can be generated.
    pub fn allows(&self, frames: u32) -> bool {
        frames >= self.first && (frames - self.first).is_multiple_of(self.step.max(1))
    }

    /// The longest allowed length that is not above `frames`, or the shortest of all if there is none.
    pub fn at_most(&self, frames: u32) -> u32 {
        let step = self.step.max(1);
        self.first + frames.saturating_sub(self.first) / step * step
    }

    /// The shortest allowed length that is not below `frames`.
    pub fn at_least(&self, frames: u32) -> u32 {
        let step = self.step.max(1);
        let steps = frames.saturating_sub(self.first).div_ceil(step);
        self.first.saturating_add(steps.saturating_mul(step))
    }

    /// As a formula, such as "1 + 4n".
    pub fn formula(&self) -> String {
        format!("{} + {}n", self.first, self.step)
    }
}

impl ModelSpec {
    /// That of a model of sound alone: every length from the shortest to the longest, in hundredths of a second.
    pub fn of_sound(sound: SoundSpec) -> Self {
        let rate = SoundSpec::FRAMES_PER_SECOND;
        let frames = |seconds: f64| (seconds * f64::from(rate)).clamp(1.0, f64::from(MOST_FRAMES));
        // Rounded inwards, less what a product of decimals is off.
        let first = (frames(sound.shortest_seconds) - 1e-6).ceil() as u32;
        let longest = (frames(sound.longest_seconds) + 1e-6).floor() as u32;
        Self {
            frame_rule: FrameRule {
                step: 1,
                first,
                longest,
            },
            most_positions: longest,
            rates: vec![rate],
            makes_sound: true,
            makes_pictures: false,
            sound: Some(sound),
            ..Self::default()
        }
    }

    /// The default frame rate, in frames per second.
    pub fn native_rate(&self) -> Option<u32> {
        self.rates.first().copied()
    }

    /// The shortest allowed length, in frames, that lasts this long at the default rate.
    pub fn frames_lasting(&self, seconds: f64) -> Result<u32, String> {
        if !(seconds.is_finite() && seconds > 0.0) {
            return Err(format!(
                "{seconds} seconds cannot be made; use a number above 0"
            ));
        }
        let rate = self
            .native_rate()
            .filter(|rate| *rate > 0)
            .ok_or("the model's rate is not known; give a length in frames")?;
        let longest = self.most_frames();
        let wanted = (seconds * f64::from(rate)).round().max(1.0);
        if wanted > f64::from(longest) {
            // Rounded down, so that the length that is named can be made.
            let most_seconds = (f64::from(longest) / f64::from(rate) * 100.0).floor() / 100.0;
            let most = match self.sound {
                Some(_) => format!("{most_seconds} seconds are the most that the model makes"),
                None => format!(
                    "{longest} frames are the most that the model makes, {most_seconds} seconds"
                ),
            };
            return Err(format!(
                "{seconds} seconds cannot be made: {most}; use that or less"
            ));
        }
        Ok(self.frame_rule.at_least(wanted as u32))
    }

    /// The longest allowed length in frames that the position tables reach, without reference pictures.
    pub fn most_frames(&self) -> u32 {
        let grid = u64::from(self.latent_grid.frames.max(1));
        let latent_frames = u64::from(self.most_positions) * u64::from(self.patch[0].max(1));
        let frames = (latent_frames.max(1) - 1).saturating_mul(grid) + 1;
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.frame_rule.at_most(frames.min(MOST_FRAMES))
    }

    /// What a clip of it consists of, if nothing else is requested.
    pub fn makes(&self) -> Makes {
        match (self.makes_pictures, self.makes_sound) {
            (true, true) => Makes::Both,
            (false, true) => Makes::Sound,
            (_, false) => Makes::Picture,
        }
    }

    /// Whether a clip of this sampler is made in two stages, if nothing else is asked for.
    pub fn has_two_stages_with(&self, sampler: Sampler) -> bool {
        self.has_two_stages && sampler == Sampler::Distilled
    }

    /// Whether a clip of this width and height, in pixels, can be made in two stages, the first at half of both.
    pub fn fits_two_stages(&self, size: [u32; 2]) -> bool {
        let unit = self.size_multiple_pixels.max(1).saturating_mul(2);
        size.iter()
            .all(|side| *side > 0 && side.is_multiple_of(unit))
    }

    /// Latent frames, rows and columns of a clip of this size in pixels and length in frames.
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
    fn a_length_that_is_too_long_is_refused_with_the_longest_one() {
        let spec = ModelSpec {
            most_positions: 1024,
            ..spec()
        };
        assert_eq!(spec.most_frames(), 4093);
        let refused = spec.frames_lasting(3600.0).expect_err("an hour");
        assert!(
            refused.contains("4093 frames") && refused.contains("255.81 seconds"),
            "{refused}"
        );
        assert_eq!(spec.frames_lasting(255.81), Ok(4093));
        assert!(spec.frames_lasting(f64::MAX).is_err());
        let zero = spec.frames_lasting(0.0).expect_err("nothing");
        assert!(zero.contains("above 0"), "{zero}");
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
        assert_eq!(eight.formula(), "1 + 8n");
    }

    #[test]
    fn two_stages_need_a_distilled_model_with_an_upscaler_and_sides_that_can_be_halved() {
        let spec = ModelSpec {
            size_multiple_pixels: 32,
            has_two_stages: true,
            ..spec()
        };
        assert!(spec.has_two_stages_with(Sampler::Distilled));
        assert!(!spec.has_two_stages_with(Sampler::Euler));
        let without = ModelSpec {
            has_two_stages: false,
            ..spec.clone()
        };
        assert!(!without.has_two_stages_with(Sampler::Distilled));
        assert!(spec.fits_two_stages([768, 512]));
        assert!(!spec.fits_two_stages([768, 544]) && !spec.fits_two_stages([0, 64]));
    }

    #[test]
    fn the_first_frame_has_a_latent_frame_of_its_own() {
        let sizes = [1, 5, 81].map(|frames| spec().latent_size([832, 480], frames)[0]);
        assert_eq!(sizes, [1, 2, 21]);
        assert_eq!(spec().latent_size([832, 480], 81), [21, 60, 104]);
    }

    #[test]
    fn sound_alone_has_every_length_between_its_shortest_and_its_longest() {
        let spec = ModelSpec::of_sound(SoundSpec {
            shortest_seconds: 0.29,
            longest_seconds: 120.0,
            rate_hz: 44_100,
            channels: 2,
        });
        let lengths = [0.1, 1.0, 2.35, 120.0].map(|seconds| spec.frames_lasting(seconds));
        assert_eq!(lengths, [Ok(29), Ok(100), Ok(235), Ok(12_000)]);
        assert_eq!(spec.most_frames(), 12_000);
        let refused = spec.frames_lasting(121.0).expect_err("too long");
        assert!(refused.contains(": 120 seconds are the most"), "{refused}");
        let sound = spec.sound.expect("of sound");
        assert!(sound.allows(120.0) && !sound.allows(120.1) && !sound.allows(f64::NAN));
    }

    #[test]
    fn a_spec_that_is_missing_restricts_nothing() {
        let empty: ModelSpec = serde_json::from_str("{}").expect("readable");
        assert!(empty.frame_rule.allows(7));
    }
}
