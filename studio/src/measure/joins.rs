//! Joins: where a take goes on from frames of a take, and where two clips of the timeline do. A step of colour, and a jump
//! of the motion.

use kinora_measure::{JoinReport, RgbFrame, measure_join};
use kinora_timeline::shot::{End, Origin, Shot};
use kinora_timeline::{
    Clip, ContentHash, FrameRange, FrameRate, Frames, Project, Rounding, Source,
};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use super::drawn::no_longer_than;
use super::grey::ClipReader;
use crate::take::recipe::{PictureUsed, Recipe};
use crate::take::take_store::{Take, TakeStore};

/// The longer side of a frame at a join, in pixels: its points are followed.
const LONGEST_SIDE: f64 = 832.0;

/// Where a take goes on from frames of a take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeJoin {
    /// The take that it goes on from.
    pub from: ContentHash,
    /// The first frame after the join, counted from 0. 0: it begins where the other one ends.
    pub frame: u32,
    /// The step and the jump.
    pub report: JoinReport,
}

/// A cut on the timeline between two clips of which one goes on from the other.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmJoin {
    /// The name of the shot before it.
    pub before: String,
    /// The name of the shot after it.
    pub after: String,
    /// The frame of the timeline after the cut.
    pub frame: Frames,
    /// The step and the jump. A failure if a clip cannot be read.
    pub report: Result<JoinReport, Failure>,
}

/// The joins of a take: at its start, and at the ends of what it keeps of another take.
pub(super) fn joins_of_take(
    takes: &TakeStore,
    recipe: &Recipe,
    clip: &mut ClipReader,
) -> Result<Vec<TakeJoin>, Failure> {
    let mut joins = Vec::new();
    let keyframes = &recipe.inputs.keyframes;
    let start = keyframes.iter().find(|key| key.frame == 0);
    if let Some(PictureUsed::FrameOf { take, frame }) = start.map(|key| key.image) {
        // A take that was deleted since has no join any more.
        if let Ok(mut before) = ClipReader::open(&takes.clip(take)) {
            let report = join(&mut before, frame as usize, clip, 0)?;
            joins.push(TakeJoin {
                from: take,
                frame: 0,
                report,
            });
        }
    }
    if let Some(source) = &recipe.inputs.source {
        let kept = takes.find(source.clip);
        let kept = kept.as_ref().and_then(Take::readable);
        let length = kept.map_or(0, |kept| i64::from(kept.settings.frames));
        let ends = match source.retake {
            Some(range) => range.map(i64::from),
            None => [source.at, source.at.saturating_add(length)],
        };
        for end in ends {
            let Some(frame) = usize::try_from(end)
                .ok()
                .filter(|end| (1..clip.count()).contains(end))
            else {
                continue;
            };
            let size = no_longer_than(LONGEST_SIDE, clip.size());
            let before = around(clip, frame.saturating_sub(2)..frame, size)?;
            let after = around(clip, frame..frame + 2, size)?;
            joins.push(TakeJoin {
                from: source.clip,
                frame: frame as u32,
                report: measure_join(&before, &after),
            });
        }
    }
    Ok(joins)
}

/// The cuts of the open timeline between clips of which one goes on from the other, measured in the frames that they show.
pub fn film_joins(takes: &TakeStore, project: &Project) -> Vec<FilmJoin> {
    let mut joins = Vec::new();
    for track in project.tracks() {
        let clips: Vec<(&Clip, FrameRange)> = track
            .clips()
            .map(|(clip, range)| (&**clip, range))
            .collect();
        for pair in clips.windows(2) {
            let [(before, first), (after, second)] = pair else {
                continue;
            };
            let is_cut = first.end() == second.start && after.transition.is_none();
            let shots = [before.source, after.source].map(|source| match source {
                Source::Shot(id) => project.shot(id),
                Source::Medium(_) | Source::Title(_) | Source::Sequence(_) => None,
            });
            let [Some(one), Some(other)] = shots else {
                continue;
            };
            if is_cut && goes_on(one, other) {
                let last = before.source_frame(first.length - Frames::ONE);
                let next = after.source_frame(Frames::ZERO);
                joins.push(FilmJoin {
                    before: one.name.clone(),
                    after: other.name.clone(),
                    frame: second.start,
                    report: cut(takes, project.rate(), (&**one, last), (&**other, next)),
                });
            }
        }
    }
    joins
}

/// Whether one of two shots goes on from the other: its end, or the take that it shows.
fn goes_on(before: &Shot, after: &Shot) -> bool {
    let follows = match &after.origin {
        Origin::Continues(shot) => *shot == before.id,
        Origin::Extends { take, end } => *end == End::Tail && before.chosen == Some(*take),
        Origin::Scratch | Origin::Retakes { .. } => false,
    };
    let leads = match &before.origin {
        Origin::Extends { take, end } => *end == End::Head && after.chosen == Some(*take),
        Origin::Scratch | Origin::Continues(_) | Origin::Retakes { .. } => false,
    };
    follows || leads
}

