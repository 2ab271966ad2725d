//! Whether a clip that was generated from words alone shows the colour and the kind that they name. Words do not say where the
//! cast stands, how tall it is or where the camera begins. So the true cast is searched for in each frame, in several poses
//! and at many places, with each colour or kind in turn; the one that explains most of a clip is what it shows.

use rayon::prelude::*;
use tch::{Kind, Tensor};

use super::HELD_OUT;
use super::nearest::{Variants, coloured, of_each_kind};
use crate::pixels;
use crate::world::{Format, Picture, Scene};

/// Scenes of the same words: each has another pose of the cast and another camera.
const POSES: u64 = 24;
/// Their seeds, which no measured clip has, and those of clips with the same words.
const POSES_SEED: u64 = HELD_OUT + (1 << 20);
const OTHERS_SEED: u64 = HELD_OUT + (1 << 21);
/// Every so many frames are looked at.
const EVERY: usize = 4;
/// How far from its place each pose is searched for, in pixels across and down.
const AROUND: [i64; 2] = [20, 12];
/// A cast with fewer pixels in a frame is not searched for there.
const LEAST_PIXELS: usize = 40;

/// Another true clip that the words of a scene describe: of the colour and kind of such clips nothing can be better.
pub fn same_words(scene: &Scene, at: u64, format: Format) -> Scene {
    scene.same_words(OTHERS_SEED + at, format)
}

/// Which colour of `Colour::ALL` and which kind of `Kind::ALL` each of some clips shows, 3 t h w in [-1, 1], of the words of
/// a scene.
pub fn shown(scene: &Scene, clips: &[&Tensor], format: Format) -> Vec<[usize; 2]> {
    let looked_at: Vec<u32> = (0..format.frames).step_by(EVERY).collect();
    let fields: Vec<Vec<Tensor>> = clips
        .iter()
        .map(|clip| {
            let frames = looked_at.iter();
            frames
                .map(|at| field(&clip.select(1, i64::from(*at))))
                .collect()
        })
        .collect();
    let [colours, kinds] = [coloured as Variants, of_each_kind].map(|variants| {
        let poses = (0..POSES).into_par_iter().map(|pose| {
            let other = scene.same_words(POSES_SEED + pose, format);
            let variants = variants(&other);
            let at_frame = looked_at.iter().map(|at| {
                let drawn = variants.iter();
                let drawn = drawn.map(|scene| scene.frames(*at..at + 1, format).swap_remove(0));
                Casts::of(&drawn.collect::<Vec<_>>(), format)
            });
            at_frame.collect::<Vec<_>>()
        });
        let poses: Vec<Vec<Option<Casts>>> = poses.collect();
        fields
            .iter()
            .map(|clip| best(clip, &poses))
            .collect::<Vec<_>>()
    });
    let both = colours.into_iter().zip(kinds);
    both.map(|(colour, kind)| [colour, kind]).collect()
}

/// The variant that explains most of a clip, over all frames; in each frame its best pose at its best place counts.
fn best(clip: &[Tensor], poses: &[Vec<Option<Casts>>]) -> usize {
    let frames = clip.iter().enumerate().filter_map(|(at, field)| {
        let casts = poses.iter().filter_map(|frames| frames.get(at)?.as_ref());
        let explained: Vec<Tensor> = casts.map(|casts| casts.explained(field)).collect();
        (!explained.is_empty()).then(|| Tensor::stack(&explained, 0).amax([0].as_slice(), false))
    });
    let frames: Vec<Tensor> = frames.collect();
    if frames.is_empty() {
        return 0; // it is in no picture
    }
    let sum = Tensor::stack(&frames, 0).sum_dim_intlist([0].as_slice(), false, Kind::Float);
    sum.argmax(0, false).int64_value(&[]) as usize
}

