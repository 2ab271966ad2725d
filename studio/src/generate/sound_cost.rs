//! What the sound for the pictures of a shot would cost, before it is made: the request for an estimate, and the cost by
//! which earlier takes are compared.

use kinora_timeline::Project;
use kinora_timeline::shot::Shot;
use kinora_timeline::shot::settings::ShotSettings;
use kinora_timeline::shot::sound::ShotKind;
use kinora_wire::{Generation, GenerationSettings, ModelInfo, Source};

use super::shot_sound::{SoundUse, covering, for_pictures, length_of};
use crate::take::cost::CostKey;
use crate::take::estimate_request::{estimate_request, unnamed};

/// The sound for the pictures of a shot, as a shot of its own.
#[derive(Clone, Debug)]
pub struct SoundAsShot {
    shot: Shot,
    /// Whether the model is given the pictures of a take.
    has_pictures: bool,
}

impl SoundAsShot {
    /// As a model would make it. `made` has the settings of the chosen take; without one, the sound lasts as long as the shot.
    pub fn of(shot: &Shot, made: Option<&GenerationSettings>, model: &ModelInfo) -> Self {
        let given = made.filter(|_| SoundUse::follows_pictures(model));
        let sound = for_pictures(shot);
        Self {
            shot: Shot {
                kind: ShotKind::Sound,
                model: model.id.clone(),
                length: covering(model, made.map_or(sound.length, length_of)),
                settings: ShotSettings {
                    size: given.map(|made| made.size),
                    ..ShotSettings::default()
                },
                ..sound
            },
            has_pictures: given.is_some(),
        }
    }

    /// The request for the engine's estimate, on the device with this id. Its pictures are counted, and not named.
    pub fn request(
        &self,
        project: &Project,
        model: &ModelInfo,
        device: Option<&str>,
    ) -> Option<Generation> {
        let mut request = estimate_request(&self.shot, project, model, device)?;
        if self.has_pictures {
            request.inputs.source = Some(Source {
                clip: unnamed(request.settings.frames?),
                at: 0,
                retake: None,
            });
        }
        Some(request)
    }

    /// Its cost.
    pub fn cost(&self, model: &ModelInfo) -> Option<CostKey> {
        let cost = CostKey::of_shot(&self.shot, model)?;
        Some(match self.has_pictures {
            true => cost.with_source(),
            false => cost,
        })
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRate;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::shot::sound::ShotSound;
    use kinora_wire::{Ability, Makes, ModelSpec};

    use super::*;
    use crate::generate::shot_check::tests;
    use crate::take::based_shot::tests::recipe;

    /// A model that makes sound: for a finished clip, or from words alone.
    fn model(sees: bool) -> ModelInfo {
        let model = tests::model(false);
        ModelInfo {
            abilities: match sees {
                true => vec![Ability::SoundOfClip, Ability::Control],
                false => vec![Ability::Control],
            },
            spec: ModelSpec {
                makes_sound: true,
                rates: vec![8],
                ..model.spec.clone()
            },
            ..model
        }
    }

    /// A shot of two seconds.
    fn shot() -> Shot {
        let length = ModelLength {
            frames: 48,
            rate: FrameRate::FPS_24,
        };
        Shot {
            sound: ShotSound {
                prompt: "steps".into(),
                ..ShotSound::default()
            },
            ..Shot::new("Dusk", "a fox walks", length)
        }
    }

    fn request(sound: &SoundAsShot, model: &ModelInfo) -> Generation {
        let request = sound.request(&Project::default(), model, Some("cpu"));
        request.expect("possible settings")
    }

    #[test]
    fn the_sound_of_a_take_is_asked_about_with_its_pictures_in_its_own_size_and_length() {
        let (sees, made) = (model(true), recipe().settings);
        let asked = request(&SoundAsShot::of(&shot(), Some(&made), &sees), &sees);
        assert_eq!(asked.inputs.makes, Makes::Sound);
        assert_eq!(asked.model.as_deref(), Some(sees.id.as_str()));
        assert_eq!(asked.settings.size, Some(made.size));
        assert_eq!(asked.settings.frames, Some(made.frames));
        let source = asked.inputs.source.as_ref().expect("its pictures");
        assert_eq!(source.clip.frames.len(), made.frames as usize);
        assert!(asked.control.is_none() && asked.inputs.prompt.is_empty());
    }

    #[test]
    fn without_a_take_or_eyes_only_the_length_counts() {
        let (sees, blind) = (model(true), model(false));
        let none = request(&SoundAsShot::of(&shot(), None, &sees), &sees);
        assert_eq!(none.settings.frames, Some(16), "two seconds of its own");
        assert!(none.inputs.source.is_none());
        let made = recipe().settings;
        let sound = SoundAsShot::of(&shot(), Some(&made), &blind);
        let words = request(&sound, &blind);
        assert_eq!(words.settings.frames, Some(made.frames));
        assert_eq!(words.settings.size, Some(blind.defaults.size));
        assert!(words.inputs.source.is_none());
    }

    #[test]
    fn it_costs_what_a_take_of_such_sound_did() {
        let (sees, made) = (model(true), recipe());
        let sound = SoundAsShot::of(&shot(), Some(&made.settings), &sees);
        let mut taken = made;
        taken.model.id.clone_from(&sees.id);
        taken.inputs.makes = Makes::Sound;
        taken.inputs.source = Some(Source {
            clip: taken.hash(),
            at: 0,
            retake: None,
        });
        assert_eq!(sound.cost(&sees), CostKey::of_recipe(&taken));
        taken.inputs.makes = Makes::Both;
        assert_ne!(sound.cost(&sees), CostKey::of_recipe(&taken));
    }
}
