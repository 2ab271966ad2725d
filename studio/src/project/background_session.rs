//! An open film as the window has it: an edit counts at once, and is written behind, on a thread of its own. What the
//! disk refuses is told, and the film goes back to what the disk has. So the window never waits for a disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use kinora_timeline::file::{Disk, Document, EditError, FileError};
use kinora_timeline::{Edit, History, Project, Refusal, Step};

use crate::project::pending_writes;
use crate::project::session::{Session, name_of};

/// What became of what was asked.
#[derive(Debug)]
pub enum Written {
    /// The film's file is written anew.
    Saved,
    /// The disk refused an edit or a save; the film is again what the disk has.
    Refused(FileError),
}

/// For the thread that writes.
enum Order {
    Step(Step),
    Undo,
    Redo,
    Save(u64),
    /// The window knows of the refusal: what it asks from here on leans on what the disk has.
    Agreed,
}

enum Answer {
    Kept,
    Saved,
    Refused(FileError, Box<History>),
    /// It leaned on something that was refused.
    Skipped,
}

/// An open film.
pub struct BackgroundSession {
    folder: PathBuf,
    can_be_edited: bool,
    /// What is seen.
    history: History,
    orders: Option<Sender<Order>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
    /// Orders that were not answered yet.
    waiting: usize,
}

impl BackgroundSession {
    /// Takes a session over. `wake` is called on another thread when [`BackgroundSession::poll`] has news.
    pub fn of(session: Session, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::around(session.into_document(), Arc::new(wake))
    }

    fn around<D: Disk + Send + 'static>(
        document: Document<D>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (orders, ordered) = channel();
        let (tell, answers) = channel();
        let (folder, history) = (document.folder().to_owned(), document.history().clone());
        let can_be_edited = document.can_be_edited();
        let thread = std::thread::spawn(move || write(document, &ordered, &tell, &*wake));
        Self {
            folder,
            can_be_edited,
            history,
            orders: Some(orders),
            answers,
            thread: Some(thread),
            waiting: 0,
        }
    }

    /// The film as it is seen.
    pub fn project(&self) -> &Project {
        self.history.film()
    }

    /// What was done and can be undone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The film's folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The film's name: that of its folder.
    pub fn name(&self) -> String {
        name_of(&self.folder)
    }

    /// False if somebody else has the film open.
    pub fn can_be_edited(&self) -> bool {
        self.can_be_edited
    }

    /// Whether the disk has all that was done.
    pub fn is_settled(&self) -> bool {
        self.waiting == 0
    }

    /// Does an edit as a step of its own.
    ///
    /// # Errors
    /// What the film does not allow. What the disk does not is heard of by [`BackgroundSession::poll`].
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        let step = self.history.apply(edit)?;
        self.order(Order::Step(step));
        Ok(())
    }

    /// Does several edits as one step.
    ///
    /// # Errors
    /// As [`BackgroundSession::apply`].
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        let step = self.history.apply_all(name, edits)?;
        self.order(Order::Step(step));
        Ok(())
    }

    /// A gesture begins.
    ///
    /// # Errors
    /// A film that can only be looked at.
    pub fn begin(&mut self, name: &str) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.history.begin(name);
        Ok(())
    }

    /// Shows what the gesture would do.
    ///
    /// # Errors
    /// What the film does not allow: then it stays as it was shown last.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        match self.history.preview(edits) {
            Err(Refusal::NoChange) => self.history.preview(&[]), // the hand is back where it began
            previewed => previewed,
        }
    }

    /// Whether a gesture is under way: what is not part of it waits, for an edit would end it.
    pub fn is_in_gesture(&self) -> bool {
        self.history.is_in_gesture()
    }

    /// The gesture becomes a step.
    pub fn commit(&mut self) {
        if let Some(step) = self.history.commit() {
            self.order(Order::Step(step));
        }
    }

    /// The gesture never was.
    pub fn abort(&mut self) {
        self.history.abort();
    }

    /// Back by one step; its name, or nothing if there is none.
    ///
    /// # Errors
    /// A film that can only be looked at.
    pub fn undo(&mut self) -> Result<Option<String>, EditError> {
        self.may_edit()?;
        let undone = self.history.undo();
        if undone.is_some() {
            self.order(Order::Undo);
        }
        Ok(undone)
    }

    /// Forward again by one step; its name, or nothing if there is none.
    ///
    /// # Errors
    /// A film that can only be looked at.
    pub fn redo(&mut self) -> Result<Option<String>, EditError> {
        self.may_edit()?;
        let redone = self.history.redo();
        if redone.is_some() {
            self.order(Order::Redo);
        }
        Ok(redone)
    }

    /// Writes the film's file anew. `now_secs` counts from 1970.
    ///
    /// # Errors
    /// A film that can only be looked at.
    pub fn save(&mut self, now_secs: u64) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.order(Order::Save(now_secs));
        Ok(())
    }

    /// Takes in what became of what was asked. Never waits.
    pub fn poll(&mut self) -> Vec<Written> {
        let mut written = Vec::new();
        while let Ok(answer) = self.answers.try_recv() {
            self.waiting = self.waiting.saturating_sub(1);
            match answer {
                Answer::Kept | Answer::Skipped => {}
                Answer::Saved => written.push(Written::Saved),
                Answer::Refused(error, history) => {
                    self.history = *history;
                    self.order(Order::Agreed);
                    written.push(Written::Refused(error));
                }
            }
        }
        written
    }

    fn may_edit(&self) -> Result<(), FileError> {
        match self.can_be_edited {
            true => Ok(()),
            false => Err(FileError::ReadOnly {
                folder: self.folder.clone(),
            }),
        }
    }

    fn order(&mut self, order: Order) {
        let orders = self.orders.as_ref();
        if orders.is_some_and(|orders| orders.send(order).is_ok()) {
            self.waiting += 1;
        } else {
            self.can_be_edited = false; // who should write is gone: nothing more is pretended
        }
    }
}

