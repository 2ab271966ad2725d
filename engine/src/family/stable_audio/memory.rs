//! What a sound needs of the memory, from the shapes of the networks: the bytes of their parameters, and estimates of the
//! work, from tokens and widths.

use kinora_wire::{Failure, SoundShape};
use tch::{Device, Kind};

use super::StableAudio;
use super::autoencoder::{Autoencoder, AutoencoderConfig, Level, PIECE_LATENTS};
use super::duration::DurationEmbedder;
use super::text::{BLOCKS as TEXT_BLOCKS, TEXT_LENGTH, TextConfig, TextEncoder};
use super::transformer::{BLOCKS, Transformer, TransformerConfig};
use crate::family::part::Part;
use crate::memory::{Footprint, MemoryNeeds, NetworkBytes, PictureBytes};
use crate::plan::Plan;
use crate::weights::Weights;

/// Bytes of a number in fp32.
const FLOAT_BYTES: u64 = 4;
/// Tensors of the size of the tokens at the peak of a layer's attention: the tokens of before and after, their norm, queries
/// and keys of two maps and the values, their rotated forms, the results of both maps.
const TOKENS_IN_ATTENTION: u64 = 14;
/// The same in fp32, for the rotation.
const FLOAT_TOKENS_IN_ATTENTION: u64 = 2;
/// Tensors of the size of the tokens beside the inner ones of the feed-forward layers.
const TOKENS_IN_FEED_FORWARD: u64 = 4;
/// Tensors of the inner width of a feed-forward layer: both halves, the gate and the product.
const INNER_IN_FEED_FORWARD: u64 = 5;
/// Tensors of the size of the latents in fp32: sample, velocities of both branches, the condition for given sound.
const LATENTS_OF_STEP: u64 = 8;
/// Keys of two maps, and values.
const CONTEXT_PARTS: u64 = 3;
/// Waves of the whole sound in fp32: of the pieces and whole, limited, with the given samples.
const WAVES_OF_MODEL: u64 = 5;
/// The same at the rate of the wire: filtered, in its order, cut, in turn.
const WAVES_OF_WIRE: u64 = 4;

/// What the sound of a plan needs.
pub fn needs(
    model: &StableAudio,
    plan: &Plan,
    device: Device,
    kind: Kind,
) -> Result<MemoryNeeds, Failure> {
    let text = network(&model.text, kind, &[TEXT_BLOCKS], TextEncoder::new)?;
    let duration = network(&model.duration, kind, &[], DurationEmbedder::new)?;
    let transformer = network(&model.transformer, kind, &[BLOCKS], Transformer::new)?;
    // In fp32 everywhere.
    let decoder = network(&model.autoencoder, Kind::Float, &[], Autoencoder::new)?;
    let work = sound_bytes(&model.autoencoder.shape, plan);
    Ok(MemoryNeeds {
        text_work: text_bytes(&model.text.shape, kind) + text.unpacked,
        text,
        after_text: Some((duration, 0)),
        encoder: None,
        image_encoder: None,
        denoising_work: denoising_bytes(model, plan, kind) + transformer.unpacked,
        transformers: vec![transformer],
        decoder,
        decoding_work: PictureBytes {
            whole: work,
            tiled: work,
        },
        blocks_ahead: u64::from(!device.is_cuda()),
    })
}

/// The parameters of a network, with these lists of blocks apart.
fn network<Shape, Network>(
    part: &Part<Shape>,
    kind: Kind,
    lists: &[&str],
    build: impl FnOnce(&Shape, Weights) -> Result<Network, Failure>,
) -> Result<NetworkBytes, Failure> {
    let packed = |name: &str| part.checkpoint.packed_bytes(name);
    let footprint = Footprint::of(kind, &packed, |weights| build(&part.shape, weights))?;
    Ok(footprint.with_blocks(lists))
}

/// The activations of the text encoder for the longest text.
fn text_bytes(config: &TextConfig, kind: Kind) -> u64 {
    let length = TEXT_LENGTH as u64;
    let scores = 3 * positive(config.heads) * length * length;
    let inner = length * (3 * positive(config.ffn_width) + 8 * positive(config.width));
    (inner + scores) * FLOAT_BYTES.max(bytes_of(kind))
}

/// The activations of the transformer, and what stays the same over the steps: the noise of all steps, and keys and values
/// of the context for each block and prompt. Attention takes no memory for its scores: it is computed in pieces.
fn denoising_bytes(model: &StableAudio, plan: &Plan, kind: Kind) -> u64 {
    let config = &model.transformer.shape;
    let number = bytes_of(kind);
    let width = positive(config.width);
    let tokens = tokens_of(model, plan);
    let attention =
        width * (TOKENS_IN_ATTENTION * number + FLOAT_TOKENS_IN_ATTENTION * FLOAT_BYTES);
    let feed_forward = (TOKENS_IN_FEED_FORWARD * width
        + INNER_IN_FEED_FORWARD * positive(config.ffn_width))
        * number;
    let rows = TEXT_LENGTH as u64 + 1;
    let context = 2 * config.layers as u64 * rows * width * CONTEXT_PARTS * number;
    let latents = positive(model.latents_of(plan.seconds())) * positive(config.channels);
    let kept = LATENTS_OF_STEP + u64::from(plan.settings().steps);
    tokens * attention.max(feed_forward) + context + latents * kept * FLOAT_BYTES
}

/// The tokens of a sound in the transformer.
pub fn tokens_of(model: &StableAudio, plan: &Plan) -> u64 {
    let TransformerConfig {
        patch,
        memory_tokens,
        ..
    } = &model.transformer.shape;
    let latents = positive(model.latents_of(plan.seconds()));
    latents / positive(*patch).max(1) + positive(*memory_tokens)
}

/// Decoding, and encoding of given sound: the widest layer for a piece with what it needs around it, and the whole wave. A
/// layer with a mask may need memory for all its scores.
fn sound_bytes(config: &AutoencoderConfig, plan: &Plan) -> u64 {
    let mut segments = positive(PIECE_LATENTS + 3 * config.reach());
    let of_level = |level: &Level, segments: u64| {
        let tokens = segments * (positive(level.stride) + 1);
        let width = positive(level.width);
        let heads = width / positive(level.head_width).max(1);
        let scores = tokens * tokens * (2 * heads + 1);
        let attention = width * (TOKENS_IN_ATTENTION + FLOAT_TOKENS_IN_ATTENTION);
        let feed_forward =
            TOKENS_IN_FEED_FORWARD * width + INNER_IN_FEED_FORWARD * positive(level.ffn_width);
        (scores + tokens * attention.max(feed_forward)) * FLOAT_BYTES
    };
    let mut largest = 0;
    for level in config.levels.iter().rev() {
        largest = largest.max(of_level(level, segments));
        segments *= positive(level.stride);
    }
    let samples = |rate_hz: f64| (plan.seconds() * rate_hz) as u64;
    let waves = WAVES_OF_MODEL * samples(config.rate_hz as f64)
        + WAVES_OF_WIRE * samples(f64::from(SoundShape::RATE_HZ));
    largest + waves * positive(config.audio_channels) * FLOAT_BYTES
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn bytes_of(kind: Kind) -> u64 {
    kind.elt_size_in_bytes() as u64
}
