//! Steady large pictures: ground, sky and scenery become their mean over neighbouring frames, each moved as camera and depth
//! say. Of scenery it is what differs from the stage that is averaged, so that its edges stay sharp. Figures move by
//! themselves and are left as they are.

use kinora_wire::StageView;
use tch::{Kind, Tensor};

use super::layers::{self, LAYERS};
use super::places::{Board, Sight, hit};

/// Frames before and after a picture that count.
pub const REACH: usize = 2;
/// Pictures that differ by this much, of 1, show different things: a frame that differs so counts 1/e.
const SAME: f64 = 0.1;
/// That is compared over a square of so many pixels.
const COMPARED_PIXELS: i64 = 5;
/// Depths that differ by this share belong to different things.
const SAME_DEPTH: f64 = 0.1;
/// Figures blur the pixels beside them: so many large pixels on each side.
const BLURRED_PIXELS: i64 = 6;
/// A pixel of which a layer covers less shows two things.
const PURE: f32 = 0.98;
/// Codes of libtorch: smooth between pixels, and the border beyond the picture.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// A picture that was made larger.
#[derive(Debug)]
pub struct Large {
    /// As the network made it: 3 h w in [0, 1].
    pub picture: Tensor,
    /// What is seen there. `None`: the camera is unknown.
    pub scenery: Option<Scenery>,
}

/// What each pixel of a large picture shows, according to camera and stage.
#[derive(Debug)]
pub struct Scenery {
    sight: Sight,
    size: [i64; 2],
    /// Row by row.
    shown: Vec<Shown>,
    /// Metres along the camera's axis, row by row.
    depth_metres: Vec<f32>,
    /// The colours of the stage where scenery is shown, else 0: 3 h w.
    painted: Tensor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Sky,
    Ground,
    Body,
    /// A figure and what is beside it, or two things in one pixel.
    Other,
}

impl Scenery {
    /// From the camera and the figures of a picture, and its stage and layers as from [`layers::sampled`]: 4 h w and 3 h w.
    pub fn of(view: &StageView, stage: &Tensor, masks: &Tensor) -> Option<Self> {
        let (_, height, width) = stage.size3().ok()?;
        let sight = Sight::of(&view.view, [width, height]);
        let boards = Board::all(view);
        let body = numbers(&masks.select(0, LAYERS - 1));
        let depth_metres: Vec<f32> = numbers(&stage.select(0, 3))
            .into_iter()
            .map(layers::metres)
            .collect();
        let at = |at: usize| sight.ray(at as i64 % width, at as i64 / width);
        let is_figure = body.iter().zip(&depth_metres).enumerate();
        let is_figure = is_figure.map(|(pixel, (share, metres))| {
            let has = |board: &Board| board.has(sight.eye, at(pixel), f64::from(*metres));
            f32::from(*share > 0.0 && boards.iter().any(has))
        });
        let is_figure: Vec<f32> = is_figure.collect();
        let side = 2 * BLURRED_PIXELS + 1;
        let is_figure = Tensor::from_slice(&is_figure).view([1, height, width]);
        let beside = is_figure.max_pool2d([side; 2], [1; 2], [BLURRED_PIXELS; 2], [1; 2], false);
        let purest = numbers(&masks.amax([0].as_slice(), false));
        let shown = purest.iter().zip(numbers(&beside)).zip(&body).enumerate();
        let shown: Vec<Shown> = shown
            .map(
                |(pixel, ((purest, beside), body))| match hit(sight.eye, at(pixel)) {
                    _ if *purest < PURE || beside > 0.5 => Shown::Other,
                    _ if *body > 0.5 => Shown::Body,
                    Some(_) => Shown::Ground,
                    None => Shown::Sky,
                },
            )
            .collect();
        let is_body = shown.iter().map(|one| f32::from(*one == Shown::Body));
        let is_body = Tensor::from_slice(&is_body.collect::<Vec<_>>()).view([1, height, width]);
        Some(Self {
            painted: stage.narrow(0, 0, 3) * is_body,
            sight,
            size: [width, height],
            shown,
            depth_metres,
        })
    }

    /// Where in `other` the things of each pixel are seen, from -1 to 1, 1 h w 2; and 1 where they are seen there, else 0:
    /// 1 h w.
    fn places(&self, other: &Self) -> [Tensor; 2] {
        let [width, height] = self.size;
        let mut places = Vec::with_capacity(2 * self.shown.len());
        let mut counts = Vec::with_capacity(self.shown.len());
        for at in 0..self.shown.len() {
            let place = self.place(other, at);
            places.extend(place.unwrap_or_default());
            counts.push(if place.is_some() { 1.0f32 } else { 0.0 });
        }
        [
            Tensor::from_slice(&places).view([1, height, width, 2]),
            Tensor::from_slice(&counts).view([1, height, width]),
        ]
    }

