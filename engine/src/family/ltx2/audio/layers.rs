//! The layers of the sound autoencoder: convolution that is causal in time, norm, residual block.
//! Shapes are written b c t m.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::Weights;

/// Added to the mean square of a norm.
const EPSILON: f64 = 1e-6;

/// A convolution over time and mel bins. It reads the present row and earlier ones, and as many bins on both sides.
#[derive(Debug)]
pub struct CausalConv {
    weight: Tensor, // out in t m
    bias: Tensor,
}

impl CausalConv {
    /// Kernel 3x3.
    pub fn new(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_side(weights, inputs, outputs, 3)
    }

    /// Kernel 1x1.
    pub fn pointwise(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::with_side(weights, inputs, outputs, 1)
    }

    fn with_side(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        side: i64,
    ) -> Result<Self, Failure> {
        let mut conv = weights.at("conv");
        Ok(Self {
            weight: conv.exact("weight", &[outputs, inputs, side, side])?,
            bias: conv.exact("bias", &[outputs])?,
        })
    }

    /// Keeps the size.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let side = self.weight.size()[2];
        self.convolve(x, [side / 2, side / 2, side - 1, 0], 1)
    }

    /// Halves time and bins: a row of the result reads its own of every two rows and the two before it.
    pub fn halve(&self, x: &Tensor) -> Tensor {
        self.convolve(x, [0, 1, 2, 0], 2)
    }

    /// Doubles time and bins by repeating, then convolves. The first row is left out, so that the result has 2t - 1.
    pub fn double(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let larger = x.upsample_nearest2d([2 * size[2], 2 * size[3]], None, None);
        let rows = 2 * size[2] - 1;
        self.forward(&larger).narrow(2, 1, rows)
    }

    /// `padding`: bins before and after, rows before and after.
    fn convolve(&self, x: &Tensor, padding: [i64; 4], stride: i64) -> Tensor {
        x.constant_pad_nd(padding)
            .conv2d(&self.weight, Some(&self.bias), stride, 0, 1, 1)
    }
}

/// x / rms(x) over the channels of each place, then SiLU. There is no weight.
pub fn norm_silu(x: &Tensor) -> Tensor {
    let mean_square = x.square().mean_dim(1, true, None::<Kind>);
    (x * (mean_square + EPSILON).rsqrt()).silu_()
}

/// x + two convolutions, each after norm and SiLU.
#[derive(Debug)]
pub struct ResidualBlock {
    convs: [CausalConv; 2],
    /// A pointwise convolution, if the number of channels changes.
    shortcut: Option<CausalConv>,
}

impl ResidualBlock {
    /// From `inputs` channels to `outputs`.
    pub fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        let convs = [
            CausalConv::new(weights.at("conv1"), inputs, outputs)?,
            CausalConv::new(weights.at("conv2"), outputs, outputs)?,
        ];
        let shortcut = match inputs == outputs {
            true => None,
            false => Some(CausalConv::pointwise(
                weights.at("nin_shortcut"),
                inputs,
                outputs,
            )?),
        };
        Ok(Self { convs, shortcut })
    }

    /// b in t m -> b out t m.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let [conv1, conv2] = &self.convs;
        let inner = conv1.forward(&norm_silu(x));
        let inner = conv2.forward(&norm_silu(&inner));
        match &self.shortcut {
            Some(shortcut) => inner + shortcut.forward(x),
            None => inner + x,
        }
    }
}

/// A list of blocks from `inputs` channels to `outputs`; the first one changes the number.
pub fn blocks(
    mut weights: Weights,
    count: usize,
    inputs: i64,
    outputs: i64,
) -> Result<Vec<ResidualBlock>, Failure> {
    (0..count)
        .map(|at| {
            let inputs = if at == 0 { inputs } else { outputs };
            ResidualBlock::new(weights.at(at), inputs, outputs)
        })
        .collect()
}

/// The two blocks at the lowest resolution, of one width. Released files have no attention between them.
pub fn middle(mut weights: Weights, width: i64) -> Result<[ResidualBlock; 2], Failure> {
    Ok([
        ResidualBlock::new(weights.at("block_1"), width, width)?,
        ResidualBlock::new(weights.at("block_2"), width, width)?,
    ])
}
