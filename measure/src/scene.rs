//! The unknowns of a clip: the poses of some of its frames, and the background points that its tracks show.
//! A point is a ray of one frame and an inverse depth along it, so that a point at infinity is an ordinary point
//! (Civera et al., 2008). Depths are never negative: a point lies in front of its camera.

use glam::{DMat3, DVec2, DVec3};

use crate::ground::{Ground, Miss};
use crate::path::{DrawnPath, Pose};
use crate::tracks::Track;

/// A camera's lens, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    pub focal: f64,
    pub centre: DVec2,
}

impl Lens {
    /// The ray of a pixel, at depth 1.
    pub fn ray(&self, pixel: DVec2) -> DVec2 {
        (pixel - self.centre) / self.focal
    }
}

/// A point of the background.
#[derive(Clone, Debug)]
pub struct Point {
    /// The index of its track.
    pub track: usize,
    /// The view (an index of `Scene::views`) whose ray it lies on.
    pub anchor: usize,
    /// The ray, at depth 1 of the anchor's camera.
    pub ray: DVec2,
    /// 1 / depth.
    pub inverse_depth: f64,
    /// The rays on which each view saw it, at depth 1.
    pub seen: Vec<(usize, DVec2)>,
    /// Whether it may lie on the ground of the scene.
    pub may_be_ground: bool,
}

/// Poses and points.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The frame of each view.
    pub frames: Vec<usize>,
    pub lenses: Vec<Lens>,
    pub poses: Vec<Pose>,
    pub points: Vec<Point>,
    /// The width of the loss in pixels: larger misses count little more than this one.
    pub width: f64,
    /// The ground, if it is used.
    pub ground: Option<Ground>,
}

/// The least depth of a point that a camera can see, as a share of its depth at its anchor.
pub const NEAREST: f64 = 0.02;
/// The miss of a point that lies behind a camera, in pixels.
pub const BEHIND_PIXELS: f64 = 1e3;

impl Scene {
    /// The points that the tracks show in at least `least` of these frames. All poses are those of the first frame.
    pub fn new(tracks: &[Track], frames: &[usize], path: &DrawnPath, least: usize) -> Self {
        let lens = |&frame: &usize| {
            path.view(frame).map_or(
                Lens {
                    focal: 1.0,
                    centre: DVec2::ZERO,
                },
                |view| Lens {
                    focal: view.focal,
                    centre: view.centre,
                },
            )
        };
        let lenses: Vec<Lens> = frames.iter().map(lens).collect();
        let point = |(index, track): (usize, &Track)| {
            let seen: Vec<(usize, DVec2)> = frames
                .iter()
                .enumerate()
                .filter_map(|(view, &frame)| Some((view, lenses[view].ray(track.at(frame)?))))
                .collect();
            let &(anchor, ray) = seen.get(seen.len() / 2)?;
            (seen.len() >= least).then_some(Point {
                track: index,
                anchor,
                ray,
                inverse_depth: 0.0,
                seen,
                may_be_ground: false,
            })
        };
        Self {
            frames: frames.to_vec(),
            poses: vec![Pose::FIRST; frames.len()],
            points: tracks.iter().enumerate().filter_map(point).collect(),
            lenses,
            width: 1.0,
            ground: None,
        }
    }

    /// The point in the axes of a view, at a depth of 1 in its anchor for an inverse depth of 0.
    pub fn in_view(&self, point: &Point, view: usize) -> DVec3 {
        let (anchor, pose) = (&self.poses[point.anchor], &self.poses[view]);
        let shift = (anchor.place - pose.place) * point.inverse_depth;
        pose.turn.transpose() * (anchor.turn * point.ray.extend(1.0) + shift)
    }

    /// How far a view's sight of a point lies from where the scene says, in pixels.
    pub fn miss(&self, point: &Point, view: usize, seen: DVec2) -> DVec2 {
        let place = self.in_view(point, view);
        if place.z < NEAREST {
            return DVec2::new(BEHIND_PIXELS, 0.0);
        }
        (place.truncate() / place.z - seen) * self.lenses[view].focal
    }

    /// How far a point lies from the ground.
    pub fn ground_miss(&self, ground: Ground, point: &Point) -> Miss {
        let anchor = &self.poses[point.anchor];
        ground.miss(anchor, point.ray, point.inverse_depth)
    }

    /// The root mean square miss of a point, in pixels.
    pub fn miss_of(&self, point: &Point) -> f64 {
        let sum: f64 = point
            .seen
            .iter()
            .map(|&(view, seen)| self.miss(point, view, seen).length_squared())
            .sum();
        (sum / point.seen.len().max(1) as f64).sqrt()
    }

    /// The root mean square misses of all points, in pixels.
    pub fn misses(&self) -> Vec<f64> {
        self.points
            .iter()
            .map(|point| self.miss_of(point))
            .collect()
    }

