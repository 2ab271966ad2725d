//! Threads that still write what was done last, after who gave them the work is gone. Whoever opens a film next, or
//! ends the program, waits for them; a window never does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

static CLOSING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// One more, which ends by itself.
pub(crate) fn leave(thread: JoinHandle<()>) {
    closing().push(thread);
}

/// Waits until all of them have written what they had. Not for the window's thread while there is a window.
pub fn settle_all() {
    let threads = std::mem::take(&mut *closing());
    for thread in threads {
        thread.join().ok();
    }
}

fn closing() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    CLOSING.lock().unwrap_or_else(PoisonError::into_inner)
}
