//! Random edits of clips: places, looks, speed ramps, easings and transitions.
//! Drawn from a seed, as all random edits are.

use kinora_timeline::camera::{EaseCurve, Easing};
use kinora_timeline::clip::{Fit, InBetweens, Label, Look};
use kinora_timeline::curve::PropertyKey;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::effect::EFFECTS;
use kinora_timeline::speed_ramp::SpeedKey;
use kinora_timeline::{
    Clip, ClipId, Edit, FadeShape, Frames, MediumId, Project, Source, SpeedRamp, TrackId,
    TrackKind, TransitionKind,
};

use super::Dice;

/// A speed ramp of up to three keys; without keys the speed is constant again.
pub(super) fn ramp(dice: &mut Dice) -> SpeedRamp {
    let mut frame = dice.between(-9, 9);
    let keys = (0..dice.below(4)).map(|_| {
        frame += dice.between(1, 20);
        SpeedKey {
            frame: Frames(frame),
            factor: dice.below(5) as u32 * 5000,
            easing: easing(dice),
        }
    });
    SpeedRamp {
        keys: keys.collect(),
    }
}

/// An easing without handles, or a curve.
fn easing(dice: &mut Dice) -> Easing {
    if dice.below(3) > 0 {
        return dice.one_of(&Easing::ALL).unwrap_or_default().0;
    }
    let mut part = || dice.below(u64::from(EaseCurve::PARTS) + 1) as u16;
    Easing::Curve(EaseCurve::from([part(), part(), part(), part()]))
}

pub(super) fn place(project: &Project, track: TrackId, dice: &mut Dice) -> Edit {
    let media = project.media().map(|medium| Source::Medium(medium.id));
    let shots = project.shots().map(|shot| Source::Shot(shot.id));
    let titles = project.titles().map(|title| Source::Title(title.id));
    let sources: Vec<Source> = media.chain(shots).chain(titles).collect();
    let mut piece = |track| {
        let source = dice
            .one_of(&sources)
            .unwrap_or(Source::Medium(MediumId::from(9999)));
        let mut clip = Clip::new(source, dice.frames(0, 60), dice.frames(1, 40));
        clip.label = dice
            .one_of(&[Label::None, Label::Red, Label::Blue])
            .unwrap_or_default();
        Piece { track, clip }
    };
    let mut pieces = vec![piece(track)];
    let other = project.tracks()[0].id;
    if other != track
        && project
            .track(track)
            .is_some_and(|track| track.kind == TrackKind::Audio)
    {
        pieces.push(piece(other));
    }
    let at = dice.frames(-1, project.end().0 + 8);
    Edit::Place(match dice.below(5) {
        4 => Place::Gap {
            at,
            length: dice.frames(0, 20),
            tracks: vec![track],
        },
        0 => Place::Insert { at, pieces },
        1 => Place::Append { pieces },
        _ => Place::Overwrite { at, pieces },
    })
}

pub(super) fn transition(clip: ClipId, dice: &mut Dice) -> Edit {
    let kinds = [
        TransitionKind::Dissolve,
        TransitionKind::DipToBlack,
        TransitionKind::WipeRight,
    ];
    Edit::Transition(match dice.below(5) {
        0 => TransitionEdit::Remove { clip },
        1 => TransitionEdit::Move {
            clip,
            by: dice.frames(-2, 2),
        },
        _ => TransitionEdit::Set {
            clip,
            kind: dice.one_of(&kinds).unwrap_or(TransitionKind::Dissolve),
            before: dice.frames(0, 6),
            after: dice.frames(0, 6),
        },
    })
}

pub(super) fn look(project: &Project, clip: ClipId, dice: &mut Dice) -> ClipEdit {
    match dice.below(5) {
        3 => ClipEdit::InBetweens {
            clips: vec![clip],
            in_betweens: match dice.coin() {
                true => InBetweens::Smooth,
                false => InBetweens::None,
            },
        },
        0 => ClipEdit::Enable {
            clips: vec![clip],
            enabled: dice.coin(),
        },
        1 => ClipEdit::Label {
            clips: vec![clip],
            label: Label::Green,
        },
        2 => {
            let source = project
                .shots()
                .next()
                .map_or(Source::Medium(MediumId::from(1)), |shot| {
                    Source::Shot(shot.id)
                });
            ClipEdit::Replace {
                clip,
                source,
                source_start: dice.frames(0, 50),
            }
        }
        _ => {
            let mut look = Look {
                fade_in: dice.frames(0, 9),
                fade_out: dice.frames(0, 9),
                ..Look::default()
            };
            look.transform.fit = dice
                .one_of(&[Fit::Inside, Fit::Fill, Fit::Stretch])
                .unwrap_or_default();
            let shapes = [(); 2].map(|()| dice.one_of(&FadeShape::ALL).unwrap_or_default().0);
            [look.fade_in_shape, look.fade_out_shape] = shapes;
            // Some effects anywhere in what the inspector offers.
            for effect in &EFFECTS {
                if dice.below(3) > 0 {
                    continue;
                }
                let (low, high) = (*effect.offered.start(), *effect.offered.end());
                let mut value = || low + (high - low) * (dice.below(9) as f32 / 8.0);
                *(effect.get_mut)(&mut look) = value();
                if (effect.property as u64).is_multiple_of(2) {
                    let values = [value(), value()];
                    let first = dice.frames(-9, 9);
                    let key = |(number, value): (i64, f32)| PropertyKey {
                        frame: first + Frames(number * 5),
                        value,
                        easing: Easing::InOut,
                    };
                    let keys = (0..).zip(values).map(key).collect();
                    look.set_curve(effect.property, keys);
                }
            }
            ClipEdit::Look { clip, look }
        }
    }
}
