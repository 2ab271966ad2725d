//! Whether a character keeps its colours over a take: each frame against its reference pictures, and each part against the
//! first frame that shows it.

use serde::{Deserialize, Serialize};

use crate::figure::{Seen, Unseen};
use crate::identity::Signature;
use crate::light::{lit_like, nearest};
use crate::print_drift::{PrintReport, measure_print};
use crate::statistics::{median, middle_of_neighbours, ranges};

/// The version of the measure of a take's appearance: characters, steadiness, joins.
pub const APPEARANCE_SOLVER: u32 = 3;
/// A part that is further from its first frame has drifted, in units of CIEDE2000. See docs/measures.md.
pub const DRIFTED: f64 = 16.0;
/// A character that is further from its references in most frames does not wear what they show. See docs/measures.md.
pub const UNLIKE_REFERENCES: f64 = 17.0;
/// The share of a part that is compared: the rest may be background, or a hand before a coat.
const PART_SHARE: f64 = 0.75;
/// Fewer frames than this are no measure.
const LEAST_FRAMES: usize = 3;

/// Whether a character keeps its wardrobe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wardrobe {
    /// It does.
    Kept,
    /// Its colours change, or are not those of its references.
    Drifted(Drift),
    /// The clip does not show it.
    NotMeasurable {
        /// Why.
        reason: Unseen,
    },
}

/// The largest change of a character's colours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// What it is compared with.
    pub against: Against,
    /// The number of the part; `None` for all of it.
    pub part: Option<usize>,
    /// The frame, counted from 0.
    pub frame: usize,
    /// The distance there, in units of CIEDE2000.
    pub delta_e: f64,
}

/// What colours are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The first frame that shows them.
    FirstFrame,
    /// The reference pictures.
    References,
}

/// What is reported of a character in a take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WardrobeReport {
    /// The verdict.
    pub verdict: Wardrobe,
    /// The frames in which it was measured.
    pub measured_frames: usize,
    /// The distance of each frame from the nearest reference, in the light of the take. Empty without references.
    pub from_references: Vec<Option<f64>>,
    /// The distance of each frame from the first one, of the part that changed most.
    pub from_first: Vec<Option<f64>>,
    /// The largest change, whether or not it counts as a drift.
    pub largest: Option<Drift>,
    /// The median distance from the references.
    pub reference_distance: Option<f64>,
    /// The ranges of frames that drift: the first frame, and the one after the last.
    pub drifted: Vec<[usize; 2]>,
    /// Its colours over the whole take, for comparisons with other takes.
    pub look: Option<Signature>,
    /// Its printed detail; `None` of a plain or a small character, and in measures of earlier versions. It is no part of
    /// the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<PrintReport>,
}

impl WardrobeReport {
    /// That there is no measure.
    pub fn not_measurable(reason: Unseen) -> Self {
        Self {
            verdict: Wardrobe::NotMeasurable { reason },
            measured_frames: 0,
            from_references: Vec::new(),
            from_first: Vec::new(),
            largest: None,
            reference_distance: None,
            drifted: Vec::new(),
            look: None,
            print: None,
        }
    }
}

/// Measures a character from what each frame shows of it, and the colours of its reference pictures.
pub fn measure_wardrobe(
    frames: &[Result<Seen, Unseen>],
    references: &[Signature],
) -> WardrobeReport {
    let seen = || frames.iter().map(|frame| frame.as_ref().ok());
    let measured_frames = seen().flatten().count();
    let look = Signature::pooled(seen().flatten().map(|seen| &seen.whole));
    let Some(look) = look.filter(|_| measured_frames >= LEAST_FRAMES) else {
        return WardrobeReport {
            measured_frames,
            ..WardrobeReport::not_measurable(reason(frames, references))
        };
    };
    let lit = lit_like(&look, references);
    let from_references: Vec<Option<f64>> = match lit.is_empty() {
        true => Vec::new(),
        false => seen().map(|seen| nearest(&seen?.whole, &lit)).collect(),
    };
    let changes = changes(frames);
    let reference_distance = middle(&from_references);
    let is_unlike = reference_distance.is_some_and(|distance| distance > UNLIKE_REFERENCES);
    let changed = largest_change(&changes);
    let off = largest_of(&from_references).map(|(frame, delta_e)| Drift {
        against: Against::References,
        part: None,
        frame,
        delta_e,
    });
    let has_changed = changed.is_some_and(|drift| drift.delta_e > DRIFTED);
    let largest = match is_unlike && !has_changed {
        true => off,
        false => changed.or(off),
    };
    let is_drifted = |at: usize| {
        let change = changes.get(at).copied().flatten();
        let is_off = from_references.get(at).copied().flatten();
        change.is_some_and(|(_, delta_e)| delta_e > DRIFTED)
            || (is_unlike && is_off.is_some_and(|distance| distance > UNLIKE_REFERENCES))
    };
    WardrobeReport {
        verdict: match largest.filter(|_| has_changed || is_unlike) {
            Some(drift) => Wardrobe::Drifted(drift),
            None => Wardrobe::Kept,
        },
        measured_frames,
        drifted: ranges((0..frames.len()).map(is_drifted)),
        from_first: changes.iter().map(|change| Some((*change)?.1)).collect(),
        from_references,
        largest,
        reference_distance,
        look: Some(look),
        print: measure_print(
            &seen()
                .map(|seen| seen.map(|seen| &seen.print))
                .collect::<Vec<_>>(),
        ),
    }
}

