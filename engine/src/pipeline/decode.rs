//! After the last step: latents become frames, told as they are made.

use std::time::Instant;

use kinora_wire::{Failure, PixelShape, Progress};
use tch::Tensor;

use super::{Clock, Generator, Listener, Model, Plan};
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::picture;
use crate::vae::{FRAMES_PER_LATENT, Tiling};

/// What decoding takes beside its weights, in bytes for each pixel of a frame, in fp32. The released
/// autoencoder was measured at 16 KiB (81 frames of 256x160); the rest is to spare.
const DECODING_BYTES_PER_PIXEL: u64 = 24 << 10;

impl Generator {
    /// Whether a clip of this size goes through the autoencoder as a whole, or must be cut into tiles.
    pub(super) fn has_room(&mut self, plan: &Plan) -> bool {
        let pixels = (plan.width * plan.height) as u64;
        let bytes_of_number = self.parts.kind.elt_size_in_bytes() as u64;
        let needed = pixels * DECODING_BYTES_PER_PIXEL * bytes_of_number / 4;
        self.parts.has_room_to_decode(needed)
    }

    pub(super) fn decode(
        &mut self,
        model: &Model,
        plan: &Plan,
        latents: &Tensor,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<(), Failure> {
        keep_freed_memory(Keeping::Nothing);
        let fits = self.has_room(plan);
        let vae = self.parts.decoder(model, listener, clock)?;
        let began = Instant::now();
        let mut first = 0;
        let mut tell = |frames: Tensor, listener: &mut dyn Listener| {
            let picture = PixelShape {
                frames: frames.size()[2] as u32,
                width: plan.width as u32,
                height: plan.height as u32,
            };
            let pixels = picture::to_bytes(&frames)?;
            listener.hear(Progress::Frames { first, picture }, pixels)?;
            first += picture.frames;
            Ok(())
        };
        if fits {
            vae.decode(latents, &mut |frames| tell(frames, listener))?;
        } else {
            let frames = vae.decode_tiled(latents, Tiling::default(), &mut |tile, of| {
                let (what, done) = ("frames in tiles".into(), tile as f64 / of as f64);
                listener.hear(Progress::Working { what, done }, Vec::new())
            })?;
            for piece in frames.split(FRAMES_PER_LATENT, 2) {
                tell(piece, listener)?;
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        clock.decoding += seconds;
        self.speed.decoded(plan, seconds);
        Ok(())
    }
}

/// The last latents, for whoever asked for them.
pub(super) fn save_latents(plan: &Plan, latents: &Tensor) -> Result<(), Failure> {
    let Some(path) = &plan.recipe.latents_out else {
        return Ok(());
    };
    let view = crate::weights::view_of(latents)?;
    safetensors::serialize_to_file([("latents", view)], None, path).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check the folder, its permissions and the room on the disk",
        )
    })
}
