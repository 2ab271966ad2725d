//! The tokens of a clip's picture: those of the clip on their grid, then a latent frame for each keyframe, then those of a
//! reference video on a grid of its own. All lie along one axis, 1 x c x l x 1 x 1: the grids differ.

use tch::{Kind, Tensor};

use super::transformer::positions;

/// The tokens of a clip's picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Latent frames, rows and columns of the clip.
    pub grid: [i64; 3],
    /// The frames at which further pictures are given.
    pub keyframes: Vec<i64>,
    /// The reference video.
    pub reference: Option<ReferenceGrid>,
}

/// The tokens of a reference video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceGrid {
    /// Its latent frames, rows and columns.
    pub grid: [i64; 3],
    /// How many times smaller it is than the clip, along each side.
    pub factor: i64,
    /// How much the clip attends to it, and it to the clip, from 0 to 1.
    pub strength: f64,
}

impl Layout {
    /// Tokens of the clip.
    pub fn clip_tokens(&self) -> i64 {
        self.grid.iter().product()
    }

    /// Tokens of a latent frame of the clip.
    pub fn frame_tokens(&self) -> i64 {
        let [_, rows, columns] = self.grid;
        rows * columns
    }

    /// Tokens of the keyframes.
    pub fn keyframe_tokens(&self) -> i64 {
        self.keyframes.len() as i64 * self.frame_tokens()
    }

    /// All tokens.
    pub fn tokens(&self) -> i64 {
        let reference = self.reference.as_ref();
        let of_reference = reference.map_or(0, |reference| reference.grid.iter().product());
        self.clip_tokens() + self.keyframe_tokens() + of_reference
    }

    /// Where the tokens are, at this rate: 1 x 3 x l x 2.
    pub fn positions(&self, frames_per_second: f64) -> Tensor {
        let [_, rows, columns] = self.grid;
        let rate = frames_per_second;
        let mut places = vec![positions::clip(self.grid, rate)];
        let keyframes = self.keyframes.iter();
        let keyframe = |&frame: &i64| positions::keyframe(frame, [1, rows, columns], true, rate);
        places.extend(keyframes.map(keyframe));
        let reference = self.reference.as_ref();
        places.extend(
            reference.map(|reference| {
                positions::reference(reference.grid, rate, reference.factor as f64)
            }),
        );
        Tensor::cat(&places, 2)
    }

    /// How much each token attends to each, 1 x l x l: the clip and the reference video attend to each other by its strength,
    /// keyframes and the reference video not at all. `None`: all attend to all. (diffusers,
    /// `LTX2InContextPipeline._build_video_self_attention_mask`.)
    pub fn attention_mask(&self) -> Option<Tensor> {
        let reference = self
            .reference
            .filter(|reference| reference.strength < 1.0)?;
        let of_reference = reference.grid.iter().product::<i64>();
        let (clip, before) = (self.clip_tokens(), self.tokens() - of_reference);
        let mask = Tensor::ones(
            [1, self.tokens(), self.tokens()],
            (Kind::Float, tch::Device::Cpu),
        );
        for (from, count, strength) in [(0, clip, reference.strength), (clip, before - clip, 0.0)] {
            let _ = mask
                .narrow(1, from, count)
                .narrow(2, before, of_reference)
                .fill_(strength);
            let _ = mask
                .narrow(1, before, of_reference)
                .narrow(2, from, count)
                .fill_(strength);
        }
        Some(mask)
    }

    /// The clip of latents 1 x c x l x 1 x 1: 1 x c x f x h x w.
    pub fn clip_of(&self, latents: &Tensor) -> Tensor {
        let [frames, rows, columns] = self.grid;
        let clip = latents.narrow(2, 0, self.clip_tokens());
        clip.reshape([1, -1, frames, rows, columns])
    }
}

/// Latents on a grid, 1 x c x f x h x w, along one axis: 1 x c x l x 1 x 1.
pub fn along_one_axis(latents: &Tensor) -> Tensor {
    latents.flatten(2, 4).unsqueeze(-1).unsqueeze(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(strength: f64) -> Layout {
        Layout {
            grid: [2, 2, 4],
            keyframes: vec![1],
            reference: Some(ReferenceGrid {
                grid: [2, 1, 2],
                factor: 2,
                strength,
            }),
        }
    }

    #[test]
    fn keyframes_and_the_reference_follow_the_clip() {
        let layout = layout(1.0);
        assert_eq!(layout.tokens(), 16 + 8 + 4);
        assert_eq!(layout.positions(24.0).size(), [1, 3, 28, 2]);
        assert!(layout.attention_mask().is_none());
        let latents =
            Tensor::arange(28 * 2, (Kind::Float, tch::Device::Cpu)).view([1, 2, 28, 1, 1]);
        let clip = layout.clip_of(&latents);
        assert_eq!(clip.size(), [1, 2, 2, 2, 4]);
        assert_eq!(along_one_axis(&clip), latents.narrow(2, 0, 16));
    }

    #[test]
    fn a_weaker_reference_is_attended_to_less_and_never_by_keyframes() {
        let mask = layout(0.25).attention_mask().expect("a mask");
        let at = |row: i64, column: i64| mask.double_value(&[0, row, column]);
        let expected = [
            (0, 0, 1.0),
            (0, 20, 1.0),
            (0, 24, 0.25),
            (25, 3, 0.25),
            (25, 27, 1.0),
        ];
        for (row, column, share) in expected {
            assert!((at(row, column) - share).abs() < 1e-6, "{row} {column}");
        }
        assert!(at(20, 25).abs() < 1e-6 && at(25, 20).abs() < 1e-6);
    }
}
