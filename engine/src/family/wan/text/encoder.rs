//! The UMT5 encoder: an embedding for each token of a prompt.
//!
//! Source: Wan2.2 `wan/modules/t5.py` (`T5Encoder`), transformers `models/umt5`. It differs from T5 by a table of
//! relative positions in every layer. Attention is not scaled, and no layer has a bias.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::nn::{Linear, RmsNorm};
use crate::vocabulary::refuse_unknown_tokens;
use crate::weights::{Blocks, Checkpoint, Matrix, ModuleStream, Weights};

/// The list of the blocks, in the names of the parameters.
pub const BLOCKS: &str = "blocks";

/// The shape of a text encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct TextConfig {
    /// Size of the vocabulary, in tokens.
    pub vocabulary: i64,
    /// Model width: channels per token.
    pub width: i64,
    /// Inner width of attention, over all heads.
    pub attention_width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Number of blocks.
    pub layers: usize,
    /// Rows of the relative position tables.
    pub buckets: i64,
    /// Distances from here on share the last row, in tokens.
    pub longest_distance: i64,
    /// Epsilon of every norm.
    pub epsilon: f64,
}

impl TextConfig {
    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let positions = "blocks.0.pos_embedding.embedding.weight";
        Ok(Self {
            vocabulary: checkpoint.length("token_embedding.weight", 0)?,
            width: checkpoint.length("token_embedding.weight", 1)?,
            attention_width: checkpoint.length("blocks.0.attn.q.weight", 0)?,
            heads: checkpoint.length(positions, 1)?,
            ffn_width: checkpoint.length("blocks.0.ffn.fc1.weight", 0)?,
            layers: checkpoint.count("blocks"),
            buckets: checkpoint.length(positions, 0)?,
            longest_distance: checkpoint
                .setting(&["relative_attention_max_distance"])
                .map_or(128, |distance| distance as i64),
            epsilon: checkpoint.setting(&["layer_norm_epsilon"]).unwrap_or(1e-6),
        })
    }
}

/// The encoder.
#[derive(Debug)]
pub struct TextEncoder {
    token_embedding: Matrix, // vocabulary, width
    blocks: Blocks<Block>,
    norm: RmsNorm,
    config: TextConfig,
}

impl TextEncoder {
    /// Builds it from its parameters.
    pub fn new(config: &TextConfig, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with blocks that are read when they run.
    pub fn streamed(
        config: &TextConfig,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some((stream, stream.kept)))
    }

    fn build(
        config: &TextConfig,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
    ) -> Result<Self, Failure> {
        let shape = [config.vocabulary, config.width];
        let of_block = config.clone();
        let build = move |_: usize, weights: Weights| Block::new(&of_block, weights);
        Ok(Self {
            token_embedding: weights.at("token_embedding").matrix("weight", &shape)?,
            blocks: Blocks::new(BLOCKS, config.layers, weights.here(), stream, build)?,
            norm: RmsNorm::new(weights.at("norm"), config.width, config.epsilon)?,
            config: config.clone(),
        })
    }

    /// Encodes the tokens of one text: 1 x tokens x width, in fp32. No padding is computed, since masked tokens do not
    /// influence the others. `layer_done` receives layers done and in total; its error stops the work.
    pub fn encode(
        &self,
        tokens: &[u32],
        layer_done: &mut dyn FnMut(usize, usize) -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        refuse_unknown_tokens(tokens, self.config.vocabulary)?;
        let _no_grad = tch::no_grad_guard();
        let tokens: Vec<i64> = tokens.iter().copied().map(i64::from).collect();
        let tokens = Tensor::from_slice(&tokens).to_device(self.token_embedding.device());
        let mut x = self.forward_embedding(&tokens.unsqueeze(0));
        let buckets = self.buckets(tokens.size()[0], tokens.device());
        self.blocks.for_each(|layer, block| {
            x = block.forward(&x, &buckets, None);
            layer_done(layer + 1, self.blocks.len())
        })?;
        Ok(self.norm.forward(&x).to_kind(Kind::Float))
    }

