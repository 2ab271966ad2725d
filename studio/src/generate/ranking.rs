//! The ranking of takes: the one place that says what makes a take better than another. Lower scores are better. A take
//! that cannot be measured is last, with the reason; equal takes keep the order in which they were made.

pub mod appearance;
pub mod cells;

use kinora_measure::Reason;

use super::queue::series::RankBy;
use crate::measure::{AppearanceMeasure, CameraMeasure, CameraReport, Verdict, reason_words};
use appearance::appearance_score;

/// A direction that is off by this much counts as much as a rotation that is off by [`ROTATION_FLOOR_DEGREES`]: these are
/// the bars for the solver's own errors (docs/measures.md).
const DIRECTION_FLOOR_DEGREES: f64 = 10.0;
/// See [`DIRECTION_FLOOR_DEGREES`].
const ROTATION_FLOOR_DEGREES: f64 = 0.5;
/// The direction error of a take that does not travel though its path does, or the other way round: that of a random
/// direction.
const WRONG_TRAVEL_DEGREES: f64 = 90.0;
/// Travel of a path below this is none, in the scene's units.
const LEAST_TRAVEL: f64 = 1e-6;
/// The camera error that counts as much as appearance at its limit: the largest rotation error of an obeyed path.
const CAMERA_LIMIT_DEGREES: f64 = 1.5;
/// The weight of the camera in [`RankBy::Both`].
pub const CAMERA_WEIGHT: f64 = 0.5;
/// The weight of the cast in [`RankBy::Both`].
pub const CAST_WEIGHT: f64 = 0.5;

/// What is known of a take that is ranked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candidate<'m> {
    /// Whether it was to follow a camera path.
    pub has_path: bool,
    /// Whether the artist rejected it. Such a take has no rank, whatever its measures are.
    pub is_rejected: bool,
    /// The measure of its camera, once there is one.
    pub camera: Option<&'m CameraMeasure>,
    /// The measure of its appearance, once there is one. It is kept together with that of its camera.
    pub appearance: Option<&'m AppearanceMeasure>,
}

/// A take in a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its place in the order in which the takes were made, from 0.
    pub place: usize,
    /// Its rank, from 1. `None`: it has no score.
    pub rank: Option<usize>,
    /// The score, lower is better; or why there is none, as a sentence without its full stop.
    pub score: Result<f64, String>,
    /// The camera error in degrees, if it is known.
    pub camera_error_degrees: Option<f64>,
    /// The score of the cast's appearance, if it is known.
    pub appearance: Option<f64>,
}

impl Ranked {
    /// "0.9°", "cast 0.4", "0.9°, cast 0.4", or the reason why it has no rank.
    pub fn words(&self) -> String {
        if let Err(why) = &self.score {
            return format!("not ranked: {why}");
        }
        let camera = self.camera_error_degrees;
        let camera = camera.map(|degrees| format!("{degrees:.1}°"));
        let cast = self.appearance.map(|score| format!("cast {score:.1}"));
        let known = [camera, cast].into_iter().flatten();
        known.collect::<Vec<_>>().join(", ")
    }
}

/// How far a clip is from its camera path, in degrees of rotation: the median rotation error, and a twentieth of the
/// median direction error (0.5 degrees of rotation weigh as much as 10 degrees of direction: the bars for the solver's own
/// errors). A clip that rests though its path travels, or travels though its path rests, has a direction error of 90
/// degrees. The strength of a travel is not part of it: positions have no scale of their own.
///
/// # Errors
/// The clip does not show its camera, for this reason.
pub fn camera_error_degrees(report: &CameraReport) -> Result<f64, Reason> {
    if let Verdict::NotMeasurable { reason } = report.verdict {
        return Err(reason);
    }
    let Some(rotation) = report.rotation_error_degrees else {
        return Err(Reason::TooFewInliers);
    };
    let asked = &report.asked;
    let travel = asked.right.hypot(asked.down).hypot(asked.forward);
    // There is a path error if both the path and the clip travel.
    let is_asked = travel > LEAST_TRAVEL || report.path_error_share.is_some();
    let direction = match (is_asked, report.travel_seen) {
        (true, true) => report
            .direction_error_degrees
            .map_or(WRONG_TRAVEL_DEGREES, |error| error.median),
        (false, false) => 0.0,
        (true, false) | (false, true) => WRONG_TRAVEL_DEGREES,
    };
    Ok(rotation.median + direction * ROTATION_FLOOR_DEGREES / DIRECTION_FLOOR_DEGREES)
}

