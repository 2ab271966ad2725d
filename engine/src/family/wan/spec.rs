//! What Wan 2.1 models can generate, and their default settings.
//! All numbers of the family that other code needs come from here.

use kinora_wire::{
    Ability, FrameRule, GenerationSettings, Guidance, LatentGrid, ModelSpec, Sampler,
};

use super::text::TEXT_LENGTH;
use super::transformer::{Config, PATCH};
use super::vae::{CHANNELS, FRAMES_PER_LATENT, pixels_per_latent};

/// Longest recommended length: fifteen seconds, three times the training length. Longer clips fall apart.
const LONGEST_FRAMES: u32 = 241;
/// Length of the rotary position tables, along each axis.
const MOST_POSITIONS: u32 = 1024;
/// Timestep shift of the step-distilled models (LightX2V).
const DISTILLED_SHIFT: f64 = 5.0;

/// What a model of this shape can generate. Without a shape: what all models of the family have in common.
pub fn spec(shape: Option<&Config>, defaults: &GenerationSettings) -> ModelSpec {
    let channels = shape.map_or(CHANNELS, |shape| shape.out_channels);
    let pixels = pixels_per_latent(channels);
    let abilities = shape.map_or_else(Vec::new, |shape| {
        let all = Ability::ALL.into_iter();
        all.filter(|&ability| shape.can(ability)).collect()
    });
    ModelSpec {
        frame_rule: FrameRule {
            step: FRAMES_PER_LATENT as u32,
            first: 1,
            longest: LONGEST_FRAMES,
        },
        size_multiple_pixels: (pixels * PATCH[1]) as u32,
        latent_grid: LatentGrid {
            pixels: [pixels as u32; 2],
            frames: FRAMES_PER_LATENT as u32,
            channels: channels as u32,
        },
        patch: PATCH.map(|length| length as u32),
        most_positions: MOST_POSITIONS,
        rates: vec![defaults.rate],
        abilities,
        needs_first_frame: shape.is_some_and(Config::needs_first_frame),
        text_length_tokens: TEXT_LENGTH as u32,
        makes_sound: false,
    }
}

/// The recommended settings for text to video at 480p (Wan2.1, `generate.py`).
pub fn fallback_defaults() -> GenerationSettings {
    GenerationSettings {
        size: [832, 480],
        frames: 81,
        rate: 16,
        steps: 50,
        sampler: Sampler::UniPc,
        shift: 3.0,
        guidance: Guidance::Classifier { scale: 5.0 },
        negative: String::new(),
        control_strength: 1.0,
    }
}

/// A model's defaults, adapted if the distilled sampler is chosen for a model whose own sampler is another.
pub fn defaults_with(own: &GenerationSettings, sampler: Sampler) -> GenerationSettings {
    let is_for_one_clip = sampler == Sampler::Distilled && own.sampler != Sampler::Distilled;
    let (shift, guidance) = match is_for_one_clip {
        true => (DISTILLED_SHIFT, Guidance::Off), // guidance is distilled into the weights; applying it again blurs
        false => (own.shift, own.guidance),
    };
    GenerationSettings {
        sampler,
        shift,
        guidance,
        ..own.clone()
    }
}

/// The kind of model that has an ability, in words, for the remedy of a failure.
pub fn model_kind_with(ability: Ability) -> &'static str {
    match ability {
        Ability::Camera => "a camera model (Wan Fun-Control-Camera, or Kinora's starter)",
        Ability::FirstAndLastFrame => "a Wan 2.2 image-to-video or a VACE model",
        _ => "a VACE model",
    }
}
