//! Clips of the same cost: those that need about the same time. The time of the last such take is the estimate for
//! the next one.

use kinora_timeline::shot::{Origin, Shot};
use kinora_wire::{GenerationSettings, Guidance, LowNoiseGuidance, Makes, ModelInfo, Sampler};

use super::recipe::Recipe;
use super::shot_settings::{scale_of, settings_of};

/// What the cost of a clip depends on. Clips with equal keys cost about the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CostKey {
    model: String,
    size: [u32; 2],
    frames: u32,
    steps: u32,
    sampler: Sampler,
    /// Whether the high-noise and the low-noise steps have guidance, which runs the transformer twice.
    is_guided: [bool; 2],
    /// The names of the LoRA files, sorted.
    loras: Vec<String>,
    makes: Makes,
    /// Whether a sound is made from something that is given: the pictures of its take, or another sound.
    is_from_source: bool,
}

impl CostKey {
    /// That of the take that a shot would be generated as. `None`: the shot has settings that do not exist.
    pub fn of_shot(shot: &Shot, model: &ModelInfo) -> Option<Self> {
        let settings = GenerationSettings {
            frames: shot.length.frames,
            ..settings_of(&shot.settings, &model.defaults, &model.spec).ok()?
        };
        let loras = shot.loras.iter().filter(|lora| lora.has_effect());
        let loras = loras.map(|lora| lora.file_name().to_owned());
        let is_sound = shot.kind.is_sound();
        let has_source = matches!(shot.origin, Origin::Extends { .. } | Origin::Retakes { .. });
        Some(Self {
            makes: match is_sound {
                true => Makes::Sound,
                false => model.spec.makes(),
            },
            is_from_source: is_sound && has_source,
            ..Self::of(&model.id, &settings, loras)
        })
    }

    /// The same of a sound that is made from the pictures of a take.
    #[must_use]
    pub fn with_source(self) -> Self {
        Self {
            is_from_source: true,
            ..self
        }
    }

    /// That of a take. `None`: its pictures were only made larger.
    pub fn of_recipe(recipe: &Recipe) -> Option<Self> {
        let loras = recipe.inputs.loras.iter();
        let loras = loras.map(|lora| lora.file.name.clone());
        let makes = recipe.inputs.makes;
        let is_generated = recipe.upscaled.is_none();
        is_generated.then(|| Self {
            makes,
            is_from_source: makes == Makes::Sound && recipe.inputs.source.is_some(),
            ..Self::of(&recipe.model.id, &recipe.settings, loras)
        })
    }

    fn of(model: &str, settings: &GenerationSettings, loras: impl Iterator<Item = String>) -> Self {
        let mut loras: Vec<String> = loras.collect();
        loras.sort_unstable();
        Self {
            model: model.to_owned(),
            size: settings.size,
            frames: settings.frames,
            steps: settings.steps,
            sampler: settings.sampler,
            is_guided: is_guided(settings.guidance, settings.guidance_low),
            loras,
            makes: Makes::default(),
            is_from_source: false,
        }
    }
}

fn is_guided(guidance: Guidance, low: LowNoiseGuidance) -> [bool; 2] {
    let high = scale_of(guidance);
    let low = match low {
        LowNoiseGuidance::Same => high,
        LowNoiseGuidance::Scale(scale) => scale,
    };
    [high > 1.0, low > 1.0]
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRate;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::shot::loras::ShotLora;
    use kinora_timeline::shot::settings::ShotSettings;
    use kinora_timeline::shot::sound::ShotKind;
    use kinora_wire::{Lora, ModelSpec, Source};

    use super::*;
    use crate::generate::shot_check::tests::model;
    use crate::take::based_shot::tests::recipe;
    use crate::take::recipe::{LoraUsed, Upscaled};

    fn shot() -> Shot {
        let length = ModelLength {
            frames: recipe().settings.frames,
            rate: FrameRate::FPS_24,
        };
        Shot::new("a", "", length)
    }

    fn take() -> Recipe {
        let mut recipe = recipe();
        recipe.model.id = model(false).id;
        recipe
    }

    #[test]
    fn a_shot_costs_what_the_take_of_its_settings_did_whether_they_are_its_own_or_defaults() {
        let one = model(false);
        let cost = CostKey::of_recipe(&take());
        assert_eq!(CostKey::of_shot(&shot(), &one), cost);
        let mut own = shot();
        own.settings.steps = Some(one.defaults.steps);
        own.settings.shift = Some(9.0);
        assert_eq!(CostKey::of_shot(&own, &one), cost);
    }

    #[test]
    fn steps_guidance_size_length_and_loras_change_the_cost() {
        let two = model(true);
        let plain = CostKey::of_shot(&shot(), &two);
        let settings: [fn(&mut ShotSettings); 5] = [
            |own| own.steps = Some(4),
            |own| own.guidance = Some(5.0),
            |own| own.guidance_low = Some(5.0),
            |own| own.size = Some([64, 64]),
            |own| own.sampler = Some("distilled".into()),
        ];
        for change in settings {
            let mut other = shot();
            change(&mut other.settings);
            assert_ne!(CostKey::of_shot(&other, &two), plain, "{other:?}");
        }
        let mut longer = shot();
        longer.length.frames += 8;
        assert_ne!(CostKey::of_shot(&longer, &two), plain);
        let mut with_lora = shot();
        with_lora.loras = vec![ShotLora::new("a/style.safetensors")];
        assert_ne!(CostKey::of_shot(&with_lora, &two), plain);
        with_lora.loras[0].strength = 0.0;
        assert_eq!(CostKey::of_shot(&with_lora, &two), plain, "no effect");
    }

    #[test]
    fn a_sound_costs_something_else_than_the_pictures_of_the_same_settings() {
        let both = ModelInfo {
            spec: ModelSpec {
                makes_sound: true,
                ..model(false).spec
            },
            ..model(false)
        };
        let heard = Shot {
            kind: ShotKind::Sound,
            ..shot()
        };
        let pictures = CostKey::of_shot(&shot(), &both);
        let sound = CostKey::of_shot(&heard, &both).expect("settings");
        assert_ne!(Some(sound.clone()), pictures);
        let mut taken = take();
        taken.inputs.makes = Makes::Both;
        assert_eq!(CostKey::of_recipe(&taken), pictures);
        taken.inputs.makes = Makes::Sound;
        assert_eq!(CostKey::of_recipe(&taken), Some(sound.clone()));
        taken.inputs.source = Some(Source {
            clip: taken.hash(),
            at: 0,
            retake: None,
        });
        assert_eq!(CostKey::of_recipe(&taken), Some(sound.with_source()));
    }

    #[test]
    fn a_take_with_a_lora_costs_what_its_shot_does_and_an_upscaled_one_is_no_measure() {
        let mut with_lora = shot();
        with_lora.loras = vec![ShotLora::new("a/style.safetensors")];
        let mut taken = take();
        taken.inputs.loras = vec![Lora {
            file: LoraUsed {
                name: "style.safetensors".into(),
                sha256: "5e".into(),
            },
            strength: 0.5,
            expert: None,
        }];
        let cost = CostKey::of_recipe(&taken);
        assert_eq!(CostKey::of_shot(&with_lora, &model(false)), cost);
        taken.upscaled = Some(Upscaled {
            take: taken.hash(),
            upscaler: taken.model.clone(),
            scale: 2,
            guide: None,
        });
        assert_eq!(CostKey::of_recipe(&taken), None);
    }
}
