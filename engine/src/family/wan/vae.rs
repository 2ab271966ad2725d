//! The video autoencoder: 8x8 pixels of 4 frames to 16 latent channels and back, or 16x16 to 48 in Wan 2.2 5B.
//!
//! Source: Wan2.2 `wan/modules/vae2_1.py` and `vae2_2.py`. It is causal: a frame depends only on itself and earlier
//! frames, so a clip is processed in chunks, in bounded memory, with the same result as in one piece. The first frame
//! has a latent frame of its own, then four frames share one: 1 + 4n frames become 1 + n latent frames. Shapes are
//! written b c t h w.

mod causal;
mod config;
mod decoder;
mod detect;
mod encoder;
mod layers;
mod patches;
mod shortcut;
mod stage;
mod statistics;
mod tiles;

use kinora_wire::Failure;
use tch::Tensor;

use crate::weights::Weights;
use causal::CausalConv;
pub use causal::Memory;
pub use config::{Layer, VaeConfig};
use decoder::Decoder;
use encoder::Encoder;
use statistics::Statistics;
pub use tiles::{Tile, Tiling, tiles};

/// Latent channels of Wan 2.1's autoencoder, which all models use but that of Wan 2.2 5B.
pub const CHANNELS: i64 = 16;
/// Frames per latent frame, after the first.
pub const FRAMES_PER_LATENT: i64 = 4;

/// Pixels per latent position, along each side, of the latents with this many channels. The channels show the
/// autoencoder: 48 is that of Wan 2.2 5B.
pub const fn pixels_per_latent(channels: i64) -> i64 {
    match channels {
        48 => 16,
        _ => 8,
    }
}

/// Called after each chunk with latent frames (or tiles) done and in total. An error stops the work.
pub type ChunkDone<'p> = dyn FnMut(i64, i64) -> Result<(), Failure> + 'p;

/// Both halves of the autoencoder. A job loads only the half that it needs.
#[derive(Debug)]
pub struct Vae {
    /// The encoder: frames to latents.
    pub encoder: VaeEncoder,
    /// The decoder: latents to frames.
    pub decoder: VaeDecoder,
}

/// The encoder half: frames to latents.
#[derive(Debug)]
pub struct VaeEncoder {
    encoder: Encoder,
    conv1: CausalConv,
    statistics: Statistics,
    patch: i64,
    pixels_per_latent: i64,
}

/// The decoder half: latents to frames.
#[derive(Debug)]
pub struct VaeDecoder {
    conv2: CausalConv,
    decoder: Decoder,
    statistics: Statistics,
    patch: i64,
    pixels_per_latent: i64,
}

impl Vae {
    /// Builds both halves from their parameters.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        Ok(Self {
            encoder: VaeEncoder::new(config, weights.here())?,
            decoder: VaeDecoder::new(config, weights)?,
        })
    }
}

/// Number of latent frames of `frames` frames, which must be 1 + 4n.
pub fn latent_frames(frames: i64) -> i64 {
    (frames - 1) / FRAMES_PER_LATENT + 1
}

impl VaeEncoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let z = config.channels;
        Ok(Self {
            encoder: Encoder::new(config, weights.at("encoder"))?,
            conv1: CausalConv::pointwise(weights.at("conv1"), 2 * z, 2 * z)?,
            statistics: Statistics::new(&config.mean, &config.deviation),
            patch: config.patch,
            pixels_per_latent: config.pixels_per_latent(),
        })
    }

    /// Latent channels.
    pub fn channels(&self) -> i64 {
        self.statistics.channels()
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        self.pixels_per_latent
    }

    /// Encodes frames in [-1, 1], b x 3 x 1+4n x ph x pw for p pixels per latent position, to normalised latents,
    /// b x c x 1+n x h x w, in fp32. Takes the mean of the distribution; nothing is sampled.
    pub fn encode(&self, frames: &Tensor, done: &mut ChunkDone) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let mut memory = Memory::default();
        let total = latent_frames(frames.size()[2]);
        let mut chunks = Vec::new();
        for chunk in 0..total {
            let (start, length) = match chunk {
                0 => (0, 1),
                _ => (1 + FRAMES_PER_LATENT * (chunk - 1), FRAMES_PER_LATENT),
            };
            let features = self.encode_chunk(&frames.narrow(2, start, length), &mut memory);
            chunks.push(features);
            done(chunk + 1, total)?;
        }
        Ok(Tensor::cat(&chunks, 2))
    }

    /// Encodes the next frames of a clip: first 1 + 4n frames, then multiples of four. Differentiable.
    pub fn encode_chunk(&self, frames: &Tensor, memory: &mut Memory) -> Tensor {
        let [mean, _] = self.distribution(frames, memory);
        self.statistics.normalised(&mean)
    }

    /// The same as a distribution: mean and log variance, not normalised. For training.
    pub fn distribution(&self, frames: &Tensor, memory: &mut Memory) -> [Tensor; 2] {
        memory.return_to(0);
        let positions = patches::to_channels(frames, self.patch);
        let features = self.encoder.forward(&positions, memory);
        let moments = self.conv1.convolve(&features, 1);
        let channels = self.channels();
        [0, channels].map(|from| moments.narrow(1, from, channels))
    }
}

impl VaeDecoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let z = config.channels;
        Ok(Self {
            conv2: CausalConv::pointwise(weights.at("conv2"), z, z)?,
            decoder: Decoder::new(config, weights.at("decoder"))?,
            statistics: Statistics::new(&config.mean, &config.deviation),
            patch: config.patch,
            pixels_per_latent: config.pixels_per_latent(),
        })
    }

    /// Latent channels.
    pub fn channels(&self) -> i64 {
        self.statistics.channels()
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        self.pixels_per_latent
    }

    /// Decodes normalised latents to frames in [-1, 1]. `frames` receives chunks of b x 3 x t x ph x pw for p pixels
    /// per latent position: the first of one frame, the others of four.
    pub fn decode(
        &self,
        latents: &Tensor,
        frames: &mut dyn FnMut(Tensor) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let _no_grad = tch::no_grad_guard();
        let mut memory = Memory::default();
        for at in 0..latents.size()[2] {
            let chunk = self.decode_chunk(&latents.narrow(2, at, 1), &mut memory);
            frames(chunk.clamp(-1.0, 1.0))?;
        }
        Ok(())
    }

    /// Decodes the next latent frames of a clip. Differentiable; not clamped.
    pub fn decode_chunk(&self, latents: &Tensor, memory: &mut Memory) -> Tensor {
        memory.return_to(0);
        let raw = self.statistics.raw(latents).to_kind(self.conv2.kind());
        let positions = self.decoder.forward(&self.conv2.convolve(&raw, 1), memory);
        patches::to_pixels(&positions, self.patch)
    }
}
