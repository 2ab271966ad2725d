//! The shape of a transformer, read from the shapes of its parameters.
//! Source: the arguments of diffusers `StableAudio3DiTModel`.

use kinora_wire::Failure;

use crate::family::stable_audio::attention::{Heads, projection_in};
use crate::weights::Checkpoint;

/// The shape of a transformer.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerConfig {
    /// Latent channels.
    pub channels: i64,
    /// Latents in time per token.
    pub patch: i64,
    /// Model width: channels per token.
    pub width: i64,
    /// Number of blocks.
    pub layers: usize,
    /// Channels per head.
    pub head_width: i64,
    /// Width of the context: of the text and of the token of the duration.
    pub context_width: i64,
    /// Width of the embedded duration in the modulations.
    pub global_width: i64,
    /// Channels of the condition for given sound: a mask and the latent channels.
    pub local_channels: i64,
    /// Features of the timestep: cosines and sines.
    pub time_features: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Learned tokens before those of the sound.
    pub memory_tokens: i64,
    /// Whether attention is the difference of two maps.
    pub is_differential: bool,
    /// Whether self-attention projects one map after the other, as in files of the makers' tools.
    pub is_by_map: bool,
}

impl TransformerConfig {
    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let block = |name: &str| format!("transformer_blocks.0.{name}");
        let channels = checkpoint.length("preprocess_conv.weight", 0)?;
        let width = checkpoint.length("proj_in.weight", 0)?;
        let memory = checkpoint.shape("memory_tokens");
        let (projection, is_by_map) = projection_in(checkpoint, &block("self_attn"));
        let projections = checkpoint.length(&projection, 0)?;
        let config = Self {
            channels,
            patch: checkpoint.length("proj_in.weight", 1)? / channels,
            width,
            layers: checkpoint.count("transformer_blocks"),
            head_width: checkpoint.length(&block("self_attn.q_norm.gamma"), 0)?,
            context_width: checkpoint.length("to_cond_embed.0.weight", 1)?,
            global_width: checkpoint.length("to_global_embed.0.weight", 1)?,
            local_channels: checkpoint.length(&block("to_local_embed.0.weight"), 1)?,
            time_features: checkpoint.length("to_timestep_embed.0.weight", 1)?,
            ffn_width: checkpoint.length(&block("ff.proj_out.weight"), 1)?,
            memory_tokens: memory.and_then(|shape| shape.first()).copied().unwrap_or(0),
            is_differential: projections / width == 5,
            is_by_map,
        };
        let is_sound = config.patch > 0
            && width % config.head_width == 0
            && config.head_width % 4 == 0
            && config.time_features % 2 == 0
            && config.memory_tokens >= 0;
        match is_sound {
            true => Ok(config),
            false => Err(Failure::bad_file(
                format!(
                    "{}: the shapes of its parameters do not fit each other: {config:?}",
                    checkpoint.path().display()
                ),
                "use the file as its makers released it",
            )),
        }
    }

    /// How its attention cuts projections.
    pub fn heads(&self) -> Heads {
        Heads {
            inner: self.width,
            width: self.head_width,
            is_differential: self.is_differential,
            is_by_map: self.is_by_map,
        }
    }

    /// Pairs of channels of a head with rotary positions: those of its first half.
    pub fn rotated_pairs(&self) -> i64 {
        self.head_width / 4
    }
}
