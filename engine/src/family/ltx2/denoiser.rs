//! Runs the transformer in a denoising step: one pass for the prompt, and those that the guidance needs. Everything that
//! stays the same over the steps is computed once.
//!
//! Source: diffusers `LTX2Pipeline.__call__`.

use kinora_wire::{Failure, Guidance};
use tch::{Device, Tensor};

use super::audio::{packed, unpacked};
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
    pub fn new(network: &'n Transformer, clip: Clip, prompts: &Prompts, device: Device) -> Self {
        let placed = |context: &TextContext| {
            let place = |text: &Tensor| text.to_device(device).to_kind(network.kind());
            TextContext {
                video: place(&context.video),
                audio: place(&context.audio),
            }
        };
        let rate = f64::from(clip.rate);
        let positions = Streams {
            picture: clip.noise.picture.as_deref().and_then(|shape| match shape {
                [_, _, frames, rows, columns] => {
                    Some(positions::clip([*frames, *rows, *columns], rate))
                }
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
            clip,
            device,
        }
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
        let conditions = Conditions {
            streams: Parts {
                video: conditions(&text.video, self.positions.picture.as_ref(), &time),
                audio: conditions(&text.audio, self.positions.sound.as_ref(), &time),
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
        let tokens = Parts {
            video: x.picture.as_ref().map(|x| tokens_of(x).to_kind(kind)),
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
        self.clip.of_streams.guided(branches, x, sigma)
    }

    fn clip_of(&self, x: &Latents) -> Latents {
        x.shallow_clone()
    }
}

/// What a stream is given, if it has tokens, which have these positions.
fn conditions<'t>(
    text: &'t Tensor,
    positions: Option<&'t Tensor>,
    time: &'t Tensor,
) -> Option<StreamConditions<'t>> {
    positions.map(|positions| StreamConditions {
        text,
        text_mask: None,
        positions,
        timesteps: time,
        time_of_step: time,
        attention_mask: None,
        keyframes: None,
    })
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
