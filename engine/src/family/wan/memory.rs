//! What a clip needs of the memory, from the shapes of its networks: the bytes of their parameters, and estimates of the
//! work, from tokens and widths.

use kinora_wire::{Failure, StepCache};
use tch::{Device, Kind};

use super::denoiser::{TOKENS_FOR_ONE_PASS, references_before};
use super::image_encoder::{ImageConfig, ImageEncoder};
use super::text::{self, TEXT_LENGTH, TextConfig, TextEncoder};
use super::transformer::{BLOCKS, Concatenated, Config, PATCH, Transformer, VACE_BLOCKS};
use super::vae::{Tiling, VaeConfig, VaeDecoder, VaeEncoder};
use super::{Part, Wan};
use crate::experts::{Expert, guidance_of};
use crate::guidance::needs_negative;
use crate::memory::{Footprint, MemoryNeeds, PictureBytes};
use crate::plan::Plan;

/// Memory for decoding, without weights, in bytes per pixel of a frame, in fp32. Measured with the released
/// autoencoder: 16 KiB (81 frames of 256x160); the rest is a reserve.
const DECODING_BYTES_PER_PIXEL: u64 = 24 << 10;
/// The same for the autoencoder of Wan 2.2 5B, in proportion: per pixel of a frame, each of the largest maps has two
/// thirds of the numbers (512 channels at half the size instead of 192 at full size after the last upsampling, 1024 at
/// a quarter instead of 384 at half the size before it), which makes 16 KiB. Repeating and rearranging the channels for
/// a shortcut takes two more maps of two frames, 2 KiB; the rest is for its caches, which are three quarters as large.
const RESIDUAL_DECODING_BYTES_PER_PIXEL: u64 = 20 << 10;
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
/// Tensors of the size of the tokens, in fp32, if each token has a timestep of its own: its embedding, six modulations
/// of all blocks, and the six of the block that runs.
const TOKENS_OF_TIMESTEPS: u64 = 1 + 6 + 6;
/// Tensors of the size of the latents in fp32: noise, velocities, and the solver's history.
const LATENTS_OF_SOLVER: u64 = 10;
/// The same for the step cache, if there is one.
const LATENTS_OF_STEP_CACHE: u64 = 5;
/// Clips of pixels in fp32 while pictures are encoded: kept frames, control frames, and one in the making.
const CLIPS_IN_ENCODING: u64 = 3;

/// What the clip of a plan needs.
pub fn needs(model: &Wan, plan: &Plan, device: Device, kind: Kind) -> Result<MemoryNeeds, Failure> {
    let (text, vae, transformer) = (
        &model.text.shape,
        &model.vae.shape,
        &model.transformer.shape,
    );
    let packed = packed_in(&model.text);
    let text_bytes = Footprint::of(kind, &packed, |weights| TextEncoder::new(text, weights))?;
    let text_bytes = text_bytes.with_blocks(&[text::BLOCKS]);
    let packed = packed_in(&model.vae);
    let encoder = Footprint::of(kind, &packed, |weights| VaeEncoder::new(vae, weights))?;
    let decoder = Footprint::of(kind, &packed, |weights| VaeDecoder::new(vae, weights))?;
    let experts = [Some(&model.transformer), model.low_noise.as_ref()];
    let experts = experts.into_iter().flatten().map(|part| {
        let (shape, packed) = (&part.shape, packed_in(part));
        let network = Footprint::of(kind, &packed, |weights| Transformer::new(shape, weights))?;
        Ok(network.with_blocks(&[BLOCKS, VACE_BLOCKS]))
    });
    let experts = experts.collect::<Result<Vec<_>, Failure>>()?;
    let unpacked = experts.iter().map(|network| network.unpacked);
    let unpacked = unpacked.max().unwrap_or_default();
    let loras = match unpacked > 0 {
        true => lora_bytes(plan, experts.len(), kind),
        false => 0,
    };
    let image = model.image.as_ref().map(|part| &part.shape);
    // Counted without pictures too: it may still be in memory from another clip.
    let image_encoder = match &model.image {
        Some(part) => {
            let (shape, packed) = (&part.shape, packed_in(part));
            let network =
                Footprint::of(kind, &packed, |weights| ImageEncoder::new(shape, weights))?;
            let (_, count) = picture_tokens(transformer, shape);
            let network = network.with_blocks(&[]);
            let work = image_work_bytes(shape, count, kind) + network.unpacked;
            Some((network, work))
        }
        None => None,
    };
    let pictures = PictureWork::of(vae, plan, kind);
    let is_host = !device.is_cuda();
    let encoding = pictures.encoding(frames_encoded(transformer, plan));
    Ok(MemoryNeeds {
        text_work: text_work_bytes(text, kind) + text_bytes.unpacked,
        text: text_bytes,
        after_text: None,
        encoder: is_encoded(transformer, plan).then(|| (encoder.with_blocks(&[]), encoding)),
        image_encoder,
        transformers: experts,
        denoising_work: denoising_bytes(transformer, image, plan, kind) + unpacked + loras,
        decoder: decoder.with_blocks(&[]),
        decoding_work: pictures.decoding(is_host),
        blocks_ahead: u64::from(is_host),
    })
}

