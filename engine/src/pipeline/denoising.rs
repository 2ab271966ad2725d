//! The denoising of a clip: from seeded noise to latents, step by step, in one stage or in several. Each later stage begins
//! with what the one before made.

use std::time::{Duration, Instant};

use kinora_wire::{Failure, Progress};

use super::{Generator, seconds};
use crate::experts::runs;
use crate::family::{ClipWork, Inputs};
use crate::job::{Clock, Listener};
use crate::libtorch::{Keeping, keep_freed_memory, wait_for};
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::sampler::{Schedule, StreamSolvers, seeded_noise_of_stages};
use crate::step_cache::StepCache;
use crate::streams::{Latents, Streams};

/// What the stages of a clip have in common, and what was done of it.
struct Denoising<'d> {
    plan: &'d Plan,
    colours: &'d LatentColours,
    /// Steps of all stages.
    steps: usize,
    /// Steps that are done.
    done: usize,
    skipped: u32,
    /// The time of the steps that are done.
    elapsed: Duration,
}

impl Generator {
    /// Denoises seeded noise to latents.
    pub(super) fn denoise(
        &mut self,
        plan: &Plan,
        inputs: &dyn Inputs,
        (schedule, colours, work): (&Schedule, &LatentColours, &ClipWork),
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Latents, Failure> {
        let device = self.models.device;
        let _no_grad = tch::no_grad_guard();
        let (sizes, later_steps) = stages_after(inputs);
        let noise = seeded_noise_of_stages(sizes, plan.request.inputs.seed);
        let noise = noise
            .into_iter()
            .map(|noise| noise.map(|noise| noise.to_device(device)));
        let mut noise = noise.collect::<Vec<_>>().into_iter();
        let mut next_noise = || {
            let next = noise.next();
            next.ok_or_else(|| Failure::bug("a stage without noise"))
        };
        let mut denoising = Denoising {
            plan,
            colours,
            steps: schedule.steps() + later_steps,
            done: 0,
            skipped: 0,
            elapsed: Duration::ZERO,
        };
        let mut x = next_noise()?;
        let (mut inputs, mut schedule) = (inputs, schedule);
        let clip = loop {
            let made = self.stage(&mut denoising, inputs, schedule, x, listener, clock)?;
            let Some(stage) = inputs.next_stage() else {
                break made;
            };
            keep_freed_memory(Keeping::Nothing);
            x = stage.begin(&made, next_noise()?, &mut self.models, listener, clock)?;
            (inputs, schedule) = (stage.inputs(), stage.schedule());
        };
        let seconds = denoising.elapsed.as_secs_f64();
        clock.denoising += seconds;
        if denoising.skipped == 0 {
            let memory = self.models.plan();
            seconds::keep_denoising(&mut self.speed, work, memory, seconds);
        }
        report_skipped(&denoising, listener)?;
        Ok(clip)
    }

    /// Runs all steps of a stage from `x`, and returns what its inputs make of the result.
    fn stage(
        &mut self,
        denoising: &mut Denoising,
        inputs: &dyn Inputs,
        schedule: &Schedule,
        mut x: Latents,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Latents, Failure> {
        let (plan, device) = (denoising.plan, self.models.device);
        let settings = plan.settings();
        let is_last = inputs.next_stage().is_none();
        let mut solvers = StreamSolvers::new(settings.sampler, schedule, &x);
        let mut clip = x.shallow_clone();
        let mut of_stage = Duration::ZERO;
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
                    send_preview(&denoiser.clip_of(&prediction), denoising.colours, listener)?;
                }
                x = solvers.step(&velocity, &x);
                denoising.done += 1;
                let elapsed = of_stage + began.elapsed();
                // The steps of a later stage take another time.
                let seconds_left = is_last.then(|| {
                    let (done, of) = (step + 1, schedule.steps());
                    self.speed.seconds_left(elapsed, done, of, plan)
                });
                report_step(denoising, seconds_left.flatten(), listener)?;
            }
            wait_for(device);
            of_stage += began.elapsed();
            denoising.skipped += cache.skipped();
            clip = denoiser.clip_of(&x);
        }
        denoising.elapsed += of_stage;
        Ok(clip)
    }
}

/// The shapes of the noise of all stages, and the steps of those after the first.
fn stages_after(first: &dyn Inputs) -> (Vec<Streams<Vec<i64>>>, usize) {
    let mut sizes = vec![first.noise_size()];
    let mut steps = 0;
    let mut next = first.next_stage();
    while let Some(stage) = next {
        sizes.push(stage.noise_size());
        steps += stage.schedule().steps();
        next = stage.inputs().next_stage();
    }
    (sizes, steps)
}

fn report_step(
    denoising: &Denoising,
    seconds_left: Option<f64>,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    let step = Progress::Step {
        done: denoising.done as u32,
        of: denoising.steps as u32,
        seconds_left,
    };
    listener.receive(step, Vec::new())
}

/// Says what the step cache has left out, if the clip was made with one.
fn report_skipped(denoising: &Denoising, listener: &mut dyn Listener) -> Result<(), Failure> {
    let (skipped, of) = (denoising.skipped, denoising.steps);
    if denoising.plan.settings().step_cache == kinora_wire::StepCache::Off {
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
