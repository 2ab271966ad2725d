//! The generation pipeline: encode prompts and pictures, denoise step by step, decode the frames.
//! The same for every model family.

mod retry;
pub mod seconds;
pub mod sink;
mod sound_alone;

use std::time::{Duration, Instant};

use kinora_wire::{Failure, Progress, Timings};

use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::experts::runs;
use crate::family::{ClipWork, Inputs, MakesSteps, Making};
use crate::job::{Clock, Listener, SpeedHistory};
use crate::libtorch::{Keeping, keep_freed_memory, wait_for};
use crate::memory::{self, MemoryPlan};
use crate::model::Model;
use crate::model_cache::LoadedModels;
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::sampler::{Schedule, StreamSolvers, seeded_noise};
use crate::step_cache::StepCache;
use crate::streams::{Latents, Streams};
use crate::weights::view_of;
use retry::Attempts;
use sink::{Sender, Sent};

/// The name of the picture's latents in their file.
const PICTURE_LATENTS: &str = "latents";
/// The name of the sound's.
const SOUND_LATENTS: &str = "sound_latents";

/// Runs the pipeline. Holds everything that is kept between jobs.
#[derive(Debug)]
pub struct Generator {
    /// The loaded networks.
    pub models: LoadedModels,
    /// Encoded prompts on disk; `None` without a cache folder.
    pub embeddings: Option<EmbeddingCache>,
    /// Speed of earlier jobs, to estimate the time left.
    pub speed: SpeedHistory,
}

impl Generator {
    /// How a clip will use the memory. Refused with numbers if no plan fits.
    pub fn memory_plan(&self, model: &Model, plan: &Plan) -> Result<MemoryPlan, Failure> {
        let (device, kind) = (self.models.device, self.models.kind);
        let needs = model.network().memory_needs(plan, device, kind)?;
        let usable_bytes = self.models.usable_bytes(plan.request.memory_limit_bytes);
        memory::choose(&needs, usable_bytes).map_err(|shortage| shortage.refusal(&model.id))
    }

    /// The seconds that a clip will take by this plan of the memory, as in [`seconds::expected_seconds`].
    pub fn expected_seconds(&self, model: &Model, plan: &Plan, memory: &MemoryPlan) -> Option<f64> {
        let work = model.network().work(plan);
        seconds::expected_seconds(&self.speed, &work, plan, memory)
    }

    /// Generates a clip by the plan of [`Self::memory_plan`]. The listener receives frames as they are decoded.
    pub fn generate(
        &mut self,
        model: &Model,
        plan: &Plan,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        let memory = self.memory_plan(model, plan)?;
        self.generate_by(memory, model, plan, listener)
    }

    /// As [`Self::generate`], by this plan of the memory. If memory runs out, a smaller plan is tried once.
    pub fn generate_by(
        &mut self,
        memory: MemoryPlan,
        model: &Model,
        plan: &Plan,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.models.free_all_but(&model.network().checkpoints());
        self.models.follow(memory);
        let mut clock = Clock::start();
        let work = model.network().work(plan);
        match model.network().making() {
            Making::Steps(steps) => self.make_steps(steps, &work, plan, listener, &mut clock)?,
            Making::SoundAlone(sound) => {
                self.make_sound(sound, &work, plan, listener, &mut clock)?;
            }
        }
        Ok(clock.timings())
    }

