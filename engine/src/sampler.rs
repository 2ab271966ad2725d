//! Samplers for flow matching: a schedule of noise levels (sigmas) and a solver step.
//!
//! The network predicts the velocity v = noise - data at x = (1 - sigma) data + sigma noise, so its prediction of the
//! data is x - sigma v. Samplers are chosen by name, since the same model gives another picture with another sampler.

mod schedule;
mod unipc;

pub use kinora_wire::Sampler;
pub use schedule::Schedule;

use tch::{Device, Kind, Tensor};

use crate::streams::{Latents, Streams};
use unipc::UniPc;

/// A solver and its state over the steps of a clip.
#[derive(Debug)]
pub struct Solver {
    schedule: Schedule,
    step: usize,
    unipc: Option<UniPc>,
}

impl Solver {
    /// At the first sigma of the schedule.
    pub fn new(sampler: Sampler, schedule: Schedule) -> Self {
        let unipc = match sampler {
            Sampler::UniPc | Sampler::UniPcDiffusers => Some(UniPc::default()),
            Sampler::Euler | Sampler::Distilled => None,
        };
        Self {
            schedule,
            step: 0,
            unipc,
        }
    }

    /// The sample at the next sigma, from the velocity at the present one.
    pub fn step(&mut self, velocity: &Tensor, sample: &Tensor) -> Tensor {
        let sigmas = &self.schedule.sigmas;
        let next = if let Some(unipc) = &mut self.unipc {
            unipc.step(sigmas, self.step, velocity, sample)
        } else {
            sample + velocity * (sigmas[self.step + 1] - sigmas[self.step])
        };
        self.step += 1;
        next
    }
}

/// A solver for each stream of a clip, at the same sigmas: a solver keeps the predictions of what it solves.
#[derive(Debug)]
pub struct StreamSolvers(Streams<Solver>);

impl StreamSolvers {
    /// For the streams of these latents, at the first sigma of the schedule.
    pub fn new(sampler: Sampler, schedule: &Schedule, latents: &Latents) -> Self {
        let solver = |_: &Tensor| Solver::new(sampler, schedule.clone());
        Self(latents.each_ref().map(solver))
    }

    /// The sample at the next sigma, from the velocity at the present one.
    pub fn step(&mut self, velocity: &Latents, sample: &Latents) -> Latents {
        let pairs = velocity.each_ref().zip(sample.each_ref());
        let solved = self.0.each_mut().zip(pairs);
        solved.map(|(solver, (velocity, sample))| solver.step(velocity, sample))
    }
}

/// The initial noise of streams of these shapes, from libtorch's CPU generator: a seed gives the same noise as in
/// diffusers. That of the picture is drawn first, then that of the sound (`LTX2Pipeline`).
pub fn seeded_noise(shapes: Streams<Vec<i64>>, seed: u64) -> Latents {
    tch::manual_seed(seed as i64);
    drawn(shapes)
}

/// As [`seeded_noise`], of several stages, one after the other.
pub fn seeded_noise_of_stages(stages: Vec<Streams<Vec<i64>>>, seed: u64) -> Vec<Latents> {
    tch::manual_seed(seed as i64);
    stages.into_iter().map(drawn).collect()
}

/// The next numbers of the generator.
fn drawn(shapes: Streams<Vec<i64>>) -> Latents {
    shapes.map(|shape| Tensor::randn(shape.as_slice(), (Kind::Float, Device::Cpu)))
}
