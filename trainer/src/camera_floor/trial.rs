//! One clip, measured: against its own path, against a camera that rests, and against the paths of the seven other moves.

use kinora_measure::{
    Axes, CameraReport, Course, DrawnPath, Fits, GreyFrame, Limits, Mask, OBEYED_FIT, PathFit,
    Reason, Spread, Tracks, Verdict, course_of, fit_of, fits_of, measure_tracks, track, turned_fit,
};
use serde::Serialize;

use super::shot::{MOTIONS, Shot};

/// The paths that a clip is measured against and does not follow: seven moves, and none.
pub const WRONG_PATHS: usize = MOTIONS.len();
/// A rotation that is off by more in any frame is a wrong answer, in degrees: three floors of half a degree.
const WRONG_DEGREES: f64 = 1.5;
/// A direction of travel that is off by more (the median of the frames) is one too: three floors of ten degrees.
const WRONG_DIRECTION_DEGREES: f64 = 30.0;
/// The name of the path of a camera that rests.
const STILL: &str = "still";
/// The name of its own path with every motion the other way.
const MIRRORED: &str = "mirrored";

/// What the points of a clip say of a path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The path.
    pub path: &'static str,
    /// How well it fits, and others beside it.
    pub fits: Fits,
    /// The answer; `None` with too few points.
    pub course: Option<Course>,
}

/// What was measured of a clip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The clip.
    pub seed: u64,
    /// Why it was not measured, if it was not.
    pub refused: Option<Reason>,
    /// The rotation error against its own path: median and worst over the frames.
    pub rotation_error_degrees: Option<Spread>,
    /// The direction error against its own path.
    pub direction_error_degrees: Option<Spread>,
    /// Whether its own path fits the tracks best of the eight.
    pub own_path_wins: bool,
    /// Whether its own path is obeyed.
    pub obeyed: bool,
    /// The wrong paths that are reported as obeyed.
    pub falsely_obeyed: Vec<&'static str>,
    /// The wrong paths that are reported as followed, where the poses are refused.
    pub falsely_followed: Vec<&'static str>,
    /// What the points alone say of its own path, of the seven others, of a camera that rests and of its own path mirrored.
    pub judged: Vec<Judged>,
    /// The largest error of yaw, pitch or roll at the last frame that is solved, when the solver is given a path that
    /// rests: it then has no help from the right one.
    pub unaided_error_degrees: Option<f64>,
}

