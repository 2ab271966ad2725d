//! Convolution over time that looks only back, and the memory that lets a clip go through in chunks.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::Weights;

/// What the layers remember from one chunk of a clip to the next, in the order they are met.
#[derive(Debug, Default)]
pub struct Memory {
    slots: Vec<Option<Tensor>>,
    at: usize,
}

impl Memory {
    /// Which layer is met next, to come back to.
    pub fn place(&self) -> usize {
        self.at
    }

    /// Back to a layer, 0 for the first: the next frames follow.
    pub fn return_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The next layer's own memory; empty at the start of a clip.
    pub fn slot(&mut self) -> &mut Option<Tensor> {
        if self.at == self.slots.len() {
            self.slots.push(None);
        }
        self.at += 1;
        &mut self.slots[self.at - 1]
    }
}

/// A 3-D convolution that sees the present frame and those before it. Before the clip there is nothing:
/// zeros in time as in space.
#[derive(Debug)]
pub struct CausalConv {
    weight: Tensor, // out in t h w
    bias: Tensor,
}

impl CausalConv {
    /// 3x3x3.
    pub fn new(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_kernel(weights, inputs, outputs, [3, 3, 3])
    }

    /// 1x1x1: sees one place of one frame.
    pub fn pointwise(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_kernel(weights, inputs, outputs, [1, 1, 1])
    }

    /// 3x1x1: sees one place over time.
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

    /// The next chunk; what it needs of the chunks before is in `memory`.
    pub fn forward(&self, x: Tensor, memory: &mut Memory) -> Tensor {
        let back = self.weight.size()[2] - 1;
        if back == 0 {
            return self.convolve(&x, 1);
        }
        let slot = memory.slot();
        let seen = match slot.take() {
            Some(before) => Tensor::cat(&[&before, &x], 2),
            None => x.constant_pad_nd([0, 0, 0, 0, back, 0]),
        };
        drop(x); // large, and not needed beside its copy
        *slot = Some(last_frames(&seen, back));
        self.convolve(&seen, 1)
    }

    /// Only over the frames there are, in steps of `stride` frames.
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

/// A copy of the last frames, so that the chunk they belong to can be freed.
pub fn last_frames(x: &Tensor, count: i64) -> Tensor {
    x.narrow(2, x.size()[2] - count, count).copy()
}
