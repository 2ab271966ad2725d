//! The text fields of a shot while they are edited.

use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotSound;

/// A shot's text while it is typed. It becomes an edit when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotForm {
    pub shot: ShotId,
    pub name: String,
    pub prompt: String,
    pub negative: String,
    pub sound_prompt: String,
    pub sound_negative: String,
}

impl ShotForm {
    /// The change that the typed text makes, if it is a change: of the shot first, then of its sound.
    pub fn changed(&self, shot: &Shot) -> Option<ShotChange> {
        let before = Self::of(shot);
        if self.shot != shot.id || *self == before {
            return None;
        }
        let words = |form: &Self| {
            (
                form.name.clone(),
                form.prompt.clone(),
                form.negative.clone(),
            )
        };
        if words(self) == words(&before) {
            return Some(ShotChange::Sound(ShotSound {
                prompt: self.sound_prompt.clone(),
                negative: self.sound_negative.clone(),
                ..shot.sound.clone()
            }));
        }
        Some(ShotChange::Text {
            name: self.name.clone(),
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
        })
    }

    /// The text of a shot as it is.
    pub fn of(shot: &Shot) -> Self {
        Self {
            shot: shot.id,
            name: shot.name.clone(),
            prompt: shot.prompt.clone(),
            negative: shot.negative.clone(),
            sound_prompt: shot.sound.prompt.clone(),
            sound_negative: shot.sound.negative.clone(),
        }
    }
}
