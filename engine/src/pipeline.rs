//! The generation pipeline: encode prompts and pictures, denoise step by step, decode the frames.
//! The same for every model family.

mod denoising;
mod retry;
pub mod seconds;
pub mod sink;
mod sound_alone;

use std::time::Instant;

use kinora_wire::{Failure, Timings};

use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::family::{ClipWork, Inputs, MakesSteps, Making};
use crate::job::{Clock, Listener, SpeedHistory};
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::memory::{self, MemoryPlan};
use crate::model::Model;
use crate::model_cache::LoadedModels;
use crate::plan::Plan;
use crate::preview::LatentColours;
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
