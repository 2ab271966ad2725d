//! Plücker rays of a scene's camera: those of the engine's `camera`, for many clips at once on the training device.

use glam::{DAffine3, DMat3, DVec3};
use kinora_engine::family::wan::vae::FRAMES_PER_LATENT;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_wire::{Camera, View};
use tch::{Device, Kind, Tensor};

use crate::world::{Format, Scene};

/// The camera of a clip, as in a request to the engine.
pub fn camera(poses: &[Pose], size: [u32; 2]) -> Camera {
    let views = poses.iter().map(|pose| {
        View::straight(
            pose.world_from_camera(),
            pose.focal_mm / SENSOR_WIDTH_MM,
            size,
        )
    });
    Camera {
        views: views.collect(),
    }
}

/// The rays of the clips of these seeds, each after `references` frames seen from its start position: b x 24 x (r +
/// f) x H x W.
pub fn of_seeds(seeds: &[u64], references: i64, format: Format, device: Device) -> Tensor {
    let poses = seeds
        .iter()
        .map(|&seed| Scene::of_seed(seed, format).shooting.poses);
    of_poses(&poses.collect::<Vec<_>>(), references, format, device)
}

/// A ray is (moment, direction), and both are linear in the pixel position: each frame is one 6 x 3 matrix, computed
/// in double precision, and all frames of all clips are one matrix product.
fn of_poses(clips: &[Vec<Pose>], references: i64, format: Format, device: Device) -> Tensor {
    let [width, height] = format.size.map(i64::from);
    let repeats = |at: usize| match at {
        0 => references * FRAMES_PER_LATENT + FRAMES_PER_LATENT, // the first frame is repeated to a whole latent frame
        _ => 1,
    };
    let (mut matrices, mut focals) = (Vec::new(), Vec::new());
    for poses in clips {
        let first_from_world = poses[0].world_from_camera().inverse();
        for (at, pose) in poses.iter().enumerate() {
            let focal = pose.focal_mm / SENSOR_WIDTH_MM * width as f64; // in pixels
            let matrix = ray_from_place(&(first_from_world * pose.world_from_camera()), focal);
            for _ in 0..repeats(at) {
                matrices.extend(matrix);
                focals.push(focal as f32);
            }
        }
    }
    let count = clips.len() as i64;
    let frames = focals.len() as i64 / count;
    let on_device = |numbers: &[f32]| Tensor::from_slice(numbers).to_device(device);
    let matrices = on_device(&matrices).view([count * frames * 6, 3]);
    let focals = on_device(&focals).view([count * frames, 1, 1]);

    let float = (Kind::Float, device);
    let place = [height, width];
    let across = (Tensor::arange(width, float) + 0.5 - width as f64 / 2.0).expand(place, false);
    let down = Tensor::arange(height, float) + 0.5 - height as f64 / 2.0;
    let down = down.unsqueeze(1).expand(place, false);
    let places = Tensor::stack(&[&across, &down, &across.ones_like()], 0).view([3, -1]);
    let from_middle = (across.square() + down.square()).view([1, 1, -1]);
    let length = (from_middle / focals.square() + 1.0).sqrt_();
    let rays = matrices.mm(&places).view([count * frames, 6, -1]) / &length;

    // Channel c·4 + k is coordinate c of the k-th of four frames.
    let latent_frames = frames / FRAMES_PER_LATENT;
    rays.view([count, latent_frames, FRAMES_PER_LATENT, 6, height, width])
        .permute([0, 3, 2, 1, 4, 5]) // b 6 4 f h w
        .reshape([count, 6 * FRAMES_PER_LATENT, latent_frames, height, width])
}

/// The matrix from (x, y, 1), a position in pixels from the picture's centre, to an unnormalised ray: three rows of
/// moment, three of direction.
fn ray_from_place(first_from_camera: &DAffine3, focal: f64) -> [f32; 18] {
    let lens = DMat3::from_diagonal(DVec3::new(1.0 / focal, 1.0 / focal, 1.0));
    let direction = first_from_camera.matrix3 * lens;
    let origin = first_from_camera.translation;
    let moment = DMat3::from_cols(
        origin.cross(direction.x_axis),
        origin.cross(direction.y_axis),
        origin.cross(direction.z_axis),
    );
    let mut rows = [0.0; 18];
    let in_order = [moment, direction].map(|part| part.transpose().to_cols_array());
    for (row, number) in rows.iter_mut().zip(in_order.as_flattened()) {
        *row = *number as f32;
    }
    rows
}

#[cfg(test)]
mod tests {
    use kinora_engine::family::wan::camera::rays_of_latent_frame;

    use super::*;

    #[test]
    fn all_at_once_they_are_the_rays_that_the_engine_gives_its_network() {
        tch::set_num_threads(1);
        let format = Format::SMALL;
        let seeds = [3, 11];
        let ours = of_seeds(&seeds, 1, format, Device::Cpu);
        assert_eq!(ours.size(), [2, 24, 6, 64, 96]);
        for (clip, &seed) in (0..).zip(&seeds) {
            let camera = camera(&Scene::of_seed(seed, format).shooting.poses, format.size);
            for (at, frame) in [(0, 0), (1, 0), (2, 1), (5, 4)] {
                let theirs = rays_of_latent_frame(&camera, frame, 64, 96);
                let ours = ours.narrow(0, clip, 1).narrow(2, at, 1);
                let difference = (ours - theirs).abs().max().double_value(&[]);
                assert!(difference < 1e-5, "clip {clip}, frame {at}: {difference}");
            }
        }
    }
}
