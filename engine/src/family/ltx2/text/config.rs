//! The shape of a Gemma text encoder, from its tensors and its configuration. What the engine does not build is refused.
//!
//! Sources: transformers `models/gemma3` (`Gemma3TextConfig`), `models/gemma4` and `models/gemma4_unified`
//! (`Gemma4UnifiedTextConfig`); Lightricks/LTX-2 for the numbers of the 12B models.

use kinora_wire::Failure;
use serde_json::Value;

use super::settings::Settings;
use super::unbuilt::{damaged, refuse_unbuilt, unbuilt, unusable};
use crate::weights::Checkpoint;

/// The list of the layers, in the names of the parameters.
pub const LAYERS: &str = "layers";

/// The generations of Gemma that the family uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gemma {
    /// Gemma 3, the encoder of LTX-2.0 and 2.3.
    Three,
    /// Gemma 4, the encoder of LTX-2.5.
    Four,
}

impl Gemma {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Three => "Gemma 3",
            Self::Four => "Gemma 4",
        }
    }

    /// Which one has parameters with these names. `None`: neither.
    pub fn of_names(has: &dyn Fn(&str) -> bool) -> Option<Self> {
        let is_gemma = has("layers.0.self_attn.q_norm.weight")
            && has("layers.0.post_feedforward_layernorm.weight");
        is_gemma.then(|| match has("layers.0.layer_scalar") {
            true => Self::Four,
            false => Self::Three,
        })
    }
}

/// How positions turn queries and keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// Base of the wavelengths.
    pub theta: f64,
    /// Divides positions.
    pub factor: f64,
    /// The share of a head's channels that turn.
    pub share: f64,
}

/// The attention that layers of one kind have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionForm {
    /// Channels of a head.
    pub head_width: i64,
    /// Its position embedding.
    pub rotation: Rotation,
}

/// What differs from layer to layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmaLayer {
    /// Whether a token attends only to those in the window before it.
    pub is_sliding: bool,
    /// Heads of keys and values; several heads of queries share one.
    pub kv_heads: i64,
    /// Whether it has a projection of values. Without it the keys are the values.
    pub has_values: bool,
}

/// The shape of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct GemmaConfig {
    /// Which Gemma it is.
    pub gemma: Gemma,
    /// Size of the vocabulary, in tokens.
    pub vocabulary: i64,
    /// Model width: channels per token.
    pub width: i64,
    /// Heads of queries.
    pub heads: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Its layers, in order.
    pub layers: Vec<GemmaLayer>,
    /// Attention of sliding layers.
    pub sliding: AttentionForm,
    /// Attention of full layers.
    pub full: AttentionForm,
    /// The window of sliding layers, in tokens, the token itself included.
    pub window: i64,
    /// Multiplies the attention scores.
    pub score_scale: f64,
    /// Epsilon of every norm.
    pub epsilon: f64,
}

/// The window of the 12B models, in tokens.
const WINDOW: i64 = 1024;
/// Of so many layers the last is full, where a configuration does not say which are.
const PATTERN: i64 = 6;
const LOCAL_THETA: f64 = 1e4;
const GLOBAL_THETA: f64 = 1e6;
/// Divides positions in the full layers of Gemma 3.
const GEMMA_3_FACTOR: f64 = 8.0;
/// The share of channels that turn in the full layers of Gemma 4.
const GEMMA_4_SHARE: f64 = 0.25;

impl GemmaConfig {
    /// Reads the shape from the weights, and from the configuration what they do not show.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let gemma = Gemma::of_names(&|name| checkpoint.shape(name).is_some());
        let gemma = gemma.ok_or_else(|| {
            unusable(
                checkpoint,
                "is neither Gemma 3 nor Gemma 4".into(),
                "use the Gemma text encoder that belongs to the LTX-2 model",
            )
        })?;
        let settings = Settings::of_encoder(checkpoint);
        refuse_unbuilt(checkpoint, &settings)?;
        let are_sliding = are_sliding(gemma, checkpoint, &settings);
        let heads = checkpoint.length(&parameter(0, "q_proj"), 0)? / head_width(checkpoint, 0)?;
        let layers = are_sliding.iter().enumerate();
        let layers = layers.map(|(at, &is_sliding)| layer(checkpoint, at, heads, is_sliding));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let form = |is_sliding: bool| {
            let first = are_sliding.iter().position(|&own| own == is_sliding);
            Ok::<_, Failure>(AttentionForm {
                head_width: head_width(checkpoint, first.unwrap_or(0))?,
                rotation: rotation(gemma, checkpoint, &settings, is_sliding)?,
            })
        };
        let (sliding, full) = (form(true)?, form(false)?);
        let score_scale = match gemma {
            Gemma::Three => {
                let scalar = settings.number(&["query_pre_attn_scalar"]);
                let scalar = scalar.filter(|&scalar| scalar > 0.0);
                scalar.unwrap_or(full.head_width as f64).powf(-0.5)
            }
            Gemma::Four => 1.0, // queries and keys are normalised
        };
        Ok(Self {
            gemma,
            vocabulary: checkpoint.length("embed_tokens.weight", 0)?,
            width: checkpoint.length("embed_tokens.weight", 1)?,
            heads,
            ffn_width: checkpoint.length("layers.0.mlp.gate_proj.weight", 0)?,
            layers,
            sliding,
            full,
            window: settings.count(&["sliding_window"]).unwrap_or(WINDOW),
            score_scale,
            epsilon: settings.number(&["rms_norm_eps"]).unwrap_or(1e-6),
        })
    }

    /// The attention of a layer.
    pub fn form(&self, layer: GemmaLayer) -> &AttentionForm {
        match layer.is_sliding {
            true => &self.sliding,
            false => &self.full,
        }
    }
}