    fn place(&self, other: &Self, at: usize) -> Option<[f32; 2]> {
        let [width, height] = self.size;
        let shown = self.shown[at];
        let ray = self.sight.ray(at as i64 % width, at as i64 / width);
        let far = match shown {
            Shown::Other => return None,
            Shown::Sky => None,
            Shown::Ground => hit(self.sight.eye, ray),
            Shown::Body => Some(f64::from(self.depth_metres[at])),
        };
        let towards = match far {
            Some(along) => self.sight.eye + ray * along - other.sight.eye,
            None => ray,
        };
        let place = other.sight.place(towards)?;
        let corner = [place.x, place.y].map(|side| (side - 0.5).floor());
        let most = [width - 1, height - 1].map(|side| side as f64);
        if !(0..2).all(|axis| (0.0..most[axis]).contains(&corner[axis])) {
            return None;
        }
        let first = corner[1] as usize * width as usize + corner[0] as usize;
        let near = [0, 1, width as usize, width as usize + 1].map(|more| first + more);
        let depth = other.sight.depth(towards);
        let is_same = near.into_iter().all(|near| {
            let as_far = || (f64::from(other.depth_metres[near]) / depth - 1.0).abs() < SAME_DEPTH;
            other.shown[near] == shown && (shown != Shown::Body || as_far())
        });
        let sides = [width, height].map(|side| side as f64);
        is_same.then(|| {
            [place.x / sides[0], place.y / sides[1]].map(|share| (2.0 * share - 1.0) as f32)
        })
    }
}

