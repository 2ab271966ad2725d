//! Stops a download, and limits its rate. A pause of the download itself can always be interrupted.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::error::{FetchError, Stop};

/// Controls one call of [`crate::fetch_all`], from any thread. A stop is final: the next download needs a new one.
#[derive(Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    woken: Condvar,
    /// Bytes per second; 0 is no limit.
    limit: AtomicU64,
}

#[derive(Default)]
struct State {
    stop: Option<Stop>,
    /// What holds connections that a stop must interrupt.
    agents: Vec<Agent>,
    /// When the limit allows the next bytes.
    next_free: Option<Instant>,
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stop = self.stopped();
        formatter
            .debug_struct("Control")
            .field("stop", &stop)
            .finish()
    }
}

impl Control {
    /// Stops the download. It ends within moments, also while a server is silent.
    pub fn stop(&self, how: Stop) {
        let agents = {
            let mut state = self.state();
            if state.stop != Some(Stop::Cancel) {
                state.stop = Some(how);
            }
            mem::take(&mut state.agents)
        };
        self.0.woken.notify_all();
        for agent in agents {
            agent.shutdown();
        }
    }

    /// How it was stopped, if it was.
    pub fn stopped(&self) -> Option<Stop> {
        self.state().stop
    }

    /// Limits the rate of all files together, from now on. `None`: no limit.
    pub fn set_limit(&self, bytes_per_second: Option<u64>) {
        let limit = bytes_per_second.unwrap_or_default();
        self.0.limit.store(limit, Ordering::Relaxed);
        self.state().next_free = None;
        self.0.woken.notify_all();
    }

    /// # Errors
    /// The download was stopped.
    pub(crate) fn check(&self) -> Result<(), FetchError> {
        match self.stopped() {
            Some(how) => Err(FetchError::stopped(how)),
            None => Ok(()),
        }
    }

    /// Lets a stop interrupt the connections of this agent.
    pub(crate) fn interrupts(&self, agent: &Agent) -> Result<(), FetchError> {
        let mut state = self.state();
        if let Some(how) = state.stop {
            return Err(FetchError::stopped(how));
        }
        state.agents.push(agent.clone());
        Ok(())
    }

    /// Waits, unless the download is stopped meanwhile.
    pub(crate) fn wait(&self, pause: Duration) -> Result<(), FetchError> {
        let end = Instant::now() + pause;
        let mut state = self.state();
        loop {
            if let Some(how) = state.stop {
                return Err(FetchError::stopped(how));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let woken = self.0.woken.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits as long as the limit requires after so many bytes.
    pub(crate) fn wait_for_rate(&self, bytes: usize) -> Result<(), FetchError> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        if limit == 0 {
            return Ok(());
        }
        let now = Instant::now();
        let pause = {
            let mut state = self.state();
            let start = state.next_free.map_or(now, |free| free.max(now));
            let free = start + Duration::from_secs_f64(bytes as f64 / limit as f64);
            state.next_free = Some(free);
            free - now
        };
        self.wait(pause)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_stop_ends_a_wait_at_once_and_a_cancel_outlasts_a_pause() {
        let control = Control::default();
        let waiting = control.clone();
        let waiter = thread::spawn(move || waiting.wait(Duration::from_mins(10)));
        control.stop(Stop::Cancel);
        control.stop(Stop::Pause);
        assert_eq!(
            waiter.join().expect("ended"),
            Err(FetchError::stopped(Stop::Cancel))
        );
    }

    #[test]
    fn a_limit_makes_bytes_take_their_time() {
        let control = Control::default();
        control.set_limit(Some(1_000_000));
        let start = Instant::now();
        for _ in 0..4 {
            control.wait_for_rate(25_000).expect("not stopped");
        }
        assert!(start.elapsed() >= Duration::from_millis(95));
        control.set_limit(None);
        let start = Instant::now();
        control.wait_for_rate(1 << 40).expect("not stopped");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
