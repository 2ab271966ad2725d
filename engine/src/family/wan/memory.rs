//! What a clip needs of the memory, from the shapes of its networks: the bytes of their parameters, and estimates of the
//! work, from tokens and widths.

use kinora_wire::Failure;
use tch::{Device, Kind};

use super::denoiser::TOKENS_FOR_ONE_PASS;
use super::text::{self, TEXT_LENGTH, TextConfig, TextEncoder};
use super::transformer::{BLOCKS, Config, PATCH, Transformer, VACE_BLOCKS};
use super::vae::{PIXELS_PER_LATENT, Tiling, VaeDecoder, VaeEncoder};
use super::{DECODING_BYTES_PER_PIXEL, Wan, network_input};
use crate::guidance::needs_negative;
use crate::memory::{Footprint, MemoryNeeds, PictureBytes};
use crate::plan::Plan;

/// Bytes of a number in fp32.
const FLOAT_BYTES: u64 = 4;
/// Colours of a pixel.
const COLOURS: u64 = 3;
/// Tensors of the size of the tokens at the peak of self-attention, while the keys are rotated: the tokens, their norm,
/// the rotated queries, and of the keys the projection, its norm, the swapped pairs and the result.
const TOKENS_IN_ATTENTION: u64 = 7;
/// The same in fp32: the product with the cosines, and the sum.
const FLOAT_TOKENS_IN_ATTENTION: u64 = 2;
/// Tensors of the size of the tokens beside the inner ones of the feed-forward layers: the tokens before the block and
/// after attention, their norm, and the result.
const TOKENS_IN_FEED_FORWARD: u64 = 4;
/// Tensors of the size of the latents in fp32: noise, velocities, and the solver's history.
const LATENTS_OF_SOLVER: u64 = 10;
/// Clips of pixels in fp32 while pictures are encoded: kept frames, control frames, and one in the making.
const CLIPS_IN_ENCODING: u64 = 3;

/// What the clip of a plan needs.
pub fn needs(model: &Wan, plan: &Plan, device: Device, kind: Kind) -> Result<MemoryNeeds, Failure> {
    let (text, vae, transformer) = (
        &model.text.shape,
        &model.vae.shape,
        &model.transformer.shape,
    );
    let text_bytes = Footprint::of(kind, |weights| TextEncoder::new(text, weights))?;
    let encoder = Footprint::of(kind, |weights| VaeEncoder::new(vae, weights))?;
    let decoder = Footprint::of(kind, |weights| VaeDecoder::new(vae, weights))?;
    let network = Footprint::of(kind, |weights| Transformer::new(transformer, weights))?;
    let is_encoded = network_input::needs_encoding(transformer);
    let pictures = PictureWork::of(plan, kind);
    let is_host = !device.is_cuda();
    Ok(MemoryNeeds {
        text: text_bytes.with_blocks(&[text::BLOCKS]),
        text_work: text_work_bytes(text, kind),
        encoder: is_encoded.then(|| (encoder.with_blocks(&[]), pictures.encoding())),
        transformers: vec![network.with_blocks(&[BLOCKS, VACE_BLOCKS])],
        denoising_work: denoising_bytes(transformer, plan, kind),
        decoder: decoder.with_blocks(&[]),
        decoding_work: pictures.decoding(is_host),
        blocks_ahead: u64::from(is_host),
    })
}

/// The activations of the text encoder for the longest text: hidden states of the feed-forward layers twice, eight
/// tensors of the model's width, and the attention scores with their positions.
fn text_work_bytes(config: &TextConfig, kind: Kind) -> u64 {
    let (length, heads) = (TEXT_LENGTH as u64, config.heads as u64);
    let per_token = 2 * config.ffn_width as u64 + 8 * config.width as u64;
    let numbers = length * per_token + 3 * heads * length * length;
    numbers * bytes_of(kind)
}

