//! The media of projects that were made elsewhere: first contact with each is made by the reader, when it is first needed,
//! and not by the process that shows it. One that crashes or hangs its reader is named, and not opened here.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use kinora_render::media::{MediaError, Survey, use_first_contact};
use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_wire::Failure;

use super::reading::{MediaReader, Reading, reader, set_reader};
use super::{Caches, SOON};

/// The remedy of a file that offers none.
const REMEDY: &str = "relink it to another copy";

/// The media of this process.
static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

/// Has this process read the files that it does not know in another one, from now on: those that are imported, and those
/// of projects that were made elsewhere. Without a reader it reads them itself.
pub fn use_reader(reader: MediaReader) {
    set_reader(reader);
    use_first_contact(make_contact);
}

/// Why this process does not open a medium; `None` if it does, or if nobody has asked for it yet.
pub fn refusal_of(content: ContentHash) -> Option<MediaError> {
    locked(&KNOWN.refused).get(&content).cloned()
}

/// The media that were refused since this was last called.
pub fn new_refusals() -> Vec<(ContentHash, MediaError)> {
    locked(&KNOWN.news).drain(..).collect()
}

/// Lets in a file that was imported: its import has made first contact.
pub(in crate::exchange) fn admit(content: ContentHash) {
    KNOWN.admit(content);
}

/// Lets first contact be made again: another file is in the place of this one.
pub(in crate::exchange) fn forget(content: ContentHash) {
    locked(&KNOWN.contacts).remove(&content);
    locked(&KNOWN.refused).remove(&content);
}

fn make_contact(path: &Path, probe: &Path) -> Result<(), MediaError> {
    match reader() {
        Some(reader) => KNOWN.contact(reader, path, probe),
        None => Ok(()),
    }
}

/// Media, and what has become of their first contact.
#[derive(Debug, Default)]
struct Known {
    /// Whether first contact was made. Locked while it is being made: whoever needs the medium waits.
    contacts: Mutex<HashMap<ContentHash, Arc<Mutex<bool>>>>,
    refused: Mutex<HashMap<ContentHash, MediaError>>,
    news: Mutex<Vec<(ContentHash, MediaError)>>,
}

impl Known {
    fn admit(&self, content: ContentHash) {
        let made = Arc::new(Mutex::new(true));
        locked(&self.contacts).insert(content, made);
        locked(&self.refused).remove(&content);
    }

    /// Makes first contact with a file, if it was not made.
    fn contact(
        &'static self,
        reader: &MediaReader,
        path: &Path,
        probe: &Path,
    ) -> Result<(), MediaError> {
        let Some((folder, content)) = ProjectFiles::of_probe(probe) else {
            return Ok(()); // a file of no project
        };
        let contact = Arc::clone(locked(&self.contacts).entry(content).or_default());
        let mut is_made = locked(&contact);
        // A missing file may be there later.
        if !*is_made && path.is_file() {
            let caches = Caches { folder, content };
            if let Err(failure) = self.read(reader, path, caches) {
                self.refuse(content, path, &failure);
            }
            *is_made = true;
        }
        drop(is_made);
        match locked(&self.refused).get(&content) {
            Some(refused) => Err(refused.clone()),
            None => Ok(()),
        }
    }

    /// Has a file read. A long one is let in soon, and refused if what is left of it turns out to be bad.
    fn read(
        &'static self,
        reader: &MediaReader,
        path: &Path,
        caches: Caches,
    ) -> Result<(), Failure> {
        let content = caches.content;
        let survey = ProjectFiles::of(&caches.folder).survey(content);
        if Survey::kept(&survey).is_some() {
            return Ok(()); // it was imported here, or read before
        }
        let mut reading = Reading::begin_with(Some(reader), path, Some(caches))?;
        if reading.wait(SOON, &mut |_| {})?.is_some() {
            return Ok(());
        }
        let path = path.to_path_buf();
        std::thread::spawn(move || {
            if let Err(failure) = reading.finish(&mut |_| true) {
                self.refuse(content, &path, &failure);
            }
        });
        Ok(())
    }

