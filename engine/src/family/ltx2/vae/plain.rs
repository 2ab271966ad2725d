//! The plain decoder: convolutions that see one frame ahead. Latents run through it a few at a time, in bounded memory.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::{Form, Half, Layers, VaeConfig};
use super::memory::Memory;
use super::stack::{Pass, Stack};
use super::statistics::Statistics;
use super::{Decoded, DecodedSink, FRAMES_AT_ONCE, patches};
use crate::weights::Weights;

/// The plain decoder.
#[derive(Debug)]
pub struct PlainDecoder {
    pub(super) stack: Stack,
    pub(super) statistics: Statistics,
    patch: i64,
    pixels_per_latent: i64,
    /// Least latent positions along each side.
    pub(super) least_side: i64,
}

impl PlainDecoder {
    /// The decoder of an autoencoder, of this form and with these layers. `weights` is the root of the autoencoder.
    pub(super) fn new(
        config: &VaeConfig,
        (form, layers): (Form, &Layers),
        statistics: Statistics,
        weights: Weights,
    ) -> Result<Self, Failure> {
        Ok(Self {
            stack: Stack::new(config, (Half::Decoder, layers), weights)?,
            statistics,
            patch: config.patch,
            pixels_per_latent: config.pixels_per_latent(),
            least_side: form.least_side(),
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

    /// Decodes normalised latents, b x c x 1+n x h x w, to 1 + 8n frames in [-1, 1], which are handed out a few at a
    /// time. Equal to the clip in one piece. The first frames come when several latent frames have been read, since
    /// every convolution waits for the next frame. Latents of another shape are refused.
    pub fn decode(&self, latents: &Tensor, sink: &mut DecodedSink) -> Result<(), Failure> {
        let _no_grad = tch::no_grad_guard();
        self.check(latents)?;
        let mut memory = Memory::default();
        let of = latents.size()[2];
        for done in 0..of {
            sink(Decoded::Latent { done, of })?;
            let mut pass = Pass {
                memory: &mut memory,
                most_frames: FRAMES_AT_ONCE,
                sink: &mut |positions: Tensor| {
                    let frames = self.pixels(&positions);
                    sink(Decoded::Frames(frames.clamp(-1.0, 1.0)))
                },
            };
            let raw = self.statistics.raw(&latents.narrow(2, done, 1));
            self.stack.push(&raw, done + 1 == of, &mut pass)?;
        }
        Ok(())
    }

    /// The same in one piece, and not clamped. Its memory grows with the length of the clip.
    pub fn decode_whole(&self, latents: &Tensor) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        self.check(latents)?;
        let mut pieces = Vec::new();
        let mut pass = Pass {
            memory: &mut Memory::default(),
            most_frames: i64::MAX,
            sink: &mut |positions: Tensor| {
                pieces.push(self.pixels(&positions));
                Ok(())
            },
        };
        self.stack
            .push(&self.statistics.raw(latents), true, &mut pass)?;
        Ok(Tensor::cat(&pieces, 2))
    }

    pub(super) fn pixels(&self, positions: &Tensor) -> Tensor {
        patches::to_pixels(&positions.to_kind(Kind::Float), self.patch)
    }

    pub(super) fn check(&self, latents: &Tensor) -> Result<(), Failure> {
        let least = self.least_side;
        match latents.size()[..] {
            [_, channels, frames, height, width]
                if channels == self.channels()
                    && frames > 0
                    && height >= least
                    && width >= least =>
            {
                Ok(())
            }
            ref other => Err(Failure::refused(
                format!("this autoencoder of LTX-2 cannot decode latents of shape {other:?}"),
                format!(
                    "it needs {} channels and frames of at least {least}x{least} latent positions",
                    self.channels()
                ),
            )),
        }
    }
}