/// The sizes of the matrices that stay packed in a part of the model.
fn packed_in<Shape>(part: &Part<Shape>) -> impl Fn(&str) -> Option<u64> {
    |name: &str| part.checkpoint.packed_bytes(name)
}

/// The LoRAs beside packed transformers: as many numbers as in their files, which have two bytes each. Those beside others
/// are added to the parameters.
fn lora_bytes(plan: &Plan, experts: usize, kind: Kind) -> u64 {
    let loras = plan.request.inputs.loras.iter();
    let sizes = loras.filter_map(|lora| {
        let numbers = std::fs::metadata(&lora.file).ok()?.len() / 2;
        Some(numbers * copies(lora.expert, experts) * bytes_of(kind))
    });
    sizes.sum()
}

/// How often a LoRA for this expert, or for all, is in memory: each expert has one of its own, if both are there.
fn copies(expert: Option<Expert>, experts: usize) -> u64 {
    match expert {
        Some(_) => 1,
        None => experts as u64,
    }
}

/// Whether the request has pictures.
fn has_pictures(plan: &Plan) -> bool {
    let inputs = &plan.request.inputs;
    let has_frames = !inputs.keyframes.is_empty() || inputs.source.is_some();
    has_frames || !inputs.references.is_empty() || plan.request.control.is_some()
}

/// Whether the request gives the first frame.
fn has_first_frame(plan: &Plan) -> bool {
    let keyframes = &plan.request.inputs.keyframes;
    let mut frames = keyframes.iter().map(|key| plan.frame_number(key.frame));
    frames.any(|frame| frame == 0) || plan.kept_from_source(0).is_some()
}

/// Whether the autoencoder encodes something, as far as the request shows it. VACE models encode grey frames too.
fn is_encoded(config: &Config, plan: &Plan) -> bool {
    config.vace.is_some() || has_pictures(plan)
}

/// The most frames that the autoencoder encodes at once: whole clips, or single pictures.
fn frames_encoded(config: &Config, plan: &Plan) -> u64 {
    let takes_clips = config.vace.is_some()
        || config.takes_given_frames()
        || config.concatenates(Concatenated::Control);
    match takes_clips {
        true => plan.frames() as u64,
        false => 1 + plan.reference_count() as u64,
    }
}

/// The activations of the text encoder for the longest text. Its attention scores have positions.
fn text_work_bytes(config: &TextConfig, kind: Kind) -> u64 {
    let (width, ffn_width) = (config.width as u64, config.ffn_width as u64);
    let length = TEXT_LENGTH as u64;
    let scores = 3 * config.heads as u64 * length * length;
    (length * numbers_per_token(width, ffn_width) + scores) * bytes_of(kind)
}

