//! Layers of a picture: sky, ground and the bodies of its stage. Each is enlarged by itself, so that the edges between them are
//! those of the stage (after Kopf et al., 2007, "Joint bilateral upsampling").

use kinora_wire::{StageView, UpscaleGuide};
use tch::{Kind, Tensor};

use super::places::{Sight, hit};

/// The enlargement.
const SCALE: i64 = UpscaleGuide::SCALE as i64;
/// Sky, ground, bodies.
pub const LAYERS: i64 = 3;
/// A pixel of a stage's depth is the root of this many metres over the distance along the camera's axis, from 0 to 1.
const BRIGHTEST_METRES: f64 = 1.2;
/// A body is so much nearer than the ground behind it: more than the rounding of depth to two bytes.
const RELIEF: f64 = 4.0 / 65_535.0;
/// How much a pixel counts for a layer that only its neighbours show.
const NEIGHBOURS_COUNT: f64 = 1e-4;
/// A layer that is nowhere near still has a colour.
const ALWAYS: f64 = 1e-9;
/// The light on bodies is the mean over a square of so many small pixels.
const LIGHT_PIXELS: i64 = 17;
/// How dark and how bright it can be, and how much more or less it can have of a colour.
const LIGHT: [f64; 2] = [0.35, 1.4];
const TINT: [f64; 2] = [0.8, 1.25];

/// Which layer each pixel of a stage shows, 1 or 0, from its depth, h w in [0, 1]: 3 h w.
pub fn masks(seen: &StageView, depth: &Tensor) -> Option<Tensor> {
    let (height, width) = depth.size2().ok()?;
    let sight = Sight::of(&seen.view, [width, height]);
    let mut behind: Vec<f32> = Vec::with_capacity((width * height) as usize);
    for row in 0..height {
        for column in 0..width {
            let far = hit(sight.eye, sight.ray(column, row));
            let bright = far.map_or(0.0, |along| (BRIGHTEST_METRES / along).sqrt().min(1.0));
            behind.push(if bright.is_finite() {
                bright as f32
            } else {
                0.0
            });
        }
    }
    let behind = Tensor::from_slice(&behind).view([height, width]);
    let body = (depth - &behind).gt(RELIEF).to_kind(Kind::Float);
    let ground = behind.gt(0.0).to_kind(Kind::Float) * (1.0 - &body);
    let sky = 1.0 - &body - &ground;
    Some(Tensor::stack(&[sky, ground, body], 0))
}

/// Metres along the camera's axis of a pixel of a stage's depth, in [0, 1].
pub(super) fn metres(bright: f32) -> f32 {
    BRIGHTEST_METRES as f32 / bright.max(1e-3).powi(2)
}

/// A stage at the large size with its layers, of a picture of it with [`UpscaleGuide::SAMPLES`] times as many samples in each
/// direction: red, green, blue and depth, 4 h w in [0, 1]. Of pixels that a body covers in part, colour and depth are those of
/// the body, and the layer says how much it covers.
pub fn sampled(seen: &StageView, samples: &Tensor) -> Option<[Tensor; 2]> {
    let masks = masks(seen, &samples.select(0, 3))?;
    let side = i64::from(UpscaleGuide::SAMPLES);
    let mean = |x: &Tensor| pooled(x, side, side, 0);
    let shares = mean(&masks);
    let (body, share) = (
        masks.narrow(0, LAYERS - 1, 1),
        shares.narrow(0, LAYERS - 1, 1),
    );
    let covered = share.gt(0.0).to_kind(Kind::Float);
    let bodies = mean(&(samples * &body)) / share.clamp_min(0.1) * &covered;
    let stage = bodies + mean(samples) * (1.0 - covered);
    Some([stage, shares])
}

/// The share of each small pixel that bodies cover, of [`masks`] of a larger stage: 1 h w, of this width.
pub fn bodies(masks: &Tensor, width: i64) -> Tensor {
    let side = masks.size()[2] / width;
    pooled(&masks.narrow(0, LAYERS - 1, 1), side, side, 0)
}

