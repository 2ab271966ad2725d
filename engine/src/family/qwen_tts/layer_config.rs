//! The shape of a causal transformer, as the talker, the code predictor and the codec write it in their `config.json`.
//! Every field that would change the result and is not supported is refused by name.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Most of a size, such as a width or a vocabulary. A damaged file may say any number.
pub const MOST: i64 = 1 << 20;
/// Most layers, quantisers and stages.
pub const MOST_LAYERS: i64 = 1000;

/// The shape of the layers of a transformer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayersConfig {
    /// Number of layers.
    pub layers: usize,
    /// Channels per token.
    pub width: i64,
    /// Attention heads of the queries.
    pub heads: i64,
    /// Attention heads of keys and values, each for several heads of the queries.
    pub key_heads: i64,
    /// Channels per head.
    pub head_width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Epsilon of every norm.
    pub epsilon: f64,
    /// Tokens that a token sees, itself included. `None`: all before it.
    pub window: Option<i64>,
    /// Longest sequence that the model was made for, in tokens.
    pub most_tokens: i64,
    /// Of the codec: no norms of queries and keys, and learned factors of both branches.
    pub is_scaled: bool,
}

#[derive(Deserialize)]
struct Written {
    num_hidden_layers: i64,
    hidden_size: i64,
    num_attention_heads: i64,
    num_key_value_heads: Option<i64>,
    head_dim: Option<i64>,
    intermediate_size: i64,
    rope_theta: Option<f64>,
    rms_norm_eps: Option<f64>,
    sliding_window: Option<i64>,
    #[serde(default)]
    use_sliding_window: bool,
    max_position_embeddings: Option<i64>,
    hidden_act: Option<String>,
    #[serde(default)]
    attention_bias: bool,
    rope_scaling: Option<WrittenRope>,
    layer_types: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct WrittenRope {
    rope_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    mrope_section: Option<Vec<i64>>,
}

impl LayersConfig {
    /// Of the talker or the code predictor. Fails with the name of the field that cannot be used.
    pub fn of_talker(written: &Map<String, Value>) -> Result<Self, String> {
        let written = parsed(written)?;
        if written.use_sliding_window {
            return Err("`use_sliding_window` is true, which is unknown".into());
        }
        let mut types = written.layer_types.iter().flatten();
        if let Some(other) = types.find(|name| *name != "full_attention") {
            return Err(format!(
                "`layer_types` has `{other}`, which is unknown here"
            ));
        }
        Self::of(&written, 1e-6, None)
    }

    /// Of the codec, where every layer has a window.
    pub fn of_codec(written: &Map<String, Value>) -> Result<Self, String> {
        let written = parsed(written)?;
        let window = counted("sliding_window", written.sliding_window.unwrap_or(72), MOST)?;
        let layers = Self::of(&written, 1e-5, Some(window))?;
        Ok(Self {
            is_scaled: true,
            ..layers
        })
    }

    fn of(written: &Written, epsilon: f64, window: Option<i64>) -> Result<Self, String> {
        let activation = written.hidden_act.as_deref().unwrap_or("silu");
        if activation != "silu" {
            return Err(format!("`hidden_act` is `{activation}`, which is unknown"));
        }
        if written.attention_bias {
            return Err("`attention_bias` is true, which is unknown".into());
        }
        let width = counted("hidden_size", written.hidden_size, MOST)?;
        let heads = counted("num_attention_heads", written.num_attention_heads, MOST)?;
        let key_heads = written.num_key_value_heads.unwrap_or(heads);
        let key_heads = counted("num_key_value_heads", key_heads, MOST)?;
        let head_width = written.head_dim.unwrap_or(width / heads);
        let head_width = counted("head_dim", head_width, MOST)?;
        if heads % key_heads != 0 || head_width % 2 != 0 {
            return Err(format!(
                "{heads} heads (`num_attention_heads`) cannot share {key_heads} (`num_key_value_heads`) of {head_width} \
                 channels"
            ));
        }
        check_rope(written.rope_scaling.as_ref(), head_width)?;
        let layers = counted("num_hidden_layers", written.num_hidden_layers, MOST_LAYERS)?;
        Ok(Self {
            layers: layers as usize,
            width,
            heads,
            key_heads,
            head_width,
            ffn_width: counted("intermediate_size", written.intermediate_size, MOST)?,
            rope_theta: positive("rope_theta", written.rope_theta.unwrap_or(10_000.0))?,
            epsilon: positive("rms_norm_eps", written.rms_norm_eps.unwrap_or(epsilon))?,
            window,
            most_tokens: counted(
                "max_position_embeddings",
                written.max_position_embeddings.unwrap_or(32_768),
                MOST,
            )?,
            is_scaled: false,
        })
    }
}

/// A number from 1 to `most`.
pub fn counted(name: &str, number: i64, most: i64) -> Result<i64, String> {
    match (1..=most).contains(&number) {
        true => Ok(number),
        false => Err(format!("`{name}` cannot be {number}")),
    }
}

fn positive(name: &str, number: f64) -> Result<f64, String> {
    match number > 0.0 && number.is_finite() {
        true => Ok(number),
        false => Err(format!("`{name}` cannot be {number}")),
    }
}

fn parsed(written: &Map<String, Value>) -> Result<Written, String> {
    serde_json::from_value(Value::Object(written.clone())).map_err(|error| error.to_string())
}

/// The three rows of positions of the talker's rotary form are equal for speech, so its sections do not matter, as long
/// as they are whole.
fn check_rope(rope: Option<&WrittenRope>, head_width: i64) -> Result<(), String> {
    let Some(rope) = rope else { return Ok(()) };
    let kind = rope.rope_type.as_deref().or(rope.kind.as_deref());
    if let Some(other) = kind.filter(|kind| !matches!(*kind, "default" | "mrope")) {
        return Err(format!("`rope_scaling` is `{other}`, which is unknown"));
    }
    let Some(sections) = &rope.mrope_section else {
        return Ok(());
    };
    let sum = sections
        .iter()
        .fold(0, |sum: i64, one| sum.saturating_add(*one));
    let is_whole = sections.len() == 3 && sections.iter().all(|one| *one >= 0);
    match is_whole && sum == head_width / 2 {
        true => Ok(()),
        false => Err(format!(
            "`mrope_section` is {sections:?} where a head has {head_width} channels"
        )),
    }
}
