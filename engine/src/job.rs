//! The life of a job: progress and cancelling, timings, and the estimate of the time left.
//! A `Listener` receives progress and may stop the job.

use std::path::Path;
use std::time::{Duration, Instant};

use kinora_wire::{Failure, PixelShape, Progress, Timings};
use tch::Tensor;

use crate::picture::to_bytes;
use crate::plan::Plan;
use crate::rates::Rates;

/// Shortest time between two previews.
const PREVIEW_EVERY: Duration = Duration::from_millis(250);

/// Receives the progress of a job, and may stop it.
pub trait Listener {
    /// Receives progress. Previews and frames come with `pixels` (8-bit RGB). An error stops the job.
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure>;

    /// An error if the job must stop. Called between pieces of work.
    fn check(&mut self) -> Result<(), Failure>;

    /// Whether a preview is wanted now.
    fn wants_preview(&mut self) -> bool {
        false
    }
}

impl dyn Listener + '_ {
    /// Sends picture number `at` of `of`, 3 x h x w in [0, 1], and how far the task `what` is.
    pub fn picture(
        &mut self,
        picture: &Tensor,
        (at, of): (usize, usize),
        what: &str,
    ) -> Result<(), Failure> {
        let size = picture.size();
        let pixels = to_bytes(&(picture * 2.0 - 1.0).view([1, 3, 1, size[1], size[2]]))?;
        let (what, done) = (what.to_owned(), (at + 1) as f64 / of as f64);
        self.receive(Progress::Working { what, done }, Vec::new())?;
        let picture = PixelShape {
            frames: 1,
            width: size[2] as u32,
            height: size[1] as u32,
        };
        let first = at as u32;
        self.receive(Progress::Frames { first, picture }, pixels)
    }

    /// Reports that a component of the model is being read.
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

/// Limits the rate of previews.
#[derive(Debug, Default)]
pub struct PreviewPace(Option<Instant>);

impl PreviewPace {
    /// True at most once every 250 ms.
    pub fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= PREVIEW_EVERY);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// Measures where the time of a job goes.
#[derive(Debug)]
pub struct Clock {
    began: Instant,
    loading: f64,
    encoding: f64,
    /// Denoising so far, in seconds.
    pub denoising: f64,
    /// Decoding so far, in seconds.
    pub decoding: f64,
}

impl Clock {
    /// Starts the clock.
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

    /// Runs `work` and counts its time as loading.
    pub fn loading<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.loading += began.elapsed().as_secs_f64();
        done
    }

    /// Runs `work` and counts its time as encoding.
    pub fn encoding<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.encoding += began.elapsed().as_secs_f64();
        done
    }

    /// Runs `work` and counts its time as decoding.
    pub fn decoding<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.decoding += began.elapsed().as_secs_f64();
        done
    }

    /// The times so far.
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

/// How fast earlier jobs were, to estimate the time of a clip and the time left.
#[derive(Debug, Default)]
pub struct SpeedHistory {
    /// The name of the device.
    pub device: String,
    /// The rates of earlier jobs, of this engine and others.
    pub rates: Rates,
    /// Seconds of decoding per million pixels; `None` before the first job.
    decoding: Option<f64>,
}

impl SpeedHistory {
    /// That of a device, with the rates in a cache folder.
    pub fn of(device: &str, cache: Option<&Path>) -> Self {
        Self {
            device: device.to_owned(),
            rates: Rates::in_folder(cache),
            decoding: None,
        }
    }

    /// Estimated seconds left of a job after `done` of `of` steps in `elapsed`.
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

    /// Records how many seconds decoding took.
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
