//! The autoencoder of the picture of the LTX-2 family: 32x32 pixels and 8 frames for a latent position of 128 channels.
//!
//! Source: diffusers `models/autoencoders/autoencoder_kl_ltx2.py`, `AutoencoderKLLTX2Video`, with the plain decoder, or with
//! the diffusion decoder of LTX-2.5 (`diffusion.rs`). The encoder looks at earlier frames only, the plain decoder one frame
//! ahead in each convolution. Each layer keeps what the next piece of the clip needs (`memory.rs`), so a clip is processed in
//! pieces, in bounded memory, with the same result as in one piece. 1 + 8n frames are 1 + n latent frames. Shapes are written
//! b c t h w.

mod clip;
mod config;
mod decoder;
mod detect;
pub mod diffusion;
mod layers;
mod memory;
pub mod names;
mod patches;
mod plain;
mod read;
pub(super) mod resample;
mod stack;
mod statistics;
mod tiles;

use kinora_wire::Failure;
use tch::Tensor;

use crate::weights::Weights;
pub use clip::ClipDecoder;
pub use config::{DecoderConfig, Form, Half, Layer, Layers, Stages, VaeConfig};
pub use decoder::VaeDecoder;
use memory::Memory;
pub use plain::PlainDecoder;
pub use resample::Stride;
use stack::{Pass, Stack};
pub(super) use statistics::Statistics;
pub use tiles::Tiling;

/// Frames per latent frame, after the first.
pub const FRAMES_PER_LATENT: i64 = 8;
/// Most frames that the decoder leads through a layer at a time. A layer's memory adds two or three.
const FRAMES_AT_ONCE: i64 = 4;

/// Called after each piece of work with pieces done and in total. An error stops the work.
pub type ChunkDone<'p> = dyn FnMut(i64, i64) -> Result<(), Failure> + 'p;

/// What the decoder reports.
#[derive(Debug)]
pub enum Decoded {
    /// It is about to read the next latent frame.
    Latent {
        /// Latent frames read so far.
        done: i64,
        /// Latent frames in total.
        of: i64,
    },
    /// The next frames of the clip, b x 3 x t x h x w in [-1, 1]: a few at a time.
    Frames(Tensor),
}

/// Receives what the decoder reports. An error stops the work.
pub type DecodedSink<'s> = dyn FnMut(Decoded) -> Result<(), Failure> + 's;

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
    stack: Stack,
    statistics: Statistics,
    patch: i64,
    pixels_per_latent: i64,
}

/// Number of latent frames of `frames` frames, which must be 1 + 8n.
pub fn latent_frames(frames: i64) -> i64 {
    (frames - 1) / FRAMES_PER_LATENT + 1
}

impl Vae {
    /// Builds both halves from their parameters.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let statistics = Statistics::new(weights.here(), config.channels)?;
        Ok(Self {
            encoder: VaeEncoder::with(config, weights.here(), statistics.shallow_clone())?,
            decoder: VaeDecoder::with(config, statistics, weights)?,
        })
    }
}

impl VaeEncoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let statistics = Statistics::new(weights.here(), config.channels)?;
        Self::with(config, weights, statistics)
    }

    fn with(config: &VaeConfig, weights: Weights, statistics: Statistics) -> Result<Self, Failure> {
        Ok(Self {
            stack: Stack::new(config, (Half::Encoder, &config.encoder), weights)?,
            statistics,
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

    /// Encodes frames in [-1, 1], b x 3 x 1+8n x ph x pw for p pixels per latent position, to normalised latents,
    /// b x c x 1+n x h x w, in fp32. Takes the mean of the distribution; nothing is sampled. Other sizes are refused.
    pub fn encode(&self, frames: &Tensor, done: &mut ChunkDone) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        self.check(frames)?;
        let mut memory = Memory::default();
        let total = latent_frames(frames.size()[2]);
        let mut chunks = Vec::new();
        for chunk in 0..total {
            let (start, length) = match chunk {
                0 => (0, 1),
                _ => (1 + FRAMES_PER_LATENT * (chunk - 1), FRAMES_PER_LATENT),
            };
            let positions = patches::to_channels(&frames.narrow(2, start, length), self.patch);
            let mut pass = Pass {
                memory: &mut memory,
                most_frames: i64::MAX, // the layers that halve the frames need pairs
                sink: &mut |moments: Tensor| {
                    chunks.push(moments);
                    Ok(())
                },
            };
            self.stack.push(&positions, chunk + 1 == total, &mut pass)?;
            done(chunk + 1, total)?;
        }
        let mean = Tensor::cat(&chunks, 2).narrow(1, 0, self.channels());
        Ok(self.statistics.normalised(&mean))
    }

    fn check(&self, frames: &Tensor) -> Result<(), Failure> {
        let pixels = self.pixels_per_latent;
        match frames.size()[..] {
            [_, patches::COLOURS, count, height, width]
                if count % FRAMES_PER_LATENT == 1
                    && height > 0
                    && width > 0
                    && height % pixels == 0
                    && width % pixels == 0 =>
            {
                Ok(())
            }
            ref other => Err(Failure::refused(
                format!("the autoencoder of LTX-2 cannot encode a clip of shape {other:?}"),
                format!(
                    "use 1 + {FRAMES_PER_LATENT}n frames whose sides are multiples of {pixels} pixels"
                ),
            )),
        }
    }
}
