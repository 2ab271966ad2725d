//! The Wan 2.1 video autoencoder: 8x8 pixels of 4 frames to 16 numbers, and back.
//!
//! Source: Wan2.2 `wan/modules/vae2_1.py`. It is causal: a frame depends on the frames before it alone, so
//! a clip goes through in chunks, in bounded memory, and the chunks are equal to the whole. The first
//! frame stands alone, then four frames share a latent frame: 1 + 4n frames are 1 + n latent frames.
//! Shapes are written b c t h w.

mod causal;
mod config;
mod decoder;
mod encoder;
mod layers;
mod tiles;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::weights::Weights;
use causal::CausalConv;
pub use causal::Memory;
pub use config::{Layer, VaeConfig};
use decoder::Decoder;
use encoder::Encoder;
pub use tiles::{Tile, Tiling, tiles};

/// Frames per latent frame, after the first.
pub const FRAMES_PER_LATENT: i64 = 4;
/// Pixels per latent position, each way.
pub const PIXELS_PER_LATENT: i64 = 8;

/// Told after each chunk: latent frames done and in all. An error stops the work.
pub type ChunkDone<'p> = dyn FnMut(i64, i64) -> Result<(), Failure> + 'p;

/// The autoencoder.
#[derive(Debug)]
pub struct Vae {
    encoder: Encoder,
    conv1: CausalConv,
    conv2: CausalConv,
    decoder: Decoder,
    mean: Tensor, // 1 c 1 1 1
    deviation: Tensor,
    channels: i64,
}

impl Vae {
    /// Builds it from its parameters.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let z = config.channels;
        let statistics = |numbers: &[f64]| Tensor::from_slice(numbers).view([1, z, 1, 1, 1]);
        Ok(Self {
            encoder: Encoder::new(config, weights.at("encoder"))?,
            conv1: CausalConv::pointwise(weights.at("conv1"), 2 * z, 2 * z)?,
            conv2: CausalConv::pointwise(weights.at("conv2"), z, z)?,
            decoder: Decoder::new(config, weights.at("decoder"))?,
            mean: statistics(&config.mean),
            deviation: statistics(&config.deviation),
            channels: z,
        })
    }

    /// Channels of its latents.
    pub fn channels(&self) -> i64 {
        self.channels
    }

    /// How many latent frames `frames` make; frames must be 1 + 4n.
    pub fn latent_frames(frames: i64) -> i64 {
        (frames - 1) / FRAMES_PER_LATENT + 1
    }

    /// Frames in [-1, 1], b x 3 x 1+4n x 8h x 8w, to normalised latents b x c x 1+n x h x w in fp32.
    /// The most likely latent is taken, nothing is drawn.
    pub fn encode(&self, frames: &Tensor, done: &mut ChunkDone) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let mut memory = Memory::default();
        let total = Self::latent_frames(frames.size()[2]);
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

    /// The next frames of a clip: the first frame alone or with 4n more, then any multiple of four.
    /// Differentiable.
    pub fn encode_chunk(&self, frames: &Tensor, memory: &mut Memory) -> Tensor {
        memory.rewind();
        let features = self.encoder.forward(frames, memory);
        let most_likely = self
            .conv1
            .forward(&features, memory)
            .narrow(1, 0, self.channels);
        self.normalised(&most_likely)
    }

    /// Normalised latents to frames in [-1, 1], given to `frames` chunk by chunk as they are made:
    /// b x 3 x t x 8h x 8w, the first of one frame, the others of four.
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

    /// The next latent frames of a clip. Differentiable; not clamped.
    pub fn decode_chunk(&self, latents: &Tensor, memory: &mut Memory) -> Tensor {
        memory.rewind();
        let latents = self.raw(latents);
        self.decoder
            .forward(&self.conv2.forward(&latents, memory), memory)
    }

    /// As the diffusion model wants them: mean 0, deviation 1 in every channel.
    fn normalised(&self, latents: &Tensor) -> Tensor {
        let latents = latents.to_kind(Kind::Float);
        let (mean, deviation) = self.statistics(latents.device());
        (latents - mean) / deviation
    }

    fn raw(&self, latents: &Tensor) -> Tensor {
        let (mean, deviation) = self.statistics(latents.device());
        (latents * deviation + mean).to_kind(self.conv2.kind())
    }

    fn statistics(&self, device: Device) -> (Tensor, Tensor) {
        let placed = |numbers: &Tensor| numbers.to_kind(Kind::Float).to_device(device);
        (placed(&self.mean), placed(&self.deviation))
    }
}