/// The name of a matrix or norm of a layer's attention.
fn parameter(layer: usize, part: &str) -> String {
    format!("{LAYERS}.{layer}.self_attn.{part}.weight")
}

/// The channels of a layer's heads: an even number.
fn head_width(checkpoint: &Checkpoint, layer: usize) -> Result<i64, Failure> {
    let width = checkpoint.length(&parameter(layer, "q_norm"), 0)?;
    match width % 2 {
        0 => Ok(width),
        _ => Err(damaged(
            checkpoint,
            format!("has heads of {width} channels"),
        )),
    }
}

/// The shape of a layer, of which several heads of queries must share each head of keys evenly.
fn layer(
    checkpoint: &Checkpoint,
    at: usize,
    heads: i64,
    is_sliding: bool,
) -> Result<GemmaLayer, Failure> {
    let kv_width = checkpoint.length(&parameter(at, "k_proj"), 0)?;
    let kv_heads = kv_width / head_width(checkpoint, at)?;
    match kv_heads {
        1.. if heads >= kv_heads && heads % kv_heads == 0 => Ok(GemmaLayer {
            is_sliding,
            kv_heads,
            has_values: checkpoint.shape(&parameter(at, "v_proj")).is_some(),
        }),
        _ => Err(damaged(
            checkpoint,
            format!("has {heads} heads of queries and {kv_heads} of keys in layer {at}"),
        )),
    }
}

/// Which layers are sliding: as the configuration says, as their shapes show, or by the usual pattern.
fn are_sliding(gemma: Gemma, checkpoint: &Checkpoint, settings: &Settings) -> Vec<bool> {
    let count = checkpoint.count(LAYERS);
    let written = settings.value(&["layer_types"]).and_then(Value::as_array);
    let written = written.filter(|kinds| kinds.len() == count);
    let shape = |at: usize| {
        let head_width = checkpoint.shape(&parameter(at, "q_norm"));
        let values = checkpoint.shape(&parameter(at, "v_proj"));
        (head_width, values.is_some())
    };
    let differ = (0..count).any(|at| shape(at) != shape(0));
    let names = ["sliding_window_pattern", "_sliding_window_pattern"];
    let pattern = settings.count(&names).unwrap_or(PATTERN) as usize;
    let mut kinds: Vec<bool> = match written {
        Some(kinds) => kinds
            .iter()
            .map(|kind| kind.as_str() == Some("sliding_attention"))
            .collect(),
        None if differ => (0..count).map(|at| shape(at) == shape(0)).collect(),
        None => (1..=count)
            .map(|place| !place.is_multiple_of(pattern))
            .collect(),
    };
    if let (Gemma::Four, Some(last)) = (gemma, kinds.last_mut()) {
        *last = false;
    }
    kinds
}

/// The rotation of sliding or of full layers. Newer configurations have an entry for each kind, older ones for both.
fn rotation(
    gemma: Gemma,
    checkpoint: &Checkpoint,
    settings: &Settings,
    is_sliding: bool,
) -> Result<Rotation, Failure> {
    let (kind, theta) = match is_sliding {
        true => ("sliding_attention", LOCAL_THETA),
        false => ("full_attention", GLOBAL_THETA),
    };
    let of_kinds = settings.value(&["rope_parameters"]);
    let entry = of_kinds.and_then(|of_kinds| of_kinds.get(kind));
    let older = match is_sliding {
        true => None,
        false => settings.value(&["rope_scaling"]),
    };
    let scaling = entry.or(older);
    let number = |name: &str| scaling?.get(name)?.as_f64().filter(|&value| value > 0.0);
    let older_theta = match is_sliding {
        true => settings.number(&["rope_local_base_freq"]),
        false => settings.number(&["rope_theta"]),
    };
    let is_written = of_kinds.is_some() || older_theta.is_some();
    let form = scaling.and_then(|scaling| scaling.get("rope_type").or(scaling.get("type")));
    let form = form.and_then(Value::as_str);
    let usual = match (gemma, is_sliding, is_written) {
        (Gemma::Four, false, false) => "proportional",
        (Gemma::Three, false, false) => "linear",
        _ => "default",
    };
    let factor = || number("factor").unwrap_or(GEMMA_3_FACTOR);
    let share = || number("partial_rotary_factor").unwrap_or(GEMMA_4_SHARE);
    let (factor, share) = match form.unwrap_or(usual) {
        "default" => (1.0, 1.0),
        "linear" => (factor(), 1.0),
        "proportional" => (number("factor").unwrap_or(1.0), share()),
        other => {
            return Err(unbuilt(
                checkpoint,
                &format!("position embeddings of the kind \"{other}\""),
            ));
        }
    };
    Ok(Rotation {
        theta: number("rope_theta").or(older_theta).unwrap_or(theta),
        factor,
        share,
    })
}