/// A picture enlarged layer by layer: sky and ground are those of the settled picture, b 3 h w as the picture, and bodies
/// those of the stage b 3 (4 h) (4 w) in the light of the picture; with the masks b 3 (4 h) (4 w). Where all masks are 0
/// the settled picture is enlarged smoothly.
pub fn enlarged(picture: &Tensor, settled: &Tensor, stage: &Tensor, masks: &Tensor) -> Tensor {
    let size = [SCALE * picture.size()[2], SCALE * picture.size()[3]];
    let up = |x: &Tensor| x.upsample_bilinear2d(size, false, None::<f64>, None::<f64>);
    let shares = pooled(masks, SCALE, SCALE, 0); // b 3 h w
    let near = pooled(&shares, 5, 1, 2);
    // Pixels that show two layers are mixed: pure ones count far more.
    let counts = shares.square().square() + near * NEIGHBOURS_COUNT + ALWAYS;
    let none = 1.0 - masks.sum_dim_intlist([1].as_slice(), true, Kind::Float);
    let layers = (0..LAYERS).map(|layer| {
        let (count, mask) = (counts.narrow(1, layer, 1), masks.narrow(1, layer, 1));
        if layer == LAYERS - 1 {
            return lit(picture, stage, &count, &mask) * mask;
        }
        up(&(settled * &count)) / up(&count) * mask
    });
    layers.fold(up(settled) * none, |sum, layer| sum + layer)
}

/// The bodies of a stage in the light of a picture: as bright as the picture is around, with a tint of its colours. A picture
/// whose bodies have other colours is not followed further.
fn lit(picture: &Tensor, stage: &Tensor, count: &Tensor, mask: &Tensor) -> Tensor {
    let around = |x: &Tensor| pooled(x, LIGHT_PIXELS, 1, LIGHT_PIXELS / 2);
    let share = pooled(mask, SCALE, SCALE, 0) + ALWAYS;
    let coarse = pooled(&(stage * mask), SCALE, SCALE, 0) / share;
    let seen = around(&(picture * count)) + ALWAYS;
    let painted = around(&(coarse * count)) + ALWAYS;
    let bright = |x: &Tensor| x.mean_dim([1].as_slice(), true, Kind::Float);
    let brighter = bright(&seen) / bright(&painted);
    let tint = (seen / painted / &brighter).clamp(TINT[0], TINT[1]);
    let light = brighter.clamp(LIGHT[0], LIGHT[1]) * tint;
    let size = stage.size();
    let light = light.upsample_bilinear2d([size[2], size[3]], false, None::<f64>, None::<f64>);
    (stage * light).clamp(0.0, 1.0)
}

