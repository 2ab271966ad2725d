//! What LTX-2 models can generate, and their default settings, by version.
//! All numbers of the family that other code needs come from here.

use kinora_wire::{
    Ability, ExpertSwitch, FrameRule, GenerationSettings, Guidance, GuidanceTerms, LatentGrid,
    LowNoiseGuidance, Makes, ModelSpec, Sampler, SpeechSampling, StepCache, StreamGuidance,
};

use super::identity::Version;
use super::schedule::DISTILLED_STEPS;
use crate::streams::Streams;

/// Frames of a latent frame; the first frame of a clip has one of its own.
const FRAMES_PER_LATENT: u32 = 8;
/// Width and height of a latent position in pixels.
const PIXELS_PER_LATENT: u32 = 32;
/// Latent channels of the picture.
const CHANNELS: u32 = 128;
/// Longest recommended length: twenty seconds at the default rate, the limit of the models' own prediction of lengths.
const LONGEST_FRAMES: u32 = 481;
/// Frame rates that the models know, in frames per second.
const RATES: [u32; 5] = [24, 25, 30, 48, 50];
/// Most tokens of a prompt.
const TEXT_LENGTH: u32 = 1024;
/// Latent positions of the sound in a second: 16 kHz in hops of 160 samples, four hops a position.
const SOUND_POSITIONS_PER_SECOND: f64 = 16_000.0 / 160.0 / 4.0;
/// What the models may be given.
const ABILITIES: [Ability; 7] = [
    Ability::FirstFrame,
    Ability::FirstAndLastFrame,
    Ability::AnyKeyframe,
    Ability::Source,
    Ability::SoundOfClip,
    Ability::PictureOfSound,
    Ability::SourceSound,
];
/// The kind of model that follows a control clip, in words, for the remedy of a failure.
pub const KIND_WITH_CONTROL: &str = "an IC-LoRA of LTX-2, which follows one and is given with the request, or a VACE or Fun-Control model";
/// The recommended terms of both streams (diffusers, `LTX2Pipeline`).
const TERMS: GuidanceTerms = GuidanceTerms {
    stg: 1.0,
    modality: 3.0,
    rescale: 0.7,
};

/// What a model of the family can generate. The versions differ in nothing of it.
pub fn spec() -> ModelSpec {
    ModelSpec {
        frame_rule: FrameRule {
            step: FRAMES_PER_LATENT,
            first: 1,
            longest: LONGEST_FRAMES,
        },
        size_multiple_pixels: PIXELS_PER_LATENT,
        latent_grid: LatentGrid {
            pixels: [PIXELS_PER_LATENT; 2],
            frames: FRAMES_PER_LATENT,
            channels: CHANNELS,
        },
        patch: [1, 1, 1],
        most_positions: u32::MAX, // positions are seconds and pixels, not rows of a table
        rates: RATES.to_vec(),
        abilities: ABILITIES.to_vec(),
        needs_first_frame: false,
        text_length_tokens: TEXT_LENGTH,
        makes_sound: true,
        makes_pictures: true,
        sound: None,
        has_experts: false,
        distilled_steps: DISTILLED_STEPS,
        has_two_stages: false,
        follows_with_lora: true,
    }
}

/// The recommended settings of the full model of a version (diffusers, `LTX2Pipeline.__call__`; 40 steps for LTX-2.0,
/// Lightricks/LTX-2, `ltx_pipelines`).
pub fn fallback_defaults(version: Version) -> GenerationSettings {
    GenerationSettings {
        size: [768, 512],
        frames: 121,
        rate: 24,
        steps: if version == Version::V2_0 { 40 } else { 30 },
        sampler: Sampler::Euler,
        shift: 1.0, // that of the tokens, as it is
        guidance: Guidance::Classifier { scale: 3.0 },
        stream_guidance: StreamGuidance {
            sound_scale: Some(7.0),
            picture: TERMS,
            sound: TERMS,
        },
        two_stages: false,
        guidance_low: LowNoiseGuidance::Same,
        expert_switch: ExpertSwitch::Never,
        negative: String::new(),
        control_strength: 1.0,
        step_cache: StepCache::Off,
        speech: SpeechSampling::default(),
    }
}

/// A model's defaults with this sampler. The distilled one has steps of its own and no guidance, which is distilled into
/// the weights.
pub fn defaults_with(own: &GenerationSettings, sampler: Sampler) -> GenerationSettings {
    let own = GenerationSettings {
        sampler,
        ..own.clone()
    };
    if sampler != Sampler::Distilled {
        return own;
    }
    GenerationSettings {
        steps: DISTILLED_STEPS,
        guidance: Guidance::Off,
        stream_guidance: StreamGuidance::default(),
        ..own
    }
}

