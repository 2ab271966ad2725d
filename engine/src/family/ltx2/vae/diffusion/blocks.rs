//! The blocks of the diffusion decoder: attention and gated feed-forward layers, with norms before. Those of the last stage
//! are modulated by the time of the noise, with what the stages before made as their context.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::Neighbourhood;
use super::config::DiffusionConfig;
use super::{EPSILON, ROWS};
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

/// The feed-forward width for each channel.
const FFN_RATIO: i64 = 4;
/// Feed-forward widths are multiples of this.
const FFN_MULTIPLE: i64 = 16;
/// Positions that are led through the feed-forward layers at a time.
const POSITIONS_AT_ONCE: i64 = 16_384;
/// Rows of the modulations: scale and shift of attention, and of the feed-forward layers.
const ATTENTION_ROWS: [i64; 2] = [0, 1];
const FFN_ROWS: [i64; 2] = [3, 4];

/// A block of the stages that have no noise.
#[derive(Debug)]
pub struct Block {
    norms: [RmsNorm; 2],
    attention: Neighbourhood,
    ffn: FeedForward,
}

/// A block of the last stage.
#[derive(Debug)]
pub struct NoisyBlock {
    block: Block,
    of_context: Linear,
    table: Tensor, // rows c, fp32
    /// Static gates of the context, of attention and of the feed-forward layers, which some files hold.
    gates: Option<[Tensor; 3]>,
}

/// The modulations of all blocks, in fp32: rows x c.
#[derive(Debug)]
pub struct Modulations(pub Tensor);

/// A gated feed-forward network.
#[derive(Debug)]
struct FeedForward {
    up: Linear,
    gate: Linear,
    down: Linear,
}

impl Block {
    pub fn new(
        mut weights: Weights,
        width: i64,
        window: [i64; 3],
        head: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            norms: [
                RmsNorm::new(weights.at("norm1"), width, EPSILON)?,
                RmsNorm::new(weights.at("norm2"), width, EPSILON)?,
            ],
            attention: Neighbourhood::new(weights.at("attn"), width, window, head)?,
            ffn: FeedForward::new(weights.at("mlp"), width)?,
        })
    }

    /// b t h w c.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let [first, second] = &self.norms;
        let x = x + self.attention.forward(&first.forward(x));
        let more = self.ffn.forward(&second.forward(&x));
        x + more
    }
}

impl NoisyBlock {
    pub fn new(config: &DiffusionConfig, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let mut gate = |name: &str| weights.exact(name, &[width]);
        let gates = match config.has_gates {
            true => Some([gate("gate_ctx")?, gate("gate_msa")?, gate("gate_mlp")?]),
            false => None,
        };
        Ok(Self {
            block: Block::new(weights.here(), width, config.window, config.head)?,
            of_context: Linear::new(weights.at("context_proj"), width, width)?,
            table: weights.exact("scale_shift_table", &[ROWS, width])?,
            gates,
        })
    }

    /// What a part of the block makes, times its static gate.
    fn gated(&self, at: usize, x: Tensor) -> Tensor {
        let gate = self.gates.as_ref().and_then(|gates| gates.get(at));
        match gate {
            Some(gate) => &x * gate.to_kind(x.kind()),
            None => x,
        }
    }

    /// `x` and `context`: b t h w c.
    pub fn forward(&self, x: &Tensor, context: &Tensor, modulations: &Modulations) -> Tensor {
        let rows = &modulations.0 + &self.table;
        let modulated = |x: Tensor, [scale, shift]: [i64; 2]| {
            let row = |at: i64| rows.select(0, at).to_kind(x.kind());
            &x * (row(scale) + 1.0) + row(shift)
        };
        let Block {
            norms: [first, second],
            attention,
            ffn,
        } = &self.block;
        let x = x + self.gated(0, self.of_context.forward(context));
        let attended = attention.forward(&modulated(first.forward(&x), ATTENTION_ROWS));
        let x = x + self.gated(1, attended);
        let more = ffn.forward(&modulated(second.forward(&x), FFN_ROWS));
        x + self.gated(2, more)
    }
}

impl FeedForward {
    fn new(mut weights: Weights, width: i64) -> Result<Self, Failure> {
        let inner = (width * FFN_RATIO + FFN_MULTIPLE - 1) / FFN_MULTIPLE * FFN_MULTIPLE;
        Ok(Self {
            up: Linear::plain(weights.at("w_up"), width, inner)?,
            gate: Linear::plain(weights.at("w_gate"), width, inner)?,
            down: Linear::plain(weights.at("w_down"), inner, width)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let flat = x.flatten(0, 3);
        let pieces = flat.split(POSITIONS_AT_ONCE, 0);
        let pieces = pieces.iter().map(|x| {
            let inner = self.gate.forward(x).silu() * self.up.forward(x);
            self.down.forward(&inner)
        });
        let pieces: Vec<Tensor> = pieces.collect();
        Tensor::cat(&pieces, 0).view_as(x)
    }
}
