//! A camera path as Plücker rays: for each pixel of each frame, the ray through it.
//!
//! Six coordinates per pixel (o x d, d) in the space of the first frame's camera: x right, y down, z forward, lengths
//! in the units of the path. Source: VideoX-Fun `videox_fun/data/utils.py` (`ray_condition`, `get_relative_pose`).

use glam::{DAffine3, DVec3};
use kinora_wire::{Camera, View};
use tch::{Device, Kind, Tensor};

/// Rays of one frame, in fp32 on the CPU: 6 x height x width, in pixels. After the end of the path its last view is
/// used.
pub fn rays(camera: &Camera, frame: usize, height: i64, width: i64) -> Tensor {
    let last = camera.views.len().saturating_sub(1);
    let (Some(first), Some(view)) = (camera.views.first(), camera.views.get(frame.min(last)))
    else {
        return Tensor::zeros([6, height, width], (Kind::Float, Device::Cpu));
    };
    let start_from_camera = first.world_from_camera.inverse() * view.world_from_camera;
    let origin = start_from_camera.translation;
    let numbers = directions(view, &start_from_camera, height, width)
        .flat_map(|direction| {
            let moment = origin.cross(direction);
            [
                moment.x,
                moment.y,
                moment.z,
                direction.x,
                direction.y,
                direction.z,
            ]
        })
        .map(|number| number as f32)
        .collect::<Vec<f32>>();
    Tensor::from_slice(&numbers)
        .view([height, width, 6])
        .permute([2, 0, 1])
}

/// Unit direction of the ray through each pixel's centre, row by row.
fn directions(
    view: &View,
    start_from_camera: &DAffine3,
    height: i64,
    width: i64,
) -> impl Iterator<Item = DVec3> {
    let (focal, centre) = view.in_pixels(width as f64, height as f64);
    let turn = start_from_camera.matrix3;
    (0..height * width).map(move |at| {
        let (row, column) = ((at / width) as f64 + 0.5, (at % width) as f64 + 0.5);
        let in_camera = DVec3::new(
            (column - centre[0]) / focal[0],
            (row - centre[1]) / focal[1],
            1.0,
        );
        turn * in_camera.normalize()
    })
}
