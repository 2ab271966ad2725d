//! Changes of one property of a shot. The other properties stay as they are when the change is applied, not as they
//! were when a panel was drawn.

use crate::cast::mentions;
use crate::shot::loras::ShotLora;
use crate::shot::settings::ShotSettings;
use crate::shot::sound::ShotSound;
use crate::shot::{CastMember, FrameRule, ImageKey, ModelLength, Origin, SeedPolicy, Shot};
use crate::{CharacterId, ContentHash, Frames, MediumId, Project};

/// A change of one property.
#[derive(Clone, Debug, PartialEq)]
pub enum ShotChange {
    /// Name, prompt and negative prompt.
    Text {
        /// What the shot is called.
        name: String,
        /// The prompt.
        prompt: String,
        /// The negative prompt.
        negative: String,
    },
    /// What the sound for its pictures is made from.
    Sound(ShotSound),
    /// How long it is.
    Length(ModelLength),
    /// Another model, and the lengths it can make: the shot stays as long in seconds as the model allows.
    Model(String, FrameRule),
    /// Whether its seed is fixed.
    Seed(SeedPolicy),
    /// The settings it has of its own.
    Settings(ShotSettings),
    /// Its LoRAs.
    Loras(Vec<ShotLora>),
    /// The imported video whose pictures it follows, in place of its stage.
    Control(Option<MediumId>),
    /// What it continues.
    Origin(Origin),
    /// A keyframe image at a frame of the model's. A shot that it begins no longer continues from another one.
    SetKeyframe(u32, ContentHash),
    /// The keyframe image of the first frame moves to the second, unless that has one.
    MoveKeyframe(u32, u32),
    /// No keyframe image at that frame.
    RemoveKeyframe(u32),
    /// A character joins the shot (true) or leaves it.
    Cast(CharacterId, bool),
}

