//! What Qwen3-TTS models can say, and their default settings. All numbers of the family that other code needs come from
//! here.

use kinora_wire::{
    Ability, ExpertSwitch, GenerationSettings, Guidance, LowNoiseGuidance, ModelSpec, Sampler,
    SoundSpec, StepCache, StreamGuidance,
};

use super::config::ModelKind;
use super::generate::LEAST_FRAMES;
use super::open::sampling_of;
use super::sampling::Choices;
use super::say::MOST_FRAMES;

/// Frames of the released codec per second.
const RELEASED_FRAME_RATE: f64 = 12.5;
/// Sample rate of the released codec, in Hz.
const RELEASED_RATE_HZ: u32 = 24_000;
/// The length of a line without one of its own, in hundredths of a second.
const DEFAULT_FRAMES: u32 = 500;

/// The form of the sound that a model makes.
#[derive(Clone, Copy, Debug)]
pub struct CodecRates {
    /// Frames of codes per second.
    pub frames: f64,
    /// Samples per second.
    pub samples_hz: u32,
}

impl Default for CodecRates {
    /// Those of the released codec.
    fn default() -> Self {
        Self {
            frames: RELEASED_FRAME_RATE,
            samples_hz: RELEASED_RATE_HZ,
        }
    }
}

/// What a model of this kind can say. Without a kind: what all models of the family have in common.
pub fn spec(kind: Option<ModelKind>, rates: CodecRates) -> ModelSpec {
    let abilities = kind.map(|kind| match kind {
        ModelKind::Cloning => Ability::ClonedVoice,
        ModelKind::Design | ModelKind::OwnVoices { .. } => Ability::Voice,
    });
    ModelSpec {
        abilities: abilities.into_iter().collect(),
        ..ModelSpec::of_sound(SoundSpec {
            shortest_seconds: LEAST_FRAMES as f64 / rates.frames,
            longest_seconds: MOST_FRAMES as f64 / rates.frames,
            rate_hz: rates.samples_hz,
            channels: 1,
        })
    }
}

/// What all models of the family have in common.
pub fn common() -> ModelSpec {
    spec(None, CodecRates::default())
}

/// The default settings of the released models.
pub fn released_defaults() -> GenerationSettings {
    fallback_defaults(Choices::default(), CodecRates::default())
}

/// The default settings of a model that was made to choose codes like this.
pub fn fallback_defaults(choices: Choices, rates: CodecRates) -> GenerationSettings {
    let longest = spec(None, rates).frame_rule.longest;
    GenerationSettings {
        size: [2, 2], // of pictures, which it makes none of
        frames: DEFAULT_FRAMES.min(longest),
        rate: SoundSpec::FRAMES_PER_SECOND,
        steps: 1,
        sampler: Sampler::Euler,
        shift: 1.0,
        guidance: Guidance::Off,
        guidance_low: LowNoiseGuidance::Same,
        expert_switch: ExpertSwitch::Never,
        negative: String::new(),
        control_strength: 1.0,
        step_cache: StepCache::Off,
        stream_guidance: StreamGuidance::default(),
        two_stages: false,
        speech: sampling_of(choices),
    }
}

#[cfg(test)]
mod tests {
    use super::super::open::choices_of;
    use super::*;

    #[test]
    fn a_line_is_at_most_as_long_as_in_the_reference_and_models_say_whose_voices_they_have() {
        let rates = CodecRates::default();
        let spec = |kind| spec(Some(kind), rates);
        let cloning = spec(ModelKind::Cloning);
        assert_eq!(cloning.abilities, [Ability::ClonedVoice]);
        assert_eq!(spec(ModelKind::Design).abilities, [Ability::Voice]);
        assert_eq!(cloning.most_frames(), 16_384, "2048 frames of 0.08 s");
        assert_eq!(cloning.frame_rule.first, 16);
        let sound = cloning.sound.expect("of sound");
        assert!(sound.allows(163.84) && sound.allows(0.16));
        assert!(!cloning.makes_pictures && cloning.makes_sound);
    }

    #[test]
    fn the_choice_of_codes_is_a_setting() {
        for choices in [
            Choices::default(),
            Choices {
                first: None,
                ..Choices::default()
            },
        ] {
            let settings = fallback_defaults(choices, CodecRates::default());
            assert!(settings.speech.is_possible() && !settings.speech.is_neutral());
            assert_eq!(choices_of(settings.speech), choices);
        }
    }
}
