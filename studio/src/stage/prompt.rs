//! The stage of a shot whose stage is not built: its cast, or a stand-in for each subject that its prompt names, moving as
//! the prompt says, in the place that it names. Only for models whose card lists the subjects that they know.

use glam::DVec3;
use kinora_timeline::shot::{Origin, Shot};
use kinora_timeline::stage::{
    FACING_DEGREES, Form, JUMP_HEIGHTS, MANNEQUIN_METRES, Motion, Stage, StandIn, StandInKey,
};
use kinora_timeline::{Frames, Project};
use kinora_wire::{Ability, ModelInfo, WordList};

use super::subjects::{Action, Subject, Told, subjects_of, told_of};
use super::surroundings::surroundings_of;

/// The speed of a walk, in body heights a second.
const WALK_HEIGHTS_PER_SECOND: f64 = 0.95;
/// A walk stays within this distance of its middle, so that it stays in the picture.
const LONGEST_WALK_METRES: f64 = 1.2;
/// The turn of a walking body to its side: not quite in profile, so that the face is seen.
const SIDEWAYS_DEGREES: f64 = 66.0;
/// A jump begins and ends this share of the clip inside its ends.
const STANDS_BEFORE: f64 = 0.07;
/// A jump is drawn with so many straight pieces.
const JUMP_PIECES: u32 = 8;
/// So many times farther apart than mannequins at rest: one may raise an arm.
const ROOM_FOR_ARMS: f64 = 1.35;
/// Subjects stand so far behind the middle of a stage, so that a camera at its start position sees their feet.
const BEHIND: DVec3 = DVec3::new(0.0, 0.0, 0.5);
/// A walk goes on for so long after the clip, so that the legs do not come to rest in it.
const SECONDS_BEYOND: f64 = 0.25;

/// The length of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// In frames.
    pub frames: u32,
    /// Frames per second, above 0.
    pub rate: f64,
}

/// The stage of a shot.
#[derive(Clone, Debug, PartialEq)]
pub struct ShotStage {
    /// Where things stand.
    pub stage: Stage,
    /// Whether it follows the prompt, and is not built.
    pub is_from_prompt: bool,
}

/// What a model is shown of a shot: what was built, or its cast or the subjects of its prompt, which move as the prompt
/// says. `None` for the model: it is not known yet.
///
/// The prompt counts only where nothing else says where things are: neither a stage that was built nor keyframe images,
/// nor frames of another take.
pub fn shot_stage(project: &Project, shot: &Shot, model: Option<&ModelInfo>) -> ShotStage {
    let stage = project.stage_of(shot);
    let is_plain = shot.keyframes.is_empty()
        && shot.origin == Origin::Scratch
        && shot.stage.stand_ins.is_empty();
    let span = Span {
        frames: shot.length.frames,
        rate: shot.length.rate.per_second(),
    };
    let model = model.filter(|model| is_plain && follows_subjects(model));
    let found = model.and_then(|model| {
        if stage.stand_ins.is_empty() {
            return of_prompt(&shot.prompt, &model.vocabulary, span);
        }
        let cast = project.with_figures(stage.clone());
        Some(of_cast(&cast, &shot.prompt, &model.vocabulary, span))
    });
    match found {
        Some(Stage { stand_ins, .. }) => ShotStage {
            stage: Stage { stand_ins, ..stage },
            is_from_prompt: true,
        },
        None => ShotStage {
            stage,
            is_from_prompt: false,
        },
    }
}

/// Whether a model takes a control clip and its card lists words.
fn follows_subjects(model: &ModelInfo) -> bool {
    model.abilities.contains(&Ability::Control) && !model.vocabulary.is_empty()
}

/// The stage of the subjects that a prompt names, side by side in front of a camera at its start position. `None`: it
/// names none that the card lists.
pub fn of_prompt(prompt: &str, vocabulary: &[WordList], span: Span) -> Option<Stage> {
    let subjects = subjects_of(prompt, vocabulary);
    if subjects.is_empty() {
        return None;
    }
    let places = Stage::side_by_side(subjects.len());
    let stand_ins = subjects.iter().zip(places);
    let mut stand_ins: Vec<StandIn> = stand_ins
        .map(|(one, foot)| stand_in(one, foot, span))
        .collect();
    stand_ins.extend(surroundings_of(prompt, vocabulary));
    Some(Stage {
        stand_ins,
        ..Stage::default()
    })
}

