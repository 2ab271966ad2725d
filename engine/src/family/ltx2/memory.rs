//! What a clip needs of the memory, from the shapes of its networks: the bytes of their parameters, and estimates of the
//! work, from tokens and widths.

use kinora_wire::{Failure, StepCache};
use tch::{Device, Kind};

use super::Ltx2;
use super::audio::vocoder::Vocoder;
use super::audio::{AudioDecoder, AudioEncoder};
use super::given;
use super::references;
use super::text::{CONNECTOR_BLOCKS, Connectors, GemmaConfig, LAYERS, TEXT_LENGTH, TextEncoder};
use super::transformer::{BLOCKS, Config, StreamConfig, Streams, Transformer};
use super::upsampler::{LatentUpsampler, UpsamplerConfig};
use super::vae::diffusion::DiffusionConfig;
use super::vae::{DecoderConfig, Layer, Tiling, VaeConfig, VaeDecoder, VaeEncoder, latent_frames};
use crate::family::part::Part;
use crate::memory::{Footprint, MemoryNeeds, NetworkBytes, PictureBytes};
use crate::plan::Plan;

/// Bytes of a number in fp32.
const FLOAT_BYTES: u64 = 4;
/// Colours of a pixel.
const COLOURS: u64 = 3;
/// Tensors of the size of a stream's tokens at the peak of self-attention: the tokens of before and after, their norm,
/// queries, keys and values, their rotated forms, the result.
const TOKENS_IN_ATTENTION: u64 = 8;
/// The same in fp32, for the rotation.
const FLOAT_TOKENS_IN_ATTENTION: u64 = 2;
/// Tensors of the size of the tokens beside the inner ones of the feed-forward layers, which are there twice for a moment.
const TOKENS_IN_FEED_FORWARD: u64 = 4;
/// Tensors of the size of the latents in fp32: noise, the solver's history, velocities and predictions of four branches.
const LATENTS_OF_SOLVER: u64 = 16;
/// The same for the step cache, with the differences of four branches.
const LATENTS_OF_STEP_CACHE: u64 = 7;
/// Hidden states in work while the connectors project them: as they come, in fp32, and normalised.
const STATES_IN_PROJECTION: u64 = 4;
/// Feature maps of a layer of the autoencoder that runs: input, norm, its activation, the border, and the result, and as
/// much again for the work of the convolution.
const MAPS_OF_LAYER: u64 = 8;
/// Frames that a layer of the decoder works on: four, and those that it held back.
const FRAMES_OF_LAYER: u64 = 6;
/// Frames that a residual block holds for its next piece: two of each convolution, and inputs that wait for an output.
const FRAMES_HELD_BY_BLOCK: u64 = 8;
/// Frames of the picture that a step of its decoding in tiles completes at most: those of two latent frames.
const FRAMES_OF_STEP: u64 = 16;
/// Numbers of a convolution's kernel for each channel, in the latent upscaler.
const KERNEL: u64 = 27;
/// The work on sound, in bytes: pieces of five seconds, for the released networks.
const SOUND_WORK_BYTES: u64 = 900_000_000;
/// The widest network of the sound that these bytes were measured with.
const SOUND_WIDTH: u64 = 1536;

/// What the clip of a plan needs.
pub fn needs(
    model: &Ltx2,
    plan: &Plan,
    device: Device,
    kind: Kind,
) -> Result<MemoryNeeds, Failure> {
    let makes = plan.request.inputs.makes;
    let text = network(&model.text, kind, &[LAYERS], |shape, weights| {
        TextEncoder::new(shape, weights)
    })?;
    let connectors = network(&model.connectors, kind, &CONNECTOR_BLOCKS, Connectors::new)?;
    let transformer = network(&model.transformer, kind, &[BLOCKS], |shape, weights| {
        Transformer::new(shape, weights)
    })?;
    let picture = network(&model.vae, kind, &[], |shape, weights| {
        VaeDecoder::new(shape, weights)
    })?;
    let sound = network(&model.audio_vae, kind, &[], |shape, weights| {
        AudioDecoder::new(shape, weights)
    })?;
    let vocoder = network(&model.vocoder, kind, &[], |shape, weights| {
        Vocoder::new(shape, weights)
    })?;
    let is_host = !device.is_cuda();
    let mut decoder = NetworkBytes::default();
    let mut decoding_work = PictureBytes::default();
    if makes.has_picture() {
        decoder = picture;
        decoding_work = picture_work(&model.vae.shape, plan, is_host, kind);
    }
    if makes.has_sound() {
        let more = sound.all + vocoder.all;
        decoder.all += more;
        decoder.outside += more;
        let work = sound_work(model);
        // One after the other.
        decoding_work.whole = decoding_work.whole.max(work);
        decoding_work.tiled = decoding_work.tiled.max(work);
    }
    let encoder = encoder_needs(model, plan, kind)?;
    let shape = &model.transformer.shape;
    Ok(MemoryNeeds {
        text_work: text_work_bytes(&model.text.shape, kind) + text.unpacked,
        after_text: Some((
            connectors,
            connector_work_bytes(model, kind) + connectors.unpacked,
        )),
        text,
        encoder,
        image_encoder: None,
        denoising_work: denoising_bytes(shape, model.tokens(plan), plan, kind)
            + transformer.unpacked
            + lora_bytes(plan, &transformer, kind),
        transformers: vec![transformer],
        decoder,
        decoding_work,
        blocks_ahead: u64::from(is_host),
    })
}

