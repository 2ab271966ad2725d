//! What a request gives of a clip: the first frame takes the place of the first latent frame; each other keyframe is a latent
//! frame after those of the clip, with the position of its time; of a source clip latent frames and tokens of its sound are
//! kept; a finished picture or sound, for which the other is made, is given as a whole; a control clip is a reference video.
//! Given tokens are clean, and their timestep is 0.
//!
//! Sources: diffusers `LTX2ImageToVideoPipeline`, `LTX2ConditionPipeline`, `LTX2InContextPipeline`; Lightricks/LTX-2,
//! `ltx_core/conditioning/types/noise_mask_cond.py` (`TemporalRegionMask`). The pictures are not compressed by H.264 before,
//! as the reference may do: the engine has no encoder of films.

mod picture;
mod sound;

use kinora_wire::{Failure, Makes};
use tch::{Kind, Tensor};

use super::layout::Layout;
use super::references;
use crate::plan::Plan;
use crate::streams::{Latents, Streams};

/// The given tokens of a stream.
#[derive(Debug)]
pub struct Given {
    /// The given latents in their places, zeros elsewhere, fp32: of the picture 1 x c x l x 1 x 1, of the sound
    /// 1 x c x t x m.
    pub clean: Tensor,
    /// 1 for each given token, 0 for others, fp32: 1 x 1 x l x 1 x 1, 1 x 1 x t x 1.
    pub mask: Tensor,
}

/// What is given of each stream.
pub type GivenStreams = Streams<Given>;

/// The numbers of the keyframes that follow the clip's latent frames, in their order.
pub fn appended(plan: &Plan) -> Vec<i64> {
    let keyframes = plan.request.inputs.keyframes.iter();
    let numbers = keyframes.map(|keyframe| plan.frame_number(keyframe.frame));
    let mut numbers: Vec<i64> = numbers.filter(|number| *number != 0).collect();
    numbers.sort_unstable();
    numbers
}

/// The tokens of the picture of a clip.
pub fn layout_of(plan: &Plan) -> Layout {
    Layout {
        grid: plan.latent(),
        keyframes: appended(plan),
        reference: references::grid_of(plan),
    }
}

/// Whether the stream that is not made is there, as it was given.
pub fn is_other_given(plan: &Plan) -> bool {
    plan.has_given_picture() || plan.has_given_sound()
}

/// Whether the request gives pictures.
pub fn has_pictures(plan: &Plan) -> bool {
    let inputs = &plan.request.inputs;
    let source = inputs.source.as_ref();
    let has_frames = source.is_some_and(|source| !source.clip.frames.is_empty());
    has_frames || !inputs.keyframes.is_empty() || references::grid_of(plan).is_some()
}

/// Whether the request gives sound.
pub fn has_sound(plan: &Plan) -> bool {
    plan.request.sound.is_some()
}

/// Refuses keyframes and a control clip for a clip without a picture.
pub fn refuse_unusable(plan: &Plan) -> Result<(), Failure> {
    references::refuse_unusable(plan)?;
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

    /// 0 for each given token, 1 for others.
    fn others(&self) -> Tensor {
        self.mask.ones_like() - &self.mask
    }

    /// A factor of the timestep for each token, 0 for given ones: 1 x l, f64.
    pub fn share_of_timestep(&self) -> Tensor {
        self.others().to_kind(Kind::Double).view([1, -1])
    }

    /// The same on another device.
    pub fn to_device(&self, device: tch::Device) -> Self {
        Self {
            clean: self.clean.to_device(device),
            mask: self.mask.to_device(device),
        }
    }
}

/// Latents with the given ones in their places. What the solver makes of them does not matter: they are replaced before each
/// pass, before guidance and at the end.
pub fn imposed(given: &GivenStreams, x: &Latents) -> Latents {
    let with = |x: &Option<Tensor>, given: &Option<Given>| {
        let x = x.as_ref()?;
        Some(match given {
            Some(given) => given.imposed(x),
            None => x.shallow_clone(),
        })
    };
    Streams {
        picture: with(&x.picture, &given.picture),
        sound: with(&x.sound, &given.sound),
    }
}

/// What the network is shown at `x`: what is made, or else what is given.
pub fn shown(given: &GivenStreams, x: &Latents) -> Latents {
    let Streams { picture, sound } = imposed(given, x);
    let clean = |given: &Option<Given>| given.as_ref().map(|given| given.clean.shallow_clone());
    Streams {
        picture: picture.or_else(|| clean(&given.picture)),
        sound: sound.or_else(|| clean(&given.sound)),
    }
}