/// The activations of the transformer, and what stays the same over the steps:
///
/// ```text
/// tokens * max(width * (7 e + 2 * 4), width * 4 e + ffn width * e)   a block, at its larger peak
/// + tokens * width * e * (camera + hints + 2)                        what is kept beside the blocks
/// + prompts * 512 * width * 2 e * blocks                             keys and values of the text
/// + latents                                                          noise, velocities, conditions
/// ```
///
/// with e bytes a number. Attention takes no memory for its scores: it is computed in pieces. For 81 frames of 832x480
/// and the smallest released model in bf16: 1.4 GB, of which a block is 1.1 GB and the text 0.2 GB. The
/// allocations of the same operations in PyTorch reach 0.89 to 1.00 of the formula for a block (widths 256, inner widths 691
/// to 2600, fp32 and bf16).
fn denoising_bytes(config: &Config, plan: &Plan, kind: Kind) -> u64 {
    let number = bytes_of(kind);
    let [frames, rows, columns] = plan.latent();
    let positions = ((plan.reference_count() + frames) * rows * columns) as u64;
    let tokens = positions / PATCH.iter().product::<i64>() as u64;
    let prompts = 1 + u64::from(needs_negative(plan.settings().guidance));
    let batch = match tokens <= TOKENS_FOR_ONE_PASS as u64 {
        true => prompts,
        false => 1,
    };
    let (width, ffn_width) = (config.width as u64, config.ffn_width as u64);
    let attention = TOKENS_IN_ATTENTION * number + FLOAT_TOKENS_IN_ATTENTION * FLOAT_BYTES;
    let feed_forward = (TOKENS_IN_FEED_FORWARD * width + ffn_width) * number;
    let block = batch * tokens * (width * attention).max(feed_forward);

    let hints = config.vace.as_ref().map_or(0, |vace| vace.layers.len()) as u64;
    let control = if hints > 0 { hints + 2 } else { 0 };
    let beside = control + u64::from(config.camera.is_some());
    let beside = batch * tokens * width * number * beside;

    let layers = config.layers as u64 + hints;
    let text = prompts * TEXT_LENGTH as u64 * width * 2 * number * layers;

    let control_channels = config.vace.as_ref().map_or(0, |vace| vace.in_channels);
    let conditions = (config.in_channels + control_channels) as u64;
    let solver = LATENTS_OF_SOLVER * config.out_channels as u64;
    let latents = batch * positions * (conditions + solver) * FLOAT_BYTES;
    block + beside + text + latents
}

/// The size of the pictures that go through the autoencoder.
struct PictureWork {
    /// Pixels of a frame.
    pixels: u64,
    /// Pixels of a tile.
    tile: u64,
    /// Bytes of the whole clip in fp32.
    clip_bytes: u64,
    bytes_per_pixel: u64,
}

impl PictureWork {
    fn of(plan: &Plan, kind: Kind) -> Self {
        let (width, height) = (plan.width(), plan.height());
        let side = Tiling::default().side * PIXELS_PER_LATENT;
        let pixels = (width * height) as u64;
        Self {
            pixels,
            tile: (width.min(side) * height.min(side)) as u64,
            clip_bytes: COLOURS * FLOAT_BYTES * pixels * plan.frames() as u64,
            bytes_per_pixel: DECODING_BYTES_PER_PIXEL * bytes_of(kind) / FLOAT_BYTES,
        }
    }

    fn encoding(&self) -> PictureBytes {
        let clips = CLIPS_IN_ENCODING * self.clip_bytes;
        PictureBytes {
            whole: self.pixels * self.bytes_per_pixel + clips,
            tiled: self.tile * self.bytes_per_pixel + clips,
        }
    }

    /// Tiles are put together in the memory of the host.
    fn decoding(&self, is_host: bool) -> PictureBytes {
        let canvas = if is_host { self.clip_bytes } else { 0 };
        PictureBytes {
            whole: self.pixels * self.bytes_per_pixel,
            tiled: self.tile * self.bytes_per_pixel + canvas,
        }
    }
}

fn bytes_of(kind: Kind) -> u64 {
    kind.elt_size_in_bytes() as u64
}
