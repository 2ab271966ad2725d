//! The shape of an LTX-2 transformer, read from its weights: widths, counts and branches from the tensors, which decide
//! what a release (2.0, 2.3, 2.5) has. What no tensor shows comes from the configuration in the file's header.

use kinora_wire::Failure;

use super::rope::RopeKind;
use super::streams::{Modality, Streams};
use crate::weights::Checkpoint;

/// Heads of all released models, in both streams.
const USUAL_HEADS: i64 = 32;
/// What a timestep is multiplied by, in all released models.
const USUAL_TIME_SCALE: f64 = 1000.0;
/// Rows of modulations of a block: shift, scale and gate of self-attention and of the feed-forward layers.
const BASE_ROWS: i64 = 6;
/// The same with those of the attention to the text.
const ROWS_WITH_TEXT: i64 = 9;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Number of blocks.
    pub layers: usize,
    /// The streams that it has. Weights for sound alone have only `audio_*`.
    pub streams: Streams<StreamConfig>,
    /// The attention between the streams, if it has both.
    pub crossing: Option<CrossingConfig>,
    /// Which channels the rotary positions turn together.
    pub rope: RopeKind,
    /// Epsilon of every norm.
    pub epsilon: f64,
}

/// The shape of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct StreamConfig {
    /// Channels per token inside the network.
    pub width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Channels per token of the noisy latents.
    pub in_channels: i64,
    /// Channels per token of the velocity.
    pub out_channels: i64,
    /// Channels of the text that it attends to.
    pub text_width: i64,
    /// Channels of the text before `caption_projection`, if it has one (2.0).
    pub caption_width: Option<i64>,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Whether these have biases. 2.5 has none for the picture.
    pub has_ffn_bias: bool,
    /// Whether each head has a gate (since 2.3).
    pub has_gates: bool,
    /// Whether the attention to the text has modulations of its own for the queries (since 2.3).
    pub modulates_text_queries: bool,
    /// How the text is modulated.
    pub text_modulation: TextModulation,
    /// Whether tokens of single pictures have an embedding of their own (2.5, picture).
    pub marks_keyframes: bool,
    /// Number of sines and cosines of a timestep.
    pub time_width: i64,
}

/// How the text is modulated before its keys and values are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextModulation {
    /// Not at all (2.0).
    None,
    /// By a table in each block, the same in every step.
    Fixed,
    /// By the table and the timestep (2.3).
    ByTime,
}

/// The shape of the attention between the streams.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossingConfig {
    /// Channels of queries and keys.
    pub width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Whether each stream is modulated by the timestep of the other one (since 2.3), and not by its own.
    pub takes_other_time: bool,
    /// A factor of the timestep for the gates.
    pub gate_time_factor: f64,
}

impl Config {
    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        refuse_other_networks(checkpoint)?;
        let there = |modality: Modality| {
            let projection = modality.named("patchify_proj.weight");
            checkpoint.shape(&projection).map(|_| modality)
        };
        let streams = Streams {
            video: there(Modality::Video),
            audio: there(Modality::Audio),
        };
        let streams = streams.try_map(|modality, _| stream(checkpoint, modality))?;
        let layers = checkpoint.count("transformer_blocks");
        let has_none = streams.video.is_none() && streams.audio.is_none();
        if has_none || layers == 0 {
            let missing = match has_none {
                true => "neither `patchify_proj.weight` nor `audio_patchify_proj.weight`",
                false => "no `transformer_blocks.0`",
            };
            return Err(refused(
                checkpoint,
                &format!("it has {missing}"),
                "use the transformer of an LTX-2 model as released, or its part for sound",
            ));
        }
        let rope = rope(checkpoint)?;
        let crossing = match streams.as_ref().both() {
            Some(streams) => Some(crossing(checkpoint, streams, rope)?),
            None => None,
        };
        Ok(Self {
            layers,
            streams,
            crossing,
            rope,
            epsilon: number(checkpoint, "norm_eps").unwrap_or(1e-6),
        })
    }
}