/// Why a character that is seen in hardly any frame is not measured: the reason of most frames.
fn reason(frames: &[Result<Seen, Unseen>], references: &[Signature]) -> Unseen {
    let reasons: Vec<Unseen> = frames
        .iter()
        .filter_map(|frame| frame.as_ref().err().copied())
        .collect();
    let count = |reason: &Unseen| reasons.iter().filter(|other| *other == reason).count();
    let most = reasons
        .iter()
        .max_by_key(|reason| (count(reason), **reason));
    match (most, references.is_empty()) {
        (Some(most), _) => *most,
        (None, true) if !frames.is_empty() => Unseen::NoReferences,
        (None, _) => Unseen::TooFewFrames,
    }
}

/// The number of a part, or `None` for all of the character, and how far it is from the first frame that shows it.
type Change = (Option<usize>, f64);

/// For each frame, the part that has changed most.
fn changes(frames: &[Result<Seen, Unseen>]) -> Vec<Option<Change>> {
    let seen = || frames.iter().map(|frame| frame.as_ref().ok());
    let parts = seen().flatten().map(|seen| seen.parts.len()).max();
    let parts = (0..parts.unwrap_or(0)).map(Some);
    let mut most: Vec<Option<Change>> = vec![None; frames.len()];
    for part in std::iter::once(None).chain(parts) {
        let colours = seen().map(|seen| match part {
            None => Some(&seen?.whole),
            Some(part) => seen?.parts.get(part)?.as_ref(),
        });
        for (most, change) in most.iter_mut().zip(from_first(colours.collect())) {
            let Some(change) = change else { continue };
            let is_more = most.is_none_or(|(_, before)| change > before);
            if is_more {
                *most = Some((part, change));
            }
        }
    }
    most
}

/// The distance of each signature from the first one. One frame that differs from those around it is no drift: each is the
/// middle of itself and its neighbours, and the first and the last one the smaller of two.
fn from_first(colours: Vec<Option<&Signature>>) -> Vec<Option<f64>> {
    let Some(first) = colours.iter().flatten().next().copied() else {
        return vec![None; colours.len()];
    };
    let known: Vec<(usize, f64)> = colours
        .iter()
        .enumerate()
        .filter_map(|(at, own)| Some((at, first.matched_distance((*own)?, PART_SHARE))))
        .collect();
    let values: Vec<f64> = known.iter().map(|(_, distance)| *distance).collect();
    let mut distances = vec![None; colours.len()];
    for ((at, _), distance) in known.iter().zip(middle_of_neighbours(&values, f64::min)) {
        distances[*at] = Some(distance);
    }
    distances
}

fn largest_change(changes: &[Option<Change>]) -> Option<Drift> {
    let known = changes.iter().enumerate();
    let known = known.filter_map(|(frame, change)| Some((frame, (*change)?)));
    let most = known.max_by(|one, other| one.1.1.total_cmp(&other.1.1))?;
    let (frame, (part, delta_e)) = most;
    Some(Drift {
        against: Against::FirstFrame,
        part,
        frame,
        delta_e,
    })
}

