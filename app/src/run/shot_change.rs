//! What a person changes about a shot, one thing at a time: the rest stays as it is when the change is done, and not
//! as it was when it was drawn.

use kinora_studio::timeline::shot::{
    CastMember, FrameRule, ImageKey, ModelLength, Origin, SeedPolicy, Shot,
};

use kinora_studio::timeline::{CharacterId, ContentHash, FrameRate, Frames};

/// The lengths that Wan's models make: 4n + 1 frames.
const WAN: FrameRule = FrameRule {
    step: 4,
    first: 1,
    longest: 241,
    rate: FrameRate::FPS_24,
};

/// One thing about a shot.
#[derive(Clone, Debug, PartialEq)]
pub enum ShotChange {
    Words {
        name: String,
        prompt: String,
        negative: String,
    },
    Length(ModelLength),
    /// Another model, and its frames a second: the shot stays as long in seconds, as nearly as the model can.
    Model(String, u32),
    Seed(SeedPolicy),
    Origin(Origin),
    /// The shot passes through a picture at a frame of the model's.
    Key(u32, ContentHash),
    /// It does so no more.
    NoKey(u32),
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
            Self::Length(length) => lengthen(&mut shot, length),
            Self::Model(id, rate) => {
                shot.model = id;
                if let Some(rate) = FrameRate::new(rate, 1).filter(|rate| *rate != shot.length.rate)
                {
                    let own = Frames(i64::from(shot.length.frames));
                    let rule = FrameRule { rate, ..WAN };
                    let length = rule.snap(own, shot.length.rate);
                    lengthen(&mut shot, length);
                }
            }
            Self::Seed(seed) => shot.seed = seed,
            Self::Origin(origin) => shot.origin = origin,
            Self::Key(frame, image) => {
                shot.keyframes.retain(|key| key.frame != frame);
                shot.keyframes.push(ImageKey { frame, image });
                shot.keyframes.sort_by_key(|key| key.frame);
            }
            Self::NoKey(frame) => shot.keyframes.retain(|key| key.frame != frame),
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

/// A picture on the last frame stays on the last frame; what lies beyond the new end goes.
fn lengthen(shot: &mut Shot, length: ModelLength) {
    let last = |length: ModelLength| length.frames.saturating_sub(1);
    let (was, is) = (last(shot.length), last(length));
    let ends = shot.keyframes.pop_if(|key| key.frame == was && was > 0);
    shot.length = length;
    shot.keyframes.retain(|key| key.frame < is);
    let ends = ends.map(|key| ImageKey { frame: is, ..key });
    shot.keyframes.extend(ends.filter(|key| key.frame > 0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_ends_a_shot_ends_it_however_long_it_is() {
        let length = |frames| ModelLength {
            frames,
            rate: FrameRate::FPS_24,
        };
        let image = ContentHash::of(b"a picture");
        let mut shot = Shot::new("a", "", length(17));
        for frame in [16, 0, 8] {
            shot = ShotChange::Key(frame, image).of(&shot);
        }
        let frames =
            |shot: &Shot| -> Vec<u32> { shot.keyframes.iter().map(|key| key.frame).collect() };
        assert_eq!(frames(&shot), [0, 8, 16]);
        let longer = ShotChange::Length(length(33)).of(&shot);
        assert_eq!(frames(&longer), [0, 8, 32]);
        let shorter = ShotChange::Length(length(5)).of(&shot);
        assert_eq!(frames(&shorter), [0, 4]);
        let without = ShotChange::NoKey(8).of(&shot);
        assert_eq!(frames(&without), [0, 16]);
        let other = ShotChange::Model("wan".into(), 16).of(&shot);
        assert_eq!((other.length.frames, frames(&other)), (13, vec![0, 8, 12]));
        let single = ShotChange::Length(length(1)).of(&shot);
        assert_eq!(
            frames(&single),
            [] as [u32; 0],
            "one frame is either or none"
        );
    }
}
