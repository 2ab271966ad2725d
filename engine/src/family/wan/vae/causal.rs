//! Causal 3-D convolution, and the feature cache that lets a clip be processed in chunks.
//! The cache is `feat_cache` of the original code.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::Weights;

/// The feature cache: for each causal layer, in the order of execution, the frames it needs of earlier chunks.
#[derive(Debug, Default)]
pub struct Memory {
    slots: Vec<Option<Tensor>>,
    at: usize,
}

impl Memory {
    /// The index of the next layer, for [`Memory::return_to`].
    pub fn place(&self) -> usize {
        self.at
    }

    /// Continues with this layer, before the next frames. 0 is the first layer.
    pub fn return_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The cache of the next layer. Empty at the start of a clip.
    pub fn slot(&mut self) -> &mut Option<Tensor> {
        if self.at == self.slots.len() {
            self.slots.push(None);
        }
        self.at += 1;
        &mut self.slots[self.at - 1]
    }
}

/// A 3-D convolution over the present frame and earlier ones. Padded with zeros in space, and before the start of the
/// clip in time.
#[derive(Debug)]
pub struct CausalConv {
    weight: Tensor, // out in t h w
    bias: Tensor,
}

impl CausalConv {
    /// Kernel 3x3x3.
    pub fn new(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_kernel(weights, inputs, outputs, [3, 3, 3])
    }

    /// Kernel 1x1x1.
    pub fn pointwise(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_kernel(weights, inputs, outputs, [1, 1, 1])
    }

    /// Kernel 3x1x1: over time only.
    pub fn temporal(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_kernel(weights, inputs, outputs, [3, 1, 1])
    }

    fn with_kernel(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        [t, h, w]: [i64; 3],
    ) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.kernel("weight", &[outputs, inputs, t, h, w])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// The number of earlier frames that a frame needs.
    fn earlier(&self) -> i64 {
        self.weight.size()[2] - 1
    }

    /// Convolves the next chunk, with earlier frames from `memory`.
    pub fn forward(&self, x: Tensor, memory: &mut Memory) -> Tensor {
        let earlier = self.earlier();
        if earlier == 0 {
            return self.convolve(&x, 1);
        }
        // `x` is freed before the convolution: it is large, and no longer needed.
        self.convolve_after(memory, move |before| match before {
            Some(before) => Tensor::cat(&[&before, &x], 2),
            None => x.constant_pad_nd([0, 0, 0, 0, earlier, 0]),
        })
    }

    /// Convolves a chunk behind the earlier frames, which `padded` is given, and keeps its last frames in `memory`.
    fn convolve_after(
        &self,
        memory: &mut Memory,
        padded: impl FnOnce(Option<Tensor>) -> Tensor,
    ) -> Tensor {
        let slot = memory.slot();
        let padded = padded(slot.take());
        *slot = Some(last_frames(&padded, self.earlier()));
        self.convolve(&padded, 1)
    }

    /// Room for the next chunk, as large as `like` (b c t h w) and in its layout, behind the earlier frames.
    pub fn room(&self, like: &Tensor) -> ChunkRoom {
        let earlier = self.earlier();
        let frames = like.size()[2];
        ChunkRoom {
            padded: empty_frames(like, earlier + frames),
            earlier,
        }
    }

    /// Convolves the chunk that was written into its room, with earlier frames from `memory`.
    pub fn forward_written(&self, room: ChunkRoom, memory: &mut Memory) -> Tensor {
        let ChunkRoom { padded, earlier } = room;
        if earlier == 0 {
            return self.convolve(&padded, 1);
        }
        self.convolve_after(memory, move |before| {
            let mut start = padded.narrow(2, 0, earlier);
            match before {
                Some(before) => start.copy_(&before),
                None => drop(start.zero_()),
            }
            padded
        })
    }

    /// Convolves without padding in time, with this stride in frames.
    pub fn convolve(&self, x: &Tensor, stride: i64) -> Tensor {
        let size = self.weight.size();
        let sides = [0, size[3] / 2, size[4] / 2];
        x.conv3d(
            &self.weight,
            Some(&self.bias),
            [stride, 1, 1],
            sides,
            [1],
            1,
        )
    }
}

/// A chunk that is written behind room for the earlier frames, so that no copy of it is made.
#[derive(Debug)]
pub struct ChunkRoom {
    padded: Tensor,
    earlier: i64,
}

impl ChunkRoom {
    /// The frames of the chunk, to be written.
    pub fn chunk(&self) -> Tensor {
        self.padded
            .narrow(2, self.earlier, self.padded.size()[2] - self.earlier)
    }
}

/// Frames of undefined content, as large as those of `like`, b c t h w, and in its layout.
fn empty_frames(like: &Tensor, frames: i64) -> Tensor {
    let size = like.size();
    let options = (like.kind(), like.device());
    match like.stride()[1] {
        1 => Tensor::empty([size[0], frames, size[3], size[4], size[1]], options)
            .permute([0, 4, 1, 2, 3]),
        _ => Tensor::empty([size[0], size[1], frames, size[3], size[4]], options),
    }
}

/// A copy of the last frames, so that the rest of the chunk can be freed.
pub fn last_frames(x: &Tensor, count: i64) -> Tensor {
    x.narrow(2, x.size()[2] - count, count).copy()
}
