//! The guidance of the LTX-2 family, in the space of predicted data x0, for picture and sound each with its own scales:
//! against the negative prompt, against perturbed self-attention, and against a pass in which the two do not attend to
//! each other. (diffusers, `LTX2Pipeline.__call__` and `rescale_noise_cfg`.)

use kinora_wire::{Failure, GenerationSettings, Guidance, GuidanceTerms, Makes};
use tch::{Kind, Tensor};

use crate::guidance::Branches;
use crate::streams::{Latents, Streams};

/// The scales of one stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scales {
    /// Against the negative prompt; 1 is off.
    pub cfg: f64,
    /// The other terms.
    pub terms: GuidanceTerms,
}

/// The guidance of a clip. A pass is run for both streams if one of them needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipGuidance {
    /// That of the picture.
    pub picture: Scales,
    /// That of the sound.
    pub sound: Scales,
}

/// One stream of the branches of a step, as predictions of the data.
struct Predictions {
    with: Tensor,
    without: Option<Tensor>,
    perturbed: Option<Tensor>,
    isolated: Option<Tensor>,
}

impl ClipGuidance {
    /// That of a clip's settings.
    ///
    /// # Errors
    /// CFG-Zero*, which is a rule for velocities, not for predictions of the data.
    pub fn of(settings: &GenerationSettings) -> Result<Self, Failure> {
        let cfg = match settings.guidance {
            Guidance::Off => 1.0,
            Guidance::Classifier { scale } => scale,
            Guidance::ZeroStar { scale, .. } => {
                return Err(Failure::refused(
                    "CFG-Zero* cannot guide picture and sound together",
                    format!("use classifier-free guidance of {scale}"),
                ));
            }
        };
        let streams = settings.stream_guidance;
        Ok(Self {
            picture: Scales {
                cfg,
                terms: streams.picture,
            },
            sound: Scales {
                cfg: streams.sound_scale.unwrap_or(cfg),
                terms: streams.sound,
            },
        })
    }

    /// For a clip of these streams: one that is not made needs no pass, and one alone is not isolated from another.
    /// `is_given`: the stream that is not made is there, as it was given.
    pub fn for_streams(mut self, makes: Makes, is_given: bool) -> Self {
        let off = Scales {
            cfg: 1.0,
            terms: GuidanceTerms::default(),
        };
        match makes {
            Makes::Both => return self,
            Makes::Picture => self.sound = off,
            Makes::Sound => self.picture = off,
        }
        if !is_given {
            self.picture.terms.modality = off.terms.modality;
            self.sound.terms.modality = off.terms.modality;
        }
        self
    }

    /// Whether a pass with the negative prompt is needed.
    pub fn needs_negative(&self) -> bool {
        self.any(|scales| scales.cfg > 1.0)
    }

    /// Whether a pass with perturbed self-attention is needed.
    pub fn needs_perturbed(&self) -> bool {
        self.any(|scales| scales.terms.stg > 0.0)
    }

    /// Whether a pass without attention between picture and sound is needed.
    pub fn needs_isolated(&self) -> bool {
        self.any(|scales| scales.terms.modality > 1.0)
    }

    /// The forward passes of a step, each for one prompt.
    pub fn passes_of_step(&self) -> usize {
        let further = [
            self.needs_negative(),
            self.needs_perturbed(),
            self.needs_isolated(),
        ];
        1 + further.into_iter().filter(|is_run| *is_run).count()
    }

    /// The guided velocity at `x`, from the velocities of the branches at `x` and `sigma`. In fp32.
    pub fn guided(&self, branches: &Branches, x: &Latents, sigma: f64) -> Latents {
        let stream = |of: fn(&Latents) -> Option<&Tensor>, scales: Scales| {
            let x = of(x)?;
            let data = |velocity: &Latents| Some(x - of(velocity)?.to_kind(Kind::Float) * sigma);
            let predictions = Predictions {
                with: data(&branches.with)?,
                without: branches.without.as_ref().and_then(data),
                perturbed: branches.perturbed.as_ref().and_then(data),
                isolated: branches.isolated.as_ref().and_then(data),
            };
            Some((x - predictions.guided(scales)) / sigma)
        };
        Streams {
            picture: stream(|latents| latents.picture.as_ref(), self.picture),
            sound: stream(|latents| latents.sound.as_ref(), self.sound),
        }
    }

    fn any(&self, is_needed: impl Fn(&Scales) -> bool) -> bool {
        is_needed(&self.picture) || is_needed(&self.sound)
    }
}

impl Predictions {
    /// The guided prediction of the data.
    fn guided(&self, scales: Scales) -> Tensor {
        let Scales {
            cfg,
            terms:
                GuidanceTerms {
                    stg,
                    modality,
                    rescale,
                },
        } = scales;
        let terms = [
            (cfg - 1.0, &self.without),
            (stg, &self.perturbed),
            (modality - 1.0, &self.isolated),
        ];
        let mut guided = self.with.shallow_clone();
        for (scale, against) in terms {
            if let Some(against) = against {
                // Not `+=`: the first one would write into the tensor of the prompt.
                guided = &guided + (&self.with - against) * scale;
            }
        }
        match rescale > 0.0 {
            true => rescaled(&guided, &self.with, rescale),
            false => guided,
        }
    }
}

/// The guided prediction, brought back to the standard deviation of the unguided one by this share. (Lin et al., "Common
/// Diffusion Noise Schedules and Sample Steps are Flawed", 2023, equations 15 and 16.)
fn rescaled(guided: &Tensor, unguided: &Tensor, share: f64) -> Tensor {
    let axes: Vec<i64> = (1..guided.dim() as i64).collect();
    let deviation = |x: &Tensor| x.std_dim(axes.as_slice(), true, true);
    let whole = guided * (deviation(unguided) / deviation(guided));
    whole * share + guided * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: Scales = Scales {
        cfg: 1.0,
        terms: GuidanceTerms {
            stg: 0.0,
            modality: 1.0,
            rescale: 0.0,
        },
    };

    #[test]
    fn a_pass_is_run_if_one_of_the_streams_needs_it() {
        let passes = |picture, sound| ClipGuidance { picture, sound }.passes_of_step();
        assert_eq!(passes(OFF, OFF), 1);
        assert_eq!(passes(OFF, Scales { cfg: 7.0, ..OFF }), 2);
        let terms = GuidanceTerms {
            stg: 1.0,
            modality: 3.0,
            rescale: 0.7,
        };
        assert_eq!(passes(Scales { cfg: 3.0, terms }, OFF), 4);
        let rescale = GuidanceTerms {
            rescale: 0.7,
            ..OFF.terms
        };
        assert_eq!(
            passes(
                Scales {
                    terms: rescale,
                    ..OFF
                },
                OFF
            ),
            1
        );
    }

    #[test]
    fn a_stream_that_is_not_made_stays_away() {
        let sound = || Latents::of_sound(Tensor::from_slice(&[0.5f32, -1.0]).view([1, 2]));
        let guidance = ClipGuidance {
            picture: OFF,
            sound: Scales { cfg: 3.0, ..OFF },
        };
        let branches = Branches::of(sound(), Some(sound().zeros_like()));
        let guided = guidance.guided(&branches, &sound(), 0.5);
        assert!(guided.picture.is_none());
        let expected = sound().sound.expect("made") * 3.0;
        assert_eq!(guided.sound.expect("made"), expected);
    }
}
