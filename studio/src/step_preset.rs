//! Step presets: the settings for weights that were distilled to few steps, offered by the name of a LoRA or a model.

use std::sync::OnceLock;

use kinora_timeline::shot::Shot;
use kinora_timeline::shot::settings::ShotSettings;
use kinora_wire::{ModelInfo, Sampler};
use serde::Deserialize;

use crate::take::shot_settings::{settings_of, settings_that_count};

/// A named set of settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StepPreset {
    /// Its name, as in "Use its 4-step settings".
    pub name: String,
    /// Parts of the names of weights that it is for, in lower case.
    marks: Vec<String>,
    /// The settings. Those that are left out stay as they are.
    settings: ShotSettings,
}

impl StepPreset {
    /// The preset for weights of this name, if there is one.
    pub fn for_name(name: &str) -> Option<&'static Self> {
        static PRESETS: OnceLock<Vec<StepPreset>> = OnceLock::new();
        let presets = PRESETS.get_or_init(|| {
            ron::from_str(include_str!("../../assets/step_presets.ron")).unwrap_or_default()
        });
        let name = name.to_lowercase();
        let is_for = |preset: &&Self| preset.marks.iter().any(|mark| name.contains(mark));
        presets.iter().find(is_for)
    }

    /// The preset for the LoRAs of a shot that have an effect, if there is one.
    pub fn for_loras(shot: &Shot) -> Option<&'static Self> {
        let mut loras = shot.loras.iter().filter(|lora| lora.has_effect());
        loras.find_map(|lora| Self::for_name(lora.file_name()))
    }

    /// The preset for a model, if there is one. A model whose card states that it is distilled has its settings already.
    pub fn for_model(model: &ModelInfo) -> Option<&'static Self> {
        if model.defaults.sampler == Sampler::Distilled {
            return None;
        }
        Self::for_name(&model.id).or_else(|| Self::for_name(&model.name))
    }

    /// The settings of a shot with those of the preset. Settings of experts are left out for a model with one transformer,
    /// where the shot panel shows none.
    pub fn applied_to(&self, own: &ShotSettings, model: &ModelInfo) -> ShotSettings {
        let preset = settings_that_count(&self.settings, &model.spec);
        ShotSettings {
            steps: preset.steps.or(own.steps),
            guidance: preset.guidance.or(own.guidance),
            shift: preset.shift.or(own.shift),
            sampler: preset.sampler.or_else(|| own.sampler.clone()),
            guidance_low: preset.guidance_low.or(own.guidance_low),
            expert_switch: preset.expert_switch.or_else(|| own.expert_switch.clone()),
            ..own.clone()
        }
    }

    /// Whether a shot is already generated with its settings.
    pub fn is_used(&self, own: &ShotSettings, model: &ModelInfo) -> bool {
        let made = |own: &ShotSettings| settings_of(own, &model.defaults, &model.spec).ok();
        made(own) == made(&self.applied_to(own, model))
    }

    /// Whether it has fewer steps than the model has by default. How well such takes follow a camera path was not measured.
    pub fn has_fewer_steps(&self, model: &ModelInfo) -> bool {
        let steps = self.settings.steps;
        steps.is_some_and(|steps| steps < model.defaults.steps)
    }

    /// Its settings for a model in words.
    pub fn description(&self, model: &ModelInfo) -> String {
        let ShotSettings {
            size: _,
            step_cache: _,
            steps,
            guidance,
            guidance_low,
            expert_switch,
            shift,
            sampler,
        } = settings_that_count(&self.settings, &model.spec);
        let guidance_words = |scale: f64| match scale > 1.0 {
            true => format!("guidance {scale}"),
            false => "guidance off".to_owned(),
        };
        let own_low = guidance_low.filter(|low| guidance.is_none_or(|high| !is_same(high, *low)));
        let switch = expert_switch.map(|switch| match switch.strip_prefix("step:") {
            Some(step) => format!("expert switch at step {step}"),
            None => format!("expert switch at {switch}"),
        });
        let parts = [
            steps.map(|steps| format!("{steps} steps")),
            guidance.map(guidance_words),
            own_low.map(|scale| format!("{} at low noise", guidance_words(scale))),
            switch,
            shift.map(|shift| format!("shift {shift}")),
            sampler.map(|name| format!("sampler {name}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRate;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::shot::loras::ShotLora;

    use super::*;
    use crate::generate::shot_check::tests::model;

    #[test]
    fn weights_of_four_steps_are_known_by_their_names() {
        for name in [
            "wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors",
            "A-Model-4-Step",
            "rank64_Distilled",
        ] {
            let preset = StepPreset::for_name(name).expect(name);
            assert_eq!(preset.name, "4-step");
            assert_eq!(
                preset.description(&model(false)),
                "4 steps, guidance off, shift 5, sampler distilled"
            );
            assert_eq!(
                preset.description(&model(true)),
                "4 steps, guidance off, expert switch at step 2, shift 5, sampler distilled"
            );
        }
        for name in ["style.safetensors", "40 steps of a dance", ""] {
            assert!(StepPreset::for_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_model_that_is_distilled_by_default_needs_no_preset() {
        let mut model = model(false);
        model.id = "a-distilled-model".into();
        assert!(StepPreset::for_model(&model).is_some());
        model.defaults.sampler = Sampler::Distilled;
        assert!(StepPreset::for_model(&model).is_none());
    }

    #[test]
    fn a_lora_without_effect_requires_no_settings() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("a", "", length);
        shot.loras = vec![ShotLora::new("style"), ShotLora::new("loras/4step")];
        assert!(StepPreset::for_loras(&shot).is_some());
        shot.loras[1].strength = 0.0;
        assert!(StepPreset::for_loras(&shot).is_none());
    }

    #[test]
    fn a_preset_leaves_the_settings_that_it_does_not_name() {
        let own = ShotSettings {
            size: Some([832, 480]),
            steps: Some(30),
            ..ShotSettings::default()
        };
        let preset = StepPreset::for_name("4step").expect("a preset");
        let model = model(false);
        let applied = preset.applied_to(&own, &model);
        assert_eq!((applied.size, applied.steps), (Some([832, 480]), Some(4)));
        assert_eq!(applied.sampler.as_deref(), Some("distilled"));
        assert_eq!(preset.applied_to(&applied, &model), applied);
    }

    #[test]
    fn the_settings_of_experts_are_for_models_that_have_them() {
        let preset = StepPreset::for_name("4step").expect("a preset");
        let own = ShotSettings::default();
        let applied = |has_experts| {
            let model = model(has_experts);
            let applied = preset.applied_to(&own, &model);
            assert!(preset.is_used(&applied, &model) && !preset.is_used(&own, &model));
            (applied.guidance_low, applied.expert_switch)
        };
        assert_eq!(applied(false), (None, None));
        assert_eq!(applied(true), (Some(1.0), Some("step:2".into())));
    }
}