impl ShotChange {
    /// The changed shot. A character that is newly named in the prompt joins its cast; one that is no longer named
    /// leaves it.
    pub fn of(self, shot: &Shot, project: &Project) -> Shot {
        let mut shot = shot.clone();
        match self {
            Self::Text {
                name,
                prompt,
                negative,
            } => {
                for character in project.cast() {
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
            Self::Sound(sound) => shot.sound = sound,
            Self::Length(length) => lengthen(&mut shot, length),
            Self::Model(id, rule) => {
                shot.model = id;
                if rule.rate != shot.length.rate {
                    let own = Frames(i64::from(shot.length.frames));
                    let length = rule.snap(own, shot.length.rate);
                    lengthen(&mut shot, length);
                }
            }
            Self::Seed(seed) => shot.seed = seed,
            Self::Settings(settings) => shot.settings = settings,
            Self::Loras(loras) => shot.loras = loras,
            Self::Control(medium) => shot.control = medium,
            Self::Origin(origin) => shot.origin = origin,
            Self::SetKeyframe(frame, image) => {
                if frame == 0 && matches!(shot.origin, Origin::Continues(_)) {
                    shot.origin = Origin::Scratch;
                }
                shot.keyframes.retain(|key| key.frame != frame);
                shot.keyframes.push(ImageKey { frame, image });
                shot.keyframes.sort_by_key(|key| key.frame);
            }
            Self::MoveKeyframe(from, to) => move_keyframe(&mut shot, from, to),
            Self::RemoveKeyframe(frame) => shot.keyframes.retain(|key| key.frame != frame),
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

fn move_keyframe(shot: &mut Shot, from: u32, to: u32) {
    let is_taken = shot.keyframes.iter().any(|key| key.frame == to);
    let moved = shot.keyframes.iter_mut().find(|key| key.frame == from);
    if let Some(key) = moved
        && !is_taken
    {
        key.frame = to;
        shot.keyframes.sort_by_key(|key| key.frame);
    }
}

/// A keyframe image on the last frame stays on the last frame; those beyond the new end are removed. At another frame rate camera,
/// stage and keyframe images stay at their seconds.
fn lengthen(shot: &mut Shot, length: ModelLength) {
    let last = |length: ModelLength| length.frames.saturating_sub(1);
    let (was, is) = (last(shot.length), last(length));
    let ends = shot.keyframes.pop_if(|key| key.frame == was && was > 0);
    if length.rate != shot.length.rate {
        stretch(
            shot,
            length.rate.per_second() / shot.length.rate.per_second(),
        );
    }
    shot.length = length;
    shot.keyframes.retain(|key| key.frame < is);
    let ends = ends.map(|key| ImageKey { frame: is, ..key });
    shot.keyframes.extend(ends.filter(|key| key.frame > 0));
}

/// Everything that has a frame is so many times as late. Of two on one frame the first stays.
fn stretch(shot: &mut Shot, factor: f64) {
    for key in &mut shot.keyframes {
        key.frame = (f64::from(key.frame) * factor).round() as u32;
    }
    shot.keyframes.dedup_by_key(|key| key.frame);
    shot.camera = shot.camera.as_ref().map(|path| path.stretched(factor));
    for stand_in in &mut shot.stage.stand_ins {
        for key in &mut stand_in.keys {
            key.frame = Frames((key.frame.0 as f64 * factor).round() as i64);
        }
        stand_in.keys.dedup_by_key(|key| key.frame);
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use crate::camera::{Move, Pose, preset};
    use crate::cast::Character;
    use crate::edit::library::Library;
    use crate::stage::{Form, Stage, StandIn, StandInKey};
    use crate::{Edit, FrameRate, History, ShotId};

    use super::*;

    #[test]
    fn a_picture_that_begins_a_shot_takes_the_place_of_the_shot_before() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot {
            origin: Origin::Continues(ShotId(3)),
            ..Shot::new("a", "", length)
        };
        let origin = |frame| {
            let change = ShotChange::SetKeyframe(frame, ContentHash::of(b"a picture"));
            change.of(&shot, &Project::default()).origin
        };
        assert_eq!(origin(0), Origin::Scratch);
        assert_eq!(origin(16), shot.origin);
    }

    #[test]
    fn at_another_frame_rate_camera_and_stage_stay_at_their_seconds() {
        let length = |frames, rate| ModelLength {
            frames,
            rate: FrameRate::new(rate, 1).expect("a rate"),
        };
        let mut box_in_motion = StandIn::new("box", Form::Box, DVec3::ONE, DVec3::ZERO);
        let moved = |frame| StandInKey {
            frame: Frames(frame),
            position: DVec3::ZERO,
            turn_degrees: 0.0,
        };
        box_in_motion.keys = vec![moved(0), moved(24)];
        let shot = Shot {
            camera: Some(preset(Move::PushIn, 1.0, Frames(49), Pose::START)),
            stage: Stage {
                stand_ins: vec![box_in_motion],
                ..Stage::default()
            },
            ..Shot::new("a", "", length(49, 16))
        };
        let faster = ShotChange::Length(length(73, 24)).of(&shot, &Project::default());
        let end = |shot: &Shot| {
            let keys = shot.camera.as_ref().expect("a camera").keys();
            let of_stage = &shot.stage.stand_ins[0].keys;
            [keys[keys.len() - 1].frame.0, of_stage[1].frame.0]
        };
        let [camera, stage] = end(&shot);
        assert_eq!(end(&faster), [camera * 3 / 2, stage * 3 / 2]);
        let back = ShotChange::Length(length(49, 16)).of(&faster, &Project::default());
        assert_eq!(end(&back), [camera, stage]);
        let longer = ShotChange::Length(length(97, 16)).of(&shot, &Project::default());
        assert_eq!(end(&longer), [camera, stage], "the same rate");
    }

    #[test]
    fn a_picture_that_ends_a_shot_ends_it_however_long_it_is() {
        let length = |frames| ModelLength {
            frames,
            rate: FrameRate::FPS_24,
        };
        let image = ContentHash::of(b"a picture");
        let project = Project::default();
        let mut shot = Shot::new("a", "", length(17));
        for frame in [16, 0, 8] {
            shot = ShotChange::SetKeyframe(frame, image).of(&shot, &project);
        }
        let frames =
            |shot: &Shot| -> Vec<u32> { shot.keyframes.iter().map(|key| key.frame).collect() };
        assert_eq!(frames(&shot), [0, 8, 16]);
        let longer = ShotChange::Length(length(33)).of(&shot, &project);
        assert_eq!(frames(&longer), [0, 8, 32]);
        let shorter = ShotChange::Length(length(5)).of(&shot, &project);
        assert_eq!(frames(&shorter), [0, 4]);
        let without = ShotChange::RemoveKeyframe(8).of(&shot, &project);
        assert_eq!(frames(&without), [0, 16]);
        let moved = |from, to| frames(&ShotChange::MoveKeyframe(from, to).of(&shot, &project));
        assert_eq!(moved(0, 12), [8, 12, 16]);
        assert_eq!(moved(8, 16), [0, 8, 16], "a picture replaces no other");
        let rule = FrameRule {
            step: 4,
            first: 1,
            longest: 81,
            rate: FrameRate::new(16, 1).expect("a rate"),
        };
        let other = ShotChange::Model("other".into(), rule).of(&shot, &project);
        assert_eq!((other.length.frames, frames(&other)), (13, vec![0, 5, 12]));
        let single = ShotChange::Length(length(1)).of(&shot, &project);
        assert_eq!(
            frames(&single),
            [] as [u32; 0],
            "one frame is either or none"
        );
    }

    #[test]
    fn who_is_named_in_the_words_is_in_the_shot_until_not_named_any_more() {
        let mut project = Project::default();
        for tag in ["ann", "anna"] {
            let add = Library::AddCharacter(Box::new(Character::new(tag, tag)));
            let mut history = History::of(project);
            history.apply(&Edit::Library(add)).expect("added");
            project = history.project().clone();
        }
        let [ann, anna] = [0, 1].map(|at| project.cast().nth(at).expect("both").id);
        let words = |shot: &Shot, prompt: &str| {
            let words = ShotChange::Text {
                name: "a".into(),
                prompt: prompt.into(),
                negative: String::new(),
            };
            words.of(shot, &project)
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
        let shot = ShotChange::Cast(ann, true).of(&shot, &project);
        let shot = words(&shot, "she walks");
        assert_eq!(cast(&shot), [ann], "who was cast by hand stays");
        let without = ShotChange::Cast(ann, false).of(&words(&shot, "@ann walks"), &project);
        assert_eq!(
            cast(&words(&without, "@ann runs")),
            [],
            "taken out is taken out"
        );
    }
}