    /// Encodes, denoises and decodes.
    fn make_steps(
        &mut self,
        network: &dyn MakesSteps,
        work: &ClipWork,
        plan: &Plan,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<(), Failure> {
        let pictures = Conditioning::read(plan)?;
        let mut attempts = Attempts::default();
        let (inputs, colours) = self.attempt(&mut attempts, listener, |generator, listener| {
            generator.encode(network, plan, &pictures, listener, clock)
        })?;
        let schedule = network.schedule(plan);
        let latents = self.attempt(&mut attempts, listener, |generator, listener| {
            generator.denoise(
                plan,
                inputs.as_ref(),
                (&schedule, &colours, work),
                listener,
                clock,
            )
        })?;
        save_latents(plan, &latents)?;
        let mut sent = Sent::default();
        self.attempt(&mut attempts, listener, |generator, listener| {
            let clip = (&latents, work);
            generator.decode(network, plan, clip, &mut sent, listener, clock)
        })
    }

    /// Encodes prompts and pictures, and finds the colours of previews.
    fn encode<'m>(
        &mut self,
        network: &'m dyn MakesSteps,
        plan: &'m Plan,
        pictures: &Conditioning,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<(Box<dyn Inputs + 'm>, LatentColours), Failure> {
        let (models, embeddings) = (&mut self.models, self.embeddings.as_ref());
        let inputs = network.encode_inputs(plan, pictures, embeddings, models, listener, clock)?;
        let colours = network.preview(plan, models, listener, clock)?;
        Ok((inputs, colours))
    }

    /// Denoises seeded noise to latents.
    fn denoise(
        &mut self,
        plan: &Plan,
        inputs: &dyn Inputs,
        (schedule, colours, work): (&Schedule, &LatentColours, &ClipWork),
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Latents, Failure> {
        let device = self.models.device;
        let _no_grad = tch::no_grad_guard();
        let settings = plan.settings();
        let noise = seeded_noise(inputs.noise_size(), plan.request.inputs.seed);
        let mut x = noise.map(|noise| noise.to_device(device));
        let mut solvers = StreamSolvers::new(settings.sampler, schedule, &x);
        let mut clip = x.shallow_clone();
        let mut denoising = Duration::ZERO;
        let mut skipped = 0;
        // Each expert is loaded when its steps begin, so that memory need hold only one of two.
        for run in runs(settings.expert_switch, &schedule.timesteps) {
            keep_freed_memory(Keeping::Nothing);
            let mut denoiser = inputs.denoiser(run.expert, &mut self.models, listener, clock)?;
            keep_freed_memory(Keeping::ForNextUse);
            let began = Instant::now();
            let mut cache = StepCache::new(settings.step_cache, run.steps.clone());
            for step in run.steps {
                let timestep = schedule.timesteps[step];
                let velocity = cache.velocity(denoiser.as_mut(), &x, timestep, step, listener)?;
                if listener.wants_preview() {
                    let sigma = schedule.sigmas[step];
                    let prediction = x.with(&velocity, |x, velocity| x - velocity * sigma);
                    send_preview(&denoiser.clip_of(&prediction), colours, listener)?;
                }
                x = solvers.step(&velocity, &x);
                let elapsed = denoising + began.elapsed();
                let (done, of) = (step + 1, schedule.steps());
                let seconds_left = self.speed.seconds_left(elapsed, done, of, plan);
                report_step(done, of, seconds_left, listener)?;
            }
            wait_for(device);
            denoising += began.elapsed();
            skipped += cache.skipped();
            clip = denoiser.clip_of(&x);
        }
        let denoising = denoising.as_secs_f64();
        clock.denoising += denoising;
        if skipped == 0 {
            let memory = self.models.plan();
            seconds::keep_denoising(&mut self.speed, work, memory, denoising);
        }
        report_skipped(settings.step_cache, skipped, schedule.steps(), listener)?;
        Ok(clip)
    }

    /// Decodes latents to frames and sound, and sends them as they are decoded. `sent` counts them, over all attempts.
    fn decode(
        &mut self,
        network: &dyn MakesSteps,
        plan: &Plan,
        (latents, work): (&Latents, &ClipWork),
        sent: &mut Sent,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<(), Failure> {
        keep_freed_memory(Keeping::Nothing);
        let form = self.models.plan().decoding;
        let decoder = network.decoder(plan, &mut self.models, listener, clock)?;
        let began = Instant::now();
        decoder.decode(latents, listener, &mut Sender::new(plan, sent))?;
        let seconds = began.elapsed().as_secs_f64();
        clock.decoding += seconds;
        self.speed.decoded(plan, seconds);
        seconds::keep_decoding(&mut self.speed, work, plan, form, seconds);
        Ok(())
    }
}

fn report_step(
    done: usize,
    of: usize,
    seconds_left: Option<f64>,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    let (done, of) = (done as u32, of as u32);
    let step = Progress::Step {
        done,
        of,
        seconds_left,
    };
    listener.receive(step, Vec::new())
}

/// Says what the step cache has left out, if the clip was made with one.
fn report_skipped(
    setting: kinora_wire::StepCache,
    skipped: u32,
    of: usize,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    if setting == kinora_wire::StepCache::Off {
        return Ok(());
    }
    let text = format!("the step cache skipped {skipped} of {of} steps");
    listener.receive(Progress::Notice { text }, Vec::new())
}

/// Sends a preview of the picture, if there is one.
fn send_preview(
    clip: &Latents,
    colours: &LatentColours,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    let Some(picture) = &clip.picture else {
        return Ok(());
    };
    let (picture, pixels) = colours.picture(picture)?;
    listener.receive(Progress::Preview { picture }, pixels)
}

/// Writes the final latents, if the request names a file for them.
fn save_latents(plan: &Plan, latents: &Latents) -> Result<(), Failure> {
    let Some(path) = &plan.request.latents_out else {
        return Ok(());
    };
    let names = Streams::of_both(PICTURE_LATENTS, SOUND_LATENTS);
    let named = names.zip(latents.each_ref());
    let views = named
        .iter()
        .map(|(name, latents)| view_of(latents).map(|view| (*name, view)));
    let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
    safetensors::serialize_to_file(views, None, path).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check the folder, its permissions and the room on the disk",
        )
    })
}
