//! Runs the transformer in a denoising step: one pass for the prompt, and those that the guidance needs. Everything that
//! stays the same over the steps is computed once.
//!
//! Sources: diffusers `LTX2Pipeline`, `LTX2ImageToVideoPipeline`, `LTX2ConditionPipeline`.

use kinora_wire::{Failure, Guidance};
use tch::{Device, Tensor};

use super::audio::{packed, unpacked};
use super::given::Given;
use super::guidance::ClipGuidance;
use super::prompts::Prompts;
use super::text::TextContext;
use super::transformer::{
    Conditions, Pass, Perturbation, StreamConditions, Streams as Parts, Transformer, positions,
};
use crate::family::contract::Denoiser;
use crate::guidance::Branches;
use crate::job::Listener;
use crate::streams::{Latents, Streams};

/// What a clip is, for its denoising.
#[derive(Debug)]
pub struct Clip {
    /// Latent frames of the picture, without those of keyframes.
    pub frames: i64,
    /// The frames at which further latent frames, which follow the clip's, are given.
    pub keyframes: Vec<i64>,
    /// The shapes of the noise of the streams that are made: 1 x c x f x h x w and 1 x c x t x m.
    pub noise: Streams<Vec<i64>>,
    /// Frames per second.
    pub rate: u32,
    /// The block whose self-attention is perturbed.
    pub perturbed_block: usize,
    /// The guidance of its settings.
    pub guidance: Guidance,
    /// That of each stream.
    pub of_streams: ClipGuidance,
}

/// The transformer, with everything that stays the same over the steps of a clip.
#[derive(Debug)]
pub struct ClipDenoiser<'n> {
    network: &'n Transformer,
    clip: Clip,
    prompts: [Option<TextContext>; 2],
    /// Where the tokens of each stream are: 1 x axes x l x 2.
    positions: Streams<Tensor>,
    /// Given latent frames.
    given: Option<Given>,
    device: Device,
}

/// The passes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    With,
    Without,
    Perturbed,
    Isolated,
}

impl<'n> ClipDenoiser<'n> {
    /// Places the inputs of the clip on the device.
    pub fn new(
        network: &'n Transformer,
        clip: Clip,
        (prompts, given): (&Prompts, Option<&Given>),
        device: Device,
    ) -> Self {
        let placed = |context: &TextContext| {
            let place = |text: &Tensor| text.to_device(device).to_kind(network.kind());
            TextContext {
                video: place(&context.video),
                audio: place(&context.audio),
            }
        };
        let rate = f64::from(clip.rate);
        let given = given.map(|given| Given {
            clean: given.clean.to_device(device),
            mask: given.mask.to_device(device),
        });
        let grid = given.as_ref().map(|given| given.clean.size());
        let grid = clip.noise.picture.clone().or(grid);
        let positions = Streams {
            picture: grid.as_deref().and_then(|shape| match shape {
                [_, _, _, rows, columns] => Some(places_of(&clip, [*rows, *columns], rate)),
                _ => None,
            }),
            sound: clip.noise.sound.as_deref().and_then(|shape| match shape {
                [_, _, count, _] => Some(positions::sound(0..*count)),
                _ => None,
            }),
        };
        Self {
            network,
            prompts: [
                Some(placed(&prompts.positive)),
                prompts.negative.as_ref().map(placed),
            ],
            positions: positions.map(|places| places.to_device(device)),
            given,
            clip,
            device,
        }
    }

    /// `x` with the given latent frames. What the solver makes of them does not matter: they are replaced before each pass,
    /// before guidance and at the end.
    fn imposed(&self, x: &Latents) -> Latents {
        Streams {
            picture: x.picture.as_ref().map(|x| match &self.given {
                Some(given) => given.imposed(x),
                None => x.shallow_clone(),
            }),
            sound: x.sound.as_ref().map(Tensor::shallow_clone),
        }
    }

    /// The picture that the network is shown at `x`: the one that is made, or the one that is given.
    fn shown(&self, x: &Latents) -> Option<Tensor> {
        let given = self.given.as_ref();
        let given = given.map(|given| given.clean.shallow_clone());
        self.imposed(x).picture.or(given)
    }

    /// The velocities of a pass at these tokens.
    fn run(
        &self,
        branch: Branch,
        tokens: &Parts<Tensor>,
        timestep: f64,
        listener: &mut dyn Listener,
    ) -> Result<Latents, Failure> {
        listener.check()?;
        let [positive, negative] = &self.prompts;
        let text = match branch {
            Branch::Without => negative.as_ref(),
            _ => positive.as_ref(),
        };
        let text = text.ok_or_else(|| Failure::bug("a pass without its prompt"))?;
        let time = Tensor::from_slice(&[timestep]).to_device(self.device);
        let times = match &self.given {
            Some(given) => given.share_of_timestep() * timestep,
            None => time.shallow_clone(),
        };
        let places = self.positions.each_ref();
        let conditions = Conditions {
            streams: Parts {
                video: conditions(&text.video, places.picture, (&times, &time)),
                audio: conditions(&text.audio, places.sound, (&time, &time)),
            },
            pass: self.pass(branch),
        };
        let check = &mut || listener.check();
        let velocities = self
            .network
            .forward_while(tokens.as_ref(), &conditions, check)?;
        Ok(self.latents(velocities))
    }

