//! How well a given path fits the tracks of a clip, without solving for poses: the share of background points that some
//! depth in front of the camera explains. Scale does not matter: a path twice as long fits points twice as far.

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::path::DrawnPath;
use crate::scene::Scene;
use crate::search::poses_at;
use crate::solve::views;
use crate::tracks::Tracks;

/// How well a path fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathFit {
    /// The share of points that miss by less than 1.5 pixels (of a frame 384 wide), from 0 to 1.
    pub share: f64,
    /// The mean over all points of 1 / (1 + miss²), misses in those pixels: a finer order of paths that fit alike.
    pub closeness: f64,
}

/// Misses below this count as a fit, in pixels of a frame 384 wide.
const FIT_PIXELS: f64 = 1.5;
/// A point must be seen in this many views.
const LEAST_SIGHTS: usize = 3;

/// Travel that makes the closeness no larger than this is not seen by the points.
const UNSEEN_TRAVEL: f64 = 0.05;

/// Fits a path to the tracks of a clip of `frames` frames, `width` pixels wide. A path whose travel no point needs, such
/// as an orbit for a clip that only pans, is counted as a little worse than the same path without travel.
pub fn fit_of(tracks: &Tracks, frames: usize, width: usize, path: &DrawnPath) -> PathFit {
    if frames == 0 {
        return PathFit::default();
    }
    let mut scene = Scene::new(&tracks.tracks, &views(frames), path, LEAST_SIGHTS);
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
