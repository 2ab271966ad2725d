//! Decodes latents to frames, whole or in tiles.
//! Whole frames are passed on as they are decoded; tiles are passed on when all are done. The sound comes last.

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::clip_sound::ClipSound;
use super::vae::{FRAMES_PER_LATENT, Tiling, VaeDecoder};
use crate::family::contract::{ClipSink, Decoder};
use crate::job::Listener;
use crate::streams::Latents;

/// The decoder, and the tiling for it.
#[derive(Debug)]
pub struct ClipDecoder<'n> {
    pub vae: &'n VaeDecoder,
    /// `None` if memory suffices for whole frames.
    pub tiling: Option<Tiling>,
    /// `None` for a clip without sound.
    pub sound: Option<ClipSound>,
}

impl Decoder for ClipDecoder<'_> {
    fn decode(
        &self,
        latents: &Latents,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        let latents = latents.needed_picture()?;
        let Some(sound) = &self.sound else {
            return self.decode_frames(latents, listener, sink);
        };
        sound.follow(sink, listener, |sink, listener| {
            self.decode_frames(latents, listener, sink)
        })
    }
}

impl ClipDecoder<'_> {
    fn decode_frames(
        &self,
        latents: &Tensor,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        let Some(tiling) = self.tiling else {
            return self
                .vae
                .decode(latents, &mut |chunk| sink.frames(&chunk, listener));
        };
        let clip = self.vae.decode_tiled(latents, tiling, &mut |tile, of| {
            let (what, done) = ("frames in tiles".into(), tile as f64 / of as f64);
            listener.receive(Progress::Working { what, done }, Vec::new())
        })?;
        let pieces = clip.split(FRAMES_PER_LATENT, 2);
        pieces
            .iter()
            .try_for_each(|piece| sink.frames(piece, listener))
    }
}