/// Picture `at` of these with the mean of what is seen in those within [`REACH`] too, 3 h w in [0, 1]. They count less the
/// more they differ there (after Tomasi and Manduchi, 1998, "Bilateral Filtering for Gray and Color Images"). `None`: there
/// is no such picture.
pub fn steadied<'l>(all: impl Iterator<Item = &'l Large> + Clone, at: usize) -> Option<Tensor> {
    let here = all.clone().nth(at)?;
    let Some(scenery) = &here.scenery else {
        return Some(here.picture.shallow_clone());
    };
    let near = all
        .enumerate()
        .take(at + REACH + 1)
        .skip(at.saturating_sub(REACH));
    let mut sum = &here.picture - &scenery.painted;
    let mut count = sum.narrow(0, 0, 1).ones_like();
    for (_, other) in near.filter(|(number, _)| *number != at) {
        let Some(seen) = &other.scenery else { continue };
        let [places, is_seen] = scenery.places(seen);
        let moved = |x: &Tensor| {
            let moved = x
                .unsqueeze(0)
                .grid_sampler(&places, BILINEAR, BORDER, false);
            moved.squeeze_dim(0)
        };
        let difference = (moved(&other.picture) - &here.picture).abs();
        let difference = difference.mean_dim([0].as_slice(), true, Kind::Float);
        let side = [COMPARED_PIXELS; 2];
        let around = [COMPARED_PIXELS / 2; 2];
        let difference = difference.avg_pool2d(side, [1; 2], around, false, false, None::<i64>);
        let counts = (difference / SAME).square().neg().exp() * is_seen;
        sum += moved(&(&other.picture - &seen.painted)) * &counts;
        count += counts;
    }
    Some((sum / count + &scenery.painted).clamp(0.0, 1.0))
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_kind(Kind::Float).flatten(0, -1).contiguous();
    Vec::try_from(flat).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat, DVec3};
    use kinora_wire::{StageFigure, View};
    use tch::Device;

    use super::*;

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);
    const SIZE: [i64; 2] = [48, 32];

    /// A camera 1.5 m above the ground, so far to the right, that looks along it; a figure stands to the left.
    fn view(across_metres: f64) -> StageView {
        let position = DVec3::new(across_metres, -1.5, -4.0);
        let level = DAffine3::from_rotation_translation(DQuat::IDENTITY, position);
        StageView {
            view: View::straight(level, 1.0, [48, 32]),
            figures: vec![StageFigure {
                foot: DVec3::X * -1.6,
                turn_degrees: 180.0,
                height_metres: 1.6,
            }],
        }
    }

    /// A body of the stage: left, top, width, height and how far away it is.
    type Body = ([i64; 4], f64);
    const FIGURE: Body = ([2, 8, 4, 16], 4.0);
    const TREE: Body = ([30, 4, 8, 14], 4.0);

    fn large(added: &Tensor, view: &StageView, bodies: &[Body]) -> Large {
        let [width, height] = SIZE;
        let depth = Tensor::zeros([height, width], FLOAT);
        for ([left, top, across, down], metres) in bodies {
            let bright = (1.2 / metres).sqrt();
            let _ = depth
                .narrow(0, *top, *down)
                .narrow(1, *left, *across)
                .fill_(bright);
        }
        let masks = layers::masks(view, &depth).expect("masks");
        let grey = Tensor::full([3, height, width], 0.4, FLOAT);
        let stage = Tensor::cat(&[&grey, &depth.unsqueeze(0)], 0);
        Large {
            picture: grey + added,
            scenery: Scenery::of(view, &stage, &masks),
        }
    }

    fn flat(value: f64) -> Tensor {
        Tensor::full([3, SIZE[1], SIZE[0]], value, FLOAT)
    }

    #[test]
    fn flicker_of_what_stands_still_is_averaged_and_figures_are_left_as_they_are() {
        let bodies = [FIGURE, TREE];
        let frames = [0.01, 0.02].map(|added| large(&flat(added), &view(0.0), &bodies));
        let steady = steadied(frames.iter(), 0).expect("steady");
        let at = |row: i64, column: i64| steady.double_value(&[0, row, column]);
        for (what, row, column) in [("sky", 2, 20), ("ground", 30, 20), ("the tree", 8, 34)] {
            assert!(
                (at(row, column) - 0.415).abs() < 1e-3,
                "{what}: {}",
                at(row, column)
            );
        }
        assert!((at(12, 4) - 0.41).abs() < 1e-6, "the figure: {}", at(12, 4));
    }

    #[test]
    fn what_was_added_follows_the_camera() {
        // It brightens to the right. A camera 0.5 m to the right sees the far sky unmoved, and the ground moved.
        let ramp = Tensor::arange(48, FLOAT).expand([3, 32, 48], true) / 4800.0;
        let frames = [0.0, 0.5].map(|across| large(&ramp, &view(across), &[]));
        let steady = steadied(frames.iter(), 0).expect("steady");
        let pixels = |row: i64, column: i64| {
            let added = steady.double_value(&[0, row, column]) - 0.4;
            added * 4800.0 - column as f64
        };
        assert!(pixels(4, 30).abs() < 0.05, "the sky: {}", pixels(4, 30));
        // Row 30 looks 14.5 pixels down from 1.5 m: 4.97 m ahead, where 0.5 m are 4.8 pixels, half of which is the mean.
        assert!(
            (pixels(30, 30) + 2.42).abs() < 0.1,
            "the ground: {}",
            pixels(30, 30)
        );
    }

    #[test]
    fn edges_of_scenery_stay_sharp_where_they_are_the_edges_of_the_stage() {
        // Stripes on a tree, seen by a camera that moves by half a pixel.
        let half_a_pixel = 4.0 / 48.0 / 2.0;
        let frames = [0.0, half_a_pixel].map(|across| {
            let mut seen = large(&flat(0.0), &view(across), &[TREE]);
            let stripes = Tensor::arange(48, FLOAT)
                .remainder(2.0)
                .expand([3, 32, 48], true)
                * 0.5;
            if let Some(scenery) = &mut seen.scenery {
                scenery.painted = scenery.painted.gt(0.0).to_kind(Kind::Float) * &stripes;
            }
            seen.picture = stripes * 0.9;
            seen
        });
        let steady = steadied(frames.iter(), 0).expect("steady");
        let contrast = steady.double_value(&[0, 8, 33]) - steady.double_value(&[0, 8, 34]);
        assert!(contrast > 0.42, "{contrast}");
    }

    #[test]
    fn a_body_is_not_mixed_with_what_it_hides_elsewhere() {
        let moved = ([30, 4, 8, 14], 2.0);
        let frames = [(0.0, TREE), (0.08, moved)]
            .map(|(added, body)| large(&flat(added), &view(0.0), &[body]));
        let steady = steadied(frames.iter(), 0).expect("steady");
        let at = |row: i64, column: i64| steady.double_value(&[0, row, column]);
        assert!((at(8, 34) - 0.4).abs() < 1e-6, "{}", at(8, 34));
        assert!(at(2, 10) > 0.41, "{}", at(2, 10));
    }

    #[test]
    fn pictures_that_differ_are_not_mixed_and_without_a_camera_nothing_is_changed() {
        let mut frames = [0.0, 0.5].map(|added| large(&flat(added), &view(0.0), &[]));
        let steady = steadied(frames.iter(), 0).expect("steady");
        let most = (&steady - &frames[0].picture).abs().max().double_value(&[]);
        assert!(most < 1e-6, "{most}");
        frames[0].scenery = None;
        assert!(
            steadied(frames.iter(), 0)
                .expect("steady")
                .equal(&frames[0].picture)
        );
    }
}
