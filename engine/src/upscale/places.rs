//! Places: what the pixels of a picture show according to the camera and the figures of the stage. From them a guided
//! upscaler reads where the horizon is and which part of a figure a pixel belongs to.

use std::f64::consts::PI;

use glam::{DMat3, DVec2, DVec3};
use kinora_wire::{StageFigure, StageView, View};
use tch::Tensor;

/// Octaves of waves over a figure's height and width: the shortest is an eighth of its height.
const OCTAVES: usize = 5;
/// Channels of the surroundings, and of figures.
const AROUND: usize = 4;
const OF_FIGURE: usize = 9 + 4 * OCTAVES;
/// Channels of [`maps`].
pub const CHANNELS: i64 = (AROUND + OF_FIGURE) as i64;
/// A figure with its limbs and ears stays within this many of its heights beside and below its foot, and above it.
const BESIDE: f64 = 0.75;
const BELOW: f64 = 0.15;
const ABOVE: f64 = 1.35;
/// And within so many before and behind it.
const DEEP: f64 = 0.5;
/// The trunk of a figure, which hides the ground behind it.
const TRUNK: [f64; 3] = [0.42, 0.05, 1.12];
/// The distance at which the ground counts as half way to the horizon.
const HALF_WAY_METRES: f64 = 8.0;

/// A camera for pictures of one size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub eye: DVec3,
    world_from_camera: DMat3,
    focal: DVec2,
    centre: DVec2,
}

impl Sight {
    pub fn of(view: &View, [width, height]: [i64; 2]) -> Self {
        let (focal, centre) = view.in_pixels(width as f64, height as f64);
        Self {
            eye: view.world_from_camera.translation,
            world_from_camera: view.world_from_camera.matrix3,
            focal: focal.into(),
            centre: centre.into(),
        }
    }

    /// The direction that is seen in the middle of a pixel, in world space; its part along the camera's axis is 1.
    pub fn ray(&self, column: i64, row: i64) -> DVec3 {
        let pixel = DVec2::new(column as f64, row as f64) + 0.5;
        self.world_from_camera * ((pixel - self.centre) / self.focal).extend(1.0)
    }

    /// Where a direction is seen, in pixels; `None` behind the camera.
    pub fn place(&self, towards: DVec3) -> Option<DVec2> {
        let seen = self.world_from_camera.transpose() * towards;
        (seen.z > 1e-6).then(|| seen.truncate() / seen.z * self.focal + self.centre)
    }

    /// How far along the camera's axis a direction goes.
    pub fn depth(&self, towards: DVec3) -> f64 {
        self.world_from_camera.z_axis.dot(towards)
    }
}

/// An upright plane through a figure that faces the camera.
#[derive(Clone, Copy, Debug)]
pub(super) struct Board {
    foot: DVec3,
    towards: DVec3,
    across: DVec3,
    height: f64,
    distance: f64,
    /// Cosine and sine of the figure's turn to the camera, and of twice that; how steeply the camera looks down.
    turned: [f64; 5],
}

impl Board {
    /// `None`: the figure has no height, or the camera is above it.
    fn of(figure: &StageFigure, eye: DVec3) -> Option<Self> {
        let flat = DVec3::new(1.0, 0.0, 1.0);
        let towards = ((eye - figure.foot) * flat).try_normalize()?;
        let height = figure.height_metres;
        if !(height > 0.05 && figure.foot.is_finite() && eye.is_finite()) {
            return None;
        }
        let across = DVec3::new(-towards.z, 0.0, towards.x);
        let (sin, cos) = figure.turn_degrees.to_radians().sin_cos();
        let looks = DVec3::new(sin, 0.0, cos);
        let (ahead, aside) = (looks.dot(towards), looks.dot(across));
        let distance = ((eye - figure.foot) * flat).length();
        let above = figure.foot.y - height / 2.0 - eye.y;
        Some(Self {
            foot: figure.foot,
            towards,
            across,
            height,
            distance,
            turned: [
                ahead,
                aside,
                ahead * ahead - aside * aside,
                2.0 * ahead * aside,
                (above / distance.max(0.1)).clamp(-1.0, 1.0),
            ],
        })
    }

    /// The figures of a picture, the nearest first.
    pub fn all(seen: &StageView) -> Vec<Self> {
        let eye = seen.view.world_from_camera.translation;
        let figures = seen.figures.iter();
        let mut boards: Vec<Self> = figures.filter_map(|one| Self::of(one, eye)).collect();
        boards.sort_by(|one, other| one.distance.total_cmp(&other.distance));
        boards
    }

    /// Where a direction meets the plane: to the right of the foot and above it, in heights.
    fn meets(&self, eye: DVec3, ray: DVec3) -> Option<DVec2> {
        let along = (self.foot - eye).dot(self.towards) / ray.dot(self.towards);
        let at = eye + ray * along - self.foot;
        let at = DVec2::new(at.dot(self.across), -at.y) / self.height;
        (along > 0.0 && at.is_finite()).then_some(at)
    }

    /// Whether a direction meets the figure's trunk or is near it.
    pub fn hides(&self, eye: DVec3, ray: DVec3) -> bool {
        let [beside, below, above] = TRUNK;
        self.meets(eye, ray)
            .is_some_and(|at| at.x.abs() < beside && (-below..above).contains(&at.y))
    }

