//! From noise to picture in a few steps: which noise levels to visit, and how to go from one to the next.
//!
//! The network tells the velocity v = noise - data at x = (1 - sigma) data + sigma noise, so the data it
//! has in mind is x - sigma v. Each sampler is a list of sigmas and a rule for a step; they are called by
//! name, because the same model gives another picture with another sampler.

mod schedule;
mod unipc;

pub use kinora_wire::Sampler;
pub use schedule::Schedule;

use tch::Tensor;
use unipc::UniPc;

/// A sampler on its way through a clip.
#[derive(Debug)]
pub struct Solver {
    schedule: Schedule,
    step: usize,
    unipc: Option<UniPc>,
}

impl Solver {
    /// At the beginning of the schedule.
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

    /// The next sample, one noise level lower, from the velocity at the present one.
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
