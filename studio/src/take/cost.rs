//! Clips of the same cost: those that need about the same time. The time of the last such take is the estimate for
//! the next one.

use kinora_timeline::shot::Shot;
use kinora_wire::{GenerationSettings, Guidance, LowNoiseGuidance, ModelInfo, Sampler};

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
        Some(Self::of(&model.id, &settings, loras))
    }

    /// That of a take. `None`: its pictures were only made larger.
    pub fn of_recipe(recipe: &Recipe) -> Option<Self> {
        let loras = recipe.inputs.loras.iter();
        let loras = loras.map(|lora| lora.file.name.clone());
        let is_generated = recipe.upscaled.is_none();
        is_generated.then(|| Self::of(&recipe.model.id, &recipe.settings, loras))
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
    use kinora_wire::Lora;

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
