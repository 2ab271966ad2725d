//! A layer of a causal transformer with rotary positions, shared by talker, code predictor and codec, and the keys and
//! values that it keeps. Source: `qwen_tts` `Qwen3TTSDecoderLayer`, `Qwen3TTSTalkerDecoderLayer`,
//! `Qwen3TTSTokenizerV2DecoderTransformerLayer`.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::layer_config::LayersConfig;
use crate::nn::{Linear, RmsNorm, halves_rotated};
use crate::weights::Weights;

/// Least tokens for which a cache has room.
const LEAST_ROOM: i64 = 64;

/// Rotary positions of consecutive tokens: cosines and sines, l x head width, in fp32. Channel i of a head is rotated
/// with channel i + half.
#[derive(Debug)]
pub struct Rope {
    cosines: Tensor,
    sines: Tensor,
}

impl Rope {
    /// Of `count` tokens after `first`, with the frequencies theta^(-2i / head width).
    pub fn new(config: &LayersConfig, first: i64, count: i64, device: Device) -> Self {
        let options = (Kind::Float, device);
        let width = config.head_width;
        let exponents = Tensor::arange_start_step(0, width, 2, options) / width as f64;
        let frequencies = Tensor::pow_scalar(config.rope_theta, &exponents).reciprocal();
        let places = Tensor::arange_start(first, first + count, options);
        let angles = places.outer(&frequencies);
        let angles = Tensor::cat(&[&angles, &angles], -1); // l d
        Self {
            cosines: angles.cos(),
            sines: angles.sin(),
        }
    }

    /// b h l d -> the same, in its precision.
    fn rotate(&self, x: &Tensor) -> Tensor {
        let exact = x.to_kind(Kind::Float);
        halves_rotated(&exact, &self.cosines, &self.sines).to_kind(x.kind())
    }
}

/// The keys and values of one layer, with room for more.
#[derive(Debug, Default)]
struct Kept {
    /// Both 1 x h x room x d.
    tensors: Option<(Tensor, Tensor)>,
    length: i64,
}

impl Kept {
    /// Adds keys and values, 1 x h x l x d, and returns all.
    fn with(&mut self, keys: &Tensor, values: &Tensor) -> (Tensor, Tensor) {
        let added = keys.size()[2];
        let (mut all_keys, mut all_values) = self.room(added, keys, values);
        let place = |all: &mut Tensor, new: &Tensor| all.narrow(2, self.length, added).copy_(new);
        place(&mut all_keys, keys);
        place(&mut all_values, values);
        self.length += added;
        let whole = |all: &Tensor| all.narrow(2, 0, self.length);
        let both = (whole(&all_keys), whole(&all_values));
        self.tensors = Some((all_keys, all_values));
        both
    }

    /// The tensors, or larger copies.
    fn room(&mut self, added: i64, keys: &Tensor, values: &Tensor) -> (Tensor, Tensor) {
        let needed = self.length + added;
        let old = self.tensors.take();
        if let Some((keys, values)) = &old
            && keys.size()[2] >= needed
        {
            return (keys.shallow_clone(), values.shallow_clone());
        }
        let room = (2 * needed).max(LEAST_ROOM);
        let larger = |like: &Tensor, old: Option<&Tensor>| {
            let size = like.size();
            let all = Tensor::zeros(
                [size[0], size[1], room, size[3]],
                (like.kind(), like.device()),
            );
            if let Some(old) = old {
                let kept = old.narrow(2, 0, self.length);
                all.narrow(2, 0, self.length).copy_(&kept);
            }
            all
        };
        (
            larger(keys, old.as_ref().map(|(keys, _)| keys)),
            larger(values, old.as_ref().map(|(_, values)| values)),
        )
    }
}

/// The keys and values of all layers: what the tokens so far leave for the next.
#[derive(Debug, Default)]
pub struct Cache {
    layers: Vec<Kept>,
    length: i64,
}

impl Cache {
    /// Tokens so far.
    pub fn length(&self) -> i64 {
        self.length
    }
}

/// The layers of a transformer.
#[derive(Debug)]
pub struct Layers {
    layers: Vec<Layer>,
    config: LayersConfig,
}

impl Layers {
    /// Builds them from the list `layers` of a module.
    pub fn new(config: &LayersConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut list = weights.at("layers");
        let layers = (0..config.layers).map(|at| Layer::new(config, list.at(at)));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            config: config.clone(),
        })
    }

    /// Tokens after those of the cache: 1 x l x d -> 1 x l x d. More than one at a time only into an empty cache.
    pub fn forward(&self, x: &Tensor, cache: &mut Cache) -> Tensor {
        let count = x.size()[1];
        let rope = Rope::new(&self.config, cache.length, count, x.device());
        cache.layers.resize_with(self.layers.len(), Kept::default);
        cache.length += count;
        let layers = self.layers.iter().zip(&mut cache.layers);
        layers.fold(x.shallow_clone(), |x, (layer, kept)| {
            layer.forward(&x, &rope, None, Some(kept))
        })
    }

    /// All tokens of a sequence at once, where each sees the last `window` of them: 1 x l x d -> 1 x l x d.
    pub fn whole(&self, x: &Tensor) -> Tensor {
        let count = x.size()[1];
        let rope = Rope::new(&self.config, 0, count, x.device());
        let mask = self.config.window.map(|window| {
            let places = Tensor::arange(count, (Kind::Int64, x.device()));
            let back = places.unsqueeze(1) - places.unsqueeze(0); // l l
            back.ge(0).logical_and(&back.lt(window))
        });
        self.layers.iter().fold(x.shallow_clone(), |x, layer| {
            layer.forward(&x, &rope, mask.as_ref(), None)
        })
    }
}