fn pooled(x: &Tensor, side: i64, by: i64, around: i64) -> Tensor {
    x.avg_pool2d([side; 2], [by; 2], [around; 2], false, true, None::<i64>)
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat, DVec3};
    use kinora_wire::View;

    use super::*;

    const FLOAT: (Kind, tch::Device) = (Kind::Float, tch::Device::Cpu);

    #[test]
    fn sky_ground_and_bodies_are_told_apart() {
        let position = DVec3::new(0.0, -1.5, -4.0);
        let level = DAffine3::from_rotation_translation(DQuat::IDENTITY, position);
        let seen = StageView {
            view: View::straight(level, 1.0, [96, 64]),
            figures: Vec::new(),
        };
        let depth = Tensor::zeros([64, 96], FLOAT);
        // A body 3 m away in the middle, from above the horizon to below it.
        let body = (BRIGHTEST_METRES / 3.0).sqrt();
        let _ = depth.narrow(0, 20, 24).narrow(1, 40, 16).fill_(body);
        let below = masks(&seen, &depth).expect("masks");
        let layer = |row: i64, column: i64| {
            let at = |layer: i64| below.double_value(&[layer, row, column]) > 0.5;
            [at(0), at(1), at(2)]
        };
        assert_eq!(layer(5, 5), [true, false, false]);
        assert_eq!(layer(60, 5), [false, true, false]);
        assert_eq!(layer(30, 45), [false, false, true]);
        assert_eq!(layer(40, 45), [false, false, true]);
    }

    #[test]
    fn a_pixel_that_a_body_covers_in_part_has_the_colour_of_the_body_and_its_share() {
        let position = DVec3::new(0.0, -1.5, -4.0);
        let level = DAffine3::from_rotation_translation(DQuat::IDENTITY, position);
        let seen = StageView {
            view: View::straight(level, 1.0, [8, 8]),
            figures: Vec::new(),
        };
        // Blue sky with a red body 3 m away, whose edge is in the middle of the third column.
        let samples = Tensor::zeros([4, 16, 16], FLOAT);
        let _ = samples.narrow(0, 2, 1).fill_(0.9);
        let body = samples.narrow(2, 5, 7);
        let _ = body.narrow(0, 0, 1).fill_(0.8);
        let _ = body.narrow(0, 2, 1).fill_(0.0);
        let _ = body.narrow(0, 3, 1).fill_((BRIGHTEST_METRES / 3.0).sqrt());
        let [stage, masks] = sampled(&seen, &samples).expect("sampled");
        let at = |x: &Tensor, channel: i64, column: i64| x.double_value(&[channel, 1, column]);
        let near = |one: f64, other: f64| (one - other).abs() < 1e-6;
        assert!(near(at(&masks, 2, 2), 0.5) && near(at(&masks, 0, 2), 0.5));
        assert!(
            near(at(&stage, 0, 2), 0.8) && near(at(&stage, 2, 2), 0.0),
            "the body's colour"
        );
        assert!(
            near(at(&masks, 2, 1), 0.0) && near(at(&stage, 2, 1), 0.9),
            "the sky"
        );
        assert!(
            near(at(&masks, 2, 4), 1.0) && near(at(&stage, 0, 4), 0.8),
            "the body"
        );
    }

    #[test]
    fn an_edge_of_the_stage_is_sharp_where_the_small_picture_is_blurred() {
        // Black sky over white ground, with two grey rows between; the edge of the stage is within the upper of them.
        let rows = [0.0f32, 0.0, 0.0, 0.3, 0.7, 1.0, 1.0, 1.0];
        let small = Tensor::from_slice(&rows)
            .view([1, 1, 8, 1])
            .repeat([1, 3, 1, 8]);
        let masks = Tensor::zeros([1, 3, 32, 32], FLOAT);
        let _ = masks.narrow(1, 0, 1).narrow(2, 0, 14).fill_(1.0);
        let _ = masks.narrow(1, 1, 1).narrow(2, 14, 18).fill_(1.0);
        let stage = Tensor::zeros([1, 3, 32, 32], FLOAT);
        let large = enlarged(&small, &small, &stage, &masks);
        let at = |row: i64| large.double_value(&[0, 0, row, 16]);
        assert!(at(11) < 0.1 && at(20) > 0.85, "{} {}", at(11), at(20));
        assert!(at(14) - at(13) > 0.35, "{} {}", at(13), at(14));
        let smooth = enlarged(&small, &small, &stage, &(&masks * 0.0));
        let step = smooth.double_value(&[0, 0, 14, 16]) - smooth.double_value(&[0, 0, 13, 16]);
        assert!(step < 0.15, "{step}");
    }

    #[test]
    fn bodies_have_the_colours_of_the_stage_in_the_light_of_the_picture() {
        // A body, half red and half blue, in a light half as bright as the stage's; the small picture shows a mean of both.
        let masks = Tensor::zeros([1, 3, 32, 32], FLOAT);
        let _ = masks.narrow(1, 2, 1).fill_(1.0);
        let stage = Tensor::zeros([1, 3, 32, 32], FLOAT);
        let _ = stage.narrow(1, 0, 1).narrow(3, 0, 16).fill_(0.8);
        let _ = stage.narrow(1, 2, 1).narrow(3, 16, 16).fill_(0.6);
        let small = Tensor::from_slice(&[0.2f32, 0.0, 0.15]).view([1, 3, 1, 1]);
        let small = small.expand([1, 3, 8, 8], false);
        let large = enlarged(&small, &small, &stage, &masks);
        let at = |channel: i64, column: i64| large.double_value(&[0, channel, 15, column]);
        assert!(
            (at(0, 4) - 0.4).abs() < 0.02 && at(2, 4).abs() < 1e-6,
            "{}",
            at(0, 4)
        );
        assert!((at(2, 28) - 0.3).abs() < 0.02 && at(0, 28).abs() < 1e-6);
    }
}
