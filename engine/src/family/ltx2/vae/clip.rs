//! The decoder of a clip's picture, whole or in tiles, as the pipeline calls it.
//! Frames are passed on as they are decoded.

use kinora_wire::{Failure, Progress};

use super::{Decoded, Tiling, VaeDecoder};
use crate::family::contract::{ClipSink, Decoder};
use crate::job::Listener;
use crate::streams::Latents;

/// The decoder, and the tiling for it.
#[derive(Debug)]
pub struct ClipDecoder<'n> {
    /// The decoder half.
    pub vae: &'n VaeDecoder,
    /// `None` if memory suffices for whole frames.
    pub tiling: Option<Tiling>,
}

impl Decoder for ClipDecoder<'_> {
    fn decode(
        &self,
        latents: &Latents,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        let latents = latents.needed_picture()?;
        let Some(tiling) = self.tiling else {
            return self.vae.decode(latents, &mut |decoded| match decoded {
                Decoded::Latent { .. } => listener.check(),
                Decoded::Frames(piece) => sink.frames(&piece, listener),
            });
        };
        let decoded = &mut |decoded| match decoded {
            Decoded::Latent { done, of } => {
                let (what, done) = ("frames in tiles".into(), done as f64 / of.max(1) as f64);
                listener.receive(Progress::Working { what, done }, Vec::new())
            }
            Decoded::Frames(piece) => sink.frames(&piece, listener),
        };
        self.vae.decode_tiled(latents, tiling, decoded)
    }
}
