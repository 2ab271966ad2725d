//! Whether the printed detail of a character stays over a take: of the corners that are found again at all, the share that
//! each frame still shows.

use serde::{Deserialize, Serialize};

use crate::print::{Feature, Print};
use crate::statistics::{middle_of_neighbours, ranges};

/// A frame is compared with the first one in which the character is turned no more than this from how it is in that frame.
const TURNED_DEGREES: f64 = 20.0;
/// Fewer corners than this are no print.
const LEAST_FEATURES: usize = 6;
/// A corner counts if it is found in this many of the frames that are compared.
const LEAST_SIGHTS: usize = 2;
/// A print of which no more than this share is left is lost. See docs/measures.md.
pub const LOST_SHARE: f64 = 0.34;

/// The printed detail of the part that lost most of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrintReport {
    /// The number of the part.
    pub part: usize,
    /// Its corners that are found again.
    pub features: usize,
    /// The share of them that each frame shows. `None` of one that is not compared: the first, and those in which the
    /// part is not seen, or from another side than before.
    pub kept: Vec<Option<f64>>,
    /// The least of these, from 0 to 1.
    pub least: f64,
    /// The ranges of frames in which the print is lost: the first frame, and the one after the last.
    pub lost: Vec<[usize; 2]>,
}

impl PrintReport {
    /// Whether it is lost in some frames.
    pub fn is_lost(&self) -> bool {
        !self.lost.is_empty()
    }
}

/// The print of each frame over a take, `None` where the character is not seen. `None`: no part has a print.
pub fn measure_print(frames: &[Option<&Print>]) -> Option<PrintReport> {
    let features = frames.iter().flatten().flat_map(|print| &print.features);
    let last = features.map(|feature| feature.part).max()?;
    let reports = (0..=last).filter_map(|part| of_part(frames, part));
    reports.min_by(|one, other| one.least.total_cmp(&other.least))
}

/// A part over the frames from one that is compared with: for each later frame, which corners it shows.
struct Compared {
    from: usize,
    /// The frame, and for each corner of the first whether it is found.
    frames: Vec<(usize, Vec<bool>)>,
}

impl Compared {
    /// The corners that are found again, as their places in the lists.
    fn lasting(&self) -> Vec<usize> {
        let count = self.frames.first().map_or(0, |(_, found)| found.len());
        let sights = |corner: usize| {
            let found = self.frames.iter();
            found
                .filter(|(_, found)| found.get(corner) == Some(&true))
                .count()
        };
        (0..count)
            .filter(|corner| sights(*corner) >= LEAST_SIGHTS)
            .collect()
    }
}

fn of_part(frames: &[Option<&Print>], part: u8) -> Option<PrintReport> {
    let own = |print: &Print| -> Vec<Feature> {
        let own = print.features.iter().filter(|feature| feature.part == part);
        own.cloned().collect()
    };
    let prints: Vec<Option<(f64, Vec<Feature>)>> = frames
        .iter()
        .map(|print| print.map(|print| (print.turned_degrees, own(print))))
        .collect();
    let mut all: Vec<Compared> = Vec::new();
    for (at, print) in prints.iter().enumerate() {
        let Some((turned, features)) = print else {
            continue;
        };
        let first = all.iter_mut().find_map(|compared| {
            let (first_turned, first) = prints.get(compared.from)?.as_ref()?;
            let is_near = (first_turned - turned).abs() <= TURNED_DEGREES;
            is_near.then_some((compared, first))
        });
        match first {
            Some((compared, first)) => {
                let is_found = |own: &Feature| features.iter().any(|other| own.is_like(other));
                let found = first.iter().map(is_found).collect();
                compared.frames.push((at, found));
            }
            None if features.len() >= LEAST_FEATURES => all.push(Compared {
                from: at,
                frames: Vec::new(),
            }),
            None => {}
        }
    }
    let mut known: Vec<(usize, f64)> = Vec::new();
    let mut features = 0;
    for compared in &all {
        let lasting = compared.lasting();
        if lasting.len() < LEAST_FEATURES {
            continue;
        }
        features = features.max(lasting.len());
        let share = |found: &[bool]| {
            let kept = lasting.iter().filter(|at| found.get(**at) == Some(&true));
            kept.count() as f64 / lasting.len() as f64
        };
        let shares: Vec<f64> = compared.frames.iter().map(|(_, it)| share(it)).collect();
        let numbers = compared.frames.iter().map(|(frame, _)| *frame);
        // One odd frame does not count, at the ends neither.
        known.extend(numbers.zip(middle_of_neighbours(&shares, f64::max)));
    }
    let least = known.iter().map(|(_, share)| *share).reduce(f64::min)?;
    let mut kept = vec![None; frames.len()];
    for (frame, share) in &known {
        if let Some(place) = kept.get_mut(*frame) {
            *place = Some(*share);
        }
    }
    let is_lost = |share: &Option<f64>| share.is_some_and(|share| share <= LOST_SHARE);
    Some(PrintReport {
        part: usize::from(part),
        features,
        least,
        lost: ranges(kept.iter().map(is_lost)),
        kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::print_of;
    use crate::print::tests::torso;

    /// A take in which a torso comes nearer. It has its logo in some frames.
    fn take(has_logo: impl Fn(usize) -> bool) -> Vec<Print> {
        let frame = |at: usize| {
            let scale = 1.0 + 0.02 * at as f64;
            let (frame, parts) = torso(scale, has_logo(at), 1.0 - 0.01 * at as f64);
            print_of(&frame, &parts, at as f64, 110.0 * scale)
        };
        (0..13).map(frame).collect()
    }

    fn report(prints: &[Print]) -> Option<PrintReport> {
        measure_print(&prints.iter().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn a_logo_that_disappears_is_lost_from_that_frame_on() {
        let lost = report(&take(|at| at < 7)).expect("a print");
        assert_eq!((lost.part, lost.lost.as_slice()), (1, [[7, 13]].as_slice()));
        assert!(lost.features >= 6 && lost.least < 0.1, "{lost:?}");
        assert_eq!(
            lost.kept[0], None,
            "the first frame is what it is compared with"
        );
    }

    #[test]
    fn a_logo_that_stays_is_kept_and_one_frame_without_it_is_no_loss() {
        let lost = report(&take(|_| true)).expect("a print");
        assert!(!lost.is_lost() && lost.least > 0.5, "{lost:?}");
        let lost = report(&take(|at| at != 6)).expect("a print");
        assert!(!lost.is_lost(), "{lost:?}");
        let lost = report(&take(|at| at != 12)).expect("a print");
        assert!(!lost.is_lost(), "{lost:?}");
    }

    #[test]
    fn a_plain_coat_has_no_print_and_a_turned_one_is_not_compared() {
        assert_eq!(report(&take(|_| false)), None);
        assert_eq!(measure_print(&[None, None]), None);
        let mut prints = take(|at| at < 7);
        for print in &mut prints[7..] {
            print.turned_degrees += 60.0;
        }
        let lost = report(&prints).expect("a print");
        assert!(!lost.is_lost() && lost.kept[7..].iter().all(Option::is_none));
    }
}
