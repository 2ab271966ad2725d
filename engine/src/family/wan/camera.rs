//! The rays of a camera path in the layout of this family's camera models: four frames per latent frame, with the first
//! frame repeated four times.
//!
//! Source: VideoX-Fun `videox_fun/data/utils.py`. Channel c * 4 + k is coordinate c of frame k.

use glam::DAffine3;
use kinora_wire::{Camera, View};
use tch::Tensor;

use super::vae::FRAMES_PER_LATENT;
use crate::camera::rays;

/// Ray coordinates of the four frames of one latent frame: 1 x 24 x 1 x height x width, in pixels, fp32, on the CPU.
/// `frame` is the number of the latent frame. After the end of the path its last view is used.
pub fn rays_of_latent_frame(camera: &Camera, frame: i64, height: i64, width: i64) -> Tensor {
    let frames = (0..FRAMES_PER_LATENT).map(|k| {
        let index = (FRAMES_PER_LATENT * (frame - 1) + 1 + k).max(0) as usize;
        rays(camera, index, height, width)
    });
    let four: Vec<Tensor> = frames.collect();
    Tensor::stack(&four, 1) // 6 4 h w
        .view([1, 6 * FRAMES_PER_LATENT, 1, height, width])
}

/// A camera at rest, with the lens of VideoX-Fun's sample paths (`asset/*.txt`): for models that were never trained
/// without a path.
pub fn camera_at_rest() -> Camera {
    let view = View {
        world_from_camera: DAffine3::IDENTITY,
        focal: [0.532_139_961, 0.946_026_558],
        centre: [0.5, 0.5],
        aspect: None,
    };
    Camera { views: vec![view] }
}
