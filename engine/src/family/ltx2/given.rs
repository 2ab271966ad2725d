//! The pictures that a request gives: the first frame takes the place of the first latent frame; each other keyframe is a
//! latent frame after those of the clip, with the position of its time. A finished clip, for which sound is made, is given
//! as a whole. Given tokens are clean, and their timestep is 0.
//!
//! Sources: diffusers `LTX2ImageToVideoPipeline`, `LTX2ConditionPipeline`. The pictures are not compressed by H.264 before,
//! as the reference may do: the engine has no encoder of films.

use kinora_wire::{Failure, Makes, Progress};
use tch::{Device, Kind, Tensor};

use super::Ltx2;
use super::vae::{Tiling, VaeEncoder};
use crate::conditioning::Conditioning;
use crate::family::part::Part;
use crate::job::{Clock, Listener};
use crate::memory::PictureForm;
use crate::model_cache::{LoadedModels, Slot};
use crate::picture::to_tensor;
use crate::plan::Plan;

/// The given latent frames of a clip.
#[derive(Debug)]
pub struct Given {
    /// The given latents in their places, zeros elsewhere: 1 x c x f x h x w, fp32. Keyframes after the first frame follow
    /// the clip's latent frames.
    pub clean: Tensor,
    /// 1 for each given latent frame, 0 for others: 1 x 1 x f x 1 x 1, fp32.
    pub mask: Tensor,
}

/// The numbers of the keyframes that follow the clip's latent frames, in their order.
pub fn appended(plan: &Plan) -> Vec<i64> {
    let keyframes = plan.request.inputs.keyframes.iter();
    let numbers = keyframes.map(|keyframe| plan.frame_number(keyframe.frame));
    let mut numbers: Vec<i64> = numbers.filter(|number| *number != 0).collect();
    numbers.sort_unstable();
    numbers
}

/// Whether the request gives a finished clip, for which sound is made.
pub fn has_whole_clip(plan: &Plan) -> bool {
    let inputs = &plan.request.inputs;
    inputs.makes == Makes::Sound && inputs.source.is_some()
}

/// Whether the request gives a picture.
pub fn is_any(plan: &Plan) -> bool {
    has_whole_clip(plan) || !plan.request.inputs.keyframes.is_empty()
}

/// Refuses keyframes for a clip without a picture.
pub fn refuse_unusable(plan: &Plan) -> Result<(), Failure> {
    let inputs = &plan.request.inputs;
    match inputs.makes == Makes::Sound && !inputs.keyframes.is_empty() {
        false => Ok(()),
        true => Err(Failure::refused(
            "sound alone has no keyframes",
            "leave them out, or make the picture too",
        )),
    }
}

impl Given {
    /// Latents with the given ones in their places.
    pub fn imposed(&self, x: &Tensor) -> Tensor {
        x * self.others() + &self.clean
    }

    /// 0 for each given latent frame, 1 for others.
    fn others(&self) -> Tensor {
        self.mask.ones_like() - &self.mask
    }

    /// A factor of the timestep for each token, 0 for given ones: 1 x l, f64.
    pub fn share_of_timestep(&self) -> Tensor {
        let size = self.clean.size();
        let tokens = size.iter().skip(3).product::<i64>(); // of a latent frame
        let shares = self.others().to_kind(Kind::Double).flatten(0, -1);
        shares
            .repeat_interleave_self_int(tokens, 0, None::<i64>)
            .unsqueeze(0)
    }
}

impl Ltx2 {
    /// Encodes the pictures of a request. `None` if there are none.
    pub(super) fn encode_given(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Option<Given>, Failure> {
        if !is_any(plan) {
            return Ok(None);
        }
        let device = models.device;
        let tiling = || Tiling::of_pixels_per_latent(self.vae.shape.pixels_per_latent());
        let tiling = (models.plan().pictures == PictureForm::Tiled).then(tiling);
        let Part { checkpoint, shape } = &self.vae;
        let vae = models.network(Slot::Encoder, checkpoint, listener, clock, |weights| {
            VaeEncoder::new(shape, weights)
        })?;
        let mut report = |done: f64| {
            let what = "pictures".into();
            listener.receive(Progress::Working { what, done }, Vec::new())
        };
        clock.encoding(|| {
            if has_whole_clip(plan) {
                let frames: Vec<Tensor> = pictures.kept.values().map(to_tensor).collect();
                let frames = Tensor::stack(&frames, 1).unsqueeze(0);
                let clean = encoded(vae, &frames, tiling, device, &mut report)?;
                let mask = Tensor::ones(mask_size(&clean), (Kind::Float, device));
                return Ok(Some(Given { clean, mask }));
            }
            let [frames, rows, columns] = plan.latent();
            let appended = appended(plan);
            let total = frames + appended.len() as i64;
            let size = [1, vae.channels(), total, rows, columns];
            let clean = Tensor::zeros(size, (Kind::Float, device));
            let mask = Tensor::zeros(mask_size(&clean), (Kind::Float, device));
            // The first frame is the first latent frame; the others follow the clip's.
            let places = appended.iter().zip(frames..);
            let places = [(&0, 0)].into_iter().chain(places);
            let given =
                places.filter_map(|(number, place)| Some((pictures.kept.get(number)?, place)));
            let given: Vec<_> = given.collect();
            for (at, (picture, place)) in given.iter().enumerate() {
                let frame = to_tensor(picture).unsqueeze(1).unsqueeze(0); // 1 3 1 h w
                let latent = encoded(vae, &frame, tiling, device, &mut |_| Ok(()))?;
                clean.narrow(2, *place, 1).copy_(&latent);
                let _ = mask.narrow(2, *place, 1).fill_(1.0);
                report((at + 1) as f64 / given.len() as f64)?;
            }
            Ok(Some(Given { clean, mask }))
        })
    }
}

/// The size of a mask of latent frames for these latents.
fn mask_size(latents: &Tensor) -> [i64; 5] {
    let frames = latents.size().get(2).copied().unwrap_or(1);
    [1, 1, frames, 1, 1]
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
