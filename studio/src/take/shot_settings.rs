//! The settings of a recipe: those that the shot has of its own, and the defaults of its model.

use kinora_timeline::shot::settings::ShotSettings;
use kinora_wire::{
    ExpertSwitch, Failure, GenerationSettings, Guidance, LowNoiseGuidance, ModelSpec,
    PartialSettings, Sampler, StepCache,
};

/// The settings of a shot that count for a model: those of experts do for models with two of them only. The shot may have
/// had another model before.
pub fn settings_that_count(own: &ShotSettings, spec: &ModelSpec) -> ShotSettings {
    let mut settings = own.clone();
    if !spec.has_experts {
        settings.guidance_low = None;
        settings.expert_switch = None;
    }
    settings
}

/// The complete settings of a shot for a model. The size is fitted to the sizes that the model can make.
///
/// # Errors
/// There is no sampler of this name; there is no such switch of experts.
pub fn settings_of(
    own: &ShotSettings,
    defaults: &GenerationSettings,
    spec: &ModelSpec,
) -> Result<GenerationSettings, Failure> {
    let own = settings_that_count(own, spec);
    let sampler = own.sampler.as_ref().map(|name| name.parse::<Sampler>());
    let sampler = sampler
        .transpose()
        .map_err(|reason| Failure::refused(reason, "choose another sampler"))?;
    let switch = own
        .expert_switch
        .as_ref()
        .map(|text| text.parse::<ExpertSwitch>());
    let switch = switch
        .transpose()
        .map_err(|reason| Failure::refused(reason, "choose another switch"))?;
    let partial = PartialSettings {
        size: own
            .size
            .map(|size| size.map(|side| fitted_side(side, spec))),
        steps: own.steps,
        guidance: own
            .guidance
            .map(|scale| with_scale(defaults.guidance, scale)),
        sampler,
        shift: own.shift,
        guidance_low: own.guidance_low.map(LowNoiseGuidance::Scale),
        expert_switch: switch,
        step_cache: own.step_cache.map(StepCache::with_threshold),
        ..PartialSettings::default()
    };
    let mut settings = partial.or(defaults);
    // The second stage is of a distilled model, and the first one has half the size.
    let can_have_two = settings.sampler == defaults.sampler && spec.fits_two_stages(settings.size);
    settings.two_stages = settings.two_stages && can_have_two;
    Ok(settings)
}

/// The width or height nearest to `side`, in pixels, that a model can make.
pub fn fitted_side(side: u32, spec: &ModelSpec) -> u32 {
    let unit = spec.size_multiple_pixels.max(1);
    (side.saturating_add(unit / 2) / unit).max(1) * unit
}

/// The CFG scale of a guidance; 1 if there is none.
pub fn scale_of(guidance: Guidance) -> f64 {
    match guidance {
        Guidance::Off => 1.0,
        Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale,
    }
}

/// The same kind of guidance with another CFG scale. A model without guidance gets the usual kind.
fn with_scale(guidance: Guidance, scale: f64) -> Guidance {
    match guidance {
        Guidance::ZeroStar { zero_steps, .. } => Guidance::ZeroStar { scale, zero_steps },
        Guidance::Off if scale <= 1.0 => Guidance::Off,
        Guidance::Off | Guidance::Classifier { .. } => Guidance::Classifier { scale },
    }
}

#[cfg(test)]
mod tests {
    use kinora_wire::{SpeechSampling, StreamGuidance};

    use super::*;

    fn defaults() -> GenerationSettings {
        GenerationSettings {
            negative: "blurred".into(),
            size: [832, 480],
            frames: 81,
            rate: 16,
            steps: 50,
            guidance: Guidance::ZeroStar {
                scale: 5.0,
                zero_steps: 2,
            },
            sampler: Sampler::UniPc,
            shift: 3.0,
            control_strength: 1.0,
            guidance_low: LowNoiseGuidance::Same,
            expert_switch: ExpertSwitch::Never,
            step_cache: StepCache::Off,
            stream_guidance: StreamGuidance::default(),
            two_stages: false,
            speech: SpeechSampling::default(),
        }
    }

    fn made(own: &ShotSettings) -> Result<GenerationSettings, Failure> {
        let spec = ModelSpec {
            size_multiple_pixels: 16,
            ..ModelSpec::default()
        };
        settings_of(own, &defaults(), &spec)
    }

    #[test]
    fn a_shot_without_settings_has_those_of_its_model() {
        assert_eq!(made(&ShotSettings::default()).ok(), Some(defaults()));
    }

    #[test]
    fn the_settings_of_a_shot_come_before_the_defaults() {
        let own = ShotSettings {
            size: Some([500, 1]),
            steps: Some(8),
            guidance: Some(7.0),
            shift: Some(5.0),
            sampler: Some("euler".into()),
            step_cache: Some(0.06),
            ..ShotSettings::default()
        };
        let expected = GenerationSettings {
            size: [496, 16],
            steps: 8,
            guidance: Guidance::ZeroStar {
                scale: 7.0,
                zero_steps: 2,
            },
            sampler: Sampler::Euler,
            shift: 5.0,
            step_cache: StepCache::Easy { threshold: 0.06 },
            ..defaults()
        };
        assert_eq!(made(&own).ok(), Some(expected));
    }

    #[test]
    fn the_settings_of_experts_count_for_models_that_have_them() {
        let own = ShotSettings {
            guidance_low: Some(3.0),
            expert_switch: Some("step:10".into()),
            ..ShotSettings::default()
        };
        let made = |has_experts| {
            let spec = ModelSpec {
                has_experts,
                ..ModelSpec::default()
            };
            settings_of(&own, &defaults(), &spec).expect("sound")
        };
        assert_eq!(made(false), defaults());
        let expected = GenerationSettings {
            guidance_low: LowNoiseGuidance::Scale(3.0),
            expert_switch: ExpertSwitch::Step(10),
            ..defaults()
        };
        assert_eq!(made(true), expected);
        let wrong = ShotSettings {
            expert_switch: Some("somewhere".into()),
            ..own.clone()
        };
        let refused = |has_experts| {
            let spec = ModelSpec {
                has_experts,
                ..ModelSpec::default()
            };
            settings_of(&wrong, &defaults(), &spec).is_err()
        };
        assert!(refused(true));
        assert!(!refused(false), "it does not count");
    }

    #[test]
    fn an_unknown_sampler_is_refused() {
        let own = ShotSettings {
            sampler: Some("guess".into()),
            ..ShotSettings::default()
        };
        assert!(made(&own).is_err());
    }

    #[test]
    fn guidance_is_added_to_a_model_without_it() {
        assert_eq!(with_scale(Guidance::Off, 1.0), Guidance::Off);
        let added = Guidance::Classifier { scale: 4.0 };
        assert_eq!(with_scale(Guidance::Off, 4.0), added);
    }
}