/// Attention and a gated feed-forward layer, each after a norm.
#[derive(Debug)]
struct Layer {
    input_layernorm: RmsNorm,
    attention: Attention,
    post_attention_layernorm: RmsNorm,
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
    /// Factors of the channels of both branches.
    scales: Option<[Tensor; 2]>,
}

impl Layer {
    fn new(config: &LayersConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, inner) = (config.width, config.ffn_width);
        let scales = match config.is_scaled {
            true => Some([
                weights
                    .at("self_attn_layer_scale")
                    .tensor("scale", &[width])?,
                weights.at("mlp_layer_scale").tensor("scale", &[width])?,
            ]),
            false => None,
        };
        Ok(Self {
            input_layernorm: RmsNorm::new(weights.at("input_layernorm"), width, config.epsilon)?,
            attention: Attention::new(config, weights.at("self_attn"))?,
            post_attention_layernorm: RmsNorm::new(
                weights.at("post_attention_layernorm"),
                width,
                config.epsilon,
            )?,
            gate_proj: Linear::plain(weights.at("mlp").at("gate_proj"), width, inner)?,
            up_proj: Linear::plain(weights.at("mlp").at("up_proj"), width, inner)?,
            down_proj: Linear::plain(weights.at("mlp").at("down_proj"), inner, width)?,
            scales,
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        rope: &Rope,
        mask: Option<&Tensor>,
        kept: Option<&mut Kept>,
    ) -> Tensor {
        let scaled =
            |branch: Tensor, at: usize| match self.scales.as_ref().and_then(|all| all.get(at)) {
                Some(scale) => branch * scale,
                None => branch,
            };
        let normed = self.input_layernorm.forward(x);
        let attended = self.attention.forward(&normed, rope, mask, kept);
        let x = x + scaled(attended, 0);
        let normed = self.post_attention_layernorm.forward(&x);
        let hidden = self.gate_proj.forward(&normed).silu() * self.up_proj.forward(&normed);
        &x + scaled(self.down_proj.forward(&hidden), 1)
    }
}

/// Attention with fewer heads of keys than of queries.
#[derive(Debug)]
struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    /// Norms of the queries and the keys of a head.
    norms: Option<[RmsNorm; 2]>,
    head_width: i64,
    is_shared: bool,
}

impl Attention {
    fn new(config: &LayersConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, head) = (config.width, config.head_width);
        let (queries, keys) = (config.heads * head, config.key_heads * head);
        let norms = match config.is_scaled {
            true => None,
            false => Some([
                RmsNorm::new(weights.at("q_norm"), head, config.epsilon)?,
                RmsNorm::new(weights.at("k_norm"), head, config.epsilon)?,
            ]),
        };
        Ok(Self {
            q_proj: Linear::plain(weights.at("q_proj"), width, queries)?,
            k_proj: Linear::plain(weights.at("k_proj"), width, keys)?,
            v_proj: Linear::plain(weights.at("v_proj"), width, keys)?,
            o_proj: Linear::plain(weights.at("o_proj"), queries, width)?,
            norms,
            head_width: head,
            is_shared: config.heads != config.key_heads,
        })
    }

    /// b l d -> b l d. Without a mask each token sees itself and those before it.
    fn forward(
        &self,
        x: &Tensor,
        rope: &Rope,
        mask: Option<&Tensor>,
        kept: Option<&mut Kept>,
    ) -> Tensor {
        let heads = |x: Tensor| x.unflatten(-1, [-1, self.head_width]); // b l h d
        let [queries, keys] = [&self.q_proj, &self.k_proj].map(|proj| heads(proj.forward(x)));
        let (queries, keys) = match &self.norms {
            Some([q_norm, k_norm]) => (q_norm.forward(&queries), k_norm.forward(&keys)),
            None => (queries, keys),
        };
        let queries = rope.rotate(&queries.transpose(1, 2)); // b h l d
        let keys = rope.rotate(&keys.transpose(1, 2));
        let values = heads(self.v_proj.forward(x)).transpose(1, 2);
        let (keys, values) = match kept {
            Some(kept) => kept.with(&keys, &values),
            None => (keys, values),
        };
        let is_causal = mask.is_none() && x.size()[1] > 1;
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            mask,
            0.0,
            is_causal,
            None,
            self.is_shared,
        );
        self.o_proj.forward(&attended.transpose(1, 2).flatten(2, 3))
    }
}
