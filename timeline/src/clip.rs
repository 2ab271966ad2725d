//! A clip: a range of a shot, a medium or a title on a track, with its speed, look and sound.

use serde::{Deserialize, Serialize};

use crate::id::{ClipId, GroupId, MediumId, ShotId, TitleId};
use crate::stored::{is_default, is_yes, yes};
use crate::time::divided;
use crate::transition::Transition;
use crate::tree::Spans;
use crate::{Frames, PreservedMetadata, Rounding, Speed};

pub use crate::look::{Fit, Look, Transform};

/// The source of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The chosen take of a shot, or its animatic while none is chosen.
    Shot(ShotId),
    /// An imported file.
    Medium(MediumId),
    /// A title.
    Title(TitleId),
}

/// An edge of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Edge {
    /// Where it begins.
    Head,
    /// Where it ends.
    Tail,
}

/// A clip on a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Unique within the project, and permanent.
    pub id: ClipId,
    /// Where its frames come from.
    pub source: Source,
    /// The source frame of the clip's first frame, counted at the project's rate.
    pub source_start: Frames,
    /// The offset into that frame, in parts of `speed.record_frames`. Above zero only where a clip with changed speed
    /// was split; so no split ever shifts a frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: u32,
    /// Its length on the track.
    pub length: Frames,
    /// The speed of its source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Speed,
    /// The transition at its head; `None` is a plain cut.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition: Option<Transition>,
    /// The link group: clips of one group are selected, moved and trimmed together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group: Option<GroupId>,
    /// A disabled clip keeps its place, but is neither seen nor heard.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// A colour label; its meaning is up to the artist.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: Label,
    /// How it is composed and mixed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub look: Look,
    /// Metadata of another program, kept to be written back.
    #[serde(rename = "foreign", default, skip_serializing_if = "is_default")]
    pub preserved_metadata: PreservedMetadata,
}

/// A colour label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "colours")]
pub enum Label {
    #[default]
    None,
    Red,
    Orange,
    Yellow,
    Green,
    Cyan,
    Blue,
    Purple,
    Pink,
}

impl Spans for Clip {
    fn span(&self) -> i64 {
        self.length.0
    }
}

impl Clip {
    /// A clip of `source` from its frame `source_start` on, at normal speed. Its id is assigned when it is placed.
    pub fn new(source: Source, source_start: Frames, length: Frames) -> Self {
        Self {
            id: ClipId(0),
            source,
            source_start,
            phase: 0,
            length,
            speed: Speed::default(),
            transition: None,
            group: None,
            enabled: true,
            label: Label::None,
            look: Look::default(),
            preserved_metadata: PreservedMetadata::default(),
        }
    }

    /// The source frame shown `at` frames after the clip's start. `at` may lie before the start or after the end,
    /// where transitions show handles.
    pub fn source_frame(&self, at: Frames) -> Frames {
        let position = self.position(at);
        Frames(divided(
            position,
            i128::from(self.speed.record_frames()),
            Rounding::Down,
        ))
    }

    /// The handles of the clip, if its source has `available` frames. `None` for a source without end.
    pub fn handles(&self, available: Option<Frames>) -> Handles {
        let (step, parts) = (
            i128::from(self.speed.source_frames()),
            i128::from(self.speed.record_frames()),
        );
        let Some(available) = available.filter(|_| step != 0) else {
            return Handles {
                left: Frames(i64::MAX),
                right: Frames(i64::MAX),
            };
        };
        let (first, last) = (
            self.position(Frames::ZERO),
            self.position(self.length - Frames::ONE),
        );
        let last_position = i128::from(available.0) * parts - 1;
        let room = |towards_start: i128, towards_end: i128| {
            if step > 0 { towards_start } else { towards_end }
        };
        let left = room(first, last_position - first);
        let right = room(last_position - last, last);
        let frames = |room: i128| Frames(divided(room, step.abs(), Rounding::Down));
        Handles {
            left: frames(left),
            right: frames(right),
        }
    }

    /// The clip without its first `by` frames; a negative `by` extends its head.
    #[must_use]
    pub fn trimmed_at_head(&self, by: Frames) -> Self {
        let position = self.position(by);
        let parts = i128::from(self.speed.record_frames());
        let mut clip = self.clone();
        clip.source_start = Frames(divided(position, parts, Rounding::Down));
        clip.phase = u32::try_from(position.rem_euclid(parts)).unwrap_or_default();
        clip.length = self.length - by;
        for curve in &mut clip.look.curves {
            curve.move_keys(by);
        }
        clip.with_fades_that_fit()
    }

