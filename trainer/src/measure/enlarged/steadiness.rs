//! How much a clip changes from frame to frame beyond what the camera moves: each frame against the one before, moved as the
//! known camera says. The cast moves by itself and is left out.

use glam::{DVec2, DVec3};
use kinora_timeline::Frames;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_timeline::stage::{Body, Surface};
use tch::{Kind, Tensor};

use crate::guided::enlarged;
use crate::world::{Format, Scene};

/// Frames that are compared with the one before.
const EVERY: u32 = 4;
/// Codes of libtorch: smooth between pixels, and the border beyond the picture.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// Where the pixels of some frames were one frame before.
pub struct Steadiness(Vec<Moved>);

struct Moved {
    /// The later frame.
    frame: i64,
    /// Places in the frame before, from -1 to 1: 1 h w 2.
    places: Tensor,
    /// Whether the same thing is seen there in both frames, and not the cast: of all things, and of ground and sky alone.
    /// 1 1 h w each.
    counts: [Tensor; 2],
}

/// What a pixel shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    GroundOrSky,
    /// Of this stand-in.
    Object(usize),
    Cast,
}

impl Steadiness {
    /// Of a scene, at the large size.
    pub fn of(scene: &Scene, format: Format) -> Self {
        let frames = (1..format.frames).step_by(EVERY as usize);
        Self(
            frames
                .map(|frame| Moved::of(scene, frame, format))
                .collect(),
        )
    }

    /// The mean difference of a clip, t 3 h w in [0, 1], of 255: of all but the cast, and of ground and sky alone.
    pub fn changes(&self, clip: &Tensor) -> [f64; 2] {
        let mut sums = [[0.0, 0.0]; 2];
        for moved in &self.0 {
            let before = clip.select(0, moved.frame - 1).unsqueeze(0);
            let before = before.grid_sampler(&moved.places, BILINEAR, BORDER, false);
            let now = clip.select(0, moved.frame).unsqueeze(0);
            let difference = (now - before).abs();
            for ([sum, count], counts) in sums.iter_mut().zip(&moved.counts) {
                let counted = &difference * counts;
                *sum += counted.sum(Kind::Double).double_value(&[]);
                *count += 3.0 * counts.sum(Kind::Double).double_value(&[]);
            }
        }
        sums.map(|[sum, count]| 255.0 * sum / f64::max(count, 1.0))
    }
}

impl Moved {
    fn of(scene: &Scene, frame: u32, format: Format) -> Self {
        let size = enlarged(format).size;
        let stage = scene.figure_stage(format);
        let poses = &scene.shooting.poses;
        let at = |frame: u32| {
            let pose = &poses[frame as usize];
            let seen = stage.surfaces(Frames(i64::from(frame)), pose, size);
            let drawn = scene.frames(frame..frame + 1, enlarged(format));
            let shown = seen.iter().zip(&drawn[0].mask).map(|(surface, mask)| {
                match surface.as_ref().map(|surface| surface.body) {
                    _ if *mask > 0 => Shown::Cast,
                    None | Some(Body::Ground) => Shown::GroundOrSky,
                    Some(Body::StandIn { stand_in: 0, .. }) => Shown::Cast,
                    Some(Body::StandIn { stand_in, .. }) => Shown::Object(stand_in),
                }
            });
            let shown: Vec<Shown> = shown.collect();
            (*pose, seen, shown)
        };
        let (here, seen, shown) = at(frame);
        let (there, _, was_shown) = at(frame - 1);
        let sides = size.map(f64::from);
        let pixels = seen.iter().enumerate().flat_map(|(number, surface)| {
            let (column, row) = (number as u32 % size[0], number as u32 / size[0]);
            let pixel = DVec2::new(f64::from(column), f64::from(row)) + 0.5;
            let place = place_before(pixel, *surface, (&here, &there), sides);
            place.map(|share| share as f32)
        });
        let pixels: Vec<f32> = pixels.collect();
        let [width, height] = size.map(i64::from);
        let is_same = pixels.chunks_exact(2).zip(&shown).map(|(place, shown)| {
            let is_same = |was: [i64; 2]| {
                let [x, y] = [was[0].min(width - 1), was[1].min(height - 1)];
                was_shown.get((y * width + x) as usize) == Some(shown)
            };
            let corner = [(place[0], width), (place[1], height)]
                .map(|(place, side)| ((place + 1.0) * 0.5 * side as f32 - 0.5).floor() as i64);
            let [x, y] = corner;
            let is_inside = place.iter().all(|place| place.abs() <= 1.0) && x >= 0 && y >= 0;
            let near = [[x, y], [x + 1, y], [x, y + 1], [x + 1, y + 1]];
            *shown != Shown::Cast && is_inside && near.into_iter().all(is_same)
        });
        let is_same: Vec<bool> = is_same.collect();
        let map = |counts: &dyn Fn(Shown) -> bool| {
            let numbers = is_same.iter().zip(&shown);
            let numbers = numbers.map(|(is_same, shown)| f32::from(*is_same && counts(*shown)));
            let numbers: Vec<f32> = numbers.collect();
            Tensor::from_slice(&numbers).view([1, 1, height, width])
        };
        Self {
            frame: i64::from(frame),
            counts: [map(&|_| true), map(&|shown| shown == Shown::GroundOrSky)],
            places: Tensor::from_slice(&pixels).view([1, height, width, 2]),
        }
    }
}

/// Where the surface of a pixel was in the picture of the pose before, from -1 to 1; far outside if it was behind.
fn place_before(
    pixel: DVec2,
    surface: Option<Surface>,
    (here, there): (&Pose, &Pose),
    [width, height]: [f64; 2],
) -> [f64; 2] {
    let focal = |pose: &Pose| pose.focal_mm / SENSOR_WIDTH_MM * width;
    let middle = DVec2::new(width, height) / 2.0;
    let along: DVec3 = here.orientation * ((pixel - middle) / focal(here)).extend(1.0);
    let towards = match surface {
        Some(surface) => here.position + along * surface.z - there.position,
        None => along,
    };
    let seen = there.orientation.inverse() * towards;
    if seen.z <= 1e-6 {
        return [9.0; 2];
    }
    let at = DVec2::new(seen.x, seen.y) / seen.z * focal(there) + middle;
    [2.0 * at.x / width - 1.0, 2.0 * at.y / height - 1.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resting_camera_moves_nothing_and_a_change_is_counted() {
        let format = Format::SMALL;
        let mut scene = Scene::of_seed(3, format);
        let first = scene.shooting.poses[0];
        scene.shooting.poses.fill(first);
        let steadiness = Steadiness::of(&scene, format);
        let still = Tensor::rand([1, 3, 256, 384], tch::kind::FLOAT_CPU).repeat([17, 1, 1, 1]);
        assert!(steadiness.changes(&still)[0] < 0.01);
        let frames: Vec<f32> = (0..17).map(|frame| (frame % 2) as f32).collect();
        let flickering = Tensor::from_slice(&frames).view([17, 1, 1, 1]) * 0.1 + still * 0.0;
        for change in steadiness.changes(&flickering) {
            assert!((change - 25.5).abs() < 0.01, "{change}");
        }
    }
}
