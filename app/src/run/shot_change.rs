//! What a person changes about a shot, one thing at a time: the rest stays as it is when the change is done, and not
//! as it was when it was drawn.

use kinora_studio::timeline::cast::mentions;
use kinora_studio::timeline::shot::{
    CastMember, FrameRule, ImageKey, ModelLength, Origin, SeedPolicy, Shot,
};

use kinora_studio::timeline::{CharacterId, ContentHash, FrameRate, Frames, Project, Rounding};

use super::shot;

/// The lengths that Wan's models make: 4n + 1 frames.
const WAN: FrameRule = FrameRule {
    step: 4,
    first: 1,
    longest: 241,
    rate: FrameRate::FPS_24,
};

/// The shortest that Wan makes which is at least so many frames of a film; its longest for more.
pub(super) fn filling(length: Frames, film: FrameRate) -> ModelLength {
    let rule = FrameRule {
        rate: shot::new_rate(),
        ..WAN
    };
    let mut filling = rule.snap(length, film);
    let covered = |made: ModelLength| {
        Frames(i64::from(made.frames)).rescaled(made.rate, film, Rounding::Down)
    };
    if covered(filling) < length && filling.frames + rule.step <= rule.longest {
        filling.frames += rule.step; // the nearest was shorter
    }
    filling
}

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
    /// The shot with it. Who is newly named in its words joins its cast, and who is named no more leaves it.
    pub fn of(self, shot: &Shot, film: &Project) -> Shot {
        let mut shot = shot.clone();
        match self {
            Self::Words {
                name,
                prompt,
                negative,
            } => {
                for character in film.cast() {
                    let is_named = |prompt| {
                        mentions(prompt)
                            .iter()
                            .any(|named| named.tag == character.tag)
                    };
                    let (was, is) = (is_named(&shot.prompt), is_named(&prompt));
                    if was != is {
                        cast(&mut shot, character.id, is);
                    }
                }
                (shot.name, shot.prompt, shot.negative) = (name, prompt, negative);
            }
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
            Self::Cast(character, is_in) => cast(&mut shot, character, is_in),
        }
        shot
    }
}

fn cast(shot: &mut Shot, character: CharacterId, is_in: bool) {
    let is_there = |member: &CastMember| member.character == character;
    match is_in {
        true if shot.cast.iter().any(is_there) => {} // with the strength it has
        true => shot.cast.push(CastMember {
            character,
            strength: 1.0,
        }),
        false => shot.cast.retain(|member| !is_there(member)),
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
    use kinora_studio::timeline::cast::Character;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::{Edit, History};

    use super::*;

    #[test]
    fn what_fills_a_gap_is_never_shorter_than_it_and_hardly_longer() {
        let film = FrameRate::FPS_24;
        for gap in 1..=360 {
            let filling = filling(Frames(gap), film);
            let made = Frames(i64::from(filling.frames));
            let made = made.rescaled(filling.rate, film, Rounding::Down).0;
            assert_eq!(filling.frames % 4, 1);
            assert!((gap..gap + 12).contains(&made), "{gap}: {made}");
        }
        assert_eq!(filling(Frames(10_000), film).frames, 241);
    }

    #[test]
    fn a_picture_that_ends_a_shot_ends_it_however_long_it_is() {
        let length = |frames| ModelLength {
            frames,
            rate: FrameRate::FPS_24,
        };
        let image = ContentHash::of(b"a picture");
        let film = Project::default();
        let mut shot = Shot::new("a", "", length(17));
        for frame in [16, 0, 8] {
            shot = ShotChange::Key(frame, image).of(&shot, &film);
        }
        let frames =
            |shot: &Shot| -> Vec<u32> { shot.keyframes.iter().map(|key| key.frame).collect() };
        assert_eq!(frames(&shot), [0, 8, 16]);
        let longer = ShotChange::Length(length(33)).of(&shot, &film);
        assert_eq!(frames(&longer), [0, 8, 32]);
        let shorter = ShotChange::Length(length(5)).of(&shot, &film);
        assert_eq!(frames(&shorter), [0, 4]);
        let without = ShotChange::NoKey(8).of(&shot, &film);
        assert_eq!(frames(&without), [0, 16]);
        let other = ShotChange::Model("wan".into(), 16).of(&shot, &film);
        assert_eq!((other.length.frames, frames(&other)), (13, vec![0, 8, 12]));
        let single = ShotChange::Length(length(1)).of(&shot, &film);
        assert_eq!(
            frames(&single),
            [] as [u32; 0],
            "one frame is either or none"
        );
    }

    #[test]
    fn who_is_named_in_the_words_is_in_the_shot_until_not_named_any_more() {
        let mut film = Project::default();
        for tag in ["ann", "anna"] {
            let add = Library::AddCharacter(Box::new(Character::new(tag, tag)));
            let mut history = History::of(film);
            history.apply(&Edit::Library(add)).expect("added");
            film = history.film().clone();
        }
        let [ann, anna] = [0, 1].map(|at| film.cast().nth(at).expect("both").id);
        let words = |shot: &Shot, prompt: &str| {
            let words = ShotChange::Words {
                name: "a".into(),
                prompt: prompt.into(),
                negative: String::new(),
            };
            words.of(shot, &film)
        };
        let cast = |shot: &Shot| -> Vec<CharacterId> {
            shot.cast.iter().map(|member| member.character).collect()
        };
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = words(&Shot::new("a", "", length), "@anna walks");
        assert_eq!(cast(&shot), [anna]);
        let shot = ShotChange::Cast(ann, true).of(&shot, &film);
        let shot = words(&shot, "she walks");
        assert_eq!(cast(&shot), [ann], "who was cast by hand stays");
        let without = ShotChange::Cast(ann, false).of(&words(&shot, "@ann walks"), &film);
        assert_eq!(
            cast(&words(&without, "@ann runs")),
            [],
            "taken out is taken out"
        );
    }
}