    /// How far the inverse depth of a point moves it in any of its views, in pixels.
    pub fn parallax(&self, point: &Point) -> f64 {
        let far = Point {
            inverse_depth: 0.0,
            seen: Vec::new(),
            ..*point
        };
        let moved = |&(view, _): &(usize, DVec2)| {
            let (near, far) = (self.in_view(point, view), self.in_view(&far, view));
            let to_pixels = self.lenses[view].focal;
            match near.z >= NEAREST && far.z >= NEAREST {
                true => to_pixels * (near.truncate() / near.z).distance(far.truncate() / far.z),
                false => 0.0,
            }
        };
        point.seen.iter().map(moved).fold(0.0, f64::max)
    }

    /// Gives every point the depth at which it misses least under the poses, on the ray of its anchor.
    pub fn find_depths(&mut self) {
        let mut points = std::mem::take(&mut self.points);
        for point in &mut points {
            if let Some(&(_, ray)) = point.seen.iter().find(|(view, _)| *view == point.anchor) {
                point.ray = ray;
            }
            self.find_depth(point);
        }
        self.points = points;
    }

    fn find_depth(&self, point: &mut Point) {
        let base = point
            .seen
            .iter()
            .map(|&(view, _)| {
                self.poses[view]
                    .place
                    .distance(self.poses[point.anchor].place)
            })
            .fold(0.0, f64::max);
        point.inverse_depth = 0.0;
        if base <= 0.0 {
            return;
        }
        // A first search over depths, from infinity to twice the distance travelled; then Gauss-Newton.
        let mut best = (self.loss_of(point), 0.0);
        for step in 0..12 {
            point.inverse_depth = 0.004 * 1.6_f64.powi(step) / base;
            let loss = self.loss_of(point);
            if loss < best.0 {
                best = (loss, point.inverse_depth);
            }
        }
        if let Some(ground) = self.ground.filter(|_| point.may_be_ground) {
            point.inverse_depth = ground.inverse_depth(&self.poses[point.anchor], point.ray);
            let loss = self.loss_of(point);
            if loss < best.0 {
                best = (loss, point.inverse_depth);
            }
        }
        point.inverse_depth = best.1;
        for _ in 0..4 {
            let Some(next) = self.better_depth(point) else {
                break;
            };
            let before = point.inverse_depth;
            point.inverse_depth = next.max(0.0);
            let loss = self.loss_of(point);
            if loss >= best.0 {
                point.inverse_depth = before;
                break;
            }
            best = (loss, point.inverse_depth);
        }
    }

    /// The loss of a point: of each sight m² / (1 + m²), with the miss m in widths of the loss. It is bounded, so that a path gains
    /// nothing by bending towards a few points that move on their own.
    pub fn loss_of(&self, point: &Point) -> f64 {
        let sights = point.seen.iter();
        let of_sights: f64 = sights
            .map(|&(view, seen)| {
                let share = self.miss(point, view, seen).length_squared() / self.width.powi(2);
                share / (1.0 + share)
            })
            .sum();
        match self.ground.filter(|_| point.may_be_ground) {
            Some(ground) => {
                let share = self.ground_miss(ground, point).slacks.powi(2);
                of_sights + share / (1.0 + share)
            }
            None => of_sights,
        }
    }

    /// The loss of all points.
    pub fn loss(&self) -> f64 {
        self.points.iter().map(|point| self.loss_of(point)).sum()
    }

    /// The weight that goes with the loss, of a squared miss in pixels.
    pub fn weight(&self, squared: f64) -> f64 {
        (1.0 + squared / self.width.powi(2)).powi(-2)
    }

    /// One step of Gauss-Newton for the inverse depth.
    fn better_depth(&self, point: &Point) -> Option<f64> {
        let (mut weight_sum, mut pull) = (0.0, 0.0);
        let anchor = &self.poses[point.anchor];
        for &(view, seen) in &point.seen {
            let place = self.in_view(point, view);
            if view == point.anchor || place.z < NEAREST {
                continue;
            }
            let by_depth =
                self.poses[view].turn.transpose() * (anchor.place - self.poses[view].place);
            let ray = place.truncate() / place.z;
            let slope =
                (by_depth.truncate() - ray * by_depth.z) / place.z * self.lenses[view].focal;
            let miss = (ray - seen) * self.lenses[view].focal;
            let weight = self.weight(miss.length_squared());
            weight_sum += weight * slope.length_squared();
            pull += weight * slope.dot(miss);
        }
        if let Some(ground) = self.ground.filter(|_| point.may_be_ground) {
            let of_ground = self.ground_miss(ground, point);
            let [.., slope] = of_ground.by_point.map(|slope| slope * self.width);
            let miss = of_ground.slacks * self.width;
            let weight = self.weight(miss * miss);
            weight_sum += weight * slope * slope;
            pull += weight * slope * miss;
        }
        (weight_sum > 1e-9).then(|| point.inverse_depth - pull / weight_sum)
    }
}

/// The cross product with `v` as a matrix.
pub fn cross(v: DVec3) -> DMat3 {
    DMat3::from_cols(
        DVec3::new(0.0, v.z, -v.y),
        DVec3::new(-v.z, 0.0, v.x),
        DVec3::new(v.y, -v.x, 0.0),
    )
}
