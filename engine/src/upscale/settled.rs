//! The settled picture: what a clip shows of ground and sky, averaged over its frames after each is moved as the camera
//! moved. It is steady where the frames flicker, and nobody stands in it.

use kinora_wire::StageView;
use tch::{Kind, Tensor};

use super::places::{Board, Sight, hit};

/// Frames before and after a picture that count.
pub const REACH: usize = 16;
/// Ground that is farther away moves like the sky.
const FAR_METRES: f64 = 60.0;
/// Codes of libtorch: smooth between pixels, and the border beyond the picture.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// Bodies that cover no more of a pixel and its neighbours leave it to ground or sky.
const UNCOVERED: f64 = 0.02;

/// A frame of a clip with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// The frame: 3 h w in [0, 1].
    pub picture: &'s Tensor,
    /// Its camera and its figures.
    pub view: &'s StageView,
    /// The share of each pixel that bodies of the stage cover, as from [`super::layers::bodies`]: 1 h w. `None`: unknown.
    pub bodies: Option<&'s Tensor>,
}

/// The settled picture of one of some neighbouring frames, 3 h w. What bodies hide in all of them is filled with the
/// ground or sky around; where there is none it is the frame itself.
pub fn settled(frames: &[Seen], at: usize) -> Option<Tensor> {
    let Seen { picture, view, .. } = *frames.get(at)?;
    let size = picture.size();
    let (height, width) = (*size.get(1)?, *size.get(2)?);
    let sight = Sight::of(&view.view, [width, height]);
    let (mut places, mut counts) = (Vec::new(), Vec::new());
    for seen in frames {
        let source = Source::of(seen.view, [width, height]);
        for row in 0..height {
            for column in 0..width {
                let (place, count) = source.place(&sight, column, row);
                places.extend(place);
                counts.push(count);
            }
        }
    }
    let count = frames.len() as i64;
    let places = Tensor::from_slice(&places).view([count, height, width, 2]);
    let counts = Tensor::from_slice(&counts).view([count, 1, height, width]);
    let moved = |each: &dyn Fn(&Seen) -> Tensor| {
        let each: Vec<Tensor> = frames.iter().map(each).collect();
        Tensor::stack(&each, 0).grid_sampler(&places, BILINEAR, BORDER, false)
    };
    let uncovered = moved(&|seen| uncovered(seen.bodies, [width, height]));
    let counts = counts * uncovered.ge(0.999).to_kind(Kind::Float);
    let moved = moved(&|seen| seen.picture.shallow_clone());
    let over_time = [0].as_slice();
    let sum = (moved * &counts).sum_dim_intlist(over_time, false, Kind::Float);
    let count = counts.sum_dim_intlist(over_time, false, Kind::Float); // 1 h w
    let known = count.ge(0.5).to_kind(Kind::Float);
    let mean = sum / count.clamp_min(0.5);
    let is_ground = ground(&sight, [width, height]);
    let layer = |share: &Tensor| {
        let known = &known * share;
        match known.sum(Kind::Float).double_value(&[]) > 0.5 {
            true => filled(&mean, &known) * share,
            false => picture * share,
        }
    };
    Some(layer(&is_ground) + layer(&(1.0 - &is_ground)))
}

/// Which pixels and their neighbours show no body, 1 or 0: 1 h w. Edges of small pictures are blurred, so that bodies colour
/// the pixels beside them.
fn uncovered(bodies: Option<&Tensor>, [width, height]: [i64; 2]) -> Tensor {
    let free = || Tensor::ones([1, height, width], (Kind::Float, tch::Device::Cpu));
    bodies.map_or_else(free, |bodies| {
        let near = bodies.max_pool2d([3, 3], [1, 1], [1, 1], [1, 1], false);
        near.le(UNCOVERED).to_kind(Kind::Float)
    })
}

/// Which pixels look at the ground, 1 or 0: 1 h w.
fn ground(sight: &Sight, [width, height]: [i64; 2]) -> Tensor {
    let rows = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
    let numbers = rows.map(|(column, row)| {
        let ray = sight.ray(column, row);
        f32::from(hit(sight.eye, ray).is_some())
    });
    Tensor::from_slice(&numbers.collect::<Vec<_>>()).view([1, height, width])
}

/// A picture 3 h w whose unknown pixels are smooth continuations of the known ones, 1 or 0: 1 h w (after Gortler et al., 1996,
/// "push-pull").
fn filled(picture: &Tensor, known: &Tensor) -> Tensor {
    let size = picture.size();
    if known.min().double_value(&[]) > 0.5 || size[1..] == [1, 1] {
        return picture.shallow_clone();
    }
    let halved = [(size[1] + 1) / 2, (size[2] + 1) / 2];
    let share = known.adaptive_avg_pool2d(halved);
    let coarse = (picture * known).adaptive_avg_pool2d(halved) / share.clamp_min(1e-6);
    let coarse = filled(&coarse, &share.gt(0.0).to_kind(Kind::Float));
    let around = coarse.unsqueeze(0).upsample_bilinear2d(
        [size[1], size[2]],
        false,
        None::<f64>,
        None::<f64>,
    );
    picture * known + around.squeeze_dim(0) * (1.0 - known)
}

