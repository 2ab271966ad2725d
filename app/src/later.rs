//! Work that may wait (disks, drivers, dialogues), done on a thread of its own; the window looks in
//! each frame whether it is done, and is woken when it is.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

/// A value that is being made.
pub struct Later<T>(Receiver<T>);

/// How far a [`Later`] has come.
pub enum Progress<T> {
    Working,
    Done(T),
    /// The work ended without a value: it panicked. The log has the message.
    Lost,
}

impl<T: Send + 'static> Later<T> {
    /// Starts `work`, and wakes the window when it is done.
    pub fn start(ctx: &egui::Context, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (tell, told) = channel();
        let ctx = ctx.clone();
        thread::spawn(move || {
            let value = work();
            tell.send(value).ok();
            drop(tell); // also after a panic: the window then finds the channel closed
            ctx.request_repaint();
        });
        Self(told)
    }

    /// Looks without waiting.
    pub fn look(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(value) => Progress::Done(value),
            Err(TryRecvError::Empty) => Progress::Working,
            Err(TryRecvError::Disconnected) => Progress::Lost,
        }
    }
}
