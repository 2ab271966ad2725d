//! Threads that still write the last changes after their owner is gone. The next project to be opened, and the end of
//! the program, wait for them; the window never does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

static CLOSING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Adds a thread that ends by itself when it has written what it has.
pub(crate) fn push(thread: JoinHandle<()>) {
    closing().push(thread);
}

/// Waits until all of them have written what they had. Not for the window's thread while there is a window.
pub fn flush_pending() {
    let threads = std::mem::take(&mut *closing());
    for thread in threads {
        thread.join().ok();
    }
}

fn closing() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    CLOSING.lock().unwrap_or_else(PoisonError::into_inner)
}