/// The stage of a cast, whose stand-ins are named by their tags, with what the prompt says that each is and does.
pub fn of_cast(cast: &Stage, prompt: &str, vocabulary: &[WordList], span: Span) -> Stage {
    let names = cast.stand_ins.iter().map(|one| one.name.as_str());
    let names: Vec<&str> = names.collect();
    let told = told_of(&names, prompt, vocabulary);
    let stand_ins = cast.stand_ins.iter().zip(told);
    let moved = stand_ins.map(|(one, Told { action, figure })| {
        let (foot, _) = one.at(Frames::ZERO);
        let figure = Some(figure).filter(|figure| figure.has_limbs());
        StandIn {
            keys: keys(action, foot, span),
            motion: motion(action, span),
            figure: one.figure.or(figure),
            ..one.clone()
        }
    });
    let surroundings = surroundings_of(prompt, vocabulary);
    Stage {
        stand_ins: moved.chain(surroundings).collect(),
        ..cast.clone()
    }
}

fn stand_in(subject: &Subject, foot: DVec3, span: Span) -> StandIn {
    StandIn {
        colours: subject.colours,
        figure: Some(subject.figure).filter(|figure| figure.has_limbs()),
        motion: motion(subject.action, span),
        keys: keys(subject.action, foot, span),
        ..StandIn::new(&subject.name, Form::Mannequin(None), MANNEQUIN_METRES, foot)
    }
}

fn motion(action: Action, span: Span) -> Motion {
    match action {
        Action::Jump => Motion::Jump,
        Action::Wave => Motion::wave(span.rate),
        Action::Stand | Action::WalkLeft | Action::WalkRight | Action::Spin => Motion::Walk,
    }
}

/// The keys of an action around a place, in the order of their frames.
fn keys(action: Action, foot: DVec3, span: Span) -> Vec<StandInKey> {
    let last = span.frames.saturating_sub(1);
    let key = |frame: u32, by: DVec3, turn_degrees: f64| StandInKey {
        frame: Frames(i64::from(frame)),
        position: foot * ROOM_FOR_ARMS + BEHIND + by,
        turn_degrees: FACING_DEGREES + turn_degrees,
    };
    let mut keys = match action {
        Action::Stand | Action::Wave => vec![key(0, DVec3::ZERO, 0.0)],
        Action::WalkLeft | Action::WalkRight => {
            let side = if action == Action::WalkLeft {
                -1.0
            } else {
                1.0
            };
            let seconds = f64::from(last) / span.rate.max(1.0);
            let speed = WALK_HEIGHTS_PER_SECOND * MANNEQUIN_METRES.y;
            let half = (speed * seconds / 2.0).min(LONGEST_WALK_METRES);
            let beyond = match last {
                0 => 0,
                _ => (SECONDS_BEYOND * span.rate).ceil().clamp(1.0, 60.0) as u32,
            };
            let end = half * (1.0 + 2.0 * f64::from(beyond) / f64::from(last.max(1)));
            [(0, -half), (last.saturating_add(beyond), end)]
                .map(|(frame, along)| key(frame, DVec3::X * side * along, -side * SIDEWAYS_DEGREES))
                .to_vec()
        }
        Action::Jump => {
            let pieces = (0..=JUMP_PIECES).map(|piece| {
                let frame = u64::from(last) * u64::from(piece) / u64::from(JUMP_PIECES);
                let frame = u32::try_from(frame).unwrap_or(last);
                key(frame, DVec3::NEG_Y * jump_metres(frame, last), 0.0)
            });
            pieces.collect()
        }
        Action::Spin => vec![key(0, DVec3::ZERO, 0.0), key(last, DVec3::ZERO, 360.0)],
    };
    keys.dedup_by_key(|key| key.frame); // a clip of few frames has fewer keys
    keys
}

