//! After the last step: latents through the decoder, whole or in tiles, told as frames are made.

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::vae::{FRAMES_PER_LATENT, Tiling, VaeDecoder};
use crate::family::contract::{Decoder, FrameSink};
use crate::job::Listener;

/// The decoder, and how a clip is to be cut for it.
#[derive(Debug)]
pub struct ClipDecoder<'n> {
    pub vae: &'n VaeDecoder,
    /// None where memory suffices for whole frames.
    pub tiling: Option<Tiling>,
}

impl Decoder for ClipDecoder<'_> {
    fn decode(
        &self,
        latents: &Tensor,
        listener: &mut dyn Listener,
        frames: &mut FrameSink,
    ) -> Result<(), Failure> {
        let Some(tiling) = self.tiling else {
            return self
                .vae
                .decode(latents, &mut |chunk| frames(&chunk, listener));
        };
        let clip = self.vae.decode_tiled(latents, tiling, &mut |tile, of| {
            let (what, done) = ("frames in tiles".into(), tile as f64 / of as f64);
            listener.receive(Progress::Working { what, done }, Vec::new())
        })?;
        let pieces = clip.split(FRAMES_PER_LATENT, 2);
        pieces.iter().try_for_each(|piece| frames(piece, listener))
    }
}
