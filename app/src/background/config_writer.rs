//! Writes the files of the config folder on a thread of its own, one at a time. If a file changes several times before
//! it is written, only its newest content is.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Writes one file.
type Write = Box<dyn FnOnce() -> io::Result<()> + Send>;

enum Request {
    /// With a name for the file.
    Write(&'static str, Write),
    /// Answered once everything that was requested before is written.
    Flush(Sender<()>),
}

/// The thread that writes. Dropping it waits for the last changes: the window drops it when it is closed.
pub struct ConfigWriter {
    requests: Sender<Request>,
}

impl ConfigWriter {
    /// Starts the thread.
    pub fn start() -> Self {
        let (requests, requested) = channel();
        std::thread::spawn(move || write_all(&requested));
        Self { requests }
    }

    /// Writes a file soon. An earlier write of a file of this name that has not begun is dropped.
    pub fn write(
        &self,
        name: &'static str,
        write: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) {
        let request = Request::Write(name, Box::new(write));
        self.requests.send(request).ok();
    }

    /// Waits until everything is written. Not while the window is open.
    pub fn flush(&self) {
        let (done, is_done) = channel();
        self.requests.send(Request::Flush(done)).ok();
        is_done.recv().ok(); // also if the thread is gone: its end of the channel is then closed
    }
}

impl Drop for ConfigWriter {
    fn drop(&mut self) {
        self.flush();
    }
}

fn write_all(requested: &Receiver<Request>) {
    while let Ok(first) = requested.recv() {
        let mut newest = BTreeMap::new();
        let mut flushes = Vec::new();
        for request in std::iter::once(first).chain(requested.try_iter()) {
            match request {
                Request::Write(name, write) => {
                    newest.insert(name, write);
                }
                Request::Flush(done) => flushes.push(done),
            }
        }
        for (name, write) in newest {
            if let Err(error) = write() {
                tracing::warn!("not saved: {name}: {error}");
            }
        }
        for done in flushes {
            done.send(()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use kinora_studio::folders::write_config;

    use super::*;

    fn write(writer: &ConfigWriter, folder: &Path, name: &'static str, number: u32) {
        let folder = folder.to_owned();
        writer.write(name, move || write_config(&folder, name, &number));
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).expect("written")
    }

    #[test]
    fn of_many_quick_changes_the_last_one_is_on_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = ConfigWriter::start();
        for number in 1..=50 {
            write(&writer, folder.path(), "a.ron", number);
            write(&writer, folder.path(), "b.ron", 100 + number);
        }
        writer.flush();
        assert_eq!(text(folder.path(), "a.ron"), "50");
        assert_eq!(text(folder.path(), "b.ron"), "150");
    }

    #[test]
    fn the_last_change_is_written_before_the_writer_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = ConfigWriter::start();
        writer.write("refused", || Err(io::Error::other("no space")));
        write(&writer, folder.path(), "a.ron", 7);
        drop(writer);
        assert_eq!(text(folder.path(), "a.ron"), "7");
    }
}
