//! Attention of Wan: RMS norm of queries and keys over all heads, rotary positions in self-attention.
//! The keys and values of text and pictures stay the same over all steps.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::Config;
use super::rope::Rope;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    norm_q: RmsNorm,
    norm_k: RmsNorm,
    heads: i64,
    /// Of cross-attention, in networks that attend to the tokens of pictures too.
    pictures: Option<PictureAttention>,
}

/// Keys and values for the tokens of pictures (Wan2.1 `WanI2VCrossAttention`). The queries are those for the text.
#[expect(clippy::struct_field_names, reason = "the names in checkpoints")]
#[derive(Debug)]
struct PictureAttention {
    k_img: Linear,
    v_img: Linear,
    norm_k_img: RmsNorm,
}

/// Everything that cross-attention attends to.
#[derive(Clone, Copy, Debug)]
pub struct Context<'t> {
    /// The embedded text: b x k x d.
    pub text: &'t Tensor,
    /// Added to the attention scores of the text rows: 1 x 1 x 1 x k.
    pub weights: Option<&'t Tensor>,
    /// The embedded pictures, b x n x d, in networks that attend to them.
    pub pictures: Option<&'t Tensor>,
}

/// Keys and values of a text, and of pictures, for one layer.
#[derive(Debug)]
pub struct TextKeyValues {
    text: KeyValues,
    /// Added to the attention scores, if a row counts for several: 1 x 1 x 1 x k.
    weights: Option<Tensor>,
    pictures: Option<KeyValues>,
}

/// b x h x k x d each.
#[derive(Debug)]
struct KeyValues {
    keys: Tensor,
    values: Tensor,
}

impl Attention {
    pub fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        Ok(Self {
            q: Linear::new(weights.at("q"), width, width)?,
            k: Linear::new(weights.at("k"), width, width)?,
            v: Linear::new(weights.at("v"), width, width)?,
            o: Linear::new(weights.at("o"), width, width)?,
            norm_q: RmsNorm::new(weights.at("norm_q"), width, config.epsilon)?,
            norm_k: RmsNorm::new(weights.at("norm_k"), width, config.epsilon)?,
            heads: config.heads,
            pictures: None,
        })
    }

    /// Cross-attention: with the layers for pictures, if the network has them.
    pub fn to_context(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let pictures = match config.image {
            Some(_) => Some(PictureAttention {
                k_img: Linear::new(weights.at("k_img"), width, width)?,
                v_img: Linear::new(weights.at("v_img"), width, width)?,
                norm_k_img: RmsNorm::new(weights.at("norm_k_img"), width, config.epsilon)?,
            }),
            None => None,
        };
        Ok(Self {
            pictures,
            ..Self::new(config, weights)?
        })
    }

    /// Self-attention between all tokens of the clip. `x`: b x l x d.
    pub fn self_attention(&self, x: &Tensor, rope: &Rope) -> Tensor {
        let queries = rope.rotate(&self.split(&self.norm_q.forward(&self.q.forward(x))));
        let keys = rope.rotate(&self.split(&self.norm_k.forward(&self.k.forward(x))));
        let values = self.split(&self.v.forward(x));
        let own = KeyValues {
            keys: keys.transpose(1, 2),
            values: values.transpose(1, 2),
        };
        self.o.forward(&attended(&queries, &own, None))
    }

    /// Cross-attention from the tokens to the text, and to pictures. `x`: b x l x d.
    pub fn cross_attention(&self, x: &Tensor, context: &TextKeyValues) -> Tensor {
        let queries = self.split(&self.norm_q.forward(&self.q.forward(x)));
        let to_text = attended(&queries, &context.text, context.weights.as_ref());
        self.o.forward(&match &context.pictures {
            Some(pictures) => to_text + attended(&queries, pictures, None),
            None => to_text,
        })
    }

    /// Keys and values for `cross_attention`.
    pub fn text_key_values(&self, context: Context) -> TextKeyValues {
        let key_values = |keys: Tensor, values: Tensor| KeyValues {
            keys: self.split(&keys).transpose(1, 2).contiguous(),
            values: self.split(&values).transpose(1, 2).contiguous(),
        };
        let text = context.text;
        let pictures = self.pictures.as_ref().zip(context.pictures);
        TextKeyValues {
            text: key_values(
                self.norm_k.forward(&self.k.forward(text)),
                self.v.forward(text),
            ),
            weights: context.weights.map(Tensor::shallow_clone),
            pictures: pictures.map(|(layers, tokens)| {
                key_values(
                    layers.norm_k_img.forward(&layers.k_img.forward(tokens)),
                    layers.v_img.forward(tokens),
                )
            }),
        }
    }

    /// b l d -> b l h d/h
    fn split(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        x.view([size[0], size[1], self.heads, -1])
    }
}

/// Queries b x l x h x d; the result is b x l x hd.
fn attended(queries: &Tensor, to: &KeyValues, weights: Option<&Tensor>) -> Tensor {
    let queries = queries.transpose(1, 2); // b h l d
    let attended = Tensor::scaled_dot_product_attention(
        &queries, &to.keys, &to.values, weights, 0.0, false, None, false,
    );
    attended.transpose(1, 2).flatten(2, 3)
}
