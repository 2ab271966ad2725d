//! A scene's camera as the transformer gets it, by the engine's own hand.

use kinora_engine::camera::rays_of_latent_frame;
use kinora_engine::vae::latent_frames;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_wire::{Camera, View};
use rayon::prelude::*;
use tch::Tensor;

use crate::world::{Format, Scene};

/// The camera of a clip as a request says it.
pub fn camera(poses: &[Pose], [width, height]: [u32; 2]) -> Camera {
    let views = poses.iter().map(|pose| {
        let focal = pose.focal_mm / SENSOR_WIDTH_MM;
        View {
            world_from_camera: pose.world_from_camera(),
            focal: [focal, focal * f64::from(width) / f64::from(height)],
            centre: [0.5, 0.5],
        }
    });
    Camera {
        views: views.collect(),
    }
}

/// Rays of the clips of these seeds, each after `references` frames seen from where it begins:
/// b x 24 x (r + f) x H x W.
pub fn of_seeds(seeds: &[u64], references: i64, format: Format) -> Tensor {
    let [width, height] = format.size.map(i64::from);
    let clips: Vec<Tensor> = seeds
        .par_iter()
        .map(|&seed| {
            let camera = camera(&Scene::of_seed(seed, format).shooting.poses, format.size);
            let count = latent_frames(i64::from(format.frames));
            let frames: Vec<Tensor> = (0..count)
                .map(|frame| rays_of_latent_frame(&camera, frame, height, width))
                .collect();
            let before = (0..references).map(|_| frames[0].shallow_clone());
            Tensor::cat(
                &before
                    .chain(frames.iter().map(Tensor::shallow_clone))
                    .collect::<Vec<_>>(),
                2,
            )
        })
        .collect();
    Tensor::cat(&clips, 0)
}
