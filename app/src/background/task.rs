//! A task: slow work (disks, drivers, dialogs) on a thread of its own. The window polls it in each frame, and is
//! woken when it has finished.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

/// A result that is being computed.
pub struct Task<T>(Receiver<T>);

/// The progress of a [`Task`].
pub enum Progress<T> {
    Working,
    Done(T),
    /// The work ended without a result: it panicked. The log has the message.
    Lost,
}

impl<T: Send + 'static> Task<T> {
    /// Starts `work`, and wakes the window when it has finished.
    pub fn start(ctx: &egui::Context, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        thread::spawn(move || {
            let result = work();
            sender.send(result).ok();
            drop(sender); // also after a panic: the window then finds the channel closed
            ctx.request_repaint();
        });
        Self(receiver)
    }

    /// The progress, or the result. Never waits.
    pub fn poll(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(result) => Progress::Done(result),
            Err(TryRecvError::Empty) => Progress::Working,
            Err(TryRecvError::Disconnected) => Progress::Lost,
        }
    }
}

/// The result of a finished task, which is then dropped. `None` while it runs, or if it panicked.
pub fn take_finished<T: Send + 'static>(task: &mut Option<Task<T>>) -> Option<T> {
    match task.as_ref()?.poll() {
        Progress::Working => None,
        Progress::Done(result) => {
            *task = None;
            Some(result)
        }
        Progress::Lost => {
            *task = None;
            None
        }
    }
}

/// The results of the finished tasks of a list, which are then dropped. A task that panicked has none.
pub fn take_all_finished<T: Send + 'static>(tasks: &mut Vec<Task<T>>) -> Vec<T> {
    let mut results = Vec::new();
    tasks.retain(|task| match task.poll() {
        Progress::Working => true,
        Progress::Done(result) => {
            results.push(result);
            false
        }
        Progress::Lost => false,
    });
    results
}
