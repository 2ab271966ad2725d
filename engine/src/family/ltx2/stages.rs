//! The second of two stages: the latents of the first, enlarged and noised again, are denoised at full size by the last steps
//! of the distilled schedule.
//!
//! Sources: diffusers `LTX2LatentUpsamplePipeline`, and `LTX2Pipeline` with `latents`, `audio_latents`, `noise_scale` and
//! `STAGE_2_DISTILLED_SIGMA_VALUES`; Lightricks/LTX-2, `ltx_pipelines/distilled.py`.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use tch::Tensor;

use super::Ltx2;
use super::audio::unpacked;
use super::identity::Identity;
use super::inputs::Encoded;
use super::layout::along_one_axis;
use super::upsampler::{LatentUpsampler, Resampler, UpsamplerConfig, UpsamplerNames};
use super::vae::Statistics;
use crate::family::contract::{Inputs, Stage};
use crate::family::part::Part;
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::sampler::Schedule;
use crate::streams::{Latents, Streams};
use crate::weights::load_checked;

/// The second stage of a clip.
#[derive(Debug)]
pub struct SecondStage<'m> {
    pub inputs: Encoded<'m>,
    pub schedule: Schedule,
    pub upscaler: &'m Part<UpsamplerConfig>,
}

impl Stage for SecondStage<'_> {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn inputs(&self) -> &dyn Inputs {
        &self.inputs
    }

    /// Token by token, as the reference draws it.
    fn noise_size(&self) -> Streams<Vec<i64>> {
        let Streams { picture, sound } = self.inputs.noise_size();
        Streams {
            picture: picture.map(|shape| match shape[..] {
                [batch, channels, tokens, _, _] => vec![batch, tokens, channels],
                _ => shape,
            }),
            sound: sound.map(|shape| match shape[..] {
                [batch, channels, tokens, bins] => vec![batch, tokens, channels * bins],
                _ => shape,
            }),
        }
    }

    fn begin(
        &self,
        made: &Latents,
        noise: Latents,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Latents, Failure> {
        let share = self.schedule.sigmas.first().copied().unwrap_or(1.0);
        let larger = self.enlarged(made.needed_picture()?, models, listener, clock)?;
        let shapes = self.inputs.noise_size();
        let picture = noise.picture.as_ref().map(|noise| {
            let noise = noise.transpose(1, 2).unsqueeze(-1).unsqueeze(-1); // 1 c l 1 1
            // Given tokens follow the clip's; what they begin with is replaced.
            let given = noise.size()[2] - larger.size()[2];
            let larger = larger.constant_pad_nd([0, 0, 0, 0, 0, given]);
            noised(&larger, &noise, share)
        });
        let sound = noise.sound.as_ref().zip(made.sound.as_ref());
        let channels = shapes.sound.and_then(|shape| shape.get(1).copied());
        let sound =
            sound.map(|(noise, made)| noised(made, &unpacked(noise, channels.unwrap_or(1)), share));
        Ok(Streams { picture, sound })
    }
}

impl SecondStage<'_> {
    /// The picture of the first stage, twice as wide and high: 1 x c x l x 1 x 1.
    fn enlarged(
        &self,
        picture: &Tensor,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Tensor, Failure> {
        let (device, kind) = (models.device, models.kind);
        let vae = &self.inputs.model.vae;
        let statistics = load_checked(&vae.checkpoint, device, kind, &mut |_| Ok(()), |weights| {
            Statistics::new(weights, vae.shape.channels)
        })?;
        let Part { checkpoint, shape } = self.upscaler;
        let slot = Slot::LatentUpscaler;
        let network = models.network(slot, checkpoint, listener, clock, |weights| {
            LatentUpsampler::new(shape, weights)
        })?;
        listener.check()?;
        clock.encoding(|| {
            let larger = network.forward(&statistics.raw(picture))?;
            Ok(along_one_axis(&statistics.normalised(&larger)))
        })
    }
}

/// Latents with this share of noise.
fn noised(latents: &Tensor, noise: &Tensor, share: f64) -> Tensor {
    noise * share + latents * (1.0 - share)
}

/// The latent upscaler of a transformer among these files: one that doubles width and height, and is of no other version.
pub fn upscaler_of(transformer: &Path, files: &[&Path]) -> Option<PathBuf> {
    let version = Identity::of(transformer).ok().and_then(|of| of.version);
    let fits = |path: &&&Path| {
        let doubles = open_upscaler(path).is_ok_and(|part| doubles(part.shape.resampler));
        let other = || Identity::of(path).ok().and_then(|of| of.version);
        doubles && other().is_none_or(|other| Some(other) == version)
    };
    files.iter().find(fits).map(|path| path.to_path_buf())
}

/// Opens a latent upscaler and checks all its keys.
pub fn open_upscaler(path: &Path) -> Result<Part<UpsamplerConfig>, Failure> {
    Part::read(
        path,
        UpsamplerNames,
        UpsamplerConfig::detect,
        LatentUpsampler::new,
    )
}

/// Whether it doubles width and height, and nothing else.
fn doubles(resampler: Resampler) -> bool {
    match resampler {
        Resampler::Side => true,
        Resampler::Rational { times, divisor } => times == 2 * divisor,
        Resampler::Frames | Resampler::Both => false,
    }
}

impl Ltx2 {
    /// The latent upscaler, which a clip in two stages needs.
    pub(super) fn needed_upscaler(&self) -> Result<&Part<UpsamplerConfig>, Failure> {
        let upscaler = self.upscaler.as_ref();
        upscaler.ok_or_else(|| Failure::bug("a clip in two stages without a latent upscaler"))
    }
}
