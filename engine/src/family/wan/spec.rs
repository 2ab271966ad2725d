//! What Wan models can generate, and their default settings.
//! All numbers of the family that other code needs come from here.

use kinora_wire::{
    Ability, ExpertSwitch, FrameRule, GenerationSettings, Guidance, LatentGrid, LowNoiseGuidance,
    ModelSpec, Sampler, SpeechSampling, StepCache, StreamGuidance,
};

use super::text::TEXT_LENGTH;
use super::transformer::{Concatenated, Config, PATCH};
use super::vae::{CHANNELS, FRAMES_PER_LATENT, pixels_per_latent};

/// Longest recommended length: fifteen seconds, three times the training length. Longer clips fall apart.
const LONGEST_FRAMES: u32 = 241;
/// Length of the rotary position tables, along each axis.
const MOST_POSITIONS: u32 = 1024;
/// Denoising steps of the models with two experts (Wan2.2, `wan_t2v_A14B.py`, `wan_i2v_A14B.py`).
const EXPERTS_STEPS: u32 = 40;
/// Denoising steps of the Fun models (VideoX-Fun, `examples`).
const FUN_STEPS: u32 = 50;
/// Denoising steps of the step-distilled models (LightX2V).
const DISTILLED_STEPS: u32 = 4;
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
        makes_pictures: true,
        sound: None,
        has_experts: false,
        distilled_steps: DISTILLED_STEPS,
        has_two_stages: false,
        follows_with_lora: false,
    }
}

/// The recommended settings for text to video at 480p: steps and guidance of Wan2.1's `generate.py`, the shift that
/// diffusers' documentation names for this size.
pub fn fallback_defaults() -> GenerationSettings {
    GenerationSettings {
        size: [832, 480],
        frames: 81,
        rate: 16,
        steps: 50,
        sampler: Sampler::UniPc,
        shift: 3.0,
        guidance: Guidance::Classifier { scale: 5.0 },
        guidance_low: LowNoiseGuidance::Same,
        expert_switch: ExpertSwitch::Never,
        negative: String::new(),
        control_strength: 1.0,
        step_cache: StepCache::Off,
        stream_guidance: StreamGuidance::default(),
        two_stages: false,
        speech: SpeechSampling::default(),
    }
}

/// The recommended settings for a model of this shape without a card (Wan2.2, `wan/configs`; for the models of first and
/// last frame, and of image to video, Wan2.1, `generate.py`; for Fun models the examples of VideoX-Fun).
pub fn defaults_of(shape: &Config, has_experts: bool) -> GenerationSettings {
    let base = match has_experts {
        true => of_experts(shape),
        false => of_one_transformer(shape),
    };
    let is_fun = shape.needs_camera_path() || shape.concatenates(Concatenated::Control);
    if !is_fun {
        return base;
    }
    GenerationSettings {
        steps: FUN_STEPS,
        sampler: Sampler::Euler,
        guidance: Guidance::Classifier { scale: 6.0 },
        ..base
    }
}

fn of_experts(shape: &Config) -> GenerationSettings {
    let base = GenerationSettings {
        steps: EXPERTS_STEPS,
        shift: 12.0,
        expert_switch: ExpertSwitch::Timestep(0.875),
        ..fallback_defaults()
    };
    if shape.takes_given_frames() {
        return GenerationSettings {
            shift: 5.0,
            guidance: Guidance::Classifier { scale: 3.5 },
            expert_switch: ExpertSwitch::Timestep(0.9),
            ..base
        };
    }
    if shape.vace.is_some() {
        // VACE-Fun has one guidance for both experts, that of the family.
        return GenerationSettings {
            steps: FUN_STEPS,
            ..base
        };
    }
    GenerationSettings {
        guidance: Guidance::Classifier { scale: 4.0 },
        guidance_low: LowNoiseGuidance::Scale(3.0),
        ..base
    }
}

fn of_one_transformer(shape: &Config) -> GenerationSettings {
    let base = fallback_defaults();
    if shape.replaces_first_latent() {
        return GenerationSettings {
            size: [1280, 704],
            frames: 121,
            rate: 24,
            shift: 5.0,
            ..base
        };
    }
    let image = shape.image.as_ref();
    if image.is_some_and(|image| image.paired_tokens.is_some()) {
        return GenerationSettings {
            size: [1280, 720],
            shift: 16.0,
            ..base
        };
    }
    match shape.needs_first_frame() {
        true => GenerationSettings { steps: 40, ..base },
        false => base,
    }
}

/// A model's defaults, adapted if the distilled sampler is chosen for a model whose own sampler is another.
pub fn defaults_with(own: &GenerationSettings, sampler: Sampler) -> GenerationSettings {
    let is_for_one_clip = sampler == Sampler::Distilled && own.sampler != Sampler::Distilled;
    let own = GenerationSettings {
        sampler,
        ..own.clone()
    };
    if !is_for_one_clip {
        return own;
    }
    GenerationSettings {
        shift: DISTILLED_SHIFT,
        guidance: Guidance::Off, // guidance is distilled into the weights; applying it again blurs
        guidance_low: LowNoiseGuidance::Same,
        ..own
    }
}

/// The kind of model that has an ability, in words, for the remedy of a failure.
pub fn model_kind_with(ability: Ability) -> &'static str {
    match ability {
        Ability::Camera => "a camera model (Wan Fun-Control-Camera, or Kinora's starter)",
        Ability::FirstFrame => "an image-to-video, a Wan 2.2 TI2V-5B or a VACE model",
        Ability::FirstAndLastFrame => "a Wan 2.2 image-to-video, a FLF2V or a VACE model",
        Ability::References => "a VACE, a Phantom or a Fun-Control model",
        Ability::Control => "a VACE or a Fun-Control model",
        Ability::SoundOfClip | Ability::PictureOfSound | Ability::SourceSound => "an LTX-2 model",
        Ability::Voice => "a Qwen3-TTS VoiceDesign or CustomVoice model",
        Ability::ClonedVoice => "a Qwen3-TTS Base model",
        _ => "a VACE model",
    }
}
