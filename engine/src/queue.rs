//! The job queue. Any thread may add and cancel jobs; one thread runs them.
//! First in, first out.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kinora_wire::{Embed, Generation, Interpolate, JobId, SoundForPicture, Upscale};

/// The work of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Generate a clip.
    Generate(Box<Generation>),
    /// Make the pictures of a clip larger.
    Upscale(Box<Upscale>),
    /// Make pictures between those of a clip.
    Interpolate(Box<Interpolate>),
    /// Make sound for the pictures of a clip.
    Sound(Box<SoundForPicture>),
    /// Describe pictures by vectors.
    Embed(Box<Embed>),
    /// Hash the files of a model, given by id or folder.
    Verify(String),
}

/// The job to run now.
#[derive(Debug)]
pub struct StartedJob {
    /// Its id.
    pub job: JobId,
    /// Its work.
    pub task: Task,
    /// Set when the job is cancelled.
    pub cancel: Arc<AtomicBool>,
}

/// The state of a job when it was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It was waiting; it has been removed.
    Waiting,
    /// It is running; it ends at its next check.
    Running,
    /// There is no such job: it has ended, or never existed.
    Unknown,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(JobId, Task)>,
    running: Option<(JobId, Arc<AtomicBool>)>,
    is_closed: bool,
}

impl Queue {
    /// Adds a job at the end. False if a job with this id is waiting or running.
    pub fn push(&self, job: JobId, task: Task) -> bool {
        let mut state = self.lock();
        let is_taken = state.waiting.iter().any(|(other, _)| *other == job)
            || state
                .running
                .as_ref()
                .is_some_and(|(other, _)| *other == job);
        if !is_taken {
            state.waiting.push_back((job, task));
            self.changed.notify_one();
        }
        !is_taken
    }

    /// Cancels a job.
    pub fn cancel(&self, job: JobId) -> Cancelled {
        let mut state = self.lock();
        if let Some(at) = state.waiting.iter().position(|(other, _)| *other == job) {
            state.waiting.remove(at);
            return Cancelled::Waiting;
        }
        match &state.running {
            Some((running, cancel)) if *running == job => {
                cancel.store(true, Ordering::Relaxed);
                Cancelled::Running
            }
            _ => Cancelled::Unknown,
        }
    }

    /// Each waiting job with the number of jobs before it, including the running one.
    pub fn waiting(&self) -> Vec<(JobId, usize)> {
        let state = self.lock();
        let running = usize::from(state.running.is_some());
        state
            .waiting
            .iter()
            .enumerate()
            .map(|(at, (job, _))| (*job, at + running))
            .collect()
    }

    /// Waits for the next job. `None` if the queue is closed.
    pub fn next(&self) -> Option<StartedJob> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some((job, task)) = state.waiting.pop_front() {
                let cancel = Arc::new(AtomicBool::new(false));
                state.running = Some((job, Arc::clone(&cancel)));
                return Some(StartedJob { job, task, cancel });
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Marks the running job as ended.
    pub fn finished(&self) {
        self.lock().running = None;
    }

    /// Closes the queue: cancels the running job and drops the waiting ones.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting.clear();
        if let Some((_, cancel)) = &state.running {
            cancel.store(true, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Queue {
        let queue = Queue::default();
        for number in 1..=4 {
            assert!(queue.push(JobId(number), Task::Verify(String::new())));
        }
        queue
    }

    fn order(queue: &Queue) -> Vec<(u64, usize)> {
        queue
            .waiting()
            .into_iter()
            .map(|(job, ahead)| (job.0, ahead))
            .collect()
    }

    #[test]
    fn jobs_are_done_in_the_order_they_came() {
        let queue = filled();
        assert_eq!(order(&queue), [(1, 0), (2, 1), (3, 2), (4, 3)]);
        assert_eq!(queue.next().expect("a job").job, JobId(1));
        assert_eq!(order(&queue), [(2, 1), (3, 2), (4, 3)]);
    }

    #[test]
    fn cancelling_removes_a_waiting_job_and_stops_a_running_one() {
        let queue = filled();
        let started = queue.next().expect("a job");
        assert_eq!(queue.cancel(JobId(2)), Cancelled::Waiting);
        assert_eq!(queue.cancel(JobId(1)), Cancelled::Running);
        assert!(started.cancel.load(Ordering::Relaxed));
        assert_eq!(queue.cancel(JobId(2)), Cancelled::Unknown);
        assert_eq!(order(&queue), [(3, 1), (4, 2)]);
    }

    #[test]
    fn a_number_is_used_once_and_a_closed_queue_gives_nothing() {
        let queue = filled();
        assert!(!queue.push(JobId(2), Task::Verify(String::new())));
        queue.close();
        assert!(queue.next().is_none());
    }
}
