//! Tokens of reference pictures that run through the blocks beside those of the clip, and are cut off at the end.
//!
//! Source: VideoX-Fun `videox_fun/models/wan_transformer3d.py`: `full_ref` (before the clip, by a convolution of its own)
//! and `subject_ref` (after the clip, by the patch embedding). The positions of the clip follow those before it.

use tch::Tensor;

/// The tokens of references, b x n x d each, or 1 x n x d for all of a batch.
#[derive(Debug, Default)]
pub struct ReferenceTokens {
    /// Before those of the clip: the reference picture of Fun-Control models.
    pub before: Option<Tensor>,
    /// After those of the clip: the subjects of Phantom models.
    pub after: Option<Tensor>,
}

impl ReferenceTokens {
    /// The tokens of the clip, b x l x d, with those of the references around them.
    pub fn around(&self, tokens: Tensor) -> Tensor {
        if self.before.is_none() && self.after.is_none() {
            return tokens;
        }
        let batch = tokens.size()[0];
        let expanded = |tokens: &Tensor| tokens.expand([batch, -1, -1], false);
        let (before, after) = (
            self.before.as_ref().map(expanded),
            self.after.as_ref().map(expanded),
        );
        let parts: Vec<Tensor> = before.into_iter().chain([tokens]).chain(after).collect();
        Tensor::cat(&parts, 1)
    }

    /// The rows of the clip, of rows for all tokens: b x l' x d -> b x l x d.
    pub fn without(&self, rows: &Tensor) -> Tensor {
        let [before, after] = self.counts();
        rows.narrow(1, before, rows.size()[1] - before - after)
    }

    /// The timesteps for all tokens. If each token of the clip has its own, b x l, the references have that of the last.
    pub fn timesteps(&self, timestep: &Tensor) -> Tensor {
        let size = timestep.size();
        let [_, length] = size[..] else {
            return timestep.shallow_clone();
        };
        let last = timestep.narrow(1, length - 1, 1);
        let [before, after] = self.counts().map(|count| last.repeat([1, count]));
        Tensor::cat(&[&before, timestep, &after], 1)
    }

    fn counts(&self) -> [i64; 2] {
        let count = |tokens: &Option<Tensor>| tokens.as_ref().map_or(0, |tokens| tokens.size()[1]);
        [count(&self.before), count(&self.after)]
    }
}
