//! The motion of a clip's points from frame to frame, beside the motion that the drawn path would give them.
//! A sample for pictures: at most one point in each cell of a grid.

use std::collections::HashMap;

use glam::{DVec2, DVec3};

use crate::path::DrawnPath;
use crate::scene::{NEAREST, Point};
use crate::solve::Solved;
use crate::tracks::Tracks;

/// The cells of the sample, across and down.
const CELLS: [usize; 2] = [10, 6];
/// A drawn camera that goes no farther than this from one frame to the next only turns, in the scene's units.
const NO_TRAVEL: f64 = 1e-9;

/// The motion of some points from one frame to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Motion {
    /// One list per frame, of at most 60 points. That of the last frame is empty; so are all if no point can be followed.
    pub frames: Vec<Vec<TrackMotion>>,
}

/// A point in one frame and in the next. Places are shares of the picture's width and height, from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackMotion {
    /// Where the point is seen.
    pub at: [f32; 2],
    /// Where it is seen in the next frame.
    pub next: [f32; 2],
    /// Where the next frame would have it if the camera moved as drawn. `None` if that depends on its depth and the clip
    /// does not show it, or if it would be behind the camera.
    pub expected: Option<[f32; 2]>,
}

/// The depths of the points of a solved clip.
pub(crate) struct Depths<'s> {
    solved: &'s Solved,
    /// By their tracks.
    points: HashMap<usize, &'s Point>,
    /// The scene's units in one unit of the solved clip.
    scale: f64,
}

impl<'s> Depths<'s> {
    /// `None` if the clip shows no travel: then it shows no depth either.
    pub fn of(solved: &'s Solved, scale: f64) -> Option<Self> {
        let points = solved.scene.points.iter();
        solved.travels.then(|| Self {
            solved,
            points: points.map(|point| (point.track, point)).collect(),
            scale,
        })
    }

    /// 1 / depth of a track in a frame, in the scene's units; 0 is far away.
    fn inverse_depth(&self, track: usize, frame: usize) -> Option<f64> {
        let point = self.points.get(&track)?;
        let pose = self.solved.poses.get(frame)?.as_ref()?;
        let anchor = self.solved.scene.poses.get(point.anchor)?;
        let shift = (anchor.place - pose.place) * point.inverse_depth;
        let place = pose.turn.transpose() * (anchor.turn * point.ray.extend(1.0) + shift);
        (place.z >= NEAREST).then(|| point.inverse_depth / (place.z * self.scale))
    }
}

/// The motion of a sample of the tracks of a clip of `frames` frames and `size` pixels.
pub(crate) fn motion_of(
    tracks: &Tracks,
    frames: usize,
    size: [usize; 2],
    drawn: &DrawnPath,
    depths: Option<&Depths>,
) -> Motion {
    let frames = (0..frames).map(|frame| sample(tracks, frame, size, drawn, depths));
    Motion {
        frames: frames.collect(),
    }
}

/// At most one point for each cell: one whose expected motion is known before one whose is not, then the one that is
/// followed longest, so that the sample changes little from frame to frame.
fn sample(
    tracks: &Tracks,
    frame: usize,
    size: [usize; 2],
    drawn: &DrawnPath,
    depths: Option<&Depths>,
) -> Vec<TrackMotion> {
    let size = DVec2::new(size[0] as f64, size[1] as f64);
    let share = |pixel: DVec2| (pixel / size).as_vec2().to_array();
    let mut best: Vec<Option<((bool, usize), TrackMotion)>> = vec![None; CELLS[0] * CELLS[1]];
    for (number, track) in tracks.tracks.iter().enumerate() {
        let (Some(at), Some(next)) = (track.at(frame), track.at(frame + 1)) else {
            continue;
        };
        let depth = depths.and_then(|depths| depths.inverse_depth(number, frame));
        let expected = expected(drawn, frame, at, depth);
        let rank = (expected.is_some(), track.points.len());
        let Some(cell) = best.get_mut(cell_of(at / size)) else {
            continue;
        };
        if cell.is_none_or(|(other, _)| rank > other) {
            let motion = TrackMotion {
                at: share(at),
                next: share(next),
                expected: expected.map(share),
            };
            *cell = Some((rank, motion));
        }
    }
    let best = best.into_iter().flatten();
    best.map(|(_, motion)| motion).collect()
}