    fn pass(&self, branch: Branch) -> Pass {
        let perturbation = Perturbation {
            blocks: vec![self.clip.perturbed_block],
            whole: None,
        };
        Pass {
            perturbation: (branch == Branch::Perturbed).then_some(perturbation),
            is_isolated: branch == Branch::Isolated,
        }
    }

    /// The velocities of tokens in the shapes of the latents.
    fn latents(&self, velocities: Parts<Tensor>) -> Latents {
        let noise = self.clip.noise.each_ref();
        let velocities = Streams {
            picture: velocities.video,
            sound: velocities.audio,
        };
        let shaped = velocities.zip(noise);
        Streams {
            picture: shaped
                .picture
                .map(|(tokens, shape)| placed_back(&tokens, shape)),
            sound: shaped.sound.map(|(tokens, shape)| {
                let channels = shape.get(1).copied().unwrap_or(1);
                unpacked(&tokens, channels)
            }),
        }
    }
}

impl Denoiser for ClipDenoiser<'_> {
    fn guidance(&self) -> Guidance {
        self.clip.guidance
    }

    fn branches(
        &mut self,
        x: &Latents,
        timestep: f64,
        listener: &mut dyn Listener,
    ) -> Result<Branches, Failure> {
        let kind = self.network.kind();
        let shown = self.shown(x);
        let tokens = Parts {
            video: shown.map(|picture| tokens_of(&picture).to_kind(kind)),
            audio: x.sound.as_ref().map(|x| packed(x).to_kind(kind)),
        };
        let guidance = self.clip.of_streams;
        let mut run = |branch| self.run(branch, &tokens, timestep, listener);
        let with = run(Branch::With)?;
        let mut further = |is_needed: bool, branch| is_needed.then(|| run(branch)).transpose();
        Ok(Branches {
            with,
            without: further(guidance.needs_negative(), Branch::Without)?,
            perturbed: further(guidance.needs_perturbed(), Branch::Perturbed)?,
            isolated: further(guidance.needs_isolated(), Branch::Isolated)?,
        })
    }

    fn guided(&self, branches: &Branches, x: &Latents, timestep: f64, _step: usize) -> Latents {
        let sigma = timestep / 1000.0;
        self.clip
            .of_streams
            .guided(branches, &self.imposed(x), sigma)
    }

    fn clip_of(&self, x: &Latents) -> Latents {
        let Streams { picture, sound } = self.imposed(x);
        Streams {
            picture: picture.map(|picture| picture.narrow(2, 0, self.clip.frames)),
            sound,
        }
    }
}

/// What a stream is given, if it has tokens, which have these positions. Each token of the picture has a timestep of its
/// own if some are given.
fn conditions<'t>(
    text: &'t Tensor,
    positions: Option<&'t Tensor>,
    (timesteps, time_of_step): (&'t Tensor, &'t Tensor),
) -> Option<StreamConditions<'t>> {
    positions.map(|positions| StreamConditions {
        text,
        text_mask: None,
        positions,
        timesteps,
        time_of_step,
        attention_mask: None,
        keyframes: None,
    })
}

/// The positions of the picture's tokens: of the clip, then of its keyframes.
fn places_of(clip: &Clip, [rows, columns]: [i64; 2], rate: f64) -> Tensor {
    let mut places = vec![positions::clip([clip.frames, rows, columns], rate)];
    let keyframes = clip.keyframes.iter();
    places
        .extend(keyframes.map(|&frame| positions::keyframe(frame, [1, rows, columns], true, rate)));
    Tensor::cat(&places, 2)
}

/// Latents of the picture, b c f h w, as tokens b f*h*w c.
fn tokens_of(latents: &Tensor) -> Tensor {
    latents.permute([0, 2, 3, 4, 1]).flatten(1, 3)
}

/// Tokens b f*h*w c as latents of this shape, b c f h w.
fn placed_back(tokens: &Tensor, shape: &[i64]) -> Tensor {
    match shape {
        [batch, channels, frames, rows, columns] => tokens
            .reshape([*batch, *frames, *rows, *columns, *channels])
            .permute([0, 4, 1, 2, 3]),
        _ => tokens.shallow_clone(),
    }
}
