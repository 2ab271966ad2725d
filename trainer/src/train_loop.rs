//! The training loop of a call: it runs until its time is over, its last step is done, or it is interrupted.
//! Checkpoints are saved regularly and at the end; a log records the losses.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kinora_wire::Failure;
use tch::Tensor;

use crate::files::unwritable;
use crate::train_state::TrainState;

/// Steps after which the time per step is known.
const STEPS_TO_KNOW_THE_SPEED: u64 = 40;

/// No step takes longer; one that did includes time the machine was asleep.
const LONGEST_STEP: Duration = Duration::from_secs(30);

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Ctrl+C stops after the current step, with a checkpoint; a second one stops at once.
pub fn stop_on_ctrl_c() {
    let set = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130); // the exit code of an interrupted program
        }
        eprintln!("stopping after this step; again to stop at once");
    });
    if let Err(error) = set {
        eprintln!("warning: Ctrl+C will end at once: {error}");
    }
}

/// Whether training was interrupted.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// The length of a call, its log and its checkpoints.
#[derive(Clone, Debug)]
pub struct TrainLoop {
    /// The training time of this call, in minutes.
    pub minutes: f64,
    /// The step to stop at.
    pub steps: Option<u64>,
    /// The share of this call, at its end, over which the learning rate cools down to finish the run.
    pub finish: Option<f64>,
    /// The log file, one line of comma-separated values at a time.
    pub log: PathBuf,
    /// The time between two log lines.
    pub log_every: Duration,
    /// The time between two checkpoints.
    pub save_every: Duration,
}

/// The result of a step.
pub struct Step {
    /// The loss to minimise.
    pub loss: Tensor,
    /// Named values for the log.
    pub metrics: Vec<(&'static str, Tensor)>,
}

impl TrainLoop {
    /// Trains. `step` computes the loss of the step with this number.
    pub fn run(
        &self,
        state: &mut TrainState,
        step: &mut dyn FnMut(&TrainState, u64) -> Result<Step, Failure>,
    ) -> Result<(), Failure> {
        let mut clock = Clock::default();
        let (before, first) = (state.run.seconds, state.run.step);
        let end = Duration::from_secs_f64(self.minutes * 60.0);
        let mut saved = Instant::now();
        let mut log = Log {
            path: &self.log,
            every: self.log_every,
            last: Instant::now(),
            sums: Vec::new(),
        };
        while clock.learnt < end && !state.is_finished() && !is_stopped() {
            if self.steps.is_some_and(|steps| state.run.step >= steps) {
                break;
            }
            let left = end.saturating_sub(clock.learnt);
            let done = state.run.step - first;
            if let Some(share) = self.finish
                && state.run.cooling.is_none()
                && done >= STEPS_TO_KNOW_THE_SPEED
                && left <= end.mul_f64(share.clamp(0.0, 1.0))
            {
                let a_step = clock.learnt.as_secs_f64() / done as f64;
                state.cool_down((left.as_secs_f64() / a_step * 0.97) as u64)?;
            }
            let began = Instant::now();
            let Step { loss, metrics } = step(state, state.run.step)?;
            if !loss.double_value(&[]).is_finite() {
                return Err(Failure::bug(format!(
                    "the loss of step {} is not a number",
                    state.run.step
                )));
            }
            state.update(&loss);
            clock.step(began.elapsed());
            state.run.seconds = before + clock.learnt.as_secs_f64();
            log.add(state, metrics)?;
            if saved.elapsed() >= self.save_every {
                state.save()?;
                saved = Instant::now();
            }
        }
        state.save()
    }
}

/// The time spent training. Time the machine was asleep, or the run was suspended, does not count.
#[derive(Debug, Default)]
struct Clock {
    learnt: Duration,
    steps: u32,
}

impl Clock {
    /// Adds the duration of a step.
    fn step(&mut self, took: Duration) {
        let usual = self.learnt.checked_div(self.steps).unwrap_or(took);
        let is_slept = took > LONGEST_STEP && self.steps > 0;
        self.learnt += if is_slept { usual } else { took };
        self.steps += 1;
    }
}

/// Means of the metrics since the last line of the log.
struct Log<'p> {
    path: &'p Path,
    every: Duration,
    last: Instant,
    sums: Vec<(&'static str, f64, u32)>,
}

impl Log<'_> {
    fn add(
        &mut self,
        state: &TrainState,
        metrics: Vec<(&'static str, Tensor)>,
    ) -> Result<(), Failure> {
        for (name, number) in metrics {
            let number = number.double_value(&[]);
            match self.sums.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, sum, count)) => {
                    *sum += number;
                    *count += 1;
                }
                None => self.sums.push((name, number, 1)),
            }
        }
        if self.last.elapsed() < self.every {
            return Ok(());
        }
        self.last = Instant::now();
        self.sums.sort_by_key(|(name, ..)| *name);
        let numbers = self.sums.drain(..);
        let numbers: Vec<String> = numbers
            .map(|(name, sum, count)| format!("{name}={:.5}", sum / f64::from(count)))
            .collect();
        let run = &state.run;
        let line = format!(
            "step={},seconds={:.0},{}\n",
            run.step,
            run.seconds,
            numbers.join(",")
        );
        eprint!("{line}");
        let written = OpenOptions::new().create(true).append(true).open(self.path);
        let written = written.and_then(|mut file| file.write_all(line.as_bytes()));
        written.map_err(|error| unwritable(self.path, &error.to_string()))
    }
}
