//! How a clip is made, from top to bottom: read the text, encode what is given, go from noise to
//! latents step by step, decode the frames.

use std::time::Instant;

use kinora_wire::{Failure, Progress, Timings};
use tch::{Device, Kind, Tensor};

use crate::conditioning::{Conditioning, Given};
use crate::guidance::{guided, needs_negative};
use crate::job::{Clock, Listener, SpeedMemory};
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::model::Model;
use crate::parts::Parts;
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::sampler::{Schedule, Solver};
use crate::text::EmbeddingCache;

pub use denoise::Denoiser;

mod decode;
mod denoise;
mod encode;

/// What a clip is made with: everything that outlives a job.
#[derive(Debug)]
pub struct Generator {
    /// The networks in memory.
    pub parts: Parts,
    /// Encoded prompts on disk.
    pub embeddings: Option<EmbeddingCache>,
    /// How long things took, to tell how long they will take.
    pub speed: SpeedMemory,
}

impl Generator {
    /// Makes a clip. Frames go to the listener as they are made.
    pub fn generate(
        &mut self,
        model: &Model,
        plan: &Plan,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        let mut clock = Clock::start();
        let pictures = Conditioning::read(plan)?;

        let texts = self.read_texts(model, plan, listener, &mut clock)?;
        let given = self.encode_given(model, plan, &pictures, listener, &mut clock)?;
        let colours = self.preview_colours(model, listener, &mut clock)?;
        let latents = self.denoise(model, plan, &texts, &given, &colours, listener, &mut clock)?;
        decode::save_latents(plan, &latents)?;
        self.decode(model, plan, &latents, listener, &mut clock)?;

        Ok(clock.timings())
    }

    /// From seeded noise to latents, 1 x c x f x h x w.
    #[expect(
        clippy::too_many_arguments,
        reason = "the loop at the heart of it: all it uses is named here"
    )]
    fn denoise(
        &mut self,
        model: &Model,
        plan: &Plan,
        texts: &Texts,
        given: &Given,
        colours: &LatentColours,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Tensor, Failure> {
        let device = self.parts.device;
        let network = self.parts.transformer(model, listener, clock)?;
        keep_freed_memory(Keeping::ForNextUse);
        let _no_grad = tch::no_grad_guard();
        let denoiser = Denoiser::new(network, plan, texts, given, device);
        let schedule = Schedule::new(plan.sampler, plan.steps, plan.shift);
        let mut solver = Solver::new(plan.sampler, schedule.clone());
        let mut x = seeded_noise(model, plan).to_device(device);

        let began = Instant::now();
        for (step, &timestep) in schedule.timesteps.iter().enumerate() {
            let velocity = denoiser.velocity(&x, timestep, step, listener)?;
            if listener.wants_preview() {
                let guess = &x - &velocity * schedule.sigmas[step];
                let (picture, pixels) = colours.picture(&plan.without_references(&guess))?;
                listener.hear(Progress::Preview { picture }, pixels)?;
            }
            x = solver.step(&velocity, &x);
            let seconds_left =
                self.speed
                    .seconds_left(began.elapsed(), step + 1, schedule.steps(), plan);
            let (done, of) = (step as u32 + 1, schedule.steps() as u32);
            listener.hear(
                Progress::Step {
                    done,
                    of,
                    seconds_left,
                },
                Vec::new(),
            )?;
        }
        clock.denoising += began.elapsed().as_secs_f64();
        Ok(plan.without_references(&x))
    }
}

/// The prompt and the negative prompt, encoded and padded: 1 x 512 x width. The negative is None where
/// the guidance has no use for it.
#[derive(Debug)]
pub struct Texts {
    /// What is to be seen.
    pub positive: Tensor,
    /// What is not.
    pub negative: Option<Tensor>,
}

impl Plan {
    /// References are latent frames before the clip; they are looked at and then left out.
    fn without_references(&self, latents: &Tensor) -> Tensor {
        latents.narrow(2, self.reference_count(), self.latent()[0])
    }
}

/// The noise of a seed: libtorch's processor generator, so that a seed means what it means in diffusers.
fn seeded_noise(model: &Model, plan: &Plan) -> Tensor {
    let [frames, rows, columns] = plan.latent();
    let channels = model.transformer.shape.out_channels;
    tch::manual_seed(plan.recipe.seed as i64);
    let size = [1, channels, plan.reference_count() + frames, rows, columns];
    Tensor::randn(size, (Kind::Float, Device::Cpu))
}