    /// Encodes tokens b x l: b x l x width. A token with `is_meant` (b x l) of 0 is padding: it is masked in attention,
    /// and its embedding is zero. Differentiable.
    pub fn forward(&self, tokens: &Tensor, is_meant: &Tensor) -> Result<Tensor, Failure> {
        let buckets = self.buckets(tokens.size()[1], tokens.device());
        let mut x = self.forward_embedding(tokens);
        let meant = is_meant.to_kind(x.kind());
        let mask = ((&meant - 1.0) * 1e4).unsqueeze(1).unsqueeze(1); // b 1 1 l
        self.blocks.for_each(|_, block| {
            x = block.forward(&x, &buckets, Some(&mask));
            Ok(())
        })?;
        Ok(self.norm.forward(&x) * meant.unsqueeze(-1))
    }

    fn forward_embedding(&self, tokens: &Tensor) -> Tensor {
        self.token_embedding.embedding(tokens)
    }

    /// The row of the position tables for each pair of tokens: l x l. Each near distance has its own row, far ones
    /// share rows on a logarithmic scale, and the two directions use different rows.
    fn buckets(&self, length: i64, device: Device) -> Tensor {
        let half = self.config.buckets / 2;
        let near = half / 2;
        let far = (self.config.longest_distance as f64 / near as f64).ln();
        let place = Tensor::arange(length, (Kind::Int64, device));
        let distance = place.unsqueeze(0) - place.unsqueeze(1); // of the key from the query
        let size = distance.abs();
        let logarithm = (size.to_kind(Kind::Float) / near).log() / far * (half - near);
        let shared = (logarithm.to_kind(Kind::Int64) + near).clamp_max(half - 1);
        let row = size.where_self(&size.lt(near), &shared);
        row + distance.gt(0).to_kind(Kind::Int64) * half
    }
}

#[derive(Debug)]
struct Block {
    norm1: RmsNorm,
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    positions: Tensor, // buckets, heads
    norm2: RmsNorm,
    gate: Linear,
    fc1: Linear,
    fc2: Linear,
    heads: i64,
}

impl Block {
    fn new(config: &TextConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, inner) = (config.width, config.attention_width);
        let mut attn = weights.at("attn");
        let [q, k, v] = ["q", "k", "v"].map(|name| Linear::plain(attn.at(name), width, inner));
        let o = Linear::plain(attn.at("o"), inner, width)?;
        let positions = weights
            .at("pos_embedding")
            .tensor("embedding.weight", &[config.buckets, config.heads])?;
        let mut ffn = weights.at("ffn");
        let gate = Linear::plain(ffn.at("gate").at(0), width, config.ffn_width)?;
        let fc1 = Linear::plain(ffn.at("fc1"), width, config.ffn_width)?;
        let fc2 = Linear::plain(ffn.at("fc2"), config.ffn_width, width)?;
        Ok(Self {
            norm1: RmsNorm::new(weights.at("norm1"), width, config.epsilon)?,
            norm2: RmsNorm::new(weights.at("norm2"), width, config.epsilon)?,
            q: q?,
            k: k?,
            v: v?,
            o,
            positions,
            gate,
            fc1,
            fc2,
            heads: config.heads,
        })
    }

    /// `x`: b x l x width; `buckets`: l x l; `mask` is added to the attention scores.
    fn forward(&self, x: &Tensor, buckets: &Tensor, mask: Option<&Tensor>) -> Tensor {
        let x = x + self.attend(&self.norm1.forward(x), buckets, mask);
        let normed = self.norm2.forward(&x);
        let hidden = self.fc1.forward(&normed) * self.gate.forward(&normed).gelu("tanh");
        x + self.fc2.forward(&hidden)
    }

    fn attend(&self, x: &Tensor, buckets: &Tensor, mask: Option<&Tensor>) -> Tensor {
        let (batch, length) = (x.size()[0], x.size()[1]);
        let split = |x: Tensor| x.view([batch, length, self.heads, -1]).transpose(1, 2); // b h l d
        let bias = Tensor::embedding(&self.positions, buckets, -1, false, false) // l l h
            .permute([2, 0, 1])
            .unsqueeze(0)
            .contiguous();
        let bias = match mask {
            Some(mask) => bias + mask,
            None => bias,
        };
        let (queries, keys, values) = (
            split(self.q.forward(x)),
            split(self.k.forward(x)),
            split(self.v.forward(x)),
        );
        let unscaled = Some(1.0);
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            Some(&bias),
            0.0,
            false,
            unscaled,
            false,
        );
        self.o.forward(&attended.transpose(1, 2).flatten(2, 3))
    }
}
