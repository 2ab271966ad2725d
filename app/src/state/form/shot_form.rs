//! The text fields of a shot while they are edited.

use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;

/// A shot's text while it is typed. It becomes an edit when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotForm {
    pub shot: ShotId,
    pub name: String,
    pub prompt: String,
    pub negative: String,
}

impl ShotForm {
    /// The change that the typed text makes, if it is a change.
    pub fn changed(&self, shot: &Shot) -> Option<ShotChange> {
        (self.shot == shot.id && *self != Self::of(shot)).then(|| ShotChange::Text {
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
        }
    }
}
