//! How well a given path fits the tracks of a clip, without solving for poses: the share of background points that some
//! depth in front of the camera explains. Scale does not matter: a path twice as long fits points twice as far.

use glam::DVec3;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bundle::{Freedom, adjust};
use crate::path::DrawnPath;
use crate::rivals::rivals;
use crate::scene::Scene;
use crate::search::poses_at;
use crate::solve::views;
use crate::tracks::Tracks;
use crate::turning::chain_turns;

/// How well a path fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathFit {
    /// The share of points that miss by less than 1.5 pixels (of a frame 384 wide), from 0 to 1.
    pub share: f64,
    /// The mean over all points of 1 / (1 + miss²), misses in those pixels: a finer order of paths that fit alike.
    pub closeness: f64,
}

/// How well the drawn path and others fit the tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fits {
    /// The drawn path.
    pub drawn: PathFit,
    /// A camera that rests in the first pose.
    pub still: PathFit,
    /// The drawn path with every motion the other way.
    pub mirrored: PathFit,
    /// The best of the other ways that a person might have drawn: turns about other axes, travel in other directions.
    /// Measures of earlier versions have none.
    #[serde(default)]
    pub other: PathFit,
    /// The best camera that turns as it likes and does not travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<PathFit>,
    /// The number of points. 0 in measures of earlier versions.
    #[serde(default)]
    pub points: usize,
}

/// Misses below this count as a fit, in pixels of a frame 384 wide.
const FIT_PIXELS: f64 = 1.5;
/// A point must be seen in this many views.
const LEAST_SIGHTS: usize = 3;

/// Travel that makes the closeness no larger than this is not seen by the points.
const UNSEEN_TRAVEL: f64 = 0.05;

/// The widths of the loss with which the turns of a camera that only turns are sought, in pixels of a frame 384 wide.
const TURNED_PIXELS: [f64; 2] = [3.0, 0.6];
/// Steps with each of them.
const TURNED_STEPS: usize = 20;

/// How well the drawn path fits the tracks of a clip of `frames` frames, `width` pixels wide, and how well others do.
/// `turned` is what [`turned_fit`] gives for the same clip.
pub fn fits_of(
    tracks: &Tracks,
    frames: usize,
    width: usize,
    drawn: &DrawnPath,
    turned: Option<PathFit>,
) -> Fits {
    // All of these paths have the lenses of the drawn one, so that they see the same points.
    let scene = Scene::new(&tracks.tracks, &views(frames), drawn, LEAST_SIGHTS);
    let fit = |path: &DrawnPath| fit_in(scene.clone(), width, path);
    let others: Vec<PathFit> = rivals(drawn).par_iter().map(fit).collect();
    let closer = |best: PathFit, other: PathFit| match other.closeness > best.closeness {
        true => other,
        false => best,
    };
    Fits {
        drawn: fit(drawn),
        still: fit(&drawn.still()),
        mirrored: fit(&drawn.mirrored()),
        other: others.into_iter().fold(PathFit::default(), closer),
        turned,
        points: scene.points.len(),
    }
}

/// How well the best camera fits that turns as it likes and does not travel, with the lenses of a path. `None`: too few
/// points tie the frames.
pub fn turned_fit(
    tracks: &Tracks,
    frames: usize,
    width: usize,
    path: &DrawnPath,
) -> Option<PathFit> {
    if frames == 0 {
        return None;
    }
    let scale = width as f64 / 384.0;
    let mut scene = Scene::new(&tracks.tracks, &views(frames), path, LEAST_SIGHTS);
    if chain_turns(&mut scene).is_some() {
        return None;
    }
    for pixels in TURNED_PIXELS {
        scene.width = pixels * scale;
        adjust(&mut scene, Freedom::Turn, TURNED_STEPS);
    }
    Some(judged(&scene, scale))
}

/// Fits a path to the tracks of a clip of `frames` frames, `width` pixels wide. A path whose travel no point needs, such
/// as an orbit for a clip that only pans, is counted as a little worse than the same path without travel.
pub fn fit_of(tracks: &Tracks, frames: usize, width: usize, path: &DrawnPath) -> PathFit {
    let scene = Scene::new(&tracks.tracks, &views(frames), path, LEAST_SIGHTS);
    fit_in(scene, width, path)
}

/// The same with the points of the clip, as the lenses of the path see them.
fn fit_in(mut scene: Scene, width: usize, path: &DrawnPath) -> PathFit {
    if scene.frames.is_empty() {
        return PathFit::default();
    }
    scene.poses = poses_at(path, &scene.frames);
    let scale = width as f64 / 384.0;
    let turning = judged(&scene, scale);
    if scene.poses.iter().all(|pose| pose.place == DVec3::ZERO) {
        return turning;
    }
    scene.find_depths();
    let travelling = judged(&scene, scale);
    match travelling.closeness - turning.closeness < UNSEEN_TRAVEL {
        true => PathFit {
            closeness: (turning.closeness - UNSEEN_TRAVEL).max(0.0),
            ..turning
        },
        false => travelling,
    }
}

fn judged(scene: &Scene, scale: f64) -> PathFit {
    let misses: Vec<f64> = scene.misses().iter().map(|miss| miss / scale).collect();
    let count = misses.len().max(1) as f64;
    PathFit {
        share: misses.iter().filter(|miss| **miss < FIT_PIXELS).count() as f64 / count,
        closeness: misses
            .iter()
            .map(|miss| 1.0 / (1.0 + miss * miss))
            .sum::<f64>()
            / count,
    }
}