/// The activations of the image encoder for this many pictures, and the pictures themselves.
fn image_work_bytes(config: &ImageConfig, pictures: u64, kind: Kind) -> u64 {
    let (width, ffn_width) = (config.width as u64, config.ffn_width as u64);
    let length = config.positions as u64;
    let scores = 3 * config.heads as u64 * length * length;
    let numbers = length * numbers_per_token(width, ffn_width) + scores;
    let pixels = (config.side() * config.side()) as u64;
    pictures * (numbers * bytes_of(kind) + 2 * COLOURS * pixels * FLOAT_BYTES)
}

/// Numbers per token of an encoder: hidden states of the feed-forward layers twice, and eight tensors of its width.
fn numbers_per_token(width: u64, ffn_width: u64) -> u64 {
    2 * ffn_width + 8 * width
}

/// The tokens of pictures that the transformer attends to, and the number of these pictures.
pub(super) fn picture_tokens(config: &Config, encoder: &ImageConfig) -> (u64, u64) {
    let pair = config.image.as_ref().and_then(|image| image.paired_tokens);
    match pair {
        Some(tokens) => (tokens as u64, 2),
        None => (encoder.positions as u64, 1),
    }
}

/// The activations of the transformer, and what stays the same over the steps:
///
/// ```text
/// tokens * max(width * (7 e + 2 * 4), width * 4 e + ffn width * e)   a block, at its larger peak
/// + tokens * width * 13 * 4                                          timesteps, if each token has its own
/// + tokens * width * e * (camera + hints + 2)                        what is kept beside the blocks
/// + prompts * reference tokens * width * e                           references inside the network
/// + prompts * (512 + picture tokens) * width * 2 e * blocks          keys and values of text and pictures
/// + tokens * head width * 2 * 4                                      the rotary positions
/// + latents                                                          noise, velocities, conditions
/// ```
///
/// with e bytes a number. Attention takes no memory for its scores: it is computed in pieces. For 81 frames of 832x480
/// and the smallest released model in bf16: 1.4 GB, of which a block is 1.1 GB and the text 0.2 GB. The
/// allocations of the same operations in PyTorch reach 0.89 to 1.00 of the formula for a block (widths 256, inner widths 691
/// to 2600, fp32 and bf16).
fn denoising_bytes(config: &Config, encoder: Option<&ImageConfig>, plan: &Plan, kind: Kind) -> u64 {
    let number = bytes_of(kind);
    let [frames, rows, columns] = plan.latent();
    let patch = PATCH.iter().product::<i64>() as u64;
    let positions = ((references_before(config, plan) + frames) * rows * columns) as u64;
    let reference_tokens = (references_inside(config, plan) * rows * columns) as u64 / patch;
    let settings = plan.settings();
    let mut experts = [Expert::HighNoise, Expert::LowNoise].into_iter();
    let is_guided = experts.any(|expert| needs_negative(guidance_of(expert, settings)));
    let prompts = 1 + u64::from(is_guided);
    let batch = match positions / patch <= TOKENS_FOR_ONE_PASS as u64 {
        true => prompts,
        false => 1,
    };
    let tokens = positions / patch + reference_tokens;
    let (width, ffn_width) = (config.width as u64, config.ffn_width as u64);
    let attention = TOKENS_IN_ATTENTION * number + FLOAT_TOKENS_IN_ATTENTION * FLOAT_BYTES;
    let feed_forward = (TOKENS_IN_FEED_FORWARD * width + ffn_width) * number;
    let block = batch * tokens * (width * attention).max(feed_forward);

    // Both prompts of a batch share the timesteps.
    let timesteps = match config.replaces_first_latent() && has_first_frame(plan) {
        true => tokens * width * FLOAT_BYTES * TOKENS_OF_TIMESTEPS,
        false => 0,
    };

    let hints = config.vace.as_ref().map_or(0, |vace| vace.layers.len()) as u64;
    let control = if hints > 0 { hints + 2 } else { 0 };
    let beside = control + u64::from(config.camera.is_some());
    let beside = batch * tokens * width * number * beside;
    let references = prompts * reference_tokens * width * number;

    let rotation = tokens * config.head_width() as u64 * 2 * FLOAT_BYTES;

    let layers = config.layers as u64 + hints;
    let pictures = encoder.map_or(0, |encoder| picture_tokens(config, encoder).0);
    let context = TEXT_LENGTH as u64 + pictures;
    let context = prompts * context * width * 2 * number * layers;

    let control_channels = config.vace.as_ref().map_or(0, |vace| vace.in_channels);
    let conditions = (config.in_channels + control_channels) as u64;
    let kept = match settings.step_cache {
        StepCache::Off => LATENTS_OF_SOLVER,
        StepCache::Easy { .. } => LATENTS_OF_SOLVER + LATENTS_OF_STEP_CACHE,
    };
    let solver = kept * config.out_channels as u64;
    let latents = batch * positions * (conditions + solver) * FLOAT_BYTES;
    block + timesteps + beside + references + rotation + context + latents
}