impl StreamConfig {
    /// Rows of modulations of a block.
    pub fn rows(&self) -> i64 {
        match self.modulates_text_queries {
            true => ROWS_WITH_TEXT,
            false => BASE_ROWS,
        }
    }
}

fn stream(checkpoint: &Checkpoint, modality: Modality) -> Result<StreamConfig, Failure> {
    let root = |name: &str| modality.named(name);
    let block = |name: &str| format!("transformer_blocks.0.{}", modality.named(name));
    let has = |name: &str| checkpoint.shape(name).is_some();
    let width = checkpoint.length(&root("patchify_proj.weight"), 0)?;
    let text_modulation = match (
        has(&block("prompt_scale_shift_table")),
        has(&root("prompt_adaln_single.linear.weight")),
    ) {
        (false, _) => TextModulation::None,
        (true, false) => TextModulation::Fixed,
        (true, true) => TextModulation::ByTime,
    };
    let time = root("adaln_single.emb.timestep_embedder.linear_1.weight");
    let time_width = checkpoint.length(&time, 1)?;
    if time_width % 2 != 0 {
        return Err(refused(
            checkpoint,
            &format!("`{time}` reads {time_width} numbers, which are no pairs of sine and cosine"),
            "use LTX-2.0, 2.3 or 2.5 as released",
        ));
    }
    let caption = checkpoint.shape(&root("caption_projection.linear_1.weight"));
    let [first, last] = ["patchify_proj.weight", "proj_out.weight"].map(root);
    let in_channels = checkpoint.length(&first, 1)?;
    let out_channels = checkpoint.length(&last, 0)?;
    if in_channels != out_channels {
        return Err(refused(
            checkpoint,
            &format!(
                "`{last}` makes {out_channels} channels, and `{first}` reads {in_channels}: a velocity has those of its latents"
            ),
            "use LTX-2.0, 2.3 or 2.5 as released",
        ));
    }
    Ok(StreamConfig {
        width,
        heads: heads(checkpoint, modality, width)?,
        in_channels,
        out_channels,
        text_width: checkpoint.length(&block("attn2.to_k.weight"), 1)?,
        caption_width: caption.and_then(|shape| shape.get(1)).copied(),
        ffn_width: checkpoint.length(&block("ff.net.0.proj.weight"), 0)?,
        has_ffn_bias: has(&block("ff.net.0.proj.bias")),
        has_gates: has(&block("attn1.to_gate_logits.weight")),
        modulates_text_queries: modulates_text_queries(checkpoint, &block("scale_shift_table"))?,
        text_modulation,
        marks_keyframes: has(&root("keyframes_abs_pos_embedding")),
        time_width,
    })
}

fn modulates_text_queries(checkpoint: &Checkpoint, table: &str) -> Result<bool, Failure> {
    match checkpoint.length(table, 0)? {
        BASE_ROWS => Ok(false),
        ROWS_WITH_TEXT => Ok(true),
        rows => Err(refused(
            checkpoint,
            &format!("`{table}` has {rows} rows, where LTX-2 has {BASE_ROWS} or {ROWS_WITH_TEXT}"),
            "use LTX-2.0, 2.3 or 2.5: Kinora does not know this release",
        )),
    }
}