/// The block whose self-attention is perturbed for spatio-temporal guidance.
pub fn perturbed_block(version: Version) -> usize {
    match version {
        Version::V2_0 => 29,
        Version::V2_3 | Version::V2_5 => 28,
    }
}

/// The constant rate factor of H.264 by which given pictures are compressed before they are encoded: the models were
/// trained on such pictures.
pub fn picture_crf(version: Version) -> u32 {
    match version {
        Version::V2_0 | Version::V2_3 => 33,
        Version::V2_5 => 18,
    }
}

/// Latent positions of the sound of a clip of this length. Halves are rounded to even numbers, as in the reference.
pub fn sound_positions(frames: i64, rate: u32) -> i64 {
    let seconds = frames as f64 / f64::from(rate.max(1));
    (seconds * SOUND_POSITIONS_PER_SECOND).round_ties_even() as i64
}

/// Where a latent position of the sound begins and ends, in seconds. The first stands for one spectrum, each other for four.
pub fn sound_position_seconds(position: i64) -> [f64; 2] {
    const SPECTRA: i64 = 4;
    let per_second = SOUND_POSITIONS_PER_SECOND * SPECTRA as f64;
    let at = |position: i64| (SPECTRA * position + 1 - SPECTRA).max(0) as f64 / per_second;
    [at(position), at(position.saturating_add(1))]
}

/// The shapes of the noise of a clip: of the picture 1 x c x l x 1 x 1, of the sound 1 x c x t x mel bins. `tokens` are those
/// of the picture. `channels` are those of a latent position of the picture; `sound` the channels and the mel bins of one of
/// the sound.
pub fn noise_shapes(
    makes: Makes,
    tokens: i64,
    (frames, rate): (i64, u32),
    (channels, sound): (i64, [i64; 2]),
) -> Streams<Vec<i64>> {
    let picture = vec![1, channels, tokens, 1, 1];
    let [channels, mel_bins] = sound;
    let sound = vec![1, channels, sound_positions(frames, rate), mel_bins];
    Streams {
        picture: makes.has_picture().then_some(picture),
        sound: makes.has_sound().then_some(sound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_sizes_and_noise_are_those_of_the_family() {
        let spec = spec();
        assert!(spec.frame_rule.allows(121) && !spec.frame_rule.allows(125));
        assert_eq!(spec.makes(), Makes::Both);
        assert_eq!(spec.native_rate(), Some(24));
        assert!(spec.frame_rule.allows(spec.frame_rule.longest));
        let latent = spec.latent_size([768, 512], 121);
        assert_eq!(latent, [16, 16, 24]);
        let tokens = latent.iter().product();
        let shapes = noise_shapes(Makes::Both, tokens, (121, 24), (128, [8, 16]));
        assert_eq!(shapes.picture, Some(vec![1, 128, 16 * 16 * 24, 1, 1]));
        assert_eq!(shapes.sound, Some(vec![1, 8, 126, 16]));
        let sound = noise_shapes(Makes::Sound, tokens, (121, 24), (128, [8, 16]));
        assert_eq!((sound.picture, sound.sound.is_some()), (None, true));
        // 12.5 and 37.5 positions.
        assert_eq!([25, 75].map(|frames| sound_positions(frames, 50)), [12, 38]);
    }

    #[test]
    fn the_positions_of_a_sound_follow_each_other() {
        let [first, second] = [0, 1].map(sound_position_seconds);
        assert!(first[0].abs() < 1e-12 && (first[1] - 0.01).abs() < 1e-12);
        assert!((second[0] - first[1]).abs() < 1e-12 && (second[1] - 0.05).abs() < 1e-12);
    }

    #[test]
    fn defaults_are_possible_and_the_distilled_models_have_no_guidance() {
        for version in Version::ALL {
            let full = fallback_defaults(version);
            assert!(spec().frame_rule.allows(full.frames));
            assert!(full.stream_guidance.is_possible());
            let distilled = defaults_with(&full, Sampler::Distilled);
            assert_eq!(distilled.steps, 8);
            assert_eq!(distilled.guidance, Guidance::Off);
            assert!(distilled.stream_guidance.is_neutral());
            assert_eq!(defaults_with(&full, Sampler::Euler), full);
        }
    }
}
