//! What happens when memory runs out in the middle of a clip: everything is freed, and the phase is tried once more by
//! the next smaller plan. After a second time the clip fails, with numbers.

use kinora_wire::{Failure, FailureKind, Progress, size_words};

use super::Generator;
use crate::catch_panic::catch_job_panic;
use crate::job::Listener;
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::memory::MemoryPlan;

/// Whether a clip has already been given a smaller plan.
#[derive(Debug, Default)]
pub struct Attempts {
    is_second: bool,
}

impl Generator {
    /// Runs a part of the work on a clip, and once more from its start by a smaller plan if memory runs out.
    pub(super) fn attempt<Done>(
        &mut self,
        attempts: &mut Attempts,
        listener: &mut dyn Listener,
        mut work: impl FnMut(&mut Self, &mut dyn Listener) -> Result<Done, Failure>,
    ) -> Result<Done, Failure> {
        let failure = match catch_job_panic(|| work(self, listener)) {
            Err(failure) if failure.kind == FailureKind::OutOfMemory => failure,
            done => return done,
        };
        self.models.free_all();
        keep_freed_memory(Keeping::Nothing);
        let failed = self.models.plan().clone();
        let smaller = failed.smaller(self.models.phase());
        let Some(smaller) = smaller.filter(|_| !attempts.is_second) else {
            return Err(self.with_numbers(failure, &failed));
        };
        attempts.is_second = true;
        let phase = self.models.phase().name();
        let text = format!(
            "memory ran out ({phase}): the clip goes on with a smaller plan, {}",
            smaller.in_use().words()
        );
        listener.receive(Progress::Notice { text }, Vec::new())?;
        self.models.follow(smaller.clone());
        let done = catch_job_panic(|| work(self, listener));
        done.map_err(|failure| match failure.kind {
            FailureKind::OutOfMemory => self.with_numbers(failure, &smaller),
            _ => failure,
        })
    }

    /// The failure, with what the plan needed by its estimate.
    fn with_numbers(&self, failure: Failure, plan: &MemoryPlan) -> Failure {
        let phase = self.models.phase();
        Failure {
            cause: format!(
                "{} ({}: {} by estimate, {} may be used; plan: {})",
                failure.cause,
                phase.name(),
                size_words(plan.bytes_during(phase)),
                size_words(plan.limit_bytes),
                plan.words()
            ),
            ..failure
        }
    }
}