    /// Where a direction meets the figure's surroundings, as from [`Board::meets`].
    fn around(&self, eye: DVec3, ray: DVec3) -> Option<DVec2> {
        let at = self.meets(eye, ray)?;
        (at.x.abs() <= BESIDE && (-BELOW..ABOVE).contains(&at.y)).then_some(at)
    }

    /// Whether a body that is met so far along a ray can be a part of the figure.
    pub fn has(&self, eye: DVec3, ray: DVec3, along: f64) -> bool {
        let at = eye + ray * along - self.foot;
        at.dot(self.towards).abs() < DEEP * self.height && self.around(eye, ray).is_some()
    }

    /// What is known of a pixel in the figure's surroundings.
    fn described(&self, eye: DVec3, ray: DVec3, focal: f64) -> Option<[f32; OF_FIGURE]> {
        let at = self.around(eye, ray)?;
        let pixels = self.height * focal / self.distance.max(0.1);
        let waves = (0..OCTAVES).flat_map(|octave| {
            let waves = at * (PI * f64::from(1u32 << octave));
            [waves.x.sin(), waves.x.cos(), waves.y.sin(), waves.y.cos()]
        });
        let plain = [1.0, at.x, at.y, (pixels / 48.0).min(3.0)];
        let mut numbers = plain.into_iter().chain(self.turned).chain(waves);
        Some(std::array::from_fn(|_| {
            numbers.next().unwrap_or(0.0) as f32
        }))
    }
}

/// What the camera and the figures say of each pixel of a picture of this width and height: c h w.
pub fn maps(seen: &StageView, size: [i64; 2]) -> Tensor {
    let [width, height] = size;
    let sight = Sight::of(&seen.view, size);
    let boards = Board::all(seen);
    let mut numbers: Vec<f32> = Vec::with_capacity((CHANNELS * width * height) as usize);
    for row in 0..height {
        for column in 0..width {
            let ray = sight.ray(column, row);
            numbers.extend(around(&sight, ray));
            let mut boards = boards.iter();
            let figure = boards.find_map(|board| board.described(sight.eye, ray, sight.focal.x));
            numbers.extend(figure.unwrap_or([0.0; OF_FIGURE]));
        }
    }
    let maps = Tensor::from_slice(&numbers).view([height, width, CHANNELS]);
    maps.permute([2, 0, 1]).contiguous()
}

/// That there is a camera; the distance to the horizon in pixels and as a slope; how far the ground is.
fn around(sight: &Sight, ray: DVec3) -> [f32; AROUND] {
    let slope = -ray.y / DVec2::new(ray.x, ray.z).length().max(1e-4);
    let far = match hit(sight.eye, ray) {
        Some(along) => along / (along + HALF_WAY_METRES),
        None => 1.0,
    };
    let pixels = (slope * sight.focal.y).clamp(-4.0, 4.0) / 2.0;
    [1.0, pixels, slope.clamp(-1.5, 1.5), far].map(|number| match number.is_finite() {
        true => number as f32,
        false => 0.0,
    })
}

/// How far along a ray the ground is met; `None` towards the sky.
pub(super) fn hit(eye: DVec3, ray: DVec3) -> Option<f64> {
    let along = -eye.y / ray.y;
    (ray.y.abs() > 1e-9 && along > 0.0).then_some(along)
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat};
    use tch::IndexOp as _;

    use super::*;

    const SIZE: [i64; 2] = [96, 64];

    fn seen(position: DVec3, turn_degrees: f64) -> StageView {
        let level = DAffine3::from_rotation_translation(DQuat::IDENTITY, position);
        StageView {
            view: View::straight(level, 1.0, [96, 64]),
            figures: vec![StageFigure {
                foot: DVec3::ZERO,
                turn_degrees,
                height_metres: 1.6,
            }],
        }
    }

    #[test]
    fn the_horizon_is_half_way_up_for_a_level_camera_and_a_figure_stands_on_its_foot() {
        let maps = maps(&seen(DVec3::new(0.0, -1.5, -4.0), 180.0), SIZE);
        assert_eq!(maps.size(), [CHANNELS, 64, 96]);
        let at = |channel: usize, row: i64, column: i64| {
            maps.double_value(&[channel as i64, row, column])
        };
        assert!(at(1, 31, 5) > 0.0 && at(1, 32, 5) < 0.0);
        // The foot is 1.5 m below the eye and 4 m away through a lens of 96 pixels: 36 pixels below the middle.
        let flag = AROUND;
        assert!(at(flag, 40, 48) > 0.5 && at(flag, 40, 5) < 0.5);
        let up = at(flag + 2, 63, 48);
        assert!((up - 4.5 / 96.0 * 4.0 / 1.6).abs() < 0.01, "{up}");
        assert!(at(flag + 1, 40, 60) > 0.0, "right of its middle");
        assert!(at(flag + 4, 40, 48) > 0.99, "it faces the camera");
    }

    #[test]
    fn numbers_that_are_none_and_cameras_above_make_no_figure_and_no_panic() {
        for position in [
            DVec3::new(0.0, -1.5, 0.0),
            DVec3::splat(f64::NAN),
            DVec3::ZERO,
        ] {
            let maps = maps(&seen(position, 0.0), SIZE);
            let finite = maps.i((0..AROUND as i64, .., ..)).isfinite().all();
            assert!(finite.int64_value(&[]) == 1);
            assert!(maps.i(AROUND as i64).abs().max().double_value(&[]) < 0.5);
        }
    }
}
