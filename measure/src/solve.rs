//! The path that a clip's tracks show, or why they show none.
//! It takes the lens from the drawn path, and the drawn path as one of many starts, never as the answer.

use glam::DVec2;
use serde::{Deserialize, Serialize};

use crate::bundle::{Freedom, adjust, turn_uncertainty};
use crate::enlarge::factor_for;
use crate::ground::Ground;
use crate::halves::{disagreement_degrees, tilt_disagreement_degrees};
use crate::over_ground::{is_on_ground, paths_over_ground};
use crate::path::{DrawnPath, Pose};
use crate::resection::all_poses;
use crate::scene::Scene;
use crate::search::{Found, paths_with_travel, turn_difference};
use crate::statistics::median;
use crate::tracks::Tracks;
use crate::turning::chain_turns;

/// Why a clip gives no measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The drawn path is empty or has numbers that no camera has.
    BadPath,
    /// Fewer than five frames, or frames of different sizes.
    TooFewFrames,
    /// All frames are the same picture.
    Frozen,
    /// The picture changes at once: a cut, or a jump.
    Cut,
    /// Too few points of the background can be followed.
    TooFewTracks,
    /// Too few of the followed points agree on one camera.
    TooFewInliers,
    /// The points that agree cover too little of the frame.
    TooLittleOfTheFrame,
    /// The camera may have travelled or turned: too little parallax shows which.
    TooLittleParallax,
    /// Two different paths fit equally well.
    Ambiguous,
    /// No path fits the points well.
    TooMuchReprojectionError,
}

/// Limits of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Fewest points.
    pub least_points: usize,
    /// Least share of points that agree.
    pub least_inlier_share: f64,
    /// Least share of the frame that they cover, in cells of an eighth by a sixth of it.
    pub least_coverage: f64,
    /// A point agrees if it misses by no more than this, in pixels of a frame 384 wide.
    pub inlier_pixels: f64,
    /// Largest median miss of those that agree, in the same pixels.
    pub largest_miss_pixels: f64,
    /// Largest uncertainty of a rotation, in degrees (one standard deviation).
    pub largest_turn_degrees: f64,
    /// Largest rotation between the path of all points and that of a half of them, in degrees, if there is travel.
    pub largest_disagreement_degrees: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            least_points: 24,
            least_inlier_share: 0.55,
            least_coverage: 0.2,
            inlier_pixels: 1.5,
            largest_miss_pixels: 0.8,
            largest_turn_degrees: 0.5,
            largest_disagreement_degrees: 1.0,
        }
    }
}

/// A solved clip.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The pose of each frame relative to the first. `None` where too few points are seen.
    pub poses: Vec<Option<Pose>>,
    /// Whether travel is seen. Without it all positions are 0.
    pub travels: bool,
    /// The share of points that agree, by how often they are seen.
    pub inlier_share: f64,
    /// The share of the frame that they cover.
    pub coverage: f64,
    /// Their median miss in pixels.
    pub miss_pixels: f64,
    /// The uncertainty of the rotation at the worst frame, in degrees (one standard deviation).
    pub uncertainty_degrees: f64,
    /// The views and the points that agree.
    pub scene: Scene,
}

/// Most frames whose poses are solved together. The others are placed afterwards.
const MOST_VIEWS: usize = 17;
/// A point must be seen in this many of them.
const LEAST_SIGHTS: usize = 3;
/// Travel must make the points agree better than rotation alone by this factor.
const TRAVEL_GAIN: f64 = 1.25;
/// Points that travel must move by its parallax: the upper quartile, in pixels of a frame 384 wide.
const LEAST_PARALLAX_PIXELS: f64 = 1.5;
/// The widths of the loss for the search and for the answer, in pixels of a frame 384 wide.
const ROUGH_PIXELS: f64 = 3.0;
const FINE_PIXELS: f64 = 0.6;
/// Another path is as good if its loss is no more than this factor of the best.
const AS_GOOD: f64 = 1.12;
/// Or if it is no more than this above it for each sight of a point: misses of 0.05 pixels more.
const AS_GOOD_PER_SIGHT: f64 = 0.005;
/// The misses of a point in successive views are alike, so that many views say less than independent ones would. In
/// the clips of docs/measures.md the worst frame was off by two to ten times what independent misses promise.
const CORRELATION: f64 = 3.0;
/// Paths whose rotations differ by more are different answers, in degrees.
const OTHER_ANSWER_DEGREES: f64 = 1.0;