/// Ranks takes, which are in the order in which they were made. The result is in the order of the ranks; those without a
/// score, as rejected ones, are last. Ranked by both, a term that no take has is left out, and a take without a term that
/// another one has is not ranked. Rejected takes do not count as others.
pub fn rank(takes: &[Candidate], by: RankBy) -> Vec<Ranked> {
    let camera: Vec<Result<f64, String>> = takes.iter().map(camera_term).collect();
    let cast: Vec<Result<f64, String>> = takes.iter().map(appearance_score).collect();
    let is_known = |terms: &[Result<f64, String>]| {
        let mut each = takes.iter().zip(terms);
        each.any(|(take, term)| !take.is_rejected && term.is_ok())
    };
    let (has_camera, has_cast) = (is_known(&camera), is_known(&cast));
    let used = match by {
        RankBy::Both if has_camera && has_cast => Terms::Both,
        RankBy::Cast => Terms::Cast,
        RankBy::Both if has_cast => Terms::Cast,
        RankBy::Camera | RankBy::Both => Terms::Camera,
    };
    let terms = takes.iter().zip(camera.into_iter().zip(cast)).enumerate();
    let mut ranked: Vec<Ranked> = terms
        .map(|(place, (take, (camera, cast)))| Ranked {
            place,
            rank: None,
            camera_error_degrees: camera.as_ref().ok().copied(),
            appearance: cast.as_ref().ok().copied(),
            score: match take.is_rejected {
                true => Err("it is rejected".to_owned()),
                false => used.score(camera, cast),
            },
        })
        .collect();
    let key = |one: &Ranked| one.score.as_ref().map_or(f64::INFINITY, |score| *score);
    ranked.sort_by(|one, other| key(one).total_cmp(&key(other))); // stable: ties keep their order
    for (at, one) in ranked.iter_mut().enumerate() {
        one.rank = one.score.is_ok().then_some(at + 1);
    }
    ranked
}

/// The terms of a score.
#[derive(Clone, Copy)]
enum Terms {
    Camera,
    Cast,
    Both,
}

impl Terms {
    fn score(self, camera: Result<f64, String>, cast: Result<f64, String>) -> Result<f64, String> {
        match self {
            Self::Camera => camera,
            Self::Cast => cast,
            Self::Both => Ok(CAMERA_WEIGHT * camera? / CAMERA_LIMIT_DEGREES + CAST_WEIGHT * cast?),
        }
    }
}

