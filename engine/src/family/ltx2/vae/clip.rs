//! The decoder of a clip's picture, whole or in tiles, as the pipeline calls it.
//! Frames are passed on as they are decoded.

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::{Decoded, PlainDecoder, Tiling, VaeDecoder};
use crate::family::contract::{ClipSink, Decoder};
use crate::job::Listener;
use crate::streams::Latents;

/// The decoder, and how it is used.
#[derive(Debug)]
pub struct ClipDecoder<'n> {
    /// The decoder half.
    pub vae: &'n VaeDecoder,
    /// Whether memory is short for whole frames.
    pub in_tiles: bool,
    /// The seed of the clip: of the noise that a diffusion decoder begins with.
    pub seed: u64,
}

impl Decoder for ClipDecoder<'_> {
    fn decode(
        &self,
        latents: &Latents,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        let latents = latents.needed_picture()?;
        match self.vae {
            VaeDecoder::Plain(vae) => self.decode_plain(vae, latents, listener, sink),
            VaeDecoder::Diffusion(vae) => {
                let decoded = &mut reported("frames", listener, sink);
                vae.decode(latents, self.seed, self.in_tiles, decoded)
            }
        }
    }
}

impl ClipDecoder<'_> {
    fn decode_plain(
        &self,
        vae: &PlainDecoder,
        latents: &Tensor,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        if !self.in_tiles {
            return vae.decode(latents, &mut |decoded| match decoded {
                Decoded::Latent { .. } => listener.check(),
                Decoded::Frames(piece) => sink.frames(&piece, listener),
            });
        }
        let tiling = Tiling::of_pixels_per_latent(vae.pixels_per_latent());
        let decoded = &mut reported("frames in tiles", listener, sink);
        vae.decode_tiled(latents, tiling, decoded)
    }
}

/// Passes frames on, and reports the share of the work that is done.
fn reported<'s>(
    what: &'static str,
    listener: &'s mut dyn Listener,
    sink: &'s mut dyn ClipSink,
) -> impl FnMut(Decoded) -> Result<(), Failure> + 's {
    move |decoded| match decoded {
        Decoded::Latent { done, of } => {
            let (what, done) = (what.into(), done as f64 / of.max(1) as f64);
            listener.receive(Progress::Working { what, done }, Vec::new())
        }
        Decoded::Frames(piece) => sink.frames(&piece, listener),
    }
}