/// The frames that are solved together: all, or seventeen evenly spaced.
pub fn views(frames: usize) -> Vec<usize> {
    let count = frames.min(MOST_VIEWS);
    let last = count.saturating_sub(1).max(1);
    (0..count).map(|view| view * (frames - 1) / last).collect()
}

/// Solves the path of a clip of `size` pixels from its tracks.
pub fn solve(
    tracks: &Tracks,
    frames: usize,
    size: [usize; 2],
    path: &DrawnPath,
    limits: &Limits,
) -> Result<Solved, Reason> {
    let clip = Clip {
        tracks,
        frames,
        size,
        path,
        limits,
        scale: size[0] as f64 / 384.0,
    };
    let mut turning = Scene::new(&tracks.tracks, &views(frames), path, LEAST_SIGHTS);
    if turning.points.len() < limits.least_points || chain_turns(&mut turning).is_some() {
        return Err(Reason::TooFewTracks);
    }
    let [rough, fine] = [ROUGH_PIXELS, FINE_PIXELS].map(|width| width * clip.scale);
    turning.width = rough;
    adjust(&mut turning, Freedom::Turn, 20);
    let found = paths_with_travel(&turning, path, fine);
    let rough_turning = turning.clone();
    turning.width = fine;
    adjust(&mut turning, Freedom::Turn, 20);
    let answer = clip.settle(&turning, &found);
    // What the points alone leave open, the ground may decide. Not in small frames, where points are too rough to
    // confirm it: there one of 54 answers was wrong with it.
    let Err(reason @ (Reason::TooLittleParallax | Reason::Ambiguous)) = answer else {
        return answer;
    };
    let is_enlarged = factor_for(size[0], size[1]) > 1;
    let Some(ground) = Ground::of(path).filter(|_| !is_enlarged) else {
        return Err(reason);
    };
    let over_ground = paths_over_ground(&rough_turning, &found, ground, [rough, fine]);
    match over_ground.first() {
        Some(best) if is_on_ground(&best.scene) => {
            clip.settle(&turning, &over_ground).map_err(|_| reason)
        }
        _ => Err(reason),
    }
}

/// What is asked of a clip.
struct Clip<'c> {
    tracks: &'c Tracks,
    frames: usize,
    size: [usize; 2],
    path: &'c DrawnPath,
    limits: &'c Limits,
    /// Pixels to one of a frame 384 wide.
    scale: f64,
}

impl Clip<'_> {
    /// The answer, from the best path without travel and those with travel, the best first; or why there is none.
    fn settle(&self, turning: &Scene, found: &[Found]) -> Result<Solved, Reason> {
        let Self { limits, scale, .. } = *self;
        let inlier = limits.inlier_pixels * scale;
        let Some(best) = found.first() else {
            return Err(Reason::TooFewTracks);
        };
        let all = sights(turning);
        let travels = travel_is_seen(turning, &best.scene, inlier, scale);
        if travels {
            refuse_second_answer(found)?;
        }
        let freedom = match travels {
            true => Freedom::TurnAndTravel,
            false => Freedom::Turn,
        };
        let scene = if travels { &best.scene } else { turning };
        let mut scene = scene.clone();
        for _ in 0..2 {
            keep_inliers(&mut scene, inlier);
            adjust(&mut scene, freedom, 20);
        }
        keep_inliers(&mut scene, inlier);
        let inlier_share = sights(&scene) as f64 / all.max(1) as f64;
        if scene.points.len() < limits.least_points / 2 || inlier_share < limits.least_inlier_share
        {
            return Err(Reason::TooFewInliers);
        }
        let coverage = coverage(&scene, self.size);
        if coverage < limits.least_coverage {
            return Err(Reason::TooLittleOfTheFrame);
        }
        let miss_pixels = median(scene.misses());
        let largest = limits.largest_miss_pixels * scale;
        if miss_pixels > largest {
            // Travel would explain the points, but moves them too little to be separated from rotation.
            let would_fit = !travels && median(best.scene.misses()) <= largest;
            return Err(match would_fit {
                true => Reason::TooLittleParallax,
                false => Reason::TooMuchReprojectionError,
            });
        }
        let uncertainty_degrees =
            uncertainty_degrees(&scene, freedom, miss_pixels.max(0.1 * scale))?;
        if uncertainty_degrees > limits.largest_turn_degrees {
            return Err(Reason::TooLittleParallax);
        }
        if travels {
            self.refuse_disagreement(&scene)?;
        }
        Ok(Solved {
            poses: all_poses(
                &scene,
                self.tracks,
                self.frames,
                self.path,
                freedom,
                LEAST_SIGHTS,
            ),
            travels,
            inlier_share,
            coverage,
            miss_pixels,
            uncertainty_degrees,
            scene,
        })
    }

    /// Refuses a path with travel if parts of the background disagree about its rotation, or if a ground that is tilted
    /// a little gives another one.
    fn refuse_disagreement(&self, scene: &Scene) -> Result<(), Reason> {
        let disagreement = disagreement_degrees(scene, self.size).ok_or(Reason::TooFewInliers)?;
        let tilted = tilt_disagreement_degrees(scene);
        let has_left_ground = scene.ground.is_some() && !is_on_ground(scene);
        let largest = self.limits.largest_disagreement_degrees;
        if disagreement.max(tilted) > largest || has_left_ground {
            return Err(Reason::TooLittleParallax);
        }
        Ok(())
    }
}

