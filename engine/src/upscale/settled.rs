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

/// The settled picture of one of some neighbouring frames, 3 h w each. What figures hide in all of them is filled with the
/// ground or sky around; where there is none it is the frame itself. `views` has one for each of the frames.
pub fn settled(frames: &[&Tensor], views: &[StageView], at: usize) -> Option<Tensor> {
    let (here, view) = (frames.get(at)?, views.get(at)?);
    let size = here.size();
    let (height, width) = (*size.get(1)?, *size.get(2)?);
    let sight = Sight::of(&view.view, [width, height]);
    let (mut places, mut counts) = (Vec::new(), Vec::new());
    for seen in views.iter().take(frames.len()) {
        let source = Source::of(seen, [width, height]);
        for row in 0..height {
            for column in 0..width {
                let (place, count) = source.place(&sight, column, row);
                places.extend(place);
                counts.push(count);
            }
        }
    }
    let count = views.len().min(frames.len());
    let frames: Vec<&Tensor> = frames.iter().copied().take(count).collect();
    let shape = [count as i64, height, width, 2];
    let places = Tensor::from_slice(&places).view(shape);
    let counts = Tensor::from_slice(&counts).view([count as i64, 1, height, width]);
    let moved = Tensor::stack(&frames, 0).grid_sampler(&places, BILINEAR, BORDER, false);
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
            false => *here * share,
        }
    };
    Some(layer(&is_ground) + layer(&(1.0 - &is_ground)))
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

    #[test]
    fn flicker_is_averaged_and_figures_are_left_out() {
        let float = (Kind::Float, tch::Device::Cpu);
        let frames: Vec<Tensor> = [0.2, 0.6]
            .map(|value| Tensor::full([3, 16, 24], value, float))
            .into();
        let frames: Vec<&Tensor> = frames.iter().collect();
        let settled = settled(&frames, &[view(0.0), view(0.0)], 0).expect("settled");
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
        let frames = [&ramp, &ramp];
        let settled = settled(&frames, &[view(0.0), view(0.5)], 0).expect("settled");
        let moved = |row: i64| {
            (settled.double_value(&[0, row, 20]) - ramp.double_value(&[0, row, 20])) * 24.0
        };
        assert!(moved(2).abs() < 1e-4, "the sky");
        // Row 15 looks 7.5 pixels down from 1.5 m: 4.8 m ahead, where 0.5 m are 2.5 pixels, half of which is the mean.
        assert!((moved(15) + 1.25).abs() < 0.01, "{}", moved(15));
        assert!(super::settled(&frames, &[], 0).is_none());
    }
}