/// Latent frames of references that are not in the noise, but tokens inside the network: the reference picture of
/// Fun-Control models, which is zeros without one, and the subjects of Phantom models.
pub(super) fn references_inside(config: &Config, plan: &Plan) -> i64 {
    let subjects = match config.takes_subjects {
        true => plan.reference_count(),
        false => 0,
    };
    i64::from(config.reference_channels.is_some()).max(subjects)
}

/// The size of the pictures that go through the autoencoder.
struct PictureWork {
    /// Pixels of a frame.
    pixels: u64,
    /// Pixels of a tile.
    tile: u64,
    /// Frames of the clip.
    frames: u64,
    bytes_per_pixel: u64,
}

impl PictureWork {
    fn of(config: &VaeConfig, plan: &Plan, kind: Kind) -> Self {
        let (width, height) = (plan.width(), plan.height());
        let pixels_per_latent = config.pixels_per_latent();
        let side = Tiling::of_pixels_per_latent(pixels_per_latent).side * pixels_per_latent;
        let bytes_per_pixel = match config.is_residual {
            true => RESIDUAL_DECODING_BYTES_PER_PIXEL,
            false => DECODING_BYTES_PER_PIXEL,
        };
        Self {
            pixels: (width * height) as u64,
            tile: (width.min(side) * height.min(side)) as u64,
            frames: plan.frames() as u64,
            bytes_per_pixel: bytes_per_pixel * bytes_of(kind) / FLOAT_BYTES,
        }
    }

    /// Bytes of this many frames in fp32.
    fn clip_bytes(&self, frames: u64) -> u64 {
        COLOURS * FLOAT_BYTES * self.pixels * frames
    }

    /// Encoding of clips of this many frames.
    fn encoding(&self, frames: u64) -> PictureBytes {
        let clips = CLIPS_IN_ENCODING * self.clip_bytes(frames);
        PictureBytes {
            whole: self.pixels * self.bytes_per_pixel + clips,
            tiled: self.tile * self.bytes_per_pixel + clips,
        }
    }

    /// Tiles are put together in the memory of the host.
    fn decoding(&self, is_host: bool) -> PictureBytes {
        let canvas = if is_host {
            self.clip_bytes(self.frames)
        } else {
            0
        };
        PictureBytes {
            whole: self.pixels * self.bytes_per_pixel,
            tiled: self.tile * self.bytes_per_pixel + canvas,
        }
    }
}

fn bytes_of(kind: Kind) -> u64 {
    kind.elt_size_in_bytes() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lora_for_both_experts_is_in_memory_twice() {
        assert_eq!(copies(None, 2), 2);
        assert_eq!(copies(Some(Expert::LowNoise), 2), 1);
        assert_eq!(copies(None, 1), 1);
    }
}
