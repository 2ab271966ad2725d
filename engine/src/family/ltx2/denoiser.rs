//! Runs the transformer in a denoising step: one pass for the prompt, and those that the guidance needs. Everything that
//! stays the same over the steps is computed once.
//!
//! Sources: diffusers `LTX2Pipeline`, `LTX2ImageToVideoPipeline`, `LTX2ConditionPipeline`, `LTX2InContextPipeline`;
//! Lightricks/LTX-2, `ltx_pipelines/utils/helpers.py` (the timestep of a stream that is given as a whole is 0 throughout).

use kinora_wire::{Failure, Guidance};
use tch::{Device, Tensor};

use super::audio::{packed, unpacked};
use super::given::{self, Given, GivenStreams};
use super::guidance::ClipGuidance;
use super::layout::Layout;
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
    /// The tokens of the picture.
    pub layout: Layout,
    /// The shapes of the noise of the streams that are made: 1 x c x l x 1 x 1 and 1 x c x t x m.
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
    given: GivenStreams,
    /// How much the tokens of the picture attend to each other, 1 x l x l. `None`: all to all.
    attention_mask: Option<Tensor>,
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
        (prompts, given): (&Prompts, &GivenStreams),
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
        let given = given.each_ref().map(|given| given.to_device(device));
        let clean = given.each_ref().map(|given| given.clean.size());
        let shape = |made: &Option<Vec<i64>>, given: Option<Vec<i64>>| made.clone().or(given);
        let sound = shape(&clip.noise.sound, clean.sound);
        let positions = Streams {
            picture: shape(&clip.noise.picture, clean.picture).map(|_| clip.layout.positions(rate)),
            sound: sound.as_deref().and_then(|shape| match shape {
                [_, _, count, _] => Some(positions::sound(0..*count)),
                _ => None,
            }),
        };
        let mask = clip.layout.attention_mask();
        Self {
            network,
            prompts: [
                Some(placed(&prompts.positive)),
                prompts.negative.as_ref().map(placed),
            ],
            positions: positions.map(|places| places.to_device(device)),
            given,
            attention_mask: mask.map(|mask| mask.to_device(device)),
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
        let places = self.positions.each_ref();
        let given = self.given.each_ref();
        let times = |given: Option<&Given>, is_made: bool| {
            let time = |timestep: f64| Tensor::from_slice(&[timestep]).to_device(self.device);
            match given {
                None => [time(timestep), time(timestep)],
                Some(given) => {
                    let of_step = if is_made { timestep } else { 0.0 };
                    [given.share_of_timestep() * timestep, time(of_step)]
                }
            }
        };
        let made = self.clip.noise.each_ref();
        let of_picture = times(given.picture, made.picture.is_some());
        let of_sound = times(given.sound, made.sound.is_some());
        let mask = self.attention_mask.as_ref();
        let conditions = Conditions {
            streams: Parts {
                video: conditions(&text.video, places.picture, &of_picture, mask),
                audio: conditions(&text.audio, places.sound, &of_sound, None),
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
        let shown = given::shown(&self.given, x);
        let tokens = Parts {
            video: shown.picture.map(|x| tokens_of(&x).to_kind(kind)),
            audio: shown.sound.map(|x| packed(&x).to_kind(kind)),
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
            .guided(branches, &given::imposed(&self.given, x), sigma)
    }

    fn clip_of(&self, x: &Latents) -> Latents {
        let Streams { picture, sound } = given::imposed(&self.given, x);
        Streams {
            picture: picture.map(|picture| self.clip.layout.clip_of(&picture)),
            sound,
        }
    }
}

/// What a stream is given, if it has tokens, which have these positions. `times`: those of its tokens, each of its own if
/// some are given, and that of the step.
fn conditions<'t>(
    text: &'t Tensor,
    positions: Option<&'t Tensor>,
    [timesteps, time_of_step]: &'t [Tensor; 2],
    attention_mask: Option<&'t Tensor>,
) -> Option<StreamConditions<'t>> {
    positions.map(|positions| StreamConditions {
        text,
        text_mask: None,
        positions,
        timesteps,
        time_of_step,
        attention_mask,
        keyframes: None,
    })
}

/// Latents of the picture, b c l 1 1, as tokens b l c.
fn tokens_of(latents: &Tensor) -> Tensor {
    latents.permute([0, 2, 3, 4, 1]).flatten(1, 3)
}

/// Tokens b l c as latents of this shape, b c l 1 1.
fn placed_back(tokens: &Tensor, shape: &[i64]) -> Tensor {
    match shape {
        [batch, channels, frames, rows, columns] => tokens
            .reshape([*batch, *frames, *rows, *columns, *channels])
            .permute([0, 4, 1, 2, 3]),
        _ => tokens.shallow_clone(),
    }
}
