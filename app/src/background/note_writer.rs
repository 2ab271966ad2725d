//! Writes the notes on takes on a thread of its own, each beside its take. If a note changes several times before it is
//! written, only its newest text is.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use egui::Context;
use kinora_studio::take::take_store::TakeStore;
use kinora_studio::timeline::ContentHash;
use kinora_studio::wire::Failure;

/// The thread that writes. Dropping it waits for the last changes: it is dropped with its project.
pub struct NoteWriter {
    requests: Option<Sender<(ContentHash, String)>>,
    failures: Receiver<Failure>,
    thread: Option<JoinHandle<()>>,
}

impl NoteWriter {
    /// Starts the thread for the takes of a project.
    pub fn start(store: TakeStore, ctx: &Context) -> Self {
        let (requests, requested) = channel();
        let (failed, failures) = channel();
        let ctx = ctx.clone();
        let thread = thread::spawn(move || {
            write_all(&requested, &store, |failure| {
                failed.send(failure).ok();
                ctx.request_repaint();
            });
        });
        Self {
            requests: Some(requests),
            failures,
            thread: Some(thread),
        }
    }

    /// Writes the note on a take soon.
    pub fn write(&self, take: ContentHash, note: String) {
        if let Some(requests) = &self.requests {
            requests.send((take, note)).ok();
        }
    }

    /// The failures since the last call.
    pub fn failures(&self) -> Vec<Failure> {
        self.failures.try_iter().collect()
    }
}

impl Drop for NoteWriter {
    fn drop(&mut self) {
        self.requests = None; // the thread ends when it has written what was requested
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn write_all(
    requested: &Receiver<(ContentHash, String)>,
    store: &TakeStore,
    mut failed: impl FnMut(Failure),
) {
    while let Ok(first) = requested.recv() {
        let all = std::iter::once(first).chain(requested.try_iter());
        let newest: BTreeMap<ContentHash, String> = all.collect();
        for (take, note) in newest {
            if let Err(failure) = store.set_note(take, &note) {
                failed(failure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_notes_are_on_the_disk_when_the_writer_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = TakeStore::of(folder.path());
        let takes = [b"one", b"two"].map(|name| ContentHash::of(name));
        for take in takes {
            fs::create_dir_all(store.folder(take)).expect("made");
        }
        let writer = NoteWriter::start(store.clone(), &Context::default());
        for number in 0..20 {
            for take in takes {
                writer.write(take, format!("note {number}"));
            }
        }
        drop(writer);
        for take in takes {
            assert_eq!(store.note(take), "note 19");
        }
    }

    #[test]
    fn a_note_that_cannot_be_written_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = TakeStore::of(folder.path());
        let (requests, requested) = channel();
        let take = ContentHash::of(b"a take that is gone");
        requests.send((take, "note".to_owned())).expect("sent");
        drop(requests);
        let mut failures = Vec::new();
        write_all(&requested, &store, |failure| failures.push(failure));
        assert_eq!(failures.len(), 1);
    }
}
