//! Whether a clip follows its drawn camera path: the clip's own camera is solved and compared with it.
//! The focal length is taken from the drawn path: it is part of the hypothesis.

use glam::{DMat3, DQuat, DVec3};

use crate::course::course_of;
use crate::fit::{Fits, fit_of, fits_of, turned_fit};
use crate::frame::{GreyFrame, Mask};
use crate::motion::{Depths, Motion, motion_of};
use crate::path::{DrawnPath, Pose};
use crate::report::{AchievedPose, Axes, CameraReport, FrameReport, TurnError, Verdict};
use crate::search::angle_degrees;
use crate::solve::{Limits, Reason, Solved, solve};
use crate::statistics::{Spread, median};
use crate::tracks::{Tracks, track};
use crate::verdict::{OBEYED_FIT, verdict};

/// The version of the solver. It rises whenever the same clip and path may give other numbers.
pub const SOLVER: u32 = 5;

/// Fewest frames of a clip.
const LEAST_FRAMES: usize = 5;
/// The drawn path has a direction at a frame if it is this far from the first, as a share of its farthest.
const DIRECTION_SHARE: f64 = 0.25;

/// Compares the camera of a clip with the path it was asked to follow. `masks` are one per frame, and may be fewer.
pub fn measure_camera(
    frames: &[GreyFrame],
    masks: Option<&[Mask]>,
    drawn: &DrawnPath,
    limits: &Limits,
) -> CameraReport {
    if let Some(reason) = refused_at_once(frames, drawn) {
        return refusal(reason, drawn, frames.len(), Fits::default());
    }
    let tracks = track(frames, masks);
    measure_tracks(&tracks, frames, drawn, limits)
}

/// The same with the motion of a sample of the tracks, seen and expected. A clip that is refused may have tracks too: their
/// expected motion is known where the drawn camera only turns.
pub fn measure_camera_with_motion(
    frames: &[GreyFrame],
    masks: Option<&[Mask]>,
    drawn: &DrawnPath,
    limits: &Limits,
) -> (CameraReport, Motion) {
    if let Some(reason) = refused_at_once(frames, drawn) {
        let report = refusal(reason, drawn, frames.len(), Fits::default());
        return (report, Motion::default());
    }
    let tracks = track(frames, masks);
    let (report, solved) = answer(&tracks, frames, drawn, limits);
    if tracks.cut.is_some() {
        return (report, Motion::default());
    }
    let asked = drawn.relative_poses(frames.len());
    let depths = solved.as_ref().and_then(|solved| {
        let scale = scale(&asked, &solved.poses)?;
        Depths::of(solved, scale)
    });
    let size = [frames[0].width(), frames[0].height()];
    let motion = motion_of(&tracks, frames.len(), size, drawn, depths.as_ref());
    (report, motion)
}

/// The same for a clip whose tracks are known: several paths can be compared with one clip.
pub fn measure_tracks(
    tracks: &Tracks,
    frames: &[GreyFrame],
    drawn: &DrawnPath,
    limits: &Limits,
) -> CameraReport {
    if let Some(reason) = refused_at_once(frames, drawn) {
        return refusal(reason, drawn, frames.len(), Fits::default());
    }
    answer(tracks, frames, drawn, limits).0
}

/// The report, with the solved clip unless it is refused. There is at least one frame.
fn answer(
    tracks: &Tracks,
    frames: &[GreyFrame],
    drawn: &DrawnPath,
    limits: &Limits,
) -> (CameraReport, Option<Solved>) {
    if tracks.cut.is_some() {
        let report = refusal(Reason::Cut, drawn, frames.len(), Fits::default());
        return (report, None);
    }
    let size = [frames[0].width(), frames[0].height()];
    let fit = |path: &DrawnPath| fit_of(tracks, frames.len(), size[0], path);
    let turned = turned_fit(tracks, frames.len(), size[0], drawn);
    let fits = fits_of(tracks, frames.len(), size[0], drawn, turned);
    let unsolved = |reason| CameraReport {
        course: course_of(&fits, drawn),
        ..refusal(reason, drawn, frames.len(), fits)
    };
    let travel_fits_better = || {
        let others = drawn.travelling_instead();
        let fits_better = |other: &DrawnPath| fit(other).closeness > fits.drawn.closeness;
        others.iter().any(fits_better)
    };
    match solve(tracks, frames.len(), size, drawn, limits) {
        // Where a truck fits the points better than the pan that was asked for, they do not separate the two.
        Ok(solved) if !solved.travels && fits.drawn.share >= OBEYED_FIT && travel_fits_better() => {
            (unsolved(Reason::Ambiguous), None)
        }
        Ok(solved) => (report(&solved, drawn, fits), Some(solved)),
        Err(reason) => (unsolved(reason), None),
    }
}

fn refused_at_once(frames: &[GreyFrame], drawn: &DrawnPath) -> Option<Reason> {
    if !drawn.is_sound() {
        return Some(Reason::BadPath);
    }
    let Some(first) = frames.first() else {
        return Some(Reason::TooFewFrames);
    };
    let size = |frame: &GreyFrame| (frame.width(), frame.height());
    if frames.len() < LEAST_FRAMES || frames.iter().any(|frame| size(frame) != size(first)) {
        return Some(Reason::TooFewFrames);
    }
    let is_plain = first.pixels().windows(2).all(|pair| pair[0] == pair[1]);
    let is_frozen = frames.iter().all(|frame| frame == first);
    (is_frozen && !is_plain).then_some(Reason::Frozen)
}