/// A frame that others are made of.
struct Source {
    sight: Sight,
    boards: Vec<Board>,
    size: [f64; 2],
}

impl Source {
    fn of(seen: &StageView, size: [i64; 2]) -> Self {
        Self {
            sight: Sight::of(&seen.view, size),
            boards: Board::all(seen),
            size: size.map(|side| side as f64),
        }
    }

    /// Where the ground or sky of a pixel of another picture is seen here, from -1 to 1, and 1 if it is, else 0.
    fn place(&self, from: &Sight, column: i64, row: i64) -> ([f32; 2], f32) {
        let ray = from.ray(column, row);
        let near = hit(from.eye, ray).filter(|along| *along < FAR_METRES);
        let towards = match near {
            Some(along) => from.eye + ray * along - self.sight.eye,
            None => ray,
        };
        let Some(at) = self.sight.place(towards) else {
            return ([0.0; 2], 0.0);
        };
        let [width, height] = self.size;
        let place = [2.0 * at.x / width - 1.0, 2.0 * at.y / height - 1.0];
        let is_inside = place.iter().all(|share| share.abs() <= 1.0);
        let eye = self.sight.eye;
        let is_hidden = || self.boards.iter().any(|board| board.hides(eye, towards));
        match is_inside && !is_hidden() {
            true => (place.map(|share| share as f32), 1.0),
            false => ([0.0; 2], 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat, DVec3};
    use kinora_wire::{StageFigure, View};

    use super::*;

    fn view(across_metres: f64) -> StageView {
        let position = DVec3::new(across_metres, -1.5, -4.0);
        let level = DAffine3::from_rotation_translation(DQuat::IDENTITY, position);
        StageView {
            view: View::straight(level, 1.0, [24, 16]),
            figures: vec![StageFigure {
                foot: DVec3::X * (across_metres - 1.6),
                turn_degrees: 180.0,
                height_metres: 1.6,
            }],
        }
    }

    fn seen<'s>(
        frames: &'s [Tensor],
        views: &'s [StageView],
        bodies: Option<&'s [Tensor; 2]>,
    ) -> Vec<Seen<'s>> {
        let each = frames.iter().zip(views).enumerate();
        let seen = each.map(|(at, (picture, view))| Seen {
            picture,
            view,
            bodies: bodies.map(|bodies| &bodies[at]),
        });
        seen.collect()
    }

    #[test]
    fn flicker_is_averaged_and_figures_are_left_out() {
        let float = (Kind::Float, tch::Device::Cpu);
        let frames = [0.2, 0.6].map(|value| Tensor::full([3, 16, 24], value, float));
        let views = [view(0.0), view(0.0)];
        let settled = settled(&seen(&frames, &views, None), 0).expect("settled");
        let at = |row: i64, column: i64| settled.double_value(&[0, row, column]);
        assert!((at(12, 18) - 0.4).abs() < 1e-6, "the ground is the mean");
        assert!((at(2, 18) - 0.4).abs() < 1e-6, "so is the sky");
        // The figure hides this ground in both frames: it is as the ground around.
        assert!((at(10, 2) - 0.4).abs() < 1e-4, "{}", at(10, 2));
    }

    #[test]
    fn frames_follow_the_camera() {
        // Grey that brightens to the right: a camera 0.5 m to the right sees the far sky unmoved, the ground moved.
        let ramp =
            Tensor::arange(24, (Kind::Float, tch::Device::Cpu)).expand([3, 16, 24], true) / 24.0;
        let frames = [ramp.shallow_clone(), ramp.shallow_clone()];
        let views = [view(0.0), view(0.5)];
        let settled = settled(&seen(&frames, &views, None), 0).expect("settled");
        let moved = |row: i64| {
            (settled.double_value(&[0, row, 20]) - ramp.double_value(&[0, row, 20])) * 24.0
        };
        assert!(moved(2).abs() < 1e-4, "the sky");
        // Row 15 looks 7.5 pixels down from 1.5 m: 4.8 m ahead, where 0.5 m are 2.5 pixels, half of which is the mean.
        assert!((moved(15) + 1.25).abs() < 0.01, "{}", moved(15));
        assert!(super::settled(&[], 0).is_none());
    }

    #[test]
    fn bodies_of_the_stage_leave_no_trace_on_the_ground_beside_them() {
        // A white thing on black ground, in other pixels of each frame: a camera beside it sees other ground behind it.
        let float = (Kind::Float, tch::Device::Cpu);
        let bodies = [10, 14].map(|column| {
            let body = Tensor::zeros([1, 16, 24], float);
            let _ = body.narrow(1, 8, 6).narrow(2, column, 2).fill_(1.0);
            body
        });
        let frames = bodies.each_ref().map(|body| body.repeat([3, 1, 1]));
        let views = [view(0.0), view(0.1)];
        let whitest = |bodies: Option<&[Tensor; 2]>| {
            let settled = settled(&seen(&frames, &views, bodies), 0).expect("settled");
            settled.max().double_value(&[])
        };
        assert!(whitest(None) > 0.4, "{}", whitest(None));
        assert!(whitest(Some(&bodies)) < 1e-4, "{}", whitest(Some(&bodies)));
    }
}
