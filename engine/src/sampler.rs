//! Samplers for flow matching: a schedule of noise levels (sigmas) and a solver step.
//!
//! The network predicts the velocity v = noise - data at x = (1 - sigma) data + sigma noise, so its prediction of the
//! data is x - sigma v. Samplers are chosen by name, since the same model gives another picture with another sampler.

mod schedule;
mod unipc;

pub use kinora_wire::Sampler;
pub use schedule::Schedule;

use tch::Tensor;
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