/// A network and its work.
type Encoding = (NetworkBytes, PictureBytes);

/// What encodes given pictures and sound, and enlarges latents for a second stage: one after the other, in the same phase.
fn encoder_needs(model: &Ltx2, plan: &Plan, kind: Kind) -> Result<Option<Encoding>, Failure> {
    let mut parts: Vec<Encoding> = Vec::new();
    if given::has_pictures(plan) {
        let encoder = network(&model.vae, kind, &[], |shape, weights| {
            VaeEncoder::new(shape, weights)
        })?;
        parts.push((encoder, encoding_work(&model.vae.shape, plan, kind)));
    }
    if given::has_sound(plan) {
        let encoder = network(&model.audio_vae, kind, &[], |shape, weights| {
            AudioEncoder::new(shape, weights)
        })?;
        parts.push((encoder, PictureBytes::always(sound_work(model))));
    }
    if let Some(upscaler) = model
        .upscaler
        .as_ref()
        .filter(|_| plan.settings().two_stages)
    {
        let network = network(upscaler, kind, &[], |shape, weights| {
            LatentUpsampler::new(shape, weights)
        })?;
        let work = upscaling_bytes(&upscaler.shape, plan, kind);
        parts.push((network, PictureBytes::always(work)));
    }
    let together = |(one, work): Encoding, (other, more): Encoding| {
        let networks = NetworkBytes {
            all: one.all + other.all,
            outside: one.outside + other.outside,
            ..one
        };
        let work = PictureBytes {
            whole: work.whole.max(more.whole),
            tiled: work.tiled.max(more.tiled),
        };
        (networks, work)
    };
    Ok(parts.into_iter().reduce(together))
}

/// The work of the latent upscaler: maps of its largest layer at full size, and the rows that its convolutions make of them.
fn upscaling_bytes(config: &UpsamplerConfig, plan: &Plan, kind: Kind) -> u64 {
    let positions: i64 = plan.latent().iter().product();
    let maps = MAPS_OF_LAYER + KERNEL;
    positions.max(0) as u64 * config.width.max(0) as u64 * maps * bytes_of(kind)
}

/// The parameters of a network, with these lists of blocks apart.
fn network<Shape, Network>(
    part: &Part<Shape>,
    kind: Kind,
    lists: &[&str],
    build: impl FnOnce(&Shape, crate::weights::Weights) -> Result<Network, Failure>,
) -> Result<NetworkBytes, Failure> {
    let packed = |name: &str| part.checkpoint.packed_bytes(name);
    let footprint = Footprint::of(kind, &packed, |weights| build(&part.shape, weights))?;
    Ok(footprint.with_blocks(lists))
}

/// LoRAs beside packed matrices: as many numbers as in their files, of two bytes each. Others are added to the parameters.
fn lora_bytes(plan: &Plan, transformer: &NetworkBytes, kind: Kind) -> u64 {
    if transformer.unpacked == 0 {
        return 0;
    }
    let loras = plan.request.inputs.loras.iter();
    let sizes = loras.filter_map(|lora| {
        let numbers = std::fs::metadata(&lora.file).ok()?.len() / 2;
        Some(numbers * bytes_of(kind))
    });
    sizes.sum()
}