fn largest_of(values: &[Option<f64>]) -> Option<(usize, f64)> {
    let known = values.iter().enumerate();
    let known = known.filter_map(|(at, value)| Some((at, (*value)?)));
    known.max_by(|one, other| one.1.total_cmp(&other.1))
}

fn middle(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| median(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::Print;

    const RED: [u8; 3] = [200, 40, 30];
    const BLUE: [u8; 3] = [30, 50, 190];

    fn mixed(share_of_blue: f64) -> Signature {
        let blue = (200.0 * share_of_blue) as usize;
        let pixels: Vec<[u8; 3]> = (0..200)
            .map(|at| if at < blue { BLUE } else { RED })
            .collect();
        Signature::of_pixels(&pixels).expect("enough pixels")
    }

    /// A character with a red head and a body that is more or less blue.
    #[expect(clippy::unnecessary_wraps, reason = "a frame of a sequence")]
    fn person(body: f64) -> Result<Seen, Unseen> {
        Ok(Seen {
            whole: mixed(body / 2.0),
            parts: vec![Some(mixed(0.0)), Some(mixed(body))],
            print: Print::default(),
        })
    }

    #[test]
    fn a_coat_that_turns_blue_drifts_and_the_part_and_the_frames_are_reported() {
        let frames: Vec<_> = (0..9).map(|at| person(f64::from(at) / 8.0)).collect();
        let report = measure_wardrobe(&frames, &[]);
        let Wardrobe::Drifted(drift) = report.verdict else {
            panic!("{report:?}");
        };
        assert_eq!((drift.against, drift.part), (Against::FirstFrame, Some(1)));
        assert!(drift.delta_e > 30.0 && drift.frame >= 7, "{drift:?}");
        let [[from, to]] = report.drifted[..] else {
            panic!("{:?}", report.drifted);
        };
        assert!((1..7).contains(&from) && to == 9, "{from} {to}");
        assert_eq!(report.reference_distance, None);
    }

    #[test]
    fn a_character_that_stays_is_kept_and_one_odd_frame_is_no_drift() {
        let mut frames: Vec<_> = (0..9).map(|_| person(0.5)).collect();
        frames[4] = person(1.0);
        let report = measure_wardrobe(&frames, &[mixed(0.25)]);
        assert_eq!(report.verdict, Wardrobe::Kept);
        assert!(report.drifted.is_empty());
        assert!(
            report.reference_distance.expect("a reference") < 5.0,
            "{report:?}"
        );
        assert_eq!((report.measured_frames, report.from_first.len()), (9, 9));
    }

    #[test]
    fn a_character_in_other_clothes_than_its_references_is_unlike_them() {
        let green = Signature::of_pixels(&[[40, 170, 60]; 200]).expect("enough pixels");
        let frames: Vec<_> = (0..5).map(|_| person(0.5)).collect();
        let report = measure_wardrobe(&frames, &[green]);
        let Wardrobe::Drifted(drift) = report.verdict else {
            panic!("{report:?}");
        };
        assert_eq!((drift.against, drift.part), (Against::References, None));
        assert_eq!(report.drifted, [[0, 5]]);
    }

    #[test]
    fn the_reason_of_most_frames_is_reported_where_there_is_no_measure() {
        let reason =
            |frames: &[Result<Seen, Unseen>], references: &[Signature]| match measure_wardrobe(
                frames, references,
            )
            .verdict
            {
                Wardrobe::NotMeasurable { reason } => reason,
                other => panic!("{other:?}"),
            };
        let back = || Err(Unseen::BackView);
        let frames = [person(0.5), back(), back(), Err(Unseen::Tiny), person(0.5)];
        assert_eq!(reason(&frames, &[]), Unseen::BackView);
        assert_eq!(reason(&[], &[mixed(0.5)]), Unseen::TooFewFrames);
        assert_eq!(reason(&[person(0.5)], &[]), Unseen::NoReferences);
    }

    #[test]
    fn frames_that_do_not_show_it_have_no_number() {
        let mut frames: Vec<_> = (0..6).map(|_| person(0.5)).collect();
        frames[2] = Err(Unseen::Hidden);
        let report = measure_wardrobe(&frames, &[mixed(0.25)]);
        assert_eq!(
            (report.from_first[2], report.from_references[2]),
            (None, None)
        );
        assert_eq!(report.measured_frames, 5);
    }
}
