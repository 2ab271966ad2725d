//! The verdict on a solved clip: obeyed, partly, or not.
//! Two witnesses must agree on "obeyed": the solved path lies close to the drawn one, and the drawn path itself fits the
//! tracks better than a still camera and a mirrored path do.

use crate::path::Pose;
use crate::report::{CameraReport, Verdict};
use crate::search::angle_degrees;

/// The largest rotation error of an obeyed path, in degrees; or this share of the rotation asked for, if that is more.
const OBEYED_DEGREES: f64 = 1.5;
const OBEYED_TURN_SHARE: f64 = 0.15;
/// The largest median direction error of an obeyed path, in degrees.
const OBEYED_DIRECTION_DEGREES: f64 = 15.0;
/// The largest median path error of an obeyed path, as a share.
const OBEYED_PATH_SHARE: f64 = 0.2;
/// The smallest share of points that fit an obeyed path.
pub const OBEYED_FIT: f64 = 0.4;
/// How much better it must fit than another path, unless both are one.
const BETTER: f64 = 0.02;
/// Limits of a partly obeyed path: of the rotation that is asked, this share is missing at most.
const PARTLY_TURN_SHARE: f64 = 0.6;
const PARTLY_DEGREES: f64 = 3.0;
const PARTLY_DIRECTION_DEGREES: f64 = 45.0;
/// A path that turns less than this, in degrees, asks for no rotation.
const TURNS_DEGREES: f64 = 1.0;

/// The verdict on a report whose other fields are filled.
pub(crate) fn verdict(report: &CameraReport, asked: &[Pose], achieved: &[Option<Pose>]) -> Verdict {
    let asked_turn = asked
        .iter()
        .map(|pose| angle_degrees(pose.turn))
        .fold(0.0, f64::max);
    let known = achieved.iter().flatten();
    let achieved_turn = known
        .map(|pose| angle_degrees(pose.turn))
        .fold(0.0, f64::max);
    let asks_travel = asked.iter().any(|pose| pose.place.length() > 1e-6);
    let turn_error = report
        .rotation_error_degrees
        .map_or(180.0, |error| error.worst);
    let direction = report.direction_error_degrees.map(|error| error.median);
    let path = report.path_error_share.map(|error| error.median);
    let turn_is = |least: f64, share: f64| turn_error <= least.max(share * asked_turn);
    let travel_is = |degrees: f64, share: f64| match asks_travel {
        false => !report.travel_seen,
        true => {
            direction.is_some_and(|error| error <= degrees)
                && path.is_some_and(|error| error <= share)
        }
    };
    if turn_is(OBEYED_DEGREES, OBEYED_TURN_SHARE)
        && travel_is(OBEYED_DIRECTION_DEGREES, OBEYED_PATH_SHARE)
        && fits_best(report, asks_travel || asked_turn > TURNS_DEGREES)
    {
        return Verdict::Obeyed;
    }
    let asks_turn = asked_turn > TURNS_DEGREES;
    let moved_at_all = achieved_turn > 0.25 * asked_turn || report.travel_seen;
    let partly = turn_is(PARTLY_DEGREES, PARTLY_TURN_SHARE)
        && match (asks_turn, asks_travel) {
            (_, true) => {
                travel_is(PARTLY_DIRECTION_DEGREES, 0.8) || (asks_turn && !report.travel_seen)
            }
            (true, false) => moved_at_all,
            // A still camera that moves a little: many points stay where they are.
            (false, false) => report.fit.still.share >= OBEYED_FIT,
        };
    match partly {
        true => Verdict::PartlyObeyed,
        false => Verdict::NotObeyed,
    }
}

/// Whether the drawn path fits the tracks, and better than a still camera and a mirrored path if it moves.
fn fits_best(report: &CameraReport, moves: bool) -> bool {
    let fit = &report.fit;
    let beats = |other: f64| fit.drawn.closeness > other + BETTER;
    fit.drawn.share >= OBEYED_FIT
        && (!moves || (beats(fit.still.closeness) && beats(fit.mirrored.closeness)))
}