/// The activations of the text encoder for the longest text, with the hidden states of all its layers, for two texts.
fn text_work_bytes(config: &GemmaConfig, kind: Kind) -> u64 {
    let (width, ffn_width) = (config.width as u64, config.ffn_width as u64);
    let length = TEXT_LENGTH as u64;
    let scores = 3 * config.heads as u64 * length * length;
    let inner = length * (3 * ffn_width + 8 * width);
    let states = 2 * length * width * (config.layers.len() as u64 + 1);
    (inner + scores + states) * bytes_of(kind)
}

/// The activations of the connectors for the longest text: the projection of the hidden states is the most.
fn connector_work_bytes(model: &Ltx2, kind: Kind) -> u64 {
    let text = &model.text.shape;
    let length = TEXT_LENGTH as u64;
    let states = length * text.width as u64 * (text.layers.len() as u64 + 1);
    let shape = &model.connectors.shape;
    let of_connector = |width: i64, ffn_width: i64| {
        length * (8 * width as u64 + 3 * ffn_width as u64) * bytes_of(kind)
    };
    let blocks = of_connector(shape.video.width, shape.video.ffn_width)
        + of_connector(shape.audio.width, shape.audio.ffn_width);
    STATES_IN_PROJECTION * states * FLOAT_BYTES + blocks
}

/// The activations of the transformer, and what stays the same over the steps:
///
/// ```text
/// for each stream: tokens * max(width * (8 e + 2 * 4), width * 4 e + 2 * ffn width * e)
///                + tokens * width * 2 * 4                           the rotary positions, of its own and in time
///                + 1024 * text width * 3 e * texts                  texts, modulated keys and values
///                + tokens * latent channels * 16 * 4                noise, velocities, predictions
/// ```
///
/// with e bytes a number. Attention takes no memory for its scores: it is computed in pieces. Both streams are counted
/// together, since each holds its tokens while the other runs.
fn denoising_bytes(config: &Config, tokens: Streams<i64>, plan: &Plan, kind: Kind) -> u64 {
    let number = bytes_of(kind);
    let kept = match plan.settings().step_cache {
        StepCache::Off => LATENTS_OF_SOLVER,
        StepCache::Easy { .. } => LATENTS_OF_SOLVER + LATENTS_OF_STEP_CACHE,
    };
    let of_stream = |stream: &StreamConfig, tokens: i64| {
        let tokens = tokens as u64;
        let (width, ffn_width) = (stream.width as u64, stream.ffn_width as u64);
        let attention = TOKENS_IN_ATTENTION * number + FLOAT_TOKENS_IN_ATTENTION * FLOAT_BYTES;
        let feed_forward = (TOKENS_IN_FEED_FORWARD * width + 2 * ffn_width) * number;
        let block = tokens * (width * attention).max(feed_forward);
        let rotation = tokens * width * 2 * FLOAT_BYTES;
        let texts = 2 * TEXT_LENGTH as u64 * stream.text_width.max(stream.width) as u64;
        let latents = tokens * stream.in_channels as u64 * kept * FLOAT_BYTES;
        block + rotation + texts * 3 * number + latents
    };
    let streams = [
        config.streams.video.as_ref().zip(tokens.video),
        config.streams.audio.as_ref().zip(tokens.audio),
    ];
    let streams = streams.into_iter().flatten();
    let work: u64 = streams
        .map(|(stream, tokens)| of_stream(stream, tokens))
        .sum();
    work + mask_bytes(plan, tokens, number)
}

/// How much each token of the picture attends to each, if a reference video is followed in part: the mask, and what it adds
/// to the scores.
fn mask_bytes(plan: &Plan, tokens: Streams<i64>, number: u64) -> u64 {
    let reference = references::grid_of(plan);
    let is_masked = reference.is_some_and(|reference| reference.strength < 1.0);
    let tokens = tokens.video.filter(|_| is_masked).unwrap_or(0).max(0) as u64;
    tokens * tokens * (FLOAT_BYTES + number)
}