fn crossing(
    checkpoint: &Checkpoint,
    (video, audio): (&StreamConfig, &StreamConfig),
    rope: RopeKind,
) -> Result<CrossingConfig, Failure> {
    let attention = "transformer_blocks.0.audio_to_video_attn";
    let width = checkpoint.length(&format!("{attention}.to_q.weight"), 0)?;
    let gates = checkpoint.shape(&format!("{attention}.to_gate_logits.weight"));
    let heads = match gates.and_then(<[i64]>::first).copied() {
        Some(heads) => heads,
        None => written_heads(checkpoint, Modality::Audio),
    };
    let setting = "audio_num_attention_heads";
    check_heads(checkpoint, setting, (width, heads))?;
    if rope == RopeKind::Split {
        // Positions in time are cut into the heads of each stream's own attention, as in the reference.
        check_heads(checkpoint, "num_attention_heads", (width, video.heads))?;
        check_heads(checkpoint, setting, (width, audio.heads))?;
    }
    let written = |names: [&str; 2]| {
        let mut written = names
            .into_iter()
            .filter_map(|name| number(checkpoint, name));
        written.next().unwrap_or(USUAL_TIME_SCALE)
    };
    let of_gates = [
        "av_ca_timestep_scale_multiplier",
        "cross_attn_timestep_scale_multiplier",
    ];
    let of_all = ["timestep_scale_multiplier"; 2];
    let factor = written(of_gates) / written(of_all);
    Ok(CrossingConfig {
        width,
        heads,
        takes_other_time: video.text_modulation != TextModulation::None,
        gate_time_factor: if factor.is_finite() { factor } else { 1.0 },
    })
}

/// The heads: as many as there are gates, or else as the header says.
fn heads(checkpoint: &Checkpoint, modality: Modality, width: i64) -> Result<i64, Failure> {
    let attention = modality.named("attn1");
    let gates = format!("transformer_blocks.0.{attention}.to_gate_logits.weight");
    let gates = checkpoint.shape(&gates).and_then(<[i64]>::first);
    let heads = match gates {
        Some(&gates) => gates,
        None => written_heads(checkpoint, modality),
    };
    let setting = modality.named("num_attention_heads");
    check_heads(checkpoint, &setting, (width, heads))?;
    Ok(heads)
}

fn written_heads(checkpoint: &Checkpoint, modality: Modality) -> i64 {
    let written = number(checkpoint, &modality.named("num_attention_heads"));
    written.map_or(USUAL_HEADS, |heads| heads as i64)
}

fn check_heads(
    checkpoint: &Checkpoint,
    setting: &str,
    (width, heads): (i64, i64),
) -> Result<(), Failure> {
    let is_even = heads > 0 && width % heads == 0 && (width / heads) % 2 == 0;
    if is_even {
        return Ok(());
    }
    Err(refused(
        checkpoint,
        &format!("{width} numbers per token cannot be split into {heads} heads"),
        &format!("put the model's config.json, which says {setting}, beside the weights"),
    ))
}

fn rope(checkpoint: &Checkpoint) -> Result<RopeKind, Failure> {
    match word(checkpoint, "rope_type") {
        None | Some("split") => Ok(RopeKind::Split),
        Some("interleaved") => Ok(RopeKind::Interleaved),
        Some(other) => Err(refused(
            checkpoint,
            &format!("its rope_type is `{other}`, which Kinora does not know"),
            "use LTX-2.0, 2.3 or 2.5 as released",
        )),
    }
}

/// Refuses `LTX-Video`, whose parameters have the same names as those of the picture, but other positions.
fn refuse_other_networks(checkpoint: &Checkpoint) -> Result<(), Failure> {
    match word(checkpoint, "_class_name") {
        Some("LTXVideoTransformer3DModel" | "Transformer3DModel") => Err(refused(
            checkpoint,
            "it is an LTX-Video model, which came before LTX-2",
            "use LTX-2.0, 2.3 or 2.5",
        )),
        _ => Ok(()),
    }
}

fn refused(checkpoint: &Checkpoint, what: &str, remedy: &str) -> Failure {
    Failure::bad_file(format!("{}: {what}", checkpoint.path().display()), remedy)
}

/// A number of the configuration: of config.json, or of the part for the transformer in the file's header.
fn number(checkpoint: &Checkpoint, name: &str) -> Option<f64> {
    let inside = || checkpoint.written(&["transformer", name])?.as_f64();
    checkpoint.setting(&[name]).or_else(inside)
}

/// A word of the configuration.
fn word<'c>(checkpoint: &'c Checkpoint, name: &str) -> Option<&'c str> {
    let written = checkpoint.written(&[name]);
    let written = written.or_else(|| checkpoint.written(&["transformer", name]));
    written?.as_str()
}
