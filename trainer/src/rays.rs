//! A scene's camera as the transformer gets it: the rays of the engine's `camera`, for many clips at once
//! and on the device that learns.

use kinora_engine::vae::FRAMES_PER_LATENT;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_wire::{Camera, View};
use tch::{Device, Kind, Tensor};

use crate::world::{Format, Scene};

/// The camera of a clip as a request says it.
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

/// Rays of the clips of these seeds, each after `references` frames seen from where it begins:
/// b x 24 x (r + f) x H x W.
pub fn of_seeds(seeds: &[u64], references: i64, format: Format, device: Device) -> Tensor {
    let poses = seeds
        .iter()
        .map(|&seed| Scene::of_seed(seed, format).shooting.poses);
    of_poses(&poses.collect::<Vec<_>>(), references, format, device)
}

fn of_poses(clips: &[Vec<Pose>], references: i64, format: Format, device: Device) -> Tensor {
    let [width, height] = format.size.map(i64::from);
    let float = (Kind::Float, device);
    // Relative to the first view in double precision; what is left is small and bears single.
    let mut numbers: Vec<f32> = Vec::new();
    for poses in clips {
        let first_from_world = poses[0].world_from_camera().inverse();
        for pose in poses {
            let place = first_from_world * pose.world_from_camera();
            let focal = pose.focal_mm / SENSOR_WIDTH_MM * width as f64; // pixels
            let turn = place.matrix3.transpose().to_cols_array(); // row by row
            let parts = turn
                .iter()
                .chain(place.translation.as_ref())
                .chain([&focal]);
            numbers.extend(parts.map(|&number| number as f32));
        }
    }
    let count = [clips.len() as i64, i64::from(format.frames)];
    let numbers = Tensor::from_slice(&numbers)
        .to_device(device)
        .view([count[0], count[1], 13]);
    let turn = numbers.narrow(2, 0, 9).view([count[0], count[1], 3, 3]);
    let origin = numbers.narrow(2, 9, 3);
    let focal = numbers.narrow(2, 12, 1);

    let across = Tensor::arange(width, float) + 0.5 - width as f64 / 2.0;
    let down = Tensor::arange(height, float) + 0.5 - height as f64 / 2.0;
    let place = [count[0], count[1], height, width];
    let x = (across.view([1, 1, 1, -1]) / focal.unsqueeze(-1)).expand(place, false);
    let y = (down.view([1, 1, -1, 1]) / focal.unsqueeze(-1)).expand(place, false);
    let in_camera = Tensor::stack(&[&x, &y, &x.ones_like()], 2); // b t 3 h w
    let length = in_camera.norm_scalaropt_dim(2, [2], true);
    let in_camera = (in_camera / length).flatten(3, 4); // b t 3 hw
    let direction = turn.matmul(&in_camera);
    let moment = origin
        .unsqueeze(-1)
        .expand_as(&direction)
        .linalg_cross(&direction, 2);
    let rays = Tensor::cat(&[moment, direction], 2).view([count[0], count[1], 6, height, width]);

    // The first frame four times, then four frames to a latent frame; channel c·4 + k is coordinate c of k.
    let first = rays
        .narrow(1, 0, 1)
        .repeat([1, FRAMES_PER_LATENT - 1, 1, 1, 1]);
    let rays = Tensor::cat(&[first, rays], 1);
    let frames = rays.size()[1] / FRAMES_PER_LATENT;
    let rays = rays
        .view([count[0], frames, FRAMES_PER_LATENT, 6, height, width])
        .permute([0, 3, 2, 1, 4, 5]) // b 6 4 f h w
        .reshape([count[0], 6 * FRAMES_PER_LATENT, frames, height, width]);
    let before = rays.narrow(2, 0, 1).repeat([1, 1, references, 1, 1]);
    Tensor::cat(&[before, rays], 2)
}

#[cfg(test)]
mod tests {
    use kinora_engine::camera::rays_of_latent_frame;

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
