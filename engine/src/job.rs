//! What a job tells while it runs, how it is stopped, and what is learnt from it about time.

use std::time::{Duration, Instant};

use kinora_wire::{Failure, Progress, Timings};

use crate::plan::Plan;

/// Previews come at most this often.
const PREVIEW_EVERY: Duration = Duration::from_millis(250);

/// Someone a job tells what it does, and who may stop it.
pub trait Listener {
    /// Hears of progress; `pixels` go with previews and frames. An error stops the job.
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure>;

    /// An error if the job is to stop: asked between pieces of work.
    fn check(&mut self) -> Result<(), Failure>;

    /// Whether enough time has passed for another preview.
    fn wants_preview(&mut self) -> bool {
        false
    }
}

impl dyn Listener + '_ {
    /// A part of the model is being read.
    pub fn loading(
        &mut self,
        part: &str,
        done_bytes: u64,
        total_bytes: u64,
    ) -> Result<(), Failure> {
        let part = part.to_owned();
        self.receive(
            Progress::Loading {
                part,
                done_bytes,
                total_bytes,
            },
            Vec::new(),
        )
    }
}

/// Says when the next preview is due.
#[derive(Debug, Default)]
pub struct PreviewPace(Option<Instant>);

impl PreviewPace {
    /// True at most every 250 ms.
    pub fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= PREVIEW_EVERY);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// Where the time of a job goes.
#[derive(Debug)]
pub struct Clock {
    began: Instant,
    loading: f64,
    encoding: f64,
    /// From noise to latents, in seconds.
    pub denoising: f64,
    /// From latents to frames, in seconds.
    pub decoding: f64,
}

impl Clock {
    /// Now.
    pub fn start() -> Self {
        let began = Instant::now();
        Self {
            began,
            loading: 0.0,
            encoding: 0.0,
            denoising: 0.0,
            decoding: 0.0,
        }
    }

    /// Counts work as reading the model.
    pub fn loading<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.loading += began.elapsed().as_secs_f64();
        done
    }

    /// Counts work as encoding.
    pub fn encoding<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.encoding += began.elapsed().as_secs_f64();
        done
    }

    /// What it came to.
    pub fn timings(&self) -> Timings {
        Timings {
            loading: self.loading,
            encoding: self.encoding,
            denoising: self.denoising,
            decoding: self.decoding,
            total: self.began.elapsed().as_secs_f64(),
        }
    }
}

/// How fast this machine has been.
#[derive(Debug, Default)]
pub struct SpeedHistory {
    /// Seconds of decoding for a million pixels.
    decoding: Option<f64>,
}

impl SpeedHistory {
    /// What is left of a job after `done` of `of` steps in `elapsed`.
    pub fn seconds_left(
        &self,
        elapsed: Duration,
        done: usize,
        of: usize,
        plan: &Plan,
    ) -> Option<f64> {
        let step = elapsed.as_secs_f64() / done.max(1) as f64;
        let decoding = self
            .decoding
            .map_or(0.0, |seconds| seconds * megapixels(plan));
        Some(step * (of - done) as f64 + decoding)
    }

    /// Remembers how long decoding took.
    pub fn decoded(&mut self, plan: &Plan, seconds: f64) {
        self.decoding = Some(seconds / megapixels(plan));
    }
}

fn megapixels(plan: &Plan) -> f64 {
    (plan.frames() * plan.width() * plan.height()) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_due_at_once_and_then_not_for_a_while() {
        let mut pace = PreviewPace::default();
        assert!(pace.is_due());
        assert!(!pace.is_due());
        pace.0 = Instant::now().checked_sub(PREVIEW_EVERY);
        assert!(pace.is_due());
    }
}
