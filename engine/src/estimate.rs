//! Says what a clip would take, without making it: the plan of its memory, and its seconds by the speed of earlier clips.
//! Independent of the thread that runs the jobs.

use std::path::PathBuf;

use kinora_wire::{Estimate, Failure, Generation};

use crate::catch_panic::catch_job_panic;
use crate::files;
use crate::job::SpeedHistory;
use crate::memory::{self, MemoryPlan, MemoryShortage, usable_bytes};
use crate::model_cache::kind_on;
use crate::pipeline::seconds::expected_seconds;
use crate::prepared::{FreeMemory, Prepared};

/// Answers questions for clips that are not made yet.
#[derive(Debug)]
pub struct Estimator {
    /// Folder for the speed of earlier clips. `None`: nothing is known of it.
    cache: Option<PathBuf>,
    free_memory: FreeMemory,
}

impl Estimator {
    /// With the user's cache folder, and what the job thread has measured of the free memory.
    pub fn of_user(free_memory: FreeMemory) -> Self {
        let cache = files::of_user().map(|ours| ours.cache_dir().to_path_buf());
        Self { cache, free_memory }
    }

    /// What the clip of a request would take. Reads headers of files only, no pictures.
    pub fn of(&self, request: &Generation) -> Estimate {
        let estimate = catch_job_panic(|| self.try_of(request));
        estimate.unwrap_or_else(|failure| Estimate::Unknown { failure })
    }

    fn try_of(&self, request: &Generation) -> Result<Estimate, Failure> {
        let prepared = Prepared::of(request)?;
        let memory = match self.memory_plan(&prepared)? {
            Ok(memory) => memory,
            Err(shortage) => {
                let failure = shortage.refusal(&prepared.model.id);
                return Ok(Estimate::TooLarge { failure });
            }
        };
        let speed = SpeedHistory::of(&prepared.info.name, self.cache.as_deref());
        let work = prepared.model.network().work(&prepared.plan);
        Ok(Estimate::Fits {
            memory: memory.in_use(),
            seconds: expected_seconds(&speed, &work, &prepared.plan, &memory),
        })
    }

    /// The plan that a job would choose on its device.
    fn memory_plan(
        &self,
        prepared: &Prepared,
    ) -> Result<Result<MemoryPlan, MemoryShortage>, Failure> {
        let Prepared {
            model,
            plan,
            device,
            info,
            ..
        } = prepared;
        let network = model.network();
        let needs = network.memory_needs(plan, *device, kind_on(*device))?;
        let free_bytes = self.free_memory.expected(info);
        let limit_bytes = usable_bytes(*device, free_bytes, plan.request.memory_limit_bytes);
        Ok(memory::choose(&needs, limit_bytes))
    }
}
