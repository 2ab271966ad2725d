//! Threads that still write the last changes after their owner was dropped. Opening a project and ending the
//! program wait for them; the window never does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

static PENDING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Adds a thread that ends once its changes are written.
pub(crate) fn push(thread: JoinHandle<()>) {
    pending().push(thread);
}

/// Waits until all pending writes are done. Not for the window's thread while the window is open.
pub fn flush_pending() {
    let threads = std::mem::take(&mut *pending());
    for thread in threads {
        thread.join().ok();
    }
}

fn pending() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
