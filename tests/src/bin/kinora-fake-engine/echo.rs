//! Clips that show their control clip, or nobody without one, in a world with patterned ground and sky, so that their camera can be measured.
//! The camera of one of the two models that make them strays from the drawn path, as far as its seed decides: it turns less,
//! and travels in another direction.

use std::path::Path;

use glam::{DAffine3, DQuat, DVec2, DVec3};
use kinora_render::media::read_still;
use kinora_wire::{Event, Generation, JobId, View};

use crate::messages::pixels_of_frame;
use crate::models::STRAY;

/// Width of the patches of the ground, in metres, and of the sky, in metres at its distance.
const PATCHES: [f64; 2] = [0.5, 1.0];
/// How far away the sky is, in metres.
const SKY: f64 = 12.0;

/// The least share of its turns that a straying camera makes, and how many degrees its travel is off at most.
const LEAST_SHARE: f64 = 0.5;
const MOST_DEGREES_OFF: f64 = 30.0;
/// What a clip without a control clip is painted on.
const GREY: u8 = 150;

/// So many frames of a clip of this size, each with the picture of its view.
pub fn echo(
    job: JobId,
    generation: &Generation,
    (frames, size): (u32, [u32; 2]),
    send: &mut dyn FnMut(Event),
) {
    let views = generation.inputs.camera.as_ref();
    let views = views.map_or(&[][..], |camera| &camera.views);
    // How far it strays, from 0 to 1.
    let stray = match generation.model.as_deref() == Some(STRAY) {
        true => hash(DVec2::new(generation.inputs.seed as f64, 7.0)),
        false => 0.0,
    };
    let files = generation.control.as_ref().map(|clip| &clip.frames);
    for first in 0..frames {
        let view = views.get(first as usize).or(views.last());
        let view = view.zip(views.first()).map(|(view, start)| View {
            world_from_camera: strayed(start, view, stray),
            ..*view
        });
        let file = files.and_then(|files| files.get(first as usize));
        let plain = || (size, vec![GREY; (size[0] * size[1] * 3) as usize]);
        let shown = file.map_or_else(plain, |file| picture_in(file));
        let (size, pixels) = patterned(shown, view.as_ref());
        pixels_of_frame(job, first, size, pixels, send);
    }
}

fn picture_in(file: &Path) -> ([u32; 2], Vec<u8>) {
    let picture = read_still(file).expect("a picture").into_rgb8();
    ([picture.width(), picture.height()], picture.into_raw())
}

/// The pose of a straying camera in place of that of a view of a path.
fn strayed(start: &View, view: &View, stray: f64) -> DAffine3 {
    let [start, pose] = [start, view].map(|view| view.world_from_camera);
    let [from, to] = [start, pose].map(|pose| DQuat::from_mat3(&pose.matrix3));
    let turned = from.slerp(to, 1.0 - stray * (1.0 - LEAST_SHARE));
    let off = DQuat::from_rotation_y((stray * MOST_DEGREES_OFF).to_radians());
    let travel = off * (pose.translation - start.translation);
    DAffine3::from_rotation_translation(turned, start.translation + travel)
}

/// A picture, darker and brighter by the pattern.
fn patterned((size, mut pixels): ([u32; 2], Vec<u8>), view: Option<&View>) -> ([u32; 2], Vec<u8>) {
    let Some(view) = view else {
        return (size, pixels);
    };
    let places = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| [x, y]));
    for (colours, [x, y]) in pixels.chunks_exact_mut(3).zip(places) {
        let share =
            [(x, size[0]), (y, size[1])].map(|(at, of)| (f64::from(at) + 0.5) / f64::from(of));
        let factor = 0.35 + 1.1 * pattern(view, share);
        for colour in colours {
            *colour = (f64::from(*colour) * factor).clamp(0.0, 255.0) as u8;
        }
    }
    (size, pixels)
}

/// The pattern at a place of the frame, from 0 to 1: where its ray meets the ground, at height 0, or else the sky.
fn pattern(view: &View, [x, y]: [f64; 2]) -> f64 {
    let [fx, fy] = view.focal;
    let ray = DVec3::new((x - view.centre[0]) / fx, (y - view.centre[1]) / fy, 1.0);
    let ray = view.world_from_camera.transform_vector3(ray).normalize();
    let eye = view.world_from_camera.translation;
    let ahead = -eye.y / ray.y; // y is down
    let [of_ground, of_sky] = PATCHES;
    if ray.y > 0.0 && ahead > 0.0 && ahead < SKY {
        let ground = eye + ray * ahead;
        return noise(DVec2::new(ground.x, ground.z) / of_ground);
    }
    // A tube round the world's upright axis.
    let [flat, from] = [ray, eye].map(|v| DVec2::new(v.x, v.z));
    let (square, half) = (flat.length_squared().max(1e-9), flat.dot(from));
    let root = half * half - square * (from.length_squared() - SKY * SKY);
    let ahead = (root.max(0.0).sqrt() - half) / square;
    let wall = eye + ray * ahead;
    noise(DVec2::new(wall.x.atan2(wall.z) * SKY, wall.y) / of_sky)
}

/// Smooth noise, from 0 to 1, of two sizes.
fn noise(at: DVec2) -> f64 {
    0.6 * smooth(at) + 0.4 * smooth(at * 2.7 + DVec2::splat(17.0))
}

fn smooth(at: DVec2) -> f64 {
    let corner = at.floor();
    let t = at - corner;
    let t = t * t * (DVec2::splat(3.0) - 2.0 * t);
    let value = |x: f64, y: f64| hash(corner + DVec2::new(x, y));
    let [upper, lower] = [0.0, 1.0].map(|y| value(0.0, y) * (1.0 - t.x) + value(1.0, y) * t.x);
    upper * (1.0 - t.y) + lower * t.y
}

/// A number from 0 to 1 for a corner.
fn hash(corner: DVec2) -> f64 {
    let [x, y] = [corner.x, corner.y].map(|at| at as i64 as u64);
    let mut bits = x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ y.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (bits >> 40) as f64 / (1u64 << 24) as f64
}
