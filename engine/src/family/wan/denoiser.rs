//! Runs the transformer in a denoising step: forward passes with and without the prompt, and guidance.
//! Everything that stays the same over the steps is computed once.

use kinora_wire::{Failure, Guidance};
use tch::{Device, Kind, Tensor};

use super::camera::rays_of_latent_frame;
use super::network_input::NetworkInput;
use super::text::PromptEmbeddings;
use super::transformer::{PATCH, StaticConditioning, TextConditioning, Transformer};
use crate::family::contract::Denoiser;
use crate::guidance::guided;
use crate::job::Listener;
use crate::plan::Plan;

/// Up to this many tokens, both prompts are run as one batch. The operations of small clips are dominated by their
/// overhead, and half as many of them take half the time.
pub const TOKENS_FOR_ONE_PASS: i64 = 2048;

/// The transformer, with everything that stays the same over the steps of a clip.
#[derive(Debug)]
pub struct NetworkDenoiser<'n> {
    network: &'n Transformer,
    /// Latent frames of references, which precede the clip.
    references: i64,
    /// Latent frames (including references), rows and columns.
    latent: [i64; 3],
    guidance: Guidance,
    conditioning: StaticConditioning,
    channel_concat: Option<Tensor>,
    prompts: Prompts,
    kind: Kind,
}

#[derive(Debug)]
enum Prompts {
    /// No guidance: the prompt only.
    PositiveOnly(TextConditioning),
    /// Prompt and negative prompt, in two forward passes.
    Separate(TextConditioning, TextConditioning),
    /// Prompt and negative prompt, as a batch of two.
    Batched(TextConditioning),
}

impl<'n> NetworkDenoiser<'n> {
    /// Embeds the inputs of the clip.
    pub fn new(
        network: &'n Transformer,
        plan: &Plan,
        texts: &PromptEmbeddings,
        input: &NetworkInput,
        device: Device,
    ) -> Result<Self, Failure> {
        let kind = network.kind();
        let placed = |text: &Tensor| text.to_device(device).to_kind(kind);
        let [frames, rows, columns] = plan.latent();
        let references = plan.reference_count();
        let latent = [references + frames, rows, columns];
        let tokens = latent.iter().product::<i64>() / PATCH.iter().product::<i64>();
        let prompts = match &texts.negative {
            None => Prompts::PositiveOnly(network.embed_text(&placed(&texts.positive))?),
            Some(negative) if tokens <= TOKENS_FOR_ONE_PASS => {
                let both = Tensor::cat(&[&texts.positive, negative], 0);
                Prompts::Batched(network.embed_text(&placed(&both))?)
            }
            Some(negative) => {
                let texts = [&placed(&texts.positive), &placed(negative)];
                let [with, without] = network.embed_texts(texts)?;
                Prompts::Separate(with, without)
            }
        };
        let (channel_concat, control) = match input {
            NetworkInput::TextOnly => (None, None),
            NetworkInput::ChannelConcat(tensor) => (Some(tensor.to_kind(kind)), None),
            NetworkInput::VaceContext(tensor) => (None, Some(tensor.to_kind(kind))),
        };
        let layers = network
            .config()
            .vace
            .as_ref()
            .map_or(0, |vace| vace.layers.len());
        let strengths = vec![plan.settings().control_strength; layers];
        let camera = embedded_camera(network, plan, device);
        let control = control
            .as_ref()
            .map(|control| (control, strengths.as_slice()));
        Ok(Self {
            conditioning: network.static_conditioning(latent, camera, control, (kind, device)),
            guidance: plan.settings().guidance,
            network,
            references,
            latent,
            channel_concat,
            prompts,
            kind,
        })
    }
}

impl Denoiser for NetworkDenoiser<'_> {
    fn noise_size(&self) -> [i64; 5] {
        let [frames, rows, columns] = self.latent;
        [1, self.network.config().out_channels, frames, rows, columns]
    }

    fn clip_of(&self, x: &Tensor) -> Tensor {
        x.narrow(2, self.references, self.latent[0] - self.references)
    }

    fn velocity(
        &mut self,
        x: &Tensor,
        timestep: f64,
        step: usize,
        listener: &mut dyn Listener,
    ) -> Result<Tensor, Failure> {
        listener.check()?;
        if let Guidance::ZeroStar { zero_steps, .. } = self.guidance
            && step < zero_steps as usize
        {
            return Ok(x.zeros_like()); // the network's output would not be used
        }
        let input = match &self.channel_concat {
            Some(channel_concat) => Tensor::cat(&[&x.to_kind(self.kind), channel_concat], 1),
            None => x.to_kind(self.kind),
        };
        let timestep = Tensor::from_slice(&[timestep]).to_device(x.device());
        let forward = |input: &Tensor, text| {
            self.network
                .forward(input, &timestep, text, &self.conditioning)
        };
        Ok(match &self.prompts {
            Prompts::PositiveOnly(with) => forward(&input, with)?,
            Prompts::Separate(with, without) => {
                let with = forward(&input, with)?;
                listener.check()?;
                guided(self.guidance, step, &with, &forward(&input, without)?)
            }
            Prompts::Batched(both) => {
                let velocities = forward(&input.repeat([2, 1, 1, 1, 1]), both)?;
                guided(
                    self.guidance,
                    step,
                    &velocities.narrow(0, 0, 1),
                    &velocities.narrow(0, 1, 1),
                )
            }
        })
    }
}

/// The rays of the camera path, embedded one latent frame at a time, since all rays at once need too much memory.
/// References, which precede the clip, get the rays of the first frame.
fn embedded_camera(network: &Transformer, plan: &Plan, device: Device) -> Option<Tensor> {
    let camera = plan.request.inputs.camera.as_ref()?;
    let references = plan.reference_count();
    let frames = (0..references + plan.latent()[0]).map(|frame| {
        let frame = (frame - references).max(0);
        let rays = rays_of_latent_frame(camera, frame, plan.height(), plan.width());
        network.embed_rays(&rays.to_device(device))
    });
    let frames: Vec<Tensor> = frames.collect::<Option<_>>()?;
    Some(Tensor::cat(&frames, 1))
}