/// The height of a jump at a frame, in metres.
fn jump_metres(frame: u32, last: u32) -> f64 {
    let share = f64::from(frame) / f64::from(last.max(1));
    let flight = (share - STANDS_BEFORE) / (1.0 - 2.0 * STANDS_BEFORE);
    let height = (std::f64::consts::PI * flight.clamp(0.0, 1.0)).sin();
    JUMP_HEIGHTS * MANNEQUIN_METRES.y * height.max(0.0)
}

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::{CastMember, ImageKey, ModelLength};
    use kinora_timeline::stage::Scenery;
    use kinora_timeline::{ContentHash, Edit, FrameRate};

    use super::*;
    use crate::generate::shot_check::tests::model;
    use crate::stage::subjects::tests::card;

    const SPAN: Span = Span {
        frames: 17,
        rate: 16.0,
    };

    fn staged(prompt: &str) -> Stage {
        let stage = of_prompt(prompt, &card(), SPAN).expect("a stage");
        assert_eq!(stage.check(), Ok(()), "{prompt}");
        stage
    }

    #[test]
    fn a_walk_goes_through_its_place_a_jump_leaves_the_ground_and_a_spin_goes_round() {
        let at = |stage: &Stage, frame| stage.stand_ins[0].at(Frames(frame));
        let walk = staged("a red robot walks left");
        assert_eq!(walk.stand_ins[0].colours, Some([(219, 36, 33); 2]));
        assert!(at(&walk, 0).0.x > 0.7 && at(&walk, 16).0.x < -0.7);
        let middle = at(&walk, 8).0 - BEHIND;
        assert!(middle.length() < 1e-9, "its middle is its place");
        assert!(
            at(&walk, 8).1 > 180.0,
            "it looks to the left of the picture"
        );
        let slow = of_prompt(
            "robot walks left",
            &card(),
            Span {
                frames: 161,
                ..SPAN
            },
        );
        let slow = slow.expect("a stage");
        assert!(at(&slow, 0).0.x <= LONGEST_WALK_METRES, "it stays in view");

        let jump = staged("a robot jumps");
        assert!(at(&jump, 0).0.y.abs() < 1e-9 && at(&jump, 16).0.y.abs() < 1e-9);
        assert!(at(&jump, 8).0.y < -0.6, "up is negative");
        let spin = staged("a robot spins");
        assert!((at(&spin, 16).1 - at(&spin, 0).1 - 360.0).abs() < 1e-9);
    }

    #[test]
    fn the_place_of_the_prompt_is_around_its_subjects() {
        let stage = staged("a red robot walks left in the desert");
        let things = stage.stand_ins.iter().map(|one| one.form);
        let things: Vec<Form> = things.collect();
        assert_eq!(things[0], Form::Mannequin(None));
        assert!(things.len() > 4 && things.contains(&Form::Scenery(Scenery::Rock)));
    }

    #[test]
    fn two_subjects_stand_side_by_side_and_a_clip_of_one_frame_has_one_key_each() {
        let two = staged("a red robot and a blue cat walk right");
        let places: Vec<f64> = two
            .stand_ins
            .iter()
            .map(|one| one.at(Frames(8)).0.x)
            .collect();
        let half = 0.45 * ROOM_FOR_ARMS;
        assert!((places[0] + half).abs() < 1e-9 && (places[1] - half).abs() < 1e-9);
        for prompt in ["a robot walks left", "a robot jumps", "a robot spins"] {
            let span = Span { frames: 1, ..SPAN };
            let stage = of_prompt(prompt, &card(), span).expect("a stage");
            assert_eq!((stage.check(), stage.stand_ins[0].keys.len()), (Ok(()), 1));
        }
    }

    #[test]
    fn only_a_shot_that_says_nothing_else_has_the_stage_of_its_prompt() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot::new("a", "a red robot jumps", length);
        let knows = ModelInfo {
            vocabulary: card(),
            abilities: vec![Ability::Control],
            ..model(false)
        };
        let project = Project::default();
        let is_from_prompt =
            |shot: &Shot, model: &ModelInfo| shot_stage(&project, shot, Some(model)).is_from_prompt;
        assert!(is_from_prompt(&shot, &knows));
        assert!(
            !shot_stage(&project, &shot, None).is_from_prompt,
            "no model yet"
        );
        let (mut large, mut blind) = (knows.clone(), knows.clone());
        large.vocabulary.clear();
        blind.abilities.clear();
        assert!(!is_from_prompt(&shot, &large) && !is_from_prompt(&shot, &blind));

        let mut pictured = shot.clone();
        pictured.keyframes = vec![ImageKey {
            frame: 0,
            image: ContentHash::of(b"a picture"),
        }];
        assert!(!is_from_prompt(&pictured, &knows));
        let kept = Shot {
            stage: shot_stage(&project, &shot, Some(&knows)).stage,
            ..shot.clone()
        };
        let found = shot_stage(&project, &kept, Some(&knows));
        assert_eq!((found.is_from_prompt, &found.stage), (false, &kept.stage));

        let add = Edit::Library(Library::AddCharacter(Box::new(Character::new(
            "Ada", "ada",
        ))));
        let project = add.apply(&project).expect("added");
        let character = project.cast().next().expect("Ada").id;
        let cast = Shot {
            cast: vec![CastMember {
                character,
                strength: 1.0,
            }],
            ..shot
        };
        let found = shot_stage(&project, &cast, Some(&knows));
        assert_eq!(
            (found.is_from_prompt, found.stage.stand_ins.len()),
            (true, 1)
        );
        let jumps = &found.stage.stand_ins[0];
        assert_eq!(jumps.form, Form::Mannequin(Some(character)));
        assert_eq!(jumps.motion, Motion::Jump, "as the prompt says");
        let large_too = shot_stage(&project, &cast, Some(&large));
        assert!(
            !large_too.is_from_prompt,
            "its stage is not made from the prompt"
        );
    }
}