/// The join between a frame of one shot's take and one of the next, both counted at the project's rate.
fn cut(
    takes: &TakeStore,
    rate: FrameRate,
    (before, last): (&Shot, Frames),
    (after, next): (&Shot, Frames),
) -> Result<JoinReport, Failure> {
    let (mut one, own) = (chosen_clip(takes, before)?, before.length.rate);
    let (mut other, others) = (chosen_clip(takes, after)?, after.length.rate);
    let frame = |clip: &ClipReader, at: Frames, to: FrameRate| {
        let to = clip.rate().unwrap_or(to);
        let at = at.rescaled(rate, to, Rounding::Down).0.max(0) as usize;
        at.min(clip.count().saturating_sub(1))
    };
    let (last, next) = (frame(&one, last, own), frame(&other, next, others));
    join(&mut one, last, &mut other, next)
}

fn chosen_clip(takes: &TakeStore, shot: &Shot) -> Result<ClipReader, Failure> {
    let take = shot.chosen.ok_or_else(|| {
        Failure::refused(format!("{} has no take", shot.name), "generate it first")
    })?;
    ClipReader::open(&takes.clip(take))
}

/// The join between a frame of one clip, the last that is shown, and one of another, the first.
fn join(
    before: &mut ClipReader,
    last: usize,
    after: &mut ClipReader,
    first: usize,
) -> Result<JoinReport, Failure> {
    let size = no_longer_than(LONGEST_SIDE, after.size());
    let before = around(before, last.saturating_sub(1)..last + 1, size)?;
    let after = around(after, first..first + 2, size)?;
    Ok(measure_join(&before, &after))
}

/// Those of some frames that a clip has.
fn around(
    clip: &mut ClipReader,
    frames: std::ops::Range<usize>,
    size: [u32; 2],
) -> Result<Vec<RgbFrame>, Failure> {
    let end = frames.end.min(clip.count());
    (frames.start..end).map(|at| clip.frame(at, size)).collect()
}

#[cfg(test)]
mod tests {
    use kinora_timeline::ShotId;
    use kinora_timeline::shot::ModelLength;
    use kinora_wire::{Keyframe, PixelShape, Source as SourceClip, Timings};

    use super::*;
    use crate::take::based_shot::tests::recipe;

    /// A finished take of plain frames.
    fn take(takes: &TakeStore, recipe: Recipe, grey: impl Fn(u32) -> u8) -> ContentHash {
        let [width, height] = recipe.settings.size;
        let shape = PixelShape {
            frames: recipe.settings.frames,
            width,
            height,
        };
        let pixels = 3 * (width * height) as usize;
        let clip: Vec<u8> = (0..shape.frames)
            .flat_map(|at| vec![grey(at); pixels])
            .collect();
        let mut writer = takes.begin(recipe, ShotId::from(3)).expect("begun");
        writer.add(shape, &clip).expect("written");
        writer
            .finish(Timings::default(), None, 1)
            .expect("finished")
    }

    fn joins(takes: &TakeStore, name: ContentHash, recipe: &Recipe) -> Vec<TakeJoin> {
        let mut clip = ClipReader::open(&takes.clip(name)).expect("a clip");
        joins_of_take(takes, recipe, &mut clip).expect("measured")
    }

    #[test]
    fn a_take_that_goes_on_from_another_has_a_step_of_colour_at_its_start() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let dark = take(&takes, recipe(), |_| 60);
        let mut next = recipe();
        next.inputs.seed = 5;
        next.inputs.keyframes = vec![Keyframe {
            frame: 0,
            image: PictureUsed::FrameOf {
                take: dark,
                frame: 32,
            },
        }];
        let name = take(&takes, next.clone(), |_| 120);
        let [join] = joins(&takes, name, &next)[..] else {
            panic!("one join");
        };
        assert_eq!((join.from, join.frame), (dark, 0));
        assert!(join.report.colour_step.expect("frames") > 10.0, "{join:?}");
        assert_eq!(joins(&takes, dark, &recipe()), []);
    }

    #[test]
    fn a_retake_and_an_extension_have_joins_at_the_ends_of_what_they_keep() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let old = take(&takes, recipe(), |_| 60);
        let mut based = recipe();
        based.inputs.seed = 6;
        let mut frames = |at, retake| {
            based.inputs.source = Some(SourceClip {
                clip: old,
                at,
                retake,
            });
            let name = take(&takes, based.clone(), |at| if at < 9 { 60 } else { 120 });
            let found = joins(&takes, name, &based).into_iter();
            let reported =
                found.map(|join| (join.frame, join.report.colour_step.unwrap_or(0.0) > 10.0));
            reported.collect::<Vec<_>>()
        };
        // Nine of 33 frames are kept.
        assert_eq!(frames(9 - 33, None), [(9, true)]);
        assert_eq!(frames(0, Some([0, 9])), [(9, true)]);
        assert_eq!(frames(0, Some([4, 9])), [(4, false), (9, true)]);
    }

    #[test]
    fn only_shots_that_go_on_from_one_another_are_joined() {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let mut one = Shot::new("one", "a fox", length);
        one.chosen = Some(ContentHash::of(b"take"));
        let mut other = Shot::new("other", "a fox", length);
        assert!(!goes_on(&one, &other));
        other.origin = Origin::Continues(one.id);
        assert!(goes_on(&one, &other));
        let take = ContentHash::of(b"take");
        let end = End::Tail;
        other.origin = Origin::Extends { take, end };
        assert!(goes_on(&one, &other) && !goes_on(&other, &one));
        let end = End::Head;
        other.origin = Origin::Extends { take, end };
        assert!(goes_on(&other, &one) && !goes_on(&one, &other));
    }
}
