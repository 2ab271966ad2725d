//! Encodes the pictures that a request gives, in their places.

use std::collections::BTreeMap;

use image::RgbImage;
use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::super::Ltx2;
use super::super::layout::{Layout, along_one_axis};
use super::super::references;
use super::super::vae::{FRAMES_PER_LATENT, Tiling, VaeEncoder, latent_frames};
use super::{Given, has_pictures, layout_of};
use crate::conditioning::{Conditioning, control_of};
use crate::family::part::Part;
use crate::job::{Clock, Listener};
use crate::memory::PictureForm;
use crate::model_cache::{LoadedModels, Slot};
use crate::picture::to_tensor;
use crate::plan::Plan;

/// Encodes frames 1 x 3 x t x h x w to latents on their grid, and reports what is done of them.
type Encode<'e> = dyn FnMut(&Tensor) -> Result<Tensor, Failure> + 'e;

impl Ltx2 {
    /// Encodes the pictures of a request. `None` if there are none.
    pub(in super::super) fn encode_pictures(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Option<Given>, Failure> {
        if !has_pictures(plan) {
            return Ok(None);
        }
        let device = models.device;
        let tiling = || Tiling::of_pixels_per_latent(self.vae.shape.pixels_per_latent());
        let tiling = (models.plan().pictures == PictureForm::Tiled).then(tiling);
        let Part { checkpoint, shape } = &self.vae;
        let vae = models.network(Slot::Encoder, checkpoint, listener, clock, |weights| {
            VaeEncoder::new(shape, weights)
        })?;
        clock.encoding(|| {
            let encode = &mut |frames: &Tensor| {
                encoded(vae, frames, tiling, device, &mut |done| {
                    let what = "pictures".into();
                    listener.receive(Progress::Working { what, done }, Vec::new())
                })
            };
            let layout = layout_of(plan);
            let size = [1, vae.channels(), layout.tokens(), 1, 1];
            let places = Places {
                clean: Tensor::zeros(size, (Kind::Float, device)),
                mask: Tensor::zeros([1, 1, layout.tokens(), 1, 1], (Kind::Float, device)),
                layout,
            };
            places.filled(plan, pictures, encode).map(Some)
        })
    }
}

/// The tokens of a clip, while given ones are put into their places.
struct Places {
    clean: Tensor,
    mask: Tensor,
    layout: Layout,
}

impl Places {
    fn filled(
        self,
        plan: &Plan,
        pictures: &Conditioning,
        encode: &mut Encode,
    ) -> Result<Given, Failure> {
        self.fill_source(plan, pictures, encode)?;
        let per_frame = self.layout.frame_tokens();
        let keyframe = |number: &i64| {
            let keyframes = plan.request.inputs.keyframes.iter();
            let mut numbers = keyframes.map(|key| plan.frame_number(key.frame));
            let is_one = numbers.any(|other| other == *number);
            pictures.kept.get(number).filter(|_| is_one)
        };
        // The first frame is the first latent frame; the others follow the clip's.
        let appended = self.layout.keyframes.iter();
        let appended = appended.zip((0..).map(|at| self.layout.clip_tokens() + at * per_frame));
        for (number, from) in [(&0, 0)].into_iter().chain(appended) {
            if let Some(picture) = keyframe(number) {
                let frame = to_tensor(picture).unsqueeze(1).unsqueeze(0); // 1 3 1 h w
                self.put(from, &encode(&frame)?);
            }
        }
        self.fill_reference(plan, encode)?;
        Ok(Given {
            clean: self.clean,
            mask: self.mask,
        })
    }

