//! The depth of a stage, as the shot's camera sees it. A clip of such pictures is the control input of models; the
//! window draws the same solids.
//!
//! A pixel is √(1.2 m / z), z measured along the camera's axis, as a byte: 255 at 1.2 m and nearer, 0 in
//! the sky. Even steps of it are nearly even steps to the eye, and a face at 4 m still has 140 levels. Where parts of a
//! picture are cut out by depth, it has two bytes: a thing that stands on the ground differs from it down to a millimetre.

mod ray;
mod solid;

use glam::DVec3;

use super::{Paint, Part, Stage};
use crate::Frames;
use crate::camera::Pose;
use ray::{Eye, NEAREST_METRES, Seen};

pub use solid::{Shape, Solid};

/// At this depth and nearer, a pixel is white.
const BRIGHTEST_METRES: f64 = 1.2;

/// The visible surface at a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// What it belongs to.
    pub body: Body,
    /// Depth along the camera's axis, in metres.
    pub z: f64,
    /// The outward normal in world space, a unit vector.
    pub normal: DVec3,
}

/// The parts of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// The floor.
    Ground,
    /// A part of a stand-in.
    StandIn {
        /// Its index in the stage.
        stand_in: usize,
        /// The part.
        part: Part,
        /// How it is painted.
        paint: Paint,
    },
}

/// The nearest hit of a pixel: depth along the camera's axis, and what was hit.
#[derive(Clone, Copy)]
struct Nearest<T> {
    z: f64,
    what: T,
}

