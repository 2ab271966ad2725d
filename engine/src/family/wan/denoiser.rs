//! Runs a transformer in a denoising step: forward passes with and without the prompt, and guidance.
//! Everything that stays the same over the steps is computed once.

use kinora_wire::{Failure, Guidance};
use tch::{Device, Kind, Tensor};

use super::camera::{camera_at_rest, rays_of_latent_frame};
use super::network_input::NetworkInput;
use super::picture_input::{Pass, PictureInput};
use super::text::PromptEmbeddings;
use super::transformer::{Config, PATCH, StaticConditioning, TextConditioning, Transformer};
use crate::family::contract::Denoiser;
use crate::guidance::{Branches, needs_negative};
use crate::job::Listener;
use crate::plan::Plan;
use crate::streams::Latents;

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
    first: Option<FirstLatent>,
    prompts: Prompts,
    kind: Kind,
}

/// A given first latent frame.
#[derive(Debug)]
struct FirstLatent {
    /// Its latents without noise: 1 x c x 1 x h x w, fp32.
    latents: Tensor,
    /// A factor of the timestep for each token: 0 for those of the first latent frame, 1 for the others. 1 x l.
    share_of_timestep: Tensor,
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
    /// Embeds the inputs of the clip for this network, and for the steps with this guidance. Nothing is shared between
    /// two experts: their embeddings have weights of their own.
    pub fn new(
        network: &'n Transformer,
        plan: &Plan,
        texts: &PromptEmbeddings,
        (input, pictures): (&NetworkInput, &PictureInput),
        guidance: Guidance,
        device: Device,
        listener: &mut dyn Listener,
    ) -> Result<Self, Failure> {
        let kind = network.kind();
        let placed = |text: &Tensor| text.to_device(device).to_kind(kind);
        let [frames, rows, columns] = plan.latent();
        let references = references_before(network.config(), plan);
        let latent = [references + frames, rows, columns];
        let tokens = latent.iter().product::<i64>() / PATCH.iter().product::<i64>();
        let negative = texts.negative.as_ref();
        let prompts = match negative.filter(|_| needs_negative(guidance)) {
            None => {
                let text = (placed(&texts.positive), Pass::With);
                let [with] = embedded(network, [text], pictures, listener)?;
                Prompts::PositiveOnly(with)
            }
            Some(negative) if tokens <= TOKENS_FOR_ONE_PASS => {
                let both = Tensor::cat(&[&texts.positive, negative], 0);
                let [both] = embedded(network, [(placed(&both), Pass::Both)], pictures, listener)?;
                Prompts::Batched(both)
            }
            Some(negative) => {
                let with = (placed(&texts.positive), Pass::With);
                let without = (placed(negative), Pass::Without);
                let [with, without] = embedded(network, [with, without], pictures, listener)?;
                Prompts::Separate(with, without)
            }
        };
        let (channel_concat, control) = match input {
            NetworkInput::TextOnly | NetworkInput::FirstLatent(_) => (None, None),
            NetworkInput::ChannelConcat { channels, .. } => (Some(channels.to_kind(kind)), None),
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
        let inside = [latent[0] + pictures.latent_frames(), rows, columns];
        Ok(Self {
            conditioning: network.static_conditioning(inside, camera, control, (kind, device)),
            first: FirstLatent::of(input, latent),
            guidance,
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
    fn clip_of(&self, x: &Latents) -> Latents {
        x.each_ref().map(|x| {
            let x = x.narrow(2, self.references, self.latent[0] - self.references);
            match &self.first {
                Some(first) => first.imposed(&x),
                None => x,
            }
        })
    }

    fn guidance(&self) -> Guidance {
        self.guidance
    }

    fn branches(
        &mut self,
        x: &Latents,
        timestep: f64,
        listener: &mut dyn Listener,
    ) -> Result<Branches, Failure> {
        listener.check()?;
        let x = x.needed_picture()?;
        let input = match &self.first {
            Some(first) => first.imposed(x).to_kind(self.kind),
            None => x.to_kind(self.kind),
        };
        let input = match &self.channel_concat {
            Some(channel_concat) => Tensor::cat(&[&input, channel_concat], 1),
            None => input,
        };
        // Without a given frame every token has the same timestep, and so the same modulation: one for all is equal to
        // one for each, and computed once.
        let timestep = match &self.first {
            Some(first) => &first.share_of_timestep * timestep,
            None => Tensor::from_slice(&[timestep]).to_device(x.device()),
        };
        let forward = |input: &Tensor, text: &TextConditioning, listener: &mut dyn Listener| {
            let check = &mut || listener.check();
            self.network
                .forward_while(input, &timestep, text, &self.conditioning, check)
        };
        let (with, without) = match &self.prompts {
            Prompts::PositiveOnly(with) => (forward(&input, with, listener)?, None),
            Prompts::Separate(with, without) => {
                let with = forward(&input, with, listener)?;
                listener.check()?;
                (with, Some(forward(&input, without, listener)?))
            }
            Prompts::Batched(both) => {
                let velocities = forward(&input.repeat([2, 1, 1, 1, 1]), both, listener)?;
                let [with, without] = [0, 1].map(|at| velocities.narrow(0, at, 1));
                (with, Some(without))
            }
        };
        let without = without.map(Latents::of_picture);
        Ok(Branches::of(Latents::of_picture(with), without))
    }
}

impl FirstLatent {
    /// `latent` is f x h x w.
    fn of(input: &NetworkInput, [frames, rows, columns]: [i64; 3]) -> Option<Self> {
        let latents = match input {
            NetworkInput::FirstLatent(latents) => latents,
            NetworkInput::ChannelConcat { first, .. } => first.as_ref()?,
            NetworkInput::TextOnly | NetworkInput::VaceContext(_) => return None,
        };
        let tokens_of_frame = (rows / PATCH[1]) * (columns / PATCH[2]);
        let size = [1, frames * tokens_of_frame];
        let share_of_timestep = Tensor::ones(size, (Kind::Double, latents.device()));
        let _ = share_of_timestep.narrow(1, 0, tokens_of_frame).zero_();
        Some(Self {
            latents: latents.to_kind(Kind::Float),
            share_of_timestep,
        })
    }

    /// Latents whose first frame is the given one. What the solver makes of that frame does not matter: it is replaced
    /// before each forward pass and at the end, and no other frame depends on it. (diffusers,
    /// `WanImageToVideoPipeline`; Wan's own code also replaces it between, with the same result.)
    fn imposed(&self, x: &Tensor) -> Tensor {
        let rest = x.narrow(2, 1, x.size()[2] - 1);
        Tensor::cat(&[&self.latents, &rest], 2)
    }
}

/// Embeds texts, each for its pass, with the pictures. Blocks that are not in memory are read once for all texts.
fn embedded<const N: usize>(
    network: &Transformer,
    texts: [(Tensor, Pass); N],
    pictures: &PictureInput,
    listener: &mut dyn Listener,
) -> Result<[TextConditioning; N], Failure> {
    let inputs = texts.each_ref().map(|(text, _)| text);
    let check = &mut || listener.check();
    let mut embedded = network.embed_texts_while(inputs, pictures.tokens.as_ref(), check)?;
    for (embedded, (_, pass)) in embedded.iter_mut().zip(&texts) {
        embedded.references = pictures.references(network, *pass);
    }
    Ok(embedded)
}

/// Latent frames of references that precede the clip in the noise too: those of VACE models.
pub fn references_before(config: &Config, plan: &Plan) -> i64 {
    config.vace.as_ref().map_or(0, |_| plan.reference_count())
}

/// The rays of the camera path, embedded one latent frame at a time, since all rays at once need too much memory.
/// References, which precede the clip, get the rays of the first frame.
fn embedded_camera(network: &Transformer, plan: &Plan, device: Device) -> Option<Tensor> {
    let config = network.config();
    let at_rest = config.needs_camera_path().then(camera_at_rest);
    let camera = plan.request.inputs.camera.as_ref().or(at_rest.as_ref())?;
    let references = references_before(config, plan);
    let frames = (0..references + plan.latent()[0]).map(|frame| {
        let frame = (frame - references).max(0);
        let rays = rays_of_latent_frame(camera, frame, plan.height(), plan.width());
        network.embed_rays(&rays.to_device(device))
    });
    let frames: Vec<Tensor> = frames.collect::<Option<_>>()?;
    Some(Tensor::cat(&frames, 1))
}