fn cell_of(share: DVec2) -> usize {
    let along =
        |share: f64, count: usize| ((share * count as f64).max(0.0) as usize).min(count - 1);
    along(share.y, CELLS[1]) * CELLS[0] + along(share.x, CELLS[0])
}

/// The pixel of the next frame to which the drawn camera takes a pixel of a frame.
fn expected(
    drawn: &DrawnPath,
    frame: usize,
    at: DVec2,
    inverse_depth: Option<f64>,
) -> Option<DVec2> {
    let (here, next) = (drawn.view(frame)?, drawn.view(frame + 1)?);
    let next_from_here = next.world_from_camera.inverse() * here.world_from_camera;
    let travel = next_from_here.translation;
    let shift = match inverse_depth {
        _ if travel.length() <= NO_TRAVEL => DVec3::ZERO,
        Some(inverse_depth) => travel * inverse_depth,
        None => return None,
    };
    // The point in the next camera, in units of its depth in this one.
    let place = next_from_here.matrix3 * here.ray(at).extend(1.0) + shift;
    (place.z >= NEAREST).then(|| next.pixel(place)).flatten()
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat};

    use super::*;
    use crate::path::DrawnView;
    use crate::tracks::Track;

    const SIZE: [usize; 2] = [320, 180];

    /// A path of two frames whose second pose is given, camera to world.
    fn path(second: DAffine3) -> DrawnPath {
        let view = |world_from_camera| DrawnView {
            world_from_camera,
            focal: 300.0,
            centre: DVec2::new(160.0, 90.0),
        };
        DrawnPath {
            views: vec![view(DAffine3::IDENTITY), view(second)],
        }
    }

    /// Points that rest, on a grid.
    fn resting() -> Tracks {
        let places = (0..16).flat_map(|x| (0..9).map(move |y| (x, y)));
        let tracks = places.map(|(x, y)| Track {
            start: 0,
            points: vec![DVec2::new(f64::from(x), f64::from(y)) * 20.0 + 10.0; 2],
        });
        Tracks {
            tracks: tracks.collect(),
            cut: None,
        }
    }

    #[test]
    fn a_pan_to_the_right_is_expected_to_move_the_picture_to_the_left_and_a_still_clip_does_not() {
        let turn = DQuat::from_rotation_y(2_f64.to_radians()); // x right, y down: about +y is to the right
        let drawn = path(DAffine3::from_quat(turn));
        let motion = motion_of(&resting(), 2, SIZE, &drawn, None);
        assert_eq!(motion.frames.len(), 2);
        assert!(motion.frames[1].is_empty(), "there is no next frame");
        let sample = &motion.frames[0];
        assert!(sample.len() > 40 && sample.len() <= 60, "{}", sample.len());
        for point in sample {
            let expected = point.expected.expect("a pan needs no depth");
            assert!(expected[0] < point.at[0] - 0.02, "{point:?}");
            assert!((point.next[0] - point.at[0]).abs() < 1e-6, "{point:?}");
        }
        // Upwards: what is seen goes down.
        let turn = DQuat::from_rotation_x(2_f64.to_radians());
        let motion = motion_of(&resting(), 2, SIZE, &path(DAffine3::from_quat(turn)), None);
        for point in &motion.frames[0] {
            let expected = point.expected.expect("a tilt needs no depth");
            assert!(expected[1] > point.at[1] + 0.02, "{point:?}");
        }
    }

    #[test]
    fn travel_without_depth_is_not_expected_to_move_anything() {
        let drawn = path(DAffine3::from_translation(DVec3::X * 0.1));
        let motion = motion_of(&resting(), 2, SIZE, &drawn, None);
        assert!(!motion.frames[0].is_empty());
        let is_unknown = |point: &TrackMotion| point.expected.is_none();
        assert!(motion.frames[0].iter().all(is_unknown));
        // At a known depth of 2: a truck to the right by 0.1 moves a point by 0.1 / 2 focal lengths to the left.
        let at = DVec2::new(200.0, 90.0);
        let moved = expected(&drawn, 0, at, Some(0.5)).expect("ahead");
        assert!(moved.distance(at - DVec2::X * 15.0) < 1e-9, "{moved}");
    }

    #[test]
    fn a_point_beside_the_picture_is_in_the_cell_at_its_edge() {
        assert_eq!(cell_of(DVec2::new(-0.2, 0.0)), 0);
        assert_eq!(cell_of(DVec2::new(1.5, 1.5)), CELLS[0] * CELLS[1] - 1);
    }
}