impl Trial {
    /// Measures a clip. Also returns the report against its own path.
    pub fn of(shot: &Shot, frames: &[GreyFrame], masks: Option<&[Mask]>) -> (Self, CameraReport) {
        let clip = Tracked {
            tracks: track(frames, masks),
            frames,
        };
        let own_path = shot.path(shot.motion);
        let own = clip.report(&own_path);
        let resting = clip.report(&own_path.still());
        let others = MOTIONS.into_iter().filter(|other| *other != shot.motion);
        let others: Vec<Other> = others
            .map(|other| {
                let path = shot.path(other);
                Other {
                    name: other.name,
                    fit: clip.fit(&path),
                    path,
                }
            })
            .collect();
        let best_other = others.iter().map(|other| other.fit.closeness);
        let best_other = best_other.fold(f64::NEG_INFINITY, f64::max);
        let possible = others
            .iter()
            .filter(|other| clip.may_be_obeyed(other, own.fit.still));
        let wrong: Vec<(&'static str, CameraReport)> = possible
            .map(|other| (other.name, clip.report(&other.path)))
            .collect();
        let wrong = || wrong.iter().map(|(name, reported)| (*name, reported));
        let wrong = || wrong().chain(std::iter::once((STILL, &resting)));
        let falsely = |is_reported: fn(&CameraReport) -> bool| {
            let falsely = wrong().filter(|(_, reported)| is_reported(reported));
            falsely.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let mut paths = vec![(shot.motion.name, own_path.clone())];
        paths.extend(others.iter().map(|other| (other.name, other.path.clone())));
        paths.push((STILL, own_path.still()));
        paths.push((MIRRORED, own_path.mirrored()));
        let trial = Self {
            seed: shot.seed,
            refused: refusal(&own),
            rotation_error_degrees: own.rotation_error_degrees,
            direction_error_degrees: own.direction_error_degrees,
            own_path_wins: own.fit.drawn.closeness > best_other,
            obeyed: own.verdict == Verdict::Obeyed,
            falsely_obeyed: falsely(|reported| reported.verdict == Verdict::Obeyed),
            falsely_followed: falsely(is_followed),
            judged: clip.judged(&paths),
            unaided_error_degrees: resting
                .achieved
                .map(|achieved| difference(&own.asked, &achieved)),
        };
        (trial, own)
    }

    /// Whether it is a confident number that is off by more than three floors.
    pub fn is_wrong(&self) -> bool {
        let turn = self
            .rotation_error_degrees
            .is_some_and(|error| error.worst > WRONG_DEGREES);
        let direction = self
            .direction_error_degrees
            .is_some_and(|error| error.median > WRONG_DIRECTION_DEGREES);
        turn || direction
    }

    /// What the points alone say of its own path.
    pub fn course(&self) -> Course {
        let own = self.judged.first().and_then(|own| own.course);
        own.unwrap_or(Course::CannotTell)
    }

    /// Whether it has an answer: its poses are measured, or its points show one.
    pub fn is_answered(&self) -> bool {
        self.refused.is_none() || self.course() != Course::CannotTell
    }

    /// The same of the rotation that was solved without help from the right path.
    pub fn is_wrong_unaided(&self) -> bool {
        self.unaided_error_degrees
            .is_some_and(|error| error > WRONG_DEGREES)
    }
}

/// The path of another move, and how well it fits the clip.
struct Other {
    name: &'static str,
    path: DrawnPath,
    fit: PathFit,
}

/// A clip whose points are followed.
struct Tracked<'c> {
    tracks: Tracks,
    frames: &'c [GreyFrame],
}

impl Tracked<'_> {
    fn report(&self, path: &DrawnPath) -> CameraReport {
        measure_tracks(&self.tracks, self.frames, path, &Limits::default())
    }

    fn fit(&self, path: &DrawnPath) -> PathFit {
        let width = self.frames.first().map_or(0, GreyFrame::width);
        fit_of(&self.tracks, self.frames.len(), width, path)
    }

    /// What the points say of each path. The camera that turns freely is the same for all: they have the same lens.
    fn judged(&self, paths: &[(&'static str, DrawnPath)]) -> Vec<Judged> {
        let width = self.frames.first().map_or(0, GreyFrame::width);
        let count = self.frames.len();
        let first = paths.first().map(|(_, path)| path);
        let turned = first.and_then(|path| turned_fit(&self.tracks, count, width, path));
        let judge = |(name, path): &(&'static str, DrawnPath)| {
            let fits = fits_of(&self.tracks, count, width, path, turned);
            let is_whole = self.tracks.cut.is_none();
            Judged {
                path: name,
                fits,
                course: course_of(&fits, path)
                    .filter(|_| is_whole)
                    .map(|course| course.verdict),
            }
        };
        paths.iter().map(judge).collect()
    }

    /// Whether a path fits well enough that it could be reported as obeyed or followed. The others need not be solved for, which is
    /// what takes the time.
    fn may_be_obeyed(&self, other: &Other, still: PathFit) -> bool {
        let fit = other.fit;
        fit.share >= OBEYED_FIT
            && fit.closeness > still.closeness
            && fit.closeness > self.fit(&other.path.mirrored()).closeness
    }
}

fn is_followed(report: &CameraReport) -> bool {
    let course = report.course.map(|course| course.verdict);
    course == Some(Course::Followed)
}

fn refusal(report: &CameraReport) -> Option<Reason> {
    match report.verdict {
        Verdict::NotMeasurable { reason } => Some(reason),
        Verdict::Obeyed | Verdict::PartlyObeyed | Verdict::NotObeyed => None,
    }
}

fn difference(truth: &Axes, achieved: &Axes) -> f64 {
    let errors = [
        achieved.yaw - truth.yaw,
        achieved.pitch - truth.pitch,
        achieved.roll - truth.roll,
    ];
    errors.into_iter().map(f64::abs).fold(0.0, f64::max)
}