    fn refuse(&self, content: ContentHash, path: &Path, failure: &Failure) {
        let file = path.display().to_string();
        let what = failure.cause.strip_prefix(&file).unwrap_or(&failure.cause);
        let what = what.trim_start_matches([':', ' ']);
        let remedy = failure.remedy.as_deref().unwrap_or(REMEDY);
        let error = MediaError::new(path, what, remedy);
        locked(&self.refused).insert(content, error.clone());
        locked(&self.news).push((content, error));
    }
}

/// What a thread that has panicked has left is whole: each change is one insertion.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    /// A project folder with a medium, and a shell script in place of the reader, which notes each of its starts.
    struct Place {
        folder: tempfile::TempDir,
        known: &'static Known,
        reader: MediaReader,
        content: ContentHash,
    }

    impl Place {
        fn new(script: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join("fox.mp4"), "a fox").expect("written");
            let starts = folder.path().join("starts");
            let script = format!("echo started >> '{}'; {script}", starts.display());
            let words = ["sh", "-c", &script, "reader"];
            Self {
                known: Box::leak(Box::default()),
                reader: MediaReader {
                    command: words.map(PathBuf::from).to_vec(),
                    stall: Duration::from_secs(20),
                },
                content: ContentHash::of(b"a fox"),
                folder,
            }
        }

        fn contact(&self) -> Result<(), MediaError> {
            let path = self.folder.path().join("fox.mp4");
            let probe = ProjectFiles::of(self.folder.path()).probe(self.content);
            self.known.contact(&self.reader, &path, &probe)
        }

        fn starts(&self) -> usize {
            let starts = std::fs::read_to_string(self.folder.path().join("starts"));
            starts.unwrap_or_default().lines().count()
        }
    }

    const READ: &str = "echo 'Found(Still)'; echo 'Surveyed((frames:[],sounds:[]))'";

    #[test]
    fn a_file_that_crashes_its_reader_is_named_once_and_refused_from_then_on() {
        let place = Place::new("kill -SEGV $$");
        for _ in 0..3 {
            let refused = place.contact().expect_err("refused");
            assert!(refused.path.ends_with("fox.mp4"), "{refused:?}");
            assert!(
                refused.what.starts_with("crashes its reader"),
                "{refused:?}"
            );
        }
        assert_eq!(place.starts(), 1);
        assert_eq!(locked(&place.known.news).len(), 1);
        // An import of the same content that succeeds lets it in.
        place.known.admit(place.content);
        place.contact().expect("let in");
    }

    #[test]
    fn a_file_is_read_once_and_one_that_was_imported_here_not_at_all() {
        let place = Place::new(READ);
        for _ in 0..3 {
            place.contact().expect("read");
        }
        assert_eq!(place.starts(), 1);
        let imported = Place::new(READ);
        let survey = ProjectFiles::of(imported.folder.path()).survey(imported.content);
        Survey::default().keep(&survey).expect("kept");
        imported.contact().expect("known");
        assert_eq!(imported.starts(), 0);
    }

    #[test]
    fn a_missing_file_is_read_when_it_is_there_again() {
        let place = Place::new(READ);
        let file = place.folder.path().join("fox.mp4");
        std::fs::remove_file(&file).expect("removed");
        place.contact().expect("not refused");
        assert_eq!(place.starts(), 0);
        std::fs::write(&file, "a fox").expect("back");
        place.contact().expect("read");
        assert_eq!(place.starts(), 1);
    }

    #[test]
    fn all_threads_that_need_a_file_wait_for_one_reading() {
        let place = Place::new(&format!("sleep 0.5; {READ}"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| place.contact().expect("read"));
            }
        });
        assert_eq!(place.starts(), 1);
    }
}
