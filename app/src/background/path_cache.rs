//! Values of files and folders, each made on one thread when it is first needed, the newest request first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Context;

/// Values by path. `None`: requested and not made yet.
pub struct PathCache<T> {
    requests: Sender<PathBuf>,
    results: Receiver<(PathBuf, T)>,
    values: RefCell<HashMap<PathBuf, Option<T>>>,
}

impl<T: Clone + Send + 'static> PathCache<T> {
    /// A cache whose values `make` makes. Starts the thread, which ends with the cache.
    pub fn start(ctx: &Context, make: impl Fn(&Path) -> T + Send + 'static) -> Self {
        let (requests, requested) = channel::<PathBuf>();
        let (sender, results) = channel();
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            let mut waiting = Vec::new();
            while let Ok(path) = requested.recv() {
                waiting.push(path);
                while let Some(path) = waiting.pop() {
                    let value = make(&path);
                    if sender.send((path, value)).is_err() {
                        return; // the cache was dropped
                    }
                    ctx.request_repaint();
                    waiting.extend(requested.try_iter());
                }
            }
        });
        Self {
            requests,
            results,
            values: RefCell::default(),
        }
    }

    /// The value of a path; `None` until it is made.
    pub fn get(&self, path: &Path) -> Option<T> {
        let mut values = self.values.borrow_mut();
        for (path, value) in self.results.try_iter() {
            values.insert(path, Some(value));
        }
        if let Some(value) = values.get(path) {
            return value.clone();
        }
        values.insert(path.to_owned(), None);
        self.requests.send(path.to_owned()).ok();
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_value_is_made_once_and_kept() {
        let made = Arc::new(AtomicUsize::new(0));
        let (done, is_done) = channel();
        let count = Arc::clone(&made);
        let cache = PathCache::start(&Context::default(), move |path| {
            count.fetch_add(1, Ordering::Relaxed);
            done.send(()).ok();
            path.display().to_string()
        });
        let path = Path::new("/a");
        assert_eq!(cache.get(path), None);
        assert_eq!(cache.get(path), None);
        is_done.recv().expect("made");
        let value = loop {
            if let Some(value) = cache.get(path) {
                break value;
            }
            std::thread::yield_now();
        };
        assert_eq!((value.as_str(), made.load(Ordering::Relaxed)), ("/a", 1));
    }
}
