//! What models of Stable Audio 3 can make, and their default settings.
//! All numbers of the family that other code needs come from here.

use kinora_wire::{
    Ability, ExpertSwitch, GenerationSettings, Guidance, LowNoiseGuidance, ModelSpec, Sampler,
    SoundSpec, SpeechSampling, StepCache, StreamGuidance,
};

use super::sampling::SoundSampler;
use super::text::TEXT_LENGTH;

/// The shortest sound, in seconds: one latent lasts longer.
const SHORTEST_SECONDS: f64 = 0.01;
/// The longest sound of the largest released model, in seconds.
const LONGEST_SECONDS: f64 = 380.0;
/// The sample rate of the released models.
const RATE_HZ: u32 = 44_100;
/// Length that is recommended where nothing else is asked for, in seconds.
const USUAL_SECONDS: f64 = 10.0;
/// The guidance of Stable Audio Open, for base models: the reference recommends none.
const BASE_GUIDANCE: f64 = 7.0;

/// The sounds of the released models.
pub fn released() -> SoundSpec {
    SoundSpec {
        shortest_seconds: SHORTEST_SECONDS,
        longest_seconds: LONGEST_SECONDS,
        rate_hz: RATE_HZ,
        channels: 2,
    }
}

/// What a model of such sounds can make. A model that takes a given sound retakes ranges of it, and extends it.
pub fn spec(sound: SoundSpec, takes_given: bool) -> ModelSpec {
    ModelSpec {
        abilities: takes_given.then_some(Ability::Source).into_iter().collect(),
        text_length_tokens: TEXT_LENGTH as u32,
        ..ModelSpec::of_sound(SoundSpec {
            shortest_seconds: sound.shortest_seconds.max(SHORTEST_SECONDS),
            ..sound
        })
    }
}

/// What a model of a card can make, if its longest sound is known. Only its weights say whether it takes a given sound.
pub fn spec_of_card(longest_seconds: Option<u32>) -> ModelSpec {
    let released = released();
    let longest_seconds = longest_seconds.map_or(released.longest_seconds, f64::from);
    let sound = SoundSpec {
        longest_seconds,
        ..released
    };
    spec(sound, false)
}

/// The recommended settings of a model with this solver. The solver itself is that of the model's files: the setting only
/// says that it is not another one.
pub fn defaults(solver: SoundSampler, sound: SoundSpec) -> GenerationSettings {
    let spec = spec(sound, false);
    let usual = USUAL_SECONDS.min(sound.longest_seconds);
    GenerationSettings {
        negative: String::new(),
        size: [2, 2], // of pictures, which it makes none of
        frames: spec
            .frames_lasting(usual)
            .unwrap_or(spec.frame_rule.longest),
        rate: SoundSpec::FRAMES_PER_SECOND,
        steps: solver.default_steps() as u32,
        guidance: match solver {
            SoundSampler::PingPong => Guidance::Off,
            SoundSampler::Euler => Guidance::Classifier {
                scale: BASE_GUIDANCE,
            },
        },
        guidance_low: LowNoiseGuidance::Same,
        expert_switch: ExpertSwitch::Never,
        sampler: Sampler::Euler,
        shift: 1.0,
        control_strength: 1.0,
        step_cache: StepCache::Off,
        stream_guidance: StreamGuidance::default(),
        two_stages: false,
        speech: SpeechSampling::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_sound_that_the_model_makes() {
        let short = SoundSpec {
            shortest_seconds: 0.0,
            longest_seconds: 3.0,
            ..released()
        };
        for (sound, frames) in [(released(), 1000), (short, 300)] {
            for solver in [SoundSampler::PingPong, SoundSampler::Euler] {
                let (spec, defaults) = (spec(sound, true), defaults(solver, sound));
                assert_eq!(defaults.frames, frames);
                assert!(spec.frame_rule.allows(frames) && frames <= spec.most_frames());
            }
        }
    }
}
