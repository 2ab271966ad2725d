//! The shapes of projections and connectors, from their tensors. Numbers of heads, where no gate shows them, come from the
//! transformer's configuration.
//!
//! Sources: diffusers `pipelines/ltx2/connectors.py` (`LTX2TextConnectors`), Lightricks/LTX-2 (names of the settings).

use kinora_wire::Failure;
use serde_json::Value;

use super::settings::Settings;
use crate::weights::Checkpoint;

/// The shape of the projections. `states` is the width of the input: that of Gemma times its hidden states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectionConfig {
    /// One projection for both connectors, without a bias (LTX-2.0).
    Shared {
        /// Inputs.
        states: i64,
        /// Outputs.
        width: i64,
    },
    /// One for each connector (LTX-2.3 and later).
    Apart {
        /// Inputs.
        states: i64,
        /// Outputs for the picture.
        video: i64,
        /// Outputs for the sound.
        audio: i64,
        /// Whether they have biases.
        has_bias: bool,
    },
}

/// The shape of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorConfig {
    /// Channels per token.
    pub width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Blocks.
    pub layers: usize,
    /// Learned tokens that stand where a text has ended; zero without them.
    pub registers: i64,
    /// Whether each head has a gate.
    pub is_gated: bool,
}

/// The shapes of projections and connectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectorsConfig {
    /// The projections.
    pub projection: ProjectionConfig,
    /// The connector of the picture.
    pub video: ConnectorConfig,
    /// The connector of the sound.
    pub audio: ConnectorConfig,
    /// The length of a text that spans the range of the position embeddings, in tokens.
    pub base_length: f64,
    /// Base of their wavelengths.
    pub theta: f64,
}

/// The modules of the connectors, in the names of the parameters.
pub const CONNECTORS: [&str; 2] = ["video_embeddings_connector", "audio_embeddings_connector"];
/// Their lists of blocks.
pub const BLOCKS: [&str; 2] = [
    "video_embeddings_connector.transformer_1d_blocks",
    "audio_embeddings_connector.transformer_1d_blocks",
];
/// What configurations call the numbers of heads: the original release, and Diffusers.
const HEADS: [&[&str]; 2] = [
    &[
        "video_connector_num_attention_heads",
        "connector_num_attention_heads",
    ],
    &["audio_connector_num_attention_heads"],
];
/// Channels of a head where no file states them: those of LTX-2.0, which has no gates.
const HEAD_WIDTH: i64 = 128;
const BASE_LENGTH: f64 = 4096.0;
const THETA: f64 = 1e4;

impl ConnectorsConfig {
    /// Reads the shapes from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let settings = Settings::of_connectors(checkpoint);
        let form = settings.value(&["rope_type"]).and_then(Value::as_str);
        if form.is_some_and(|form| form != "split") {
            return Err(unusable(
                checkpoint,
                "have position embeddings that are not split",
                "use a released LTX-2 model: all of them have split ones",
            ));
        }
        let (video, audio) = (
            connector(checkpoint, &settings, 0)?,
            connector(checkpoint, &settings, 1)?,
        );
        if (video.registers == 0) != (audio.registers == 0) {
            return Err(unusable(
                checkpoint,
                "have registers for one of picture and sound",
                "the file is damaged or not an LTX-2 model: fetch it again",
            ));
        }
        let projection = projection(checkpoint)?;
        let projected = match projection {
            ProjectionConfig::Shared { width, .. } => [width; 2],
            ProjectionConfig::Apart { video, audio, .. } => [video, audio],
        };
        if projected != [video.width, audio.width] {
            return Err(unusable(
                checkpoint,
                &format!(
                    "read {} and {} channels where the projections make {projected:?}",
                    video.width, audio.width
                ),
                "use projections and connectors of one LTX-2 model",
            ));
        }
        let base_length = [
            "connector_rope_base_seq_len",
            "connector_positional_embedding_max_pos",
        ];
        let theta = ["rope_theta", "positional_embedding_theta"];
        let positive = |names: &[&str], usual: f64| {
            let number = settings.number(names).filter(|&number| number > 0.0);
            number.unwrap_or(usual)
        };
        Ok(Self {
            projection,
            video,
            audio,
            base_length: positive(&base_length, BASE_LENGTH),
            theta: positive(&theta, THETA),
        })
    }
}

fn projection(checkpoint: &Checkpoint) -> Result<ProjectionConfig, Failure> {
    let shared = "text_embedding_projection.aggregate_embed.weight";
    if checkpoint.shape(shared).is_some() {
        return Ok(ProjectionConfig::Shared {
            states: checkpoint.length(shared, 1)?,
            width: checkpoint.length(shared, 0)?,
        });
    }
    let video = "text_embedding_projection.video_aggregate_embed.weight";
    let audio = "text_embedding_projection.audio_aggregate_embed.weight";
    let bias = "text_embedding_projection.video_aggregate_embed.bias";
    Ok(ProjectionConfig::Apart {
        states: checkpoint.length(video, 1)?,
        video: checkpoint.length(video, 0)?,
        audio: checkpoint.length(audio, 0)?,
        has_bias: checkpoint.shape(bias).is_some(),
    })
}

/// The connector of the picture (0) or of the sound (1).
fn connector(
    checkpoint: &Checkpoint,
    settings: &Settings,
    at: usize,
) -> Result<ConnectorConfig, Failure> {
    let (module, blocks) = (CONNECTORS[at], BLOCKS[at]);
    let first = |name: &str| format!("{blocks}.0.{name}");
    let gate = first("attn1.to_gate_logits.weight");
    let is_gated = checkpoint.shape(&gate).is_some();
    let width = checkpoint.length(&first("attn1.to_q.weight"), 1)?;
    let heads = if is_gated {
        checkpoint.length(&gate, 0)?
    } else {
        let written = settings.count(HEADS[at]);
        written.unwrap_or_else(|| (width / HEAD_WIDTH).max(1))
    };
    // Not `width % (2 * heads)`: a configuration may say any number of heads.
    if heads < 1 || width % heads != 0 || (width / heads) % 2 != 0 {
        return Err(unusable(
            checkpoint,
            &format!("have {heads} heads for {width} channels in `{module}`"),
            "the file is damaged or not an LTX-2 model: fetch it again",
        ));
    }
    let registers = format!("{module}.learnable_registers");
    let registers = match checkpoint.shape(&registers) {
        Some(_) => checkpoint.length(&registers, 0)?,
        None => 0,
    };
    Ok(ConnectorConfig {
        width,
        heads,
        ffn_width: checkpoint.length(&first("ff.net.0.proj.weight"), 0)?,
        layers: checkpoint.count(blocks),
        registers,
        is_gated,
    })
}

fn unusable(checkpoint: &Checkpoint, what: &str, remedy: &str) -> Failure {
    let path = checkpoint.path().display();
    Failure::bad_file(format!("the text connectors in {path} {what}"), remedy)
}