impl Stage {
    /// The depth picture, row by row: one byte for each of `width` x `height` pixels.
    pub fn depth(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<u8> {
        self.depth_as(byte, frame, pose, size)
    }

    /// The same with two bytes for each pixel: 65,535 at 1.2 m and nearer.
    pub fn fine_depth(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<u16> {
        self.depth_as(two_bytes, frame, pose, size)
    }

    fn depth_as<T>(
        &self,
        pixel: fn(f64) -> T,
        frame: Frames,
        pose: &Pose,
        size: [u32; 2],
    ) -> Vec<T> {
        let eye = Eye::new(pose, size);
        let solids = self.stand_ins.iter().flat_map(|body| body.solids(frame));
        let seen = solids.filter_map(|solid| Some((Seen::from(&solid, pose)?, ())));
        let nearest = self.nearest(&eye, seen, ());
        nearest.into_iter().map(|hit| pixel(hit.z)).collect()
    }

    /// The visible surfaces, row by row; `None` for the sky.
    pub fn surfaces(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<Option<Surface>> {
        let eye = Eye::new(pose, size);
        let solids: Vec<(Seen, Body)> = (0..)
            .zip(&self.stand_ins)
            .flat_map(|(at, body)| body.solids(frame).into_iter().map(move |solid| (at, solid)))
            .filter_map(|(stand_in, solid)| {
                let Solid { part, paint, .. } = solid;
                let body = Body::StandIn {
                    stand_in,
                    part,
                    paint,
                };
                Some((Seen::from(&solid, pose)?, body))
            })
            .collect();
        let numbered = solids
            .iter()
            .enumerate()
            .map(|(at, (seen, _))| (seen, Some(at)));
        let nearest = self.nearest(&eye, numbered, None);
        let surface = |(at, hit): (usize, Nearest<Option<usize>>)| {
            let ray = eye.ray(at as u32 % size[0], at as u32 / size[0]);
            let (body, normal) = match hit.what.and_then(|number| solids.get(number)) {
                Some((solid, body)) => (*body, pose.orientation * solid.normal(ray, hit.z)),
                None => (Body::Ground, DVec3::NEG_Y),
            };
            hit.z.is_finite().then_some(Surface {
                body,
                z: hit.z,
                normal,
            })
        };
        nearest.into_iter().enumerate().map(surface).collect()
    }

    /// The nearest hit of each pixel, infinitely far where there is none. `ground` stands for the ground plane.
    fn nearest<S: std::borrow::Borrow<Seen>, T: Copy>(
        &self,
        eye: &Eye,
        solids: impl Iterator<Item = (S, T)>,
        ground: T,
    ) -> Vec<Nearest<T>> {
        let [width, height] = eye.size;
        let none = Nearest {
            z: f64::INFINITY,
            what: ground,
        };
        let mut nearest = vec![none; (width * height) as usize];
        if self.ground {
            for (at, hit) in nearest.iter_mut().enumerate() {
                let towards = eye.ray(at as u32 % width, at as u32 / width).dot(eye.down);
                let z = eye.height / towards;
                if z > NEAREST_METRES {
                    hit.z = z;
                }
            }
        }
        for (solid, what) in solids {
            let solid = solid.borrow();
            let [left, top, right, bottom] = solid.rectangle(eye.focal, eye.middle, eye.size);
            for row in top..bottom {
                for column in left..right {
                    let hit = &mut nearest[(row * width + column) as usize];
                    if let Some(z) = solid.hit(eye.ray(column, row))
                        && z < hit.z
                    {
                        *hit = Nearest { z, what };
                    }
                }
            }
        }
        nearest
    }
}

fn brightness(z: f64) -> f64 {
    (BRIGHTEST_METRES / z).sqrt().min(1.0)
}

fn byte(z: f64) -> u8 {
    (brightness(z) * 255.0).round() as u8
}

pub(super) fn two_bytes(z: f64) -> u16 {
    (brightness(z) * 65_535.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::super::{FigureKind, StandIn};
    use super::*;
    use crate::stage::Form;

    const SIZE: [u32; 2] = [96, 64];

    fn stage(form: Form, size: DVec3, position: DVec3) -> Stage {
        Stage {
            ground: false,
            stand_ins: vec![StandIn::new("it", form, size, position)],
            strength: 1.0,
        }
    }

    const FORMS: [(Form, Option<FigureKind>); 5] = [
        (Form::Box, None),
        (Form::Column, None),
        (Form::Sphere, None),
        (Form::Mannequin(None), None),
        (Form::Mannequin(None), Some(FigureKind::Person)),
    ];

    fn pixel(depth: &[u8], column: u32, row: u32) -> u8 {
        depth[(row * SIZE[0] + column) as usize]
    }

    #[test]
    fn each_form_is_as_near_as_its_front() {
        for (form, front) in [(Form::Box, 3.0), (Form::Column, 3.0), (Form::Sphere, 3.0)] {
            let stage = stage(form, DVec3::splat(2.0), DVec3::new(0.0, -0.5, 0.0)); // middle at eye height
            let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
            let expected = byte(front);
            assert!(
                pixel(&depth, 48, 32).abs_diff(expected) <= 1,
                "{form:?}: {} {expected}",
                pixel(&depth, 48, 32)
            );
            assert_eq!(pixel(&depth, 0, 0), 0, "sky");
        }
    }

    #[test]
    fn the_ground_comes_nearer_downwards_and_ends_at_the_horizon() {
        let stage = Stage::default();
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let column: Vec<u8> = (0..64).map(|row| pixel(&depth, 20, row)).collect();
        assert!(column[..32].iter().all(|&byte| byte == 0), "{column:?}");
        assert!(
            column[32..].windows(2).all(|pair| pair[0] <= pair[1]),
            "{column:?}"
        );
        // The lowest row looks 31.5 pixels down through a lens of 93.3: 1.5 m of height is 4.44 m ahead.
        assert_eq!(column[63], byte(1.5 / 31.5 * (35.0 / 36.0 * 96.0)));
    }

    #[test]
    fn a_mannequin_stands_on_its_foot_and_is_as_tall_as_it_is_set() {
        let stage = stage(
            Form::Mannequin(None),
            DVec3::new(0.6, 1.0, 0.4),
            DVec3::new(0.0, -0.5, 0.0),
        );
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let rows: Vec<u32> = (0..64)
            .filter(|&row| (0..96).any(|column| pixel(&depth, column, row) > 0))
            .collect();
        // From 1.5 m above the ground, at eye height, to 0.5 m: 23.3 pixels of a metre at 4 m.
        let (top, bottom) = (rows[0], rows[rows.len() - 1]);
        assert!(
            (31..=33).contains(&top) && (54..=57).contains(&bottom),
            "{top} {bottom}"
        );
    }

    #[test]
    fn a_surface_is_as_near_as_the_depth_says_and_faces_the_camera() {
        let mut stage = stage(Form::Sphere, DVec3::splat(2.0), DVec3::new(0.0, -0.5, 0.0));
        stage.ground = true;
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let surfaces = stage.surfaces(Frames::ZERO, &Pose::START, SIZE);
        for (grey, surface) in depth.iter().zip(&surfaces) {
            assert_eq!(*grey, surface.map_or(0, |surface| byte(surface.z)));
        }
        let middle = surfaces[32 * 96 + 48].expect("the ball");
        assert!(matches!(middle.body, Body::StandIn { stand_in: 0, .. }));
        assert!(middle.normal.dot(DVec3::NEG_Z) > 0.99, "{middle:?}");
        let below = surfaces[63 * 96 + 2].expect("the ground");
        assert_eq!((below.body, below.normal), (Body::Ground, DVec3::NEG_Y));
    }

    #[test]
    fn two_bytes_tell_a_thing_from_the_ground_it_stands_on_and_one_does_not() {
        // A post 8 m from the camera, which is 1.5 m above the ground.
        let post = StandIn::new(
            "post",
            Form::Box,
            DVec3::new(0.4, 1.0, 0.4),
            DVec3::new(0.0, 0.0, 4.0),
        );
        let with = Stage {
            stand_ins: vec![post],
            ..Stage::default()
        };
        let size = [384, 256];
        let rows = |differs: &dyn Fn(usize) -> bool| {
            (0..256).filter(|row| differs(row * 384 + 192)).count()
        };
        let seen = |stage: &Stage| {
            let surfaces = stage.surfaces(Frames::ZERO, &Pose::START, size);
            rows(&|at| matches!(surfaces[at].map(|one| one.body), Some(Body::StandIn { .. })))
        };
        let [fine, empty] = [&with, &Stage::default()]
            .map(|stage| stage.fine_depth(Frames::ZERO, &Pose::START, size));
        assert_eq!(rows(&|at| fine[at].abs_diff(empty[at]) > 4), seen(&with));
        let [coarse, empty] =
            [&with, &Stage::default()].map(|stage| stage.depth(Frames::ZERO, &Pose::START, size));
        assert!(rows(&|at| coarse[at].abs_diff(empty[at]) > 1) < seen(&with));
        for (byte, fine) in coarse.iter().zip(&fine) {
            assert!(i32::from(*fine).abs_diff(i32::from(*byte) * 257) <= 129);
        }
    }

    #[test]
    fn what_is_behind_the_camera_is_not_seen_and_being_inside_is_no_panic() {
        for z in [-9.0, -4.0] {
            for (form, figure) in FORMS {
                let mut stage = stage(form, DVec3::splat(1.0), DVec3::new(0.0, -1.0, z));
                stage.stand_ins[0].figure = figure;
                let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
                assert_eq!(depth.len(), 96 * 64);
                assert!(z > -5.0 || depth.iter().all(|&byte| byte == 0), "{form:?}");
            }
        }
    }
}