/// What a frame, 3 h w, is correlated as: 4 h w. First how far each pixel is from the median of its row, which is the ground
/// or the sky, without its own square; then the pixel.
fn field(frame: &Tensor) -> Tensor {
    let rows = frame.median_dim(2, true).0;
    let square = |x: Tensor| {
        x.square()
            .sum_dim_intlist([0].as_slice(), true, Kind::Float)
    };
    let from_row = square(frame - rows);
    Tensor::cat(
        &[
            from_row - square(frame.shallow_clone()),
            frame.shallow_clone(),
        ],
        0,
    )
}

/// The variants of a cast in one pose, cut out.
struct Casts {
    /// What a field is correlated with: n 4 h w.
    kernels: Tensor,
    /// The sum of squares of each: n.
    squares: Tensor,
    /// Left and top in the frame.
    corner: [i64; 2],
}

impl Casts {
    /// `None`: it is hardly in the picture.
    fn of(drawn: &[Picture], format: Format) -> Option<Self> {
        let [width, height] = format.size.map(|side| side as usize);
        let pixels = || (0..width * height).filter(|at| drawn.iter().any(|one| one.mask[*at] > 0));
        let range = |of: &dyn Fn(usize) -> usize| {
            let least = pixels().map(of).min()? as i64;
            Some([least, pixels().map(of).max()? as i64 + 1 - least])
        };
        if pixels().count() < LEAST_PIXELS {
            return None;
        }
        let ([left, across], [top, down]) = (range(&|at| at % width)?, range(&|at| at / width)?);
        let cut = |x: &Tensor| x.narrow(1, top, down).narrow(2, left, across);
        let kernels = drawn.iter().map(|one| {
            let frames = std::slice::from_ref(one);
            let mask = cut(&pixels::masks(frames, format.size).select(1, 0));
            let colours = cut(&pixels::colours(frames, format.size).select(1, 0)) * &mask;
            Tensor::cat(&[mask, colours * 2.0], 0)
        });
        let kernels = Tensor::stack(&kernels.collect::<Vec<_>>(), 0);
        let colours = kernels.narrow(1, 1, 3) * 0.5;
        let over = [1, 2, 3].as_slice();
        let squares = colours.square().sum_dim_intlist(over, false, Kind::Float);
        Some(Self {
            kernels,
            squares,
            corner: [left, top],
        })
    }

    /// How much better each variant explains a field than the median of the rows, in squares, at its best place: n.
    fn explained(&self, field: &Tensor) -> Tensor {
        let (size, kernel) = (field.size(), self.kernels.size());
        let range = |corner: i64, around: i64, cut: i64, side: i64| {
            let first = (corner - around).max(0);
            let last = (corner + around).min(side - cut);
            (first, last - first + cut)
        };
        let (left, across) = range(self.corner[0], AROUND[0], kernel[3], size[2]);
        let (top, down) = range(self.corner[1], AROUND[1], kernel[2], size[1]);
        let near = field
            .narrow(1, top, down)
            .narrow(2, left, across)
            .unsqueeze(0);
        let none: Option<Tensor> = None;
        let sums = near.conv2d(&self.kernels, none, [1, 1], [0, 0], [1, 1], 1);
        sums.squeeze_dim(0).amax([1, 2].as_slice(), false) - &self.squares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Colour, Kind as Being};

    #[test]
    fn true_clips_of_the_same_words_show_their_colour_and_kind_wherever_the_cast_stands() {
        tch::set_num_threads(1);
        let format = Format::SMALL;
        let right = (0..6).map(|at| {
            let scene = Scene::of_seed(HELD_OUT + at, format);
            let other = same_words(&scene, at, format);
            assert!(other.foot != scene.foot && other.shooting.poses[0] != scene.shooting.poses[0]);
            let drawn = other.frames(0..format.frames, format);
            let clip = pixels::colours(&drawn, format.size);
            let [colour, kind] = shown(&scene, &[&clip], format)[0];
            let Scene { character, .. } = scene;
            [
                Colour::ALL[colour] == character.body,
                Being::ALL[kind] == character.kind,
            ]
        });
        let right: Vec<[bool; 2]> = right.collect();
        let count = |of: usize| right.iter().filter(|pair| pair[of]).count();
        assert!(count(0) >= 5 && count(1) >= 5, "{right:?}");
    }
}