/// Decoding of the picture, without the decoder. What the layers keep of all tiles, which overlap, and the frames that are put
/// together of them lie in the memory of the host.
fn picture_work(config: &VaeConfig, plan: &Plan, is_host: bool, kind: Kind) -> PictureBytes {
    if let DecoderConfig::Diffusion(diffusion) = &config.decoder {
        return diffusion_work(diffusion, plan, is_host, kind);
    }
    let (width, height) = (plan.width(), plan.height());
    let pixels_per_latent = config.pixels_per_latent();
    let side = Tiling::of_pixels_per_latent(pixels_per_latent).side * pixels_per_latent;
    let [at_work, held] = numbers_per_pixel(config).map(|numbers| numbers * bytes_of(kind));
    let pixels = (width * height) as u64;
    let tile = (width.min(side) * height.min(side)) as u64;
    let of_host = match is_host {
        true => pixels * (held * 4 / 3 + COLOURS * FLOAT_BYTES * FRAMES_OF_STEP),
        false => 0,
    };
    PictureBytes {
        whole: pixels * (at_work + held),
        tiled: tile * (at_work + held) + of_host,
    }
}

/// Decoding by diffusion, without the decoder. The frames that are put together lie in the memory of the host.
fn diffusion_work(
    config: &DiffusionConfig,
    plan: &Plan,
    is_host: bool,
    kind: Kind,
) -> PictureBytes {
    let [_, side] = config.frames_and_pixels();
    let latents = [
        latent_frames(plan.frames()),
        plan.height() / side,
        plan.width() / side,
    ];
    let [whole, tiled] = config.work_bytes(latents, bytes_of(kind));
    let frames = match is_host {
        true => COLOURS * FLOAT_BYTES * (plan.width() * plan.height() * plan.frames()) as u64,
        false => 0,
    };
    PictureBytes {
        whole: whole + frames,
        tiled: tiled + frames,
    }
}

/// Encoding of given pictures, without the encoder: a picture, or all frames of a clip in eights. The clip itself is there
/// twice, in fp32.
fn encoding_work(config: &VaeConfig, plan: &Plan, kind: Kind) -> PictureBytes {
    let request = &plan.request;
    let is_clip = request.inputs.source.is_some() || request.control.is_some();
    let frames = if is_clip { plan.frames() as u64 } else { 1 };
    let (width, height) = (plan.width(), plan.height());
    let pixels_per_latent = config.pixels_per_latent();
    let side = Tiling::of_pixels_per_latent(pixels_per_latent).side * pixels_per_latent;
    let pixels = (width * height) as u64;
    let tile = (width.min(side) * height.min(side)) as u64;
    // The encoder leads eight frames through a layer at a time, the decoder half as many.
    let [at_work, held] = numbers_per_pixel(config);
    let bytes_per_pixel = 2 * (at_work + held) * bytes_of(kind);
    let clip = 2 * COLOURS * FLOAT_BYTES * pixels * frames;
    PictureBytes {
        whole: pixels * bytes_per_pixel + clip,
        tiled: tile * bytes_per_pixel + clip,
    }
}

/// The numbers that a plain decoder has in memory for each pixel of a frame: the maps of the layer with the most, and the
/// frames that all layers hold back. Of an autoencoder with another decoder: those of its encoder.
fn numbers_per_pixel(config: &VaeConfig) -> [u64; 2] {
    let from_pixels: Vec<&Layer> = match &config.decoder {
        DecoderConfig::Plain(_, layers) => layers.layers.iter().rev().collect(),
        DecoderConfig::Diffusion(_) => config.encoder.layers.iter().collect(),
    };
    let mut side = config.patch.max(1) as u64;
    let (mut largest, mut held) = (0, 0);
    for layer in from_pixels {
        let at = |width: i64| (width as u64).div_ceil(side * side);
        match layer {
            Layer::Residual { width, count } => {
                largest = largest.max(at(*width));
                held += *count as u64 * FRAMES_HELD_BY_BLOCK * at(*width);
            }
            Layer::Resample {
                inputs,
                outputs,
                stride,
            } => {
                side *= stride.side.max(1) as u64;
                let width = (*inputs).max(*outputs) as u64; // that of the smaller frames
                held += FRAMES_HELD_BY_BLOCK * width.div_ceil(side * side);
            }
        }
    }
    [MAPS_OF_LAYER * FRAMES_OF_LAYER * largest, held]
}

/// The work on sound, in proportion to the width of the vocoder.
fn sound_work(model: &Ltx2) -> u64 {
    let width = model.vocoder.shape.network.width.max(1) as u64;
    SOUND_WORK_BYTES * width.min(SOUND_WIDTH) / SOUND_WIDTH
}

fn bytes_of(kind: Kind) -> u64 {
    kind.elt_size_in_bytes() as u64
}