/// What was done last is still written; whoever opens a film next, or ends the program, waits for it.
impl Drop for BackgroundSession {
    fn drop(&mut self) {
        self.commit();
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            pending_writes::push(thread);
        }
    }
}

fn write<D: Disk>(
    mut document: Document<D>,
    ordered: &Receiver<Order>,
    tell: &Sender<Answer>,
    wake: &(dyn Fn() + Send + Sync),
) {
    let mut is_refusing = false;
    while let Ok(order) = ordered.recv() {
        let done: Result<Answer, EditError> = match order {
            Order::Agreed => {
                is_refusing = false;
                Ok(Answer::Kept)
            }
            _ if is_refusing => Ok(Answer::Skipped),
            Order::Step(step) => document
                .apply_all(&step.name, &step.edits)
                .map(|()| Answer::Kept),
            Order::Undo => went(document.undo()),
            Order::Redo => went(document.redo()),
            Order::Save(now) => document
                .save(now)
                .map(|()| Answer::Saved)
                .map_err(EditError::File),
        };
        let answer = done.unwrap_or_else(|error| {
            is_refusing = true;
            let error = match error {
                EditError::File(error) => error,
                EditError::Refused(refusal) => FileError::Disk {
                    what: "do again",
                    path: document.folder().into(),
                    error: std::io::Error::other(refusal),
                },
            };
            Answer::Refused(error, Box::new(document.history().clone()))
        });
        if let Err(unheard) = tell.send(answer)
            && let Answer::Refused(error, _) = unheard.0
        {
            tracing::error!("not kept: {error}"); // the film was closed: nobody else tells of it
        }
        wake();
    }
}

