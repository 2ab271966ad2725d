//! A clip: a range of a shot, a medium or a title on a track, with its speed, look and sound.

mod handles;
mod kinds;

use serde::{Deserialize, Serialize};

use crate::id::{ClipId, GroupId};
use crate::stored::{is_default, is_yes, yes};
use crate::time::divided;
use crate::transition::Transition;
use crate::tree::Spans;
use crate::{Frames, PreservedMetadata, Rounding, Speed, SpeedRamp};

pub use crate::look::{Fit, Look, Transform};
pub use handles::Handles;
pub use kinds::{Edge, InBetweens, Label, Source};

/// A clip on a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Unique within the project, and permanent.
    pub id: ClipId,
    /// Where its frames come from.
    pub source: Source,
    /// The source frame of the clip's first frame, counted at the project's rate.
    pub source_start: Frames,
    /// The offset into that frame, in [parts](Clip::parts). Above zero only where a clip with changed speed was split; so
    /// no split ever shifts a frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: u32,
    /// Its length on the track.
    pub length: Frames,
    /// The speed of its source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Speed,
    /// Keyframes of the speed, as factors of `speed`. Without keys it is constant.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ramp: SpeedRamp,
    /// What is shown between two frames of the source, where the clip needs more frames than it has.
    #[serde(default, skip_serializing_if = "is_default")]
    pub in_betweens: InBetweens,
    /// The transition at its head; `None` is a plain cut.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition: Option<Transition>,
    /// The link group: clips of one group are selected, moved and trimmed together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group: Option<GroupId>,
    /// The group, apart from links: clips of one group are selected together, and trimmed on their own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub selection_group: Option<GroupId>,
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
            ramp: SpeedRamp::default(),
            in_betweens: InBetweens::None,
            transition: None,
            group: None,
            selection_group: None,
            enabled: true,
            label: Label::None,
            look: Look::default(),
            preserved_metadata: PreservedMetadata::default(),
        }
    }

    /// The source frame shown `at` frames after the clip's start. `at` may lie before the start or after the end,
    /// where transitions show handles.
    pub fn source_frame(&self, at: Frames) -> Frames {
        let parts = i128::from(self.parts());
        Frames(divided(self.position(at), parts, Rounding::Down))
    }

    /// The place in the source `at` frames after the clip's start, in parts of a source frame, rounded down. `parts` is how
    /// many of them a frame has, from 1.
    pub fn source_part(&self, at: Frames, parts: u32) -> Frames {
        let position = self.position(at).saturating_mul(i128::from(parts));
        Frames(divided(position, i128::from(self.parts()), Rounding::Down))
    }

    /// The speed without its ramp, in source frames per frame.
    fn base_speed(&self) -> f64 {
        f64::from(self.speed.source_frames()) / f64::from(self.speed.record_frames())
    }

    /// The position in the source at a position between two frames of the clip, both in frames.
    pub fn source_position(&self, at: f64) -> f64 {
        let speed = self.base_speed();
        let phase = f64::from(self.phase) / f64::from(self.parts());
        let way = self.ramp.travel_frames(at) - self.ramp.travel_frames(0.0);
        self.source_start.0 as f64 + phase + way * speed
    }

    /// The speed at a frame of the clip, in source frames per frame.
    pub fn speed_at(&self, at: Frames) -> f64 {
        let speed = self.base_speed();
        speed * f64::from(self.ramp.factor(at)) / f64::from(SpeedRamp::PARTS)
    }

    /// The speed over all frames of the clip, in source frames per frame.
    pub fn mean_speed(&self) -> f64 {
        let speed = self.base_speed();
        if self.ramp.is_constant() {
            return speed;
        }
        let way = self.ramp.travel(self.length) - self.ramp.travel(Frames::ZERO);
        speed * way as f64 / f64::from(SpeedRamp::PARTS) / self.length.0 as f64
    }

    /// The parts of a source frame in which positions in the source are counted exactly.
    pub fn parts(&self) -> u32 {
        match self.ramp.is_constant() {
            true => self.speed.record_frames(),
            false => self.speed.record_frames() * SpeedRamp::PARTS,
        }
    }

    /// How far the source runs from the clip's first frame to another, in [parts](Self::parts); below zero in reverse.
    pub(crate) fn travel(&self, at: Frames) -> i128 {
        self.position(at) - self.position(Frames::ZERO)
    }

    /// The clip from a position in its source on, in [parts](Self::parts).
    pub(crate) fn set_position(&mut self, position: i128) {
        let parts = i128::from(self.parts());
        self.source_start = Frames(divided(position, parts, Rounding::Down));
        self.phase = u32::try_from(position.rem_euclid(parts)).unwrap_or_default();
    }

    /// The clip with another ramp. It begins at the same place in its source.
    #[must_use]
    pub(crate) fn with_ramp(&self, ramp: SpeedRamp) -> Self {
        let before = i128::from(self.parts());
        let start = self.position(Frames::ZERO);
        let mut clip = Self {
            ramp,
            ..self.clone()
        };
        let parts = i128::from(clip.parts());
        clip.set_position((start * parts).div_euclid(before));
        clip
    }

    /// The clip without its first `by` frames; a negative `by` extends its head.
    #[must_use]
    pub fn trimmed_at_head(&self, by: Frames) -> Self {
        let mut clip = self.clone();
        clip.set_position(self.position(by));
        clip.length = self.length - by;
        clip.ramp.move_keys(by);
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
            && expected.ramp == next.ramp
            && self.in_betweens == next.in_betweens
            && position(&expected) == position(next)
    }

    pub(crate) fn with_fades_that_fit(mut self) -> Self {
        self.look.fade_in = self.look.fade_in.min(self.length);
        self.look.fade_out = self.look.fade_out.min(self.length - self.look.fade_in);
        self
    }

    /// The position in the source `at` frames after the clip's start, in [parts](Self::parts).
    pub(crate) fn position(&self, at: Frames) -> i128 {
        let parts = i128::from(self.parts());
        let first = i128::from(self.source_start.0) * parts + i128::from(self.phase);
        let way = match self.ramp.is_constant() {
            true => i128::from(at.0),
            false => self.ramp.travel(at) - self.ramp.travel(Frames::ZERO),
        };
        first + way * i128::from(self.speed.source_frames())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::easing::Easing;
    use crate::id::MediumId;
    use crate::speed_ramp::SpeedKey;

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
    fn a_slow_clip_is_at_a_part_of_a_frame() {
        let slow = clip(10, 5, Speed::new(2, 3).expect("a speed"));
        let part = |of: u32, at| slow.source_part(Frames(at), of).0;
        let parts = |of: u32| -> Vec<i64> { (0..5).map(|at| part(of, at)).collect() };
        assert_eq!(parts(1), shown(&slow));
        assert_eq!(parts(3), [30, 32, 34, 36, 38]);
        assert_eq!(parts(2), [20, 21, 22, 24, 25], "rounded down");
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

    /// A clip with a ramp of some keys.
    fn ramped() -> impl Strategy<Value = Clip> {
        let key = (1..12_i64, 0..40_000_u32, 0..Easing::ALL.len());
        let keys = proptest::collection::vec(key, 1..5);
        let numbers = (300..350_i64, 2..40_i64, -3..4_i32, 1..4_u32, -10..20_i64);
        (numbers, keys).prop_filter_map(
            "a freeze",
            |((start, length, step, parts, first), keys)| {
                let speed = Speed::new(step, parts).filter(|_| step != 0)?;
                let mut frame = first;
                let keys = keys.into_iter().map(|(gap, factor, easing)| {
                    frame += gap;
                    SpeedKey {
                        frame: Frames(frame),
                        factor,
                        easing: Easing::ALL[easing].0,
                    }
                });
                let keys = keys.collect();
                Some(clip(start, length, speed).with_ramp(SpeedRamp { keys }))
            },
        )
    }

    #[test]
    fn a_ramp_shows_the_frames_it_should() {
        let key = |frame, factor| SpeedKey {
            frame: Frames(frame),
            factor,
            easing: Easing::Linear,
        };
        // From normal speed to a stand-still: frame t shows t - t²/16 (of 8 frames).
        let keys = vec![key(0, 10_000), key(8, 0)];
        let slower = clip(10, 10, Speed::default()).with_ramp(SpeedRamp { keys });
        assert_eq!(shown(&slower), [10, 10, 11, 12, 13, 13, 13, 13, 14, 14]);
        assert!((slower.source_position(4.0) - 13.0).abs() < 1e-9);
        assert!((slower.speed_at(Frames(4)) - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn cutting_a_ramp_anywhere_shifts_no_frame_and_joins_again(whole in ramped(), cut in 1..39_i64) {
            prop_assume!(cut < whole.length.0);
            let left = whole.trimmed_at_tail(whole.length - Frames(cut));
            let right = whole.trimmed_at_head(Frames(cut));
            prop_assert_eq!([shown(&left), shown(&right)].concat(), shown(&whole));
            prop_assert!(left.continues_in(&right));
            prop_assert_eq!(right.trimmed_at_head(Frames(-cut)), whole);
        }

        #[test]
        fn handles_of_a_ramp_reach_exactly_to_the_ends_of_the_source(clip in ramped()) {
            let available = Frames(800);
            let Handles { left, right } = clip.handles(Some(available));
            let inside = |at: Frames| (0..available.0).contains(&clip.source_frame(at).0);
            // A ramp that ends at 0 stands still for ever.
            prop_assert!(left == Frames(i64::MAX) || inside(-left) && !inside(-left - Frames::ONE));
            let last = clip.length - Frames::ONE;
            prop_assert!(right == Frames(i64::MAX) || inside(last + right) && !inside(last + right + Frames::ONE));
        }
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
