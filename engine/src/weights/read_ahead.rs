//! Reads a mapped file from the disk ahead of its reader, on a thread of its own.
//! A network reads its tensors mostly in the order of the file. The disk then works while a tensor is copied.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use memmap2::{Advice, Mmap};

/// Bytes read ahead at first, and after a jump in the file.
const LEAST_BYTES: usize = 2 << 20;
/// Bytes read ahead at most, after several tensors in order.
const MOST_BYTES: usize = 64 << 20;

/// Reads a file ahead. The thread ends when this is dropped.
#[derive(Debug)]
pub struct ReadAhead {
    requests: mpsc::Sender<Range<usize>>,
    window: Mutex<Window>,
}

impl ReadAhead {
    /// `None` if no thread can be started. The file is then read when it is needed.
    pub fn of(map: &Arc<Mmap>) -> Option<Self> {
        let (requests, received) = mpsc::channel::<Range<usize>>();
        let map = Arc::clone(map);
        let length = map.len();
        let serve = move || {
            for bytes in received {
                let advised = map.advise_range(Advice::WillNeed, bytes.start, bytes.len());
                advised.ok(); // it is only advice
            }
        };
        let thread = thread::Builder::new().name("read-ahead".into());
        thread.spawn(serve).ok()?;
        Some(Self {
            requests,
            window: Mutex::new(Window::of(length)),
        })
    }

    /// Requests what lies behind the bytes that are read next.
    pub fn before(&self, read: &Range<usize>) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = window.moved_to(read) {
            self.requests.send(bytes).ok(); // the thread lives as long as this
        }
    }
}

/// Which bytes were requested last.
#[derive(Debug)]
struct Window {
    /// Bytes of the file.
    length: usize,
    requested: Range<usize>,
    ahead: usize,
}

impl Window {
    fn of(length: usize) -> Self {
        Self {
            length,
            requested: 0..0,
            ahead: LEAST_BYTES,
        }
    }

    /// The bytes to request before `read` is read. The window doubles while the reader stays inside it, and is small
    /// again after a jump, so that little is read in vain.
    fn moved_to(&mut self, read: &Range<usize>) -> Option<Range<usize>> {
        let is_inside = self.requested.contains(&read.start) || self.requested.end == read.start;
        let from = if is_inside {
            self.ahead = (2 * self.ahead).min(MOST_BYTES);
            self.requested.end
        } else {
            self.ahead = LEAST_BYTES;
            read.start
        };
        let end = read
            .end
            .saturating_add(self.ahead)
            .min(self.length)
            .max(from);
        self.requested = read.start..end;
        (from < end).then_some(from..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn a_reader_in_order_has_every_byte_requested_once_and_ever_more_ahead() {
        let mut window = Window::of(400 * MIB);
        let mut end = 0;
        for tensor in 0..40 {
            let read = tensor * 10 * MIB..(tensor + 1) * 10 * MIB;
            if let Some(bytes) = window.moved_to(&read) {
                assert_eq!(bytes.start, end, "nothing twice, nothing left out");
                end = bytes.end;
            }
            assert!(end >= read.end);
        }
        assert_eq!(end, 400 * MIB, "not beyond the end");
        assert_eq!(window.ahead, MOST_BYTES);
    }

    #[test]
    fn after_a_jump_little_is_read_in_vain() {
        let mut window = Window::of(4000 * MIB);
        for tensor in [3000, 1000, 2000, 500] {
            let read = tensor * MIB..(tensor + 1) * MIB;
            let bytes = window.moved_to(&read).expect("a request");
            assert_eq!(bytes, read.start..read.end + LEAST_BYTES);
        }
    }
}