/// The uncertainty of the rotation at the worst frame, in degrees.
fn uncertainty_degrees(scene: &Scene, freedom: Freedom, miss_pixels: f64) -> Result<f64, Reason> {
    let uncertainty = turn_uncertainty(scene, freedom).ok_or(Reason::TooLittleParallax)?;
    let worst = uncertainty.into_iter().fold(0.0, f64::max);
    Ok((CORRELATION * worst * miss_pixels).to_degrees())
}

/// Whether a path with travel explains what rotation alone does not.
fn travel_is_seen(turning: &Scene, travelling: &Scene, inlier: f64, scale: f64) -> bool {
    let (turn, travel) = (turning.misses(), travelling.misses());
    let agreed: Vec<usize> = (0..travel.len())
        .filter(|&at| travel[at] < inlier)
        .collect();
    if agreed.is_empty() {
        return false;
    }
    let of = |misses: &[f64]| median(agreed.iter().map(|&at| misses[at]).collect());
    let mut parallaxes: Vec<f64> = agreed
        .iter()
        .map(|&at| travelling.parallax(&travelling.points[at]))
        .collect();
    let quartile = parallaxes.len() * 3 / 4;
    let parallax = *parallaxes
        .select_nth_unstable_by(quartile, f64::total_cmp)
        .1;
    of(&turn) > TRAVEL_GAIN * of(&travel) && parallax > LEAST_PARALLAX_PIXELS * scale
}

/// Refuses a clip that a second, different path fits as well as the first.
fn refuse_second_answer(found: &[Found]) -> Result<(), Reason> {
    let Some((best, others)) = found.split_first() else {
        return Ok(());
    };
    let is_other = |other: &Found| {
        other.loss < AS_GOOD * best.loss + AS_GOOD_PER_SIGHT * sights(&best.scene) as f64
            && turn_difference(&best.scene.poses, &other.scene.poses) > OTHER_ANSWER_DEGREES
    };
    match others.iter().any(is_other) {
        true => Err(Reason::Ambiguous),
        false => Ok(()),
    }
}

fn keep_inliers(scene: &mut Scene, inlier: f64) {
    let misses = scene.misses();
    let mut misses = misses.into_iter();
    scene
        .points
        .retain(|_| misses.next().is_some_and(|miss| miss < inlier));
}

/// How often the points are seen. Points that do not agree are lost sooner: a count of points alone would favour the rest.
fn sights(scene: &Scene) -> usize {
    scene.points.iter().map(|point| point.seen.len()).sum()
}

/// The share of an 8x6 grid of the frame that has a point, the mean over all views.
fn coverage(scene: &Scene, [width, height]: [usize; 2]) -> f64 {
    let cell = |at: f64, size: usize, count: usize| {
        ((at / size as f64 * count as f64).max(0.0) as usize).min(count - 1)
    };
    let mut taken = vec![[false; 48]; scene.poses.len()];
    for &(view, ray) in scene.points.iter().flat_map(|point| &point.seen) {
        let lens = scene.lenses[view];
        let pixel: DVec2 = ray * lens.focal + lens.centre;
        taken[view][cell(pixel.y, height, 6) * 8 + cell(pixel.x, width, 8)] = true;
    }
    let count = taken.iter().flatten().filter(|taken| **taken).count();
    count as f64 / (48 * scene.poses.len()).max(1) as f64
}