fn refusal(reason: Reason, drawn: &DrawnPath, frames: usize, fit: Fits) -> CameraReport {
    let asked = drawn
        .relative_poses(frames)
        .last()
        .map(|pose| axes(pose, 1.0));
    CameraReport {
        verdict: Verdict::NotMeasurable { reason },
        course: None,
        rotation_error_degrees: None,
        direction_error_degrees: None,
        path_error_share: None,
        asked: asked.unwrap_or_default(),
        achieved: None,
        travel_seen: false,
        median_depth: None,
        fit,
        inlier_share: None,
        coverage: None,
        reprojection_error_pixels: None,
        rotation_uncertainty_degrees: None,
        frames: vec![FrameReport::default(); frames],
    }
}

fn report(solved: &Solved, drawn: &DrawnPath, fit: Fits) -> CameraReport {
    let asked = drawn.relative_poses(solved.poses.len());
    let scale = scale(&asked, &solved.poses);
    let frames: Vec<FrameReport> = asked
        .iter()
        .zip(&solved.poses)
        .map(|(asked_pose, achieved)| match achieved {
            Some(achieved) => compare(asked_pose, achieved, scale, farthest(&asked), solved),
            None => FrameReport::default(),
        })
        .collect();
    let later = || frames.iter().skip(1);
    let turns = later().filter_map(|frame| frame.rotation_error_degrees);
    let achieved = solved.poses.iter().flatten().last();
    let mut report = CameraReport {
        verdict: Verdict::NotObeyed,
        course: None,
        rotation_error_degrees: Spread::of(turns.map(|error| error.total).collect()),
        direction_error_degrees: Spread::of(
            later()
                .filter_map(|frame| frame.direction_error_degrees)
                .collect(),
        ),
        path_error_share: Spread::of(later().filter_map(|frame| frame.path_error_share).collect()),
        asked: asked.last().map(|pose| axes(pose, 1.0)).unwrap_or_default(),
        achieved: achieved.map(|pose| axes(pose, scale.unwrap_or(0.0))),
        travel_seen: solved.travels,
        median_depth: scale.and_then(|scale| median_depth(solved, scale)),
        fit,
        inlier_share: Some(solved.inlier_share),
        coverage: Some(solved.coverage),
        reprojection_error_pixels: Some(solved.miss_pixels),
        rotation_uncertainty_degrees: Some(solved.uncertainty_degrees),
        frames,
    };
    report.verdict = verdict(&report, &asked, &solved.poses);
    report
}

/// The scale at which the solved positions fit the drawn ones best. `None` if either does not travel. A path that runs
/// the other way has a small scale, never a negative one.
fn scale(asked: &[Pose], achieved: &[Option<Pose>]) -> Option<f64> {
    let pairs = || {
        let pairs = asked.iter().zip(achieved);
        pairs.filter_map(|(asked, achieved)| Some((asked.place, achieved.as_ref()?.place)))
    };
    let along: f64 = pairs().map(|(asked, achieved)| asked.dot(achieved)).sum();
    let own: f64 = pairs().map(|(_, achieved)| achieved.length_squared()).sum();
    let drawn: f64 = pairs().map(|(asked, _)| asked.length_squared()).sum();
    // Where the two are at right angles, lengths decide.
    let least = 0.1 * (drawn / own).sqrt();
    (own > 1e-12 && drawn > 1e-12).then(|| (along / own).max(least))
}

fn farthest(poses: &[Pose]) -> f64 {
    poses
        .iter()
        .map(|pose| pose.place.length())
        .fold(0.0, f64::max)
}

fn compare(
    asked: &Pose,
    achieved: &Pose,
    scale: Option<f64>,
    farthest_asked: f64,
    solved: &Solved,
) -> FrameReport {
    let error = asked.turn.transpose() * achieved.turn;
    let [yaw, pitch, roll] = turn_axes(&error);
    let solved_farthest = solved
        .poses
        .iter()
        .flatten()
        .map(|pose| pose.place.length())
        .fold(0.0, f64::max);
    let has_direction = scale.is_some()
        && asked.place.length() > DIRECTION_SHARE * farthest_asked
        && achieved.place.length() > DIRECTION_SHARE * solved_farthest;
    FrameReport {
        rotation_error_degrees: Some(TurnError {
            yaw,
            pitch,
            roll,
            total: angle_degrees(error),
        }),
        direction_error_degrees: has_direction
            .then(|| asked.place.angle_between(achieved.place).to_degrees()),
        path_error_share: scale
            .map(|scale| asked.place.distance(achieved.place * scale) / farthest_asked),
        pose: Some(AchievedPose {
            rotation: DQuat::from_mat3(&achieved.turn).normalize(),
            position: achieved.place * scale.unwrap_or(0.0),
        }),
    }
}

/// Yaw, pitch and roll of a rotation in degrees, camera to first camera: about the vertical, then the transverse, then
/// the optical axis.
pub(crate) fn turn_axes(turn: &DMat3) -> [f64; 3] {
    let forward = turn.z_axis;
    let yaw = forward.x.atan2(forward.z);
    let pitch = (-forward.y).atan2(forward.x.hypot(forward.z));
    let roll = turn.x_axis.y.atan2(turn.y_axis.y);
    [yaw, pitch, roll].map(f64::to_degrees)
}

fn axes(pose: &Pose, scale: f64) -> Axes {
    let [yaw, pitch, roll] = turn_axes(&pose.turn);
    let travel: DVec3 = pose.place * scale;
    Axes {
        yaw,
        pitch,
        roll,
        right: travel.x,
        down: travel.y,
        forward: travel.z,
    }
}

fn median_depth(solved: &Solved, scale: f64) -> Option<f64> {
    let depths: Vec<f64> = solved
        .scene
        .points
        .iter()
        .filter(|point| point.inverse_depth > 1e-9)
        .map(|point| scale / point.inverse_depth)
        .collect();
    (!depths.is_empty()).then(|| median(depths))
}