/// One step back or on, which the document must have as the window has.
fn went(step: Result<Option<String>, FileError>) -> Result<Answer, EditError> {
    match step {
        Ok(Some(_)) => Ok(Answer::Kept),
        Ok(None) => Err(EditError::Refused(Refusal::NothingThere)),
        Err(error) => Err(EditError::File(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use kinora_timeline::edit::library::Library;
    use kinora_timeline::file::{Access, RealDisk, create};
    use kinora_timeline::{FrameRate, Size};

    use super::*;
    use crate::project::pending_writes::flush_pending;

    /// A disk that can be made to stand still, or to be full.
    #[derive(Clone, Default)]
    struct Moody {
        is_stalled: Arc<AtomicBool>,
        is_full: Arc<AtomicBool>,
    }

    impl Moody {
        fn mood(&self) -> io::Result<()> {
            while self.is_stalled.load(Ordering::Relaxed) {
                #[expect(clippy::disallowed_methods, reason = "it stands still")]
                std::thread::sleep(Duration::from_millis(2));
            }
            match self.is_full.load(Ordering::Relaxed) {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        }
    }

    impl Disk for Moody {
        fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
            RealDisk.read(file)
        }
        fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
            self.mood().and_then(|()| RealDisk.write(file, bytes))
        }
        fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
            self.mood().and_then(|()| RealDisk.append(file, bytes))
        }
        fn sync(&self, file: &Path) -> io::Result<()> {
            self.mood().and_then(|()| RealDisk.sync(file))
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.mood().and_then(|()| RealDisk.rename(from, to))
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.mood().and_then(|()| RealDisk.sync_folder(folder))
        }
        fn remove(&self, file: &Path) -> io::Result<()> {
            RealDisk.remove(file)
        }
        fn make_folder(&self, folder: &Path) -> io::Result<()> {
            RealDisk.make_folder(folder)
        }
        fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
            RealDisk.names(folder)
        }
        fn exists(&self, file: &Path) -> bool {
            RealDisk.exists(file)
        }
    }

    fn opened(folder: &Path, disk: &Moody) -> BackgroundSession {
        if !folder.join("project.ron").exists() {
            let film = Project::new(FrameRate::FPS_24, Size::COMMON[0]);
            create(&RealDisk, folder, &film).expect("made");
        }
        let (document, _) =
            Document::open(disk.clone(), folder, Access::Edit(None)).expect("opens");
        BackgroundSession::around(document, Arc::new(|| {}))
    }

    fn size(number: u32) -> Edit {
        let size = Size::new(320 + 2 * number, 180).expect("a size");
        Edit::Library(Library::SetSize(size))
    }

    fn width(film: &Project) -> u32 {
        film.size().width()
    }

    /// What was said until the disk had everything.
    fn settled(film: &mut BackgroundSession) -> Vec<Written> {
        let end = Instant::now() + Duration::from_mins(2);
        let mut all = Vec::new();
        while !film.is_settled() {
            assert!(Instant::now() < end, "it does not settle");
            all.extend(film.poll());
            std::thread::yield_now();
        }
        all
    }

    #[test]
    fn while_the_disk_stands_still_edits_count_at_once_and_are_written_later() {
        let root = tempfile::tempdir().expect("a folder");
        let disk = Moody::default();
        let mut film = opened(root.path(), &disk);
        disk.is_stalled.store(true, Ordering::Relaxed);
        // Whoever waits for this disk never comes to the next line.
        for number in 1..=50 {
            film.apply(&size(number)).expect("done");
        }
        film.undo().expect("undone");
        film.save(1).expect("asked");
        assert!(!film.is_settled() && width(film.project()) == 320 + 2 * 49);
        disk.is_stalled.store(false, Ordering::Relaxed);
        assert!(matches!(settled(&mut film)[..], [Written::Saved]));
        drop(film);
        flush_pending();
        assert_eq!(width(opened(root.path(), &disk).project()), 320 + 2 * 49);
    }

    #[test]
    fn what_the_disk_refuses_is_told_and_was_never_done() {
        let root = tempfile::tempdir().expect("a folder");
        let disk = Moody::default();
        let mut film = opened(root.path(), &disk);
        film.apply(&size(1)).expect("done");
        settled(&mut film);
        disk.is_full.store(true, Ordering::Relaxed);
        for number in 2..=4 {
            film.apply(&size(number)).expect("done, as it seems");
        }
        let said = settled(&mut film);
        assert!(
            matches!(said[..], [Written::Refused(_)]),
            "told once: {said:?}"
        );
        assert_eq!(width(film.project()), 322);
        disk.is_full.store(false, Ordering::Relaxed);
        film.apply(&size(9)).expect("done");
        assert!(settled(&mut film).is_empty());
        film.undo().expect("undone");
        settled(&mut film);
        drop(film);
        flush_pending();
        assert_eq!(width(opened(root.path(), &disk).project()), 322);
    }

    #[test]
    fn what_was_done_last_is_written_before_the_film_is_opened_again() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("a.kinora");
        let session = Session::create(&folder, &Project::default()).expect("made");
        let mut film = BackgroundSession::of(session, || {});
        film.apply(&size(7)).expect("done");
        drop(film);
        let again = Session::open(&folder).expect("opens");
        assert!(again.can_be_edited() && width(again.project()) == 334);
    }
}