fn camera_term(take: &Candidate) -> Result<f64, String> {
    match take.camera {
        Some(measure) => camera_error_degrees(&measure.report)
            .map_err(|reason| format!("its camera cannot be measured: {}", reason_words(reason))),
        None if take.has_path => Err("it is not measured yet".to_owned()),
        None => Err("it has no camera path".to_owned()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kinora_measure::{
        APPEARANCE_SOLVER, Against, Axes, DRIFTED, DrawnPath, Drift, Limits, SOLVER, Spread,
        Unseen, Wardrobe, WardrobeReport, measure_camera,
    };

    use super::appearance::has_drifted;
    use super::*;
    use crate::measure::CharacterMeasure;

    /// A measure with these median errors. Without a rotation error it is not measurable.
    pub(crate) fn measured(rotation: Option<f64>, direction: Option<f64>) -> CameraMeasure {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let spread = |median: f64| Spread {
            median,
            worst: 2.0 * median,
        };
        let report = match rotation {
            None => refused,
            Some(rotation) => CameraReport {
                verdict: Verdict::PartlyObeyed,
                rotation_error_degrees: Some(spread(rotation)),
                direction_error_degrees: direction.map(spread),
                path_error_share: direction.map(|_| spread(0.1)),
                travel_seen: direction.is_some(),
                ..refused
            },
        };
        CameraMeasure {
            solver: SOLVER,
            is_masked: false,
            notes: Vec::new(),
            motion: None,
            report,
        }
    }

    /// The measure of a take in which @anna's torso changes by this much. Without a number she is hidden.
    pub(crate) fn cast(delta_e: Option<f64>) -> AppearanceMeasure {
        let hidden = WardrobeReport::not_measurable(Unseen::Hidden);
        let report = match delta_e {
            None => hidden,
            Some(delta_e) => {
                let drift = Drift {
                    against: Against::FirstFrame,
                    part: Some(1),
                    frame: 7,
                    delta_e,
                };
                WardrobeReport {
                    verdict: match delta_e > DRIFTED {
                        true => Wardrobe::Drifted(drift),
                        false => Wardrobe::Kept,
                    },
                    measured_frames: 3,
                    from_first: vec![Some(0.0), Some(delta_e / 2.0), Some(delta_e)],
                    largest: Some(drift),
                    ..hidden
                }
            }
        };
        AppearanceMeasure {
            solver: APPEARANCE_SOLVER,
            identity: vec![CharacterMeasure {
                character: None,
                tag: "anna".into(),
                report,
                rank: None,
                similarity: None,
            }],
            ..AppearanceMeasure::default()
        }
    }

    fn candidate(camera: Option<&CameraMeasure>) -> Candidate<'_> {
        Candidate {
            has_path: true,
            is_rejected: false,
            camera,
            appearance: None,
        }
    }

    #[test]
    fn the_closest_take_is_first_equal_ones_keep_their_order_and_unmeasured_ones_say_why() {
        let all = [
            measured(Some(2.0), None),
            measured(None, None),
            measured(Some(0.5), None),
            measured(Some(0.5), None),
        ];
        let mut takes: Vec<Candidate> = all.iter().map(|one| candidate(Some(one))).collect();
        takes.insert(0, candidate(None));
        takes.push(Candidate::default());
        let ranked = rank(&takes, RankBy::Camera);
        let places: Vec<usize> = ranked.iter().map(|one| one.place).collect();
        assert_eq!(places, [3, 4, 1, 0, 2, 5]);
        let ranks: Vec<Option<usize>> = ranked.iter().map(|one| one.rank).collect();
        assert_eq!(ranks, [Some(1), Some(2), Some(3), None, None, None]);
        let words: Vec<String> = ranked.iter().map(Ranked::words).collect();
        assert_eq!(words[0], "0.5°");
        for (at, why) in [
            (3, "not measured yet"),
            (4, "the camera path is empty"),
            (5, "no camera path"),
        ] {
            assert!(words[at].contains(why), "{}", words[at]);
        }
    }

    #[test]
    fn a_rejected_take_has_no_rank_however_close_it_is() {
        let kept_cast = cast(Some(0.5 * DRIFTED));
        let all = [measured(Some(0.2), None), measured(Some(2.0), None)];
        let mut takes: Vec<Candidate> = all.iter().map(|one| candidate(Some(one))).collect();
        takes[0].is_rejected = true;
        let ranked = rank(&takes, RankBy::Camera);
        let ranks: Vec<_> = ranked.iter().map(|one| (one.place, one.rank)).collect();
        assert_eq!(ranks, [(1, Some(1)), (0, None)]);
        assert_eq!(ranked[1].words(), "not ranked: it is rejected");

        takes[0].appearance = Some(&kept_cast);
        let ranked = rank(&takes, RankBy::Both);
        assert_eq!(
            (ranked[0].place, ranked[0].rank),
            (1, Some(1)),
            "the cast of a rejected take makes no term of the others"
        );
    }

    #[test]
    fn a_direction_weighs_a_twentieth_and_a_camera_that_rests_instead_of_travelling_is_far_off() {
        let error = |measure: &CameraMeasure| {
            camera_error_degrees(&measure.report).expect("it is measurable")
        };
        let close = |is: f64, wanted: f64| assert!((is - wanted).abs() < 1e-9, "{is}");
        close(error(&measured(Some(0.5), Some(10.0))), 1.0);
        let mut rests = measured(Some(0.1), None);
        close(error(&rests), 0.1);
        rests.report.asked = Axes {
            forward: 1.5,
            ..Axes::default()
        };
        close(error(&rests), 4.6);
        let mut drifts = measured(Some(0.1), None);
        drifts.report.travel_seen = true;
        close(error(&drifts), 4.6);
    }

    #[test]
    fn ranked_by_both_a_term_that_no_take_has_is_left_out() {
        let all = [measured(Some(2.0), None), measured(Some(1.0), None)];
        let takes: Vec<Candidate> = all.iter().map(|one| candidate(Some(one))).collect();
        let first = |by| rank(&takes, by).first().map(|one| (one.place, one.rank));
        assert_eq!(first(RankBy::Both), Some((1, Some(1))));
        assert_eq!(first(RankBy::Cast), Some((0, None)), "no cast is measured");
    }

    #[test]
    fn ranked_by_its_cast_the_take_that_keeps_it_is_first_and_reasons_are_reported() {
        let all = [
            cast(Some(1.5 * DRIFTED)),
            cast(None),
            cast(Some(0.5 * DRIFTED)),
            AppearanceMeasure::default(),
        ];
        let with = |appearance| Candidate {
            appearance,
            ..Candidate::default()
        };
        let mut takes: Vec<Candidate> = all.iter().map(|one| with(Some(one))).collect();
        takes.push(with(None));
        let ranked = rank(&takes, RankBy::Cast);
        let places: Vec<usize> = ranked.iter().map(|one| one.place).collect();
        assert_eq!(places, [2, 0, 1, 3, 4]);
        let words: Vec<String> = ranked.iter().map(Ranked::words).collect();
        assert_eq!(&words[..2], ["cast 0.5", "cast 1.5"]);
        for (at, why) in [
            (2, "hidden or out of the frame"),
            (3, "no characters"),
            (4, "not measured yet"),
        ] {
            assert!(words[at].contains(why), "{}", words[at]);
        }
        let drifted: Vec<Option<bool>> = takes.iter().map(has_drifted).collect();
        assert_eq!(drifted, [Some(true), None, Some(false), None, None]);
    }

    #[test]
    fn ranked_by_both_each_limit_weighs_the_same() {
        let cameras = [measured(Some(1.5), None), measured(Some(0.75), None)];
        let casts = [cast(Some(0.25 * DRIFTED)), cast(Some(DRIFTED))];
        let pairs = cameras.iter().zip(&casts);
        let takes: Vec<Candidate> = pairs
            .map(|(camera, appearance)| Candidate {
                appearance: Some(appearance),
                ..candidate(Some(camera))
            })
            .collect();
        let ranked = rank(&takes, RankBy::Both);
        let scores: Vec<f64> = ranked
            .iter()
            .filter_map(|one| one.score.as_ref().ok().copied())
            .collect();
        // Half of 1 and of a quarter; half of a half and of 1.
        let expected = [0.625, 0.75];
        assert!(
            scores.len() == 2
                && scores
                    .iter()
                    .zip(expected)
                    .all(|(is, expected)| (is - expected).abs() < 1e-9),
            "{scores:?}"
        );
        assert_eq!(
            (ranked[0].place, ranked[0].words()),
            (0, "1.5°, cast 0.2".into())
        );
        let first = rank(&takes, RankBy::Camera);
        assert_eq!(first[0].place, 1, "by its camera alone");
    }
}