    /// The clip without its last `by` frames; a negative `by` extends its tail.
    #[must_use]
    pub fn trimmed_at_tail(&self, by: Frames) -> Self {
        let mut clip = self.clone();
        clip.length = self.length - by;
        clip.with_fades_that_fit()
    }

    /// The clip with its source `by` frames later, in the same place.
    #[must_use]
    pub fn slipped(&self, by: Frames) -> Self {
        let mut clip = self.clone();
        clip.source_start += by;
        clip
    }

    /// True if `next` starts exactly where this clip stops, so that joining them changes no frame.
    pub fn continues_in(&self, next: &Self) -> bool {
        let expected = self.trimmed_at_head(self.length);
        let position = |clip: &Self| (clip.source_start, clip.phase);
        self.source == next.source
            && self.speed == next.speed
            && position(&expected) == position(next)
    }

    pub(crate) fn with_fades_that_fit(mut self) -> Self {
        self.look.fade_in = self.look.fade_in.min(self.length);
        self.look.fade_out = self.look.fade_out.min(self.length - self.look.fade_in);
        self
    }

    /// The position in the source `at` frames after the clip's start, in parts of a source frame.
    fn position(&self, at: Frames) -> i128 {
        let parts = i128::from(self.speed.record_frames());
        let first = i128::from(self.source_start.0) * parts + i128::from(self.phase);
        first + i128::from(at.0) * i128::from(self.speed.source_frames())
    }
}

/// How far a clip can be extended, in frames of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handles {
    /// Before its first frame.
    pub left: Frames,
    /// After its last frame.
    pub right: Frames,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clip(start: i64, length: i64, speed: Speed) -> Clip {
        Clip {
            speed,
            ..Clip::new(Source::Medium(MediumId(1)), Frames(start), Frames(length))
        }
    }

    fn shown(clip: &Clip) -> Vec<i64> {
        (0..clip.length.0)
            .map(|at| clip.source_frame(Frames(at)).0)
            .collect()
    }

    #[test]
    fn each_speed_shows_the_frames_it_should() {
        let speed = |source, record| Speed::new(source, record).expect("a speed");
        assert_eq!(shown(&clip(10, 4, speed(1, 1))), [10, 11, 12, 13]);
        assert_eq!(shown(&clip(10, 4, speed(2, 1))), [10, 12, 14, 16]);
        assert_eq!(shown(&clip(10, 4, speed(1, 2))), [10, 10, 11, 11]);
        assert_eq!(shown(&clip(10, 4, speed(-1, 1))), [10, 9, 8, 7]);
        assert_eq!(shown(&clip(10, 4, speed(0, 1))), [10, 10, 10, 10]);
    }

    #[test]
    fn handles_are_what_is_left_of_the_source() {
        let forward = clip(10, 4, Speed::default());
        assert_eq!(
            forward.handles(Some(Frames(20))),
            Handles {
                left: Frames(10),
                right: Frames(6)
            }
        );
        let reverse = clip(10, 4, Speed::new(-1, 1).expect("a speed"));
        assert_eq!(
            reverse.handles(Some(Frames(20))),
            Handles {
                left: Frames(9),
                right: Frames(7)
            }
        );
        assert_eq!(forward.handles(None).right, Frames(i64::MAX));
    }

    proptest! {
        #[test]
        fn cutting_anywhere_shifts_no_frame_and_joins_again(start in 0..50_i64, length in 2..40_i64, cut in 1..39_i64, step in -5..6_i32, parts in 1..6_u32) {
            prop_assume!(cut < length);
            let whole = clip(start + 300, length, Speed::new(step, parts).expect("a speed"));
            let left = whole.trimmed_at_tail(Frames(length - cut));
            let right = whole.trimmed_at_head(Frames(cut));
            prop_assert_eq!([shown(&left), shown(&right)].concat(), shown(&whole));
            prop_assert!(left.continues_in(&right));
            prop_assert_eq!(right.trimmed_at_head(Frames(-cut)), whole);
        }

        #[test]
        fn handles_reach_exactly_to_the_ends_of_the_source(start in 0..50_i64, length in 1..40_i64, step in -5..6_i32, parts in 1..6_u32) {
            prop_assume!(step != 0);
            let available = Frames(400);
            let clip = clip(start + 200, length, Speed::new(step, parts).expect("a speed"));
            let Handles { left, right } = clip.handles(Some(available));
            let inside = |at: Frames| (0..available.0).contains(&clip.source_frame(at).0);
            prop_assert!(inside(-left) && !inside(-left - Frames::ONE));
            let last = clip.length - Frames::ONE + right;
            prop_assert!(inside(last) && !inside(last + Frames::ONE));
        }
    }
}