    /// The kept latent frames of the source clip: those of which all frames are kept.
    fn fill_source(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        encode: &mut Encode,
    ) -> Result<(), Failure> {
        let is_kept = |frame: i64| match plan.has_given_picture() {
            true => plan.in_source(frame).is_some(),
            false => plan.kept_from_source(frame).is_some(),
        };
        let kept = kept_latent_frames(plan.frames(), is_kept);
        if !kept.contains(&true) {
            return Ok(());
        }
        let latents = encode(&source_frames(plan, pictures))?;
        let per_frame = self.layout.frame_tokens();
        for (at, _) in (0..).zip(&kept).filter(|(_, is_kept)| **is_kept) {
            self.put(at * per_frame, &latents.narrow(2, at, 1));
        }
        Ok(())
    }

    /// The reference video, after all others.
    fn fill_reference(&self, plan: &Plan, encode: &mut Encode) -> Result<(), Failure> {
        let Some(reference) = &self.layout.reference else {
            return Ok(());
        };
        let pictures = control_of(plan, references::size_of(plan, reference.factor))?;
        let frames: Vec<Tensor> = pictures.iter().map(to_tensor).collect();
        let latents = encode(&Tensor::stack(&frames, 1).unsqueeze(0))?;
        let from = self.layout.clip_tokens() + self.layout.keyframe_tokens();
        self.put(from, &latents);
        Ok(())
    }

    /// Puts latents on a grid into the places from a token on.
    fn put(&self, from: i64, latents: &Tensor) {
        let tokens = along_one_axis(latents);
        let count = tokens.size().get(2).copied().unwrap_or(0);
        self.clean.narrow(2, from, count).copy_(&tokens);
        let _ = self.mask.narrow(2, from, count).fill_(1.0);
    }
}

/// Whether each latent frame is kept: whether all its frames are.
fn kept_latent_frames(frames: i64, is_kept: impl Fn(i64) -> bool) -> Vec<bool> {
    (0..latent_frames(frames))
        .map(|latent| {
            let last = latent * FRAMES_PER_LATENT;
            let first = (last - FRAMES_PER_LATENT + 1).max(0);
            (first..=last).all(&is_kept)
        })
        .collect()
}

/// The frames of the clip, 1 x 3 x t x h x w: those of the source, also where they are made again, and the nearest one of
/// them where it has none. The encoder reads the frames before a kept one too.
fn source_frames(plan: &Plan, pictures: &Conditioning) -> Tensor {
    let both = pictures.kept.iter().chain(&pictures.replaced);
    let source: BTreeMap<i64, &RgbImage> = both
        .filter(|(frame, _)| plan.in_source(**frame).is_some())
        .map(|(frame, picture)| (*frame, picture))
        .collect();
    let frames = (0..plan.frames()).filter_map(|frame| {
        let before = source.range(..=frame).next_back();
        let nearest = before.or_else(|| source.range(frame..).next());
        nearest.map(|(_, picture)| to_tensor(picture))
    });
    let frames: Vec<Tensor> = frames.collect();
    Tensor::stack(&frames, 1).unsqueeze(0)
}

/// Frames 1 x 3 x t x h x w as latents, fp32.
fn encoded(
    vae: &VaeEncoder,
    frames: &Tensor,
    tiling: Option<Tiling>,
    device: Device,
    report: &mut dyn FnMut(f64) -> Result<(), Failure>,
) -> Result<Tensor, Failure> {
    let frames = frames.to_device(device);
    let done = &mut |done: i64, of: i64| report(done as f64 / of.max(1) as f64);
    let latents = match tiling {
        None => vae.encode(&frames, done)?,
        Some(tiling) => vae.encode_tiled(&frames, tiling, done)?,
    };
    Ok(latents.to_kind(Kind::Float))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latent_frame_is_kept_if_all_its_frames_are() {
        let kept = |range: std::ops::Range<i64>| kept_latent_frames(25, |at| !range.contains(&at));
        assert_eq!(kept(0..0), [true; 4]);
        assert_eq!(kept(0..1), [false, true, true, true]);
        assert_eq!(kept(8..10), [true, false, false, true]);
        assert_eq!(kept(17..25), [true, true, true, false]);
    }
}
