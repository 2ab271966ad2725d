//! What a person changes about a shot, one thing at a time: the rest stays as it is when the change is done, and not
//! as it was when it was drawn.

use kinora_studio::timeline::CharacterId;
use kinora_studio::timeline::shot::{CastMember, ModelLength, Origin, SeedPolicy, Shot};

/// One thing about a shot.
#[derive(Clone, Debug, PartialEq)]
pub enum ShotChange {
    Words {
        name: String,
        prompt: String,
        negative: String,
    },
    Length(ModelLength),
    Seed(SeedPolicy),
    Origin(Origin),
    /// Into the shot, or out of it.
    Cast(CharacterId, bool),
}

impl ShotChange {
    /// The shot with it.
    pub fn of(self, shot: &Shot) -> Shot {
        let mut shot = shot.clone();
        match self {
            Self::Words {
                name,
                prompt,
                negative,
            } => (shot.name, shot.prompt, shot.negative) = (name, prompt, negative),
            Self::Length(length) => shot.length = length,
            Self::Seed(seed) => shot.seed = seed,
            Self::Origin(origin) => shot.origin = origin,
            Self::Cast(character, is_in) => {
                shot.cast.retain(|member| member.character != character);
                if is_in {
                    shot.cast.push(CastMember {
                        character,
                        strength: 1.0,
                    });
                }
            }
        }
        shot
    }
}
