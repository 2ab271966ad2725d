//! The shape of the text encoder: from `config.json` beside its weights, and from their shapes.
//! Source: transformers `T5GemmaModuleConfig`, whose defaults count where the file says nothing.

use kinora_wire::Failure;
use serde::Deserialize;

use crate::files::read_small;
use crate::weights::{Checkpoint, LONGEST_JSON_BYTES};

/// The shape of a text encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct TextConfig {
    /// Size of the vocabulary, in tokens.
    pub vocabulary: i64,
    /// Model width: channels per token.
    pub width: i64,
    /// Attention heads of the queries.
    pub heads: i64,
    /// Attention heads of keys and values, each for several heads of the queries.
    pub key_heads: i64,
    /// Channels per head.
    pub head_width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// For each layer, how far a token sees to either side, in tokens. `None`: to all others.
    pub windows: Vec<Option<i64>>,
    /// Scores of attention are divided by its square root.
    pub score_scale: f64,
    /// Scores stay below this number, by tanh. `None`: they are not limited.
    pub score_limit: Option<f64>,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Epsilon of every norm.
    pub epsilon: f64,
}

/// `config.json` of `T5GemmaEncoderModel`, or of the encoder alone.
#[derive(Deserialize)]
struct Written {
    encoder: Option<WrittenModule>,
    #[serde(flatten)]
    module: WrittenModule,
}

#[derive(Deserialize)]
struct WrittenModule {
    num_attention_heads: Option<i64>,
    head_dim: Option<i64>,
    hidden_activation: Option<String>,
    attention_bias: Option<bool>,
    query_pre_attn_scalar: Option<f64>,
    /// Null: no limit. Missing: the default.
    #[serde(default = "default_limit")]
    attn_logit_softcapping: Option<f64>,
    sliding_window: Option<i64>,
    layer_types: Option<Vec<String>>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    rope_parameters: Option<WrittenRope>,
}

#[derive(Default, Deserialize)]
struct WrittenRope {
    rope_type: Option<String>,
    rope_theta: Option<f64>,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field")]
fn default_limit() -> Option<f64> {
    Some(50.0)
}

impl TextConfig {
    /// Reads the shape from the weights and from `config.json` beside them.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let written = written(checkpoint)?;
        let refuse = |what: String| {
            let path = checkpoint.path().with_file_name("config.json");
            Failure::bad_file(
                format!("{}: {what}", path.display()),
                "use the text encoder that came with the model",
            )
        };
        let activation = written.hidden_activation.as_deref();
        let rope = written.rope_parameters.unwrap_or_default();
        let kind = rope.rope_type.as_deref();
        if !matches!(activation, None | Some("gelu_pytorch_tanh")) {
            return Err(refuse(format!("the activation {activation:?} is unknown")));
        }
        if written.attention_bias == Some(true) {
            return Err(refuse("attention with biases is unknown".into()));
        }
        if !matches!(kind, None | Some("default")) {
            return Err(refuse(format!("rotary positions {kind:?} are unknown")));
        }
        let first = |name: &str| format!("encoder.layers.0.{name}.weight");
        let queries = checkpoint.length(&first("self_attn.q_proj"), 0)?;
        let keys = checkpoint.length(&first("self_attn.k_proj"), 0)?;
        let head_width = written
            .head_dim
            .or_else(|| queries.checked_div(written.num_attention_heads?))
            .filter(|width| *width > 0 && queries % width == 0 && keys % width == 0);
        let head_width = head_width.ok_or_else(|| refuse("no usable `head_dim`".into()))?;
        let (heads, key_heads) = (queries / head_width, keys / head_width);
        if heads % key_heads != 0 || head_width % 2 != 0 {
            return Err(refuse(format!(
                "{heads} heads cannot share {key_heads} of {head_width} channels"
            )));
        }
        let window = written.sliding_window.unwrap_or(4096);
        if window < 1 {
            return Err(refuse(format!("`sliding_window` cannot be {window}")));
        }
        let positive = |name: &str, written: Option<f64>, otherwise: f64| {
            let number = written.unwrap_or(otherwise);
            match number > 0.0 {
                true => Ok(number),
                false => Err(refuse(format!("`{name}` cannot be {number}"))),
            }
        };
        let score_limit = match written.attn_logit_softcapping {
            Some(limit) => Some(positive("attn_logit_softcapping", Some(limit), 0.0)?),
            None => None,
        };
        let layers = checkpoint.count("encoder.layers");
        let windows = windows(layers, written.layer_types, window).map_err(&refuse)?;
        Ok(Self {
            vocabulary: checkpoint.length("encoder.embed_tokens.weight", 0)?,
            width: checkpoint.length("encoder.embed_tokens.weight", 1)?,
            heads,
            key_heads,
            head_width,
            ffn_width: checkpoint.length(&first("mlp.gate_proj"), 0)?,
            windows,
            score_scale: positive(
                "query_pre_attn_scalar",
                written.query_pre_attn_scalar,
                256.0,
            )?,
            score_limit,
            rope_theta: positive(
                "rope_theta",
                rope.rope_theta.or(written.rope_theta),
                10_000.0,
            )?,
            epsilon: positive("rms_norm_eps", written.rms_norm_eps, 1e-6)?,
        })
    }
}

/// How far each layer sees. Without a list, every second layer sees all, beginning with the second.
fn windows(
    layers: usize,
    types: Option<Vec<String>>,
    window: i64,
) -> Result<Vec<Option<i64>>, String> {
    let Some(types) = types else {
        let all = (0..layers).map(|layer| (layer % 2 == 0).then_some(window));
        return Ok(all.collect());
    };
    if types.len() != layers {
        return Err(format!("{} layer types for {layers} layers", types.len()));
    }
    let windows = types.iter().map(|name| match name.as_str() {
        "sliding_attention" => Ok(Some(window)),
        "full_attention" => Ok(None),
        other => Err(format!("the layer type `{other}` is unknown")),
    });
    windows.collect()
}

fn written(checkpoint: &Checkpoint) -> Result<WrittenModule, Failure> {
    let path = checkpoint.path().with_file_name("config.json");
    let text = read_small(&path, LONGEST_JSON_BYTES);
    let parsed = text.and_then(|text| {
        serde_json::from_slice::<Written>(&text).map_err(|error| error.to_string())
    });
    let written = parsed.map_err(|why| {
        Failure::bad_file(
            format!("{}: {why}", path.display()),
            "put the config.json of the release beside the weights of the text encoder",
        )
    })?;
    Ok(written.encoder.unwrap_or(written.module))
}
