//! Tests of an open project on a disk that stands still or is full: edits count at once, and what the disk refuses was
//! never done.

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
struct FaultyDisk {
    is_stalled: Arc<AtomicBool>,
    is_full: Arc<AtomicBool>,
}

impl FaultyDisk {
    fn fault(&self) -> io::Result<()> {
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

impl Disk for FaultyDisk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        RealDisk.read(file)
    }
    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        self.fault().and_then(|()| RealDisk.write(file, bytes))
    }
    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        self.fault().and_then(|()| RealDisk.append(file, bytes))
    }
    fn sync(&self, file: &Path) -> io::Result<()> {
        self.fault().and_then(|()| RealDisk.sync(file))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.fault().and_then(|()| RealDisk.rename(from, to))
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.fault().and_then(|()| RealDisk.sync_folder(folder))
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

fn opened(folder: &Path, disk: &FaultyDisk) -> BackgroundSession {
    if !folder.join("project.ron").exists() {
        let project = Project::new(FrameRate::FPS_24, Size::COMMON[0]);
        create(&RealDisk, folder, &project).expect("made");
    }
    let (document, _) = Document::open(disk.clone(), folder, Access::Edit(None)).expect("opens");
    BackgroundSession::around(document, Arc::new(|| {}))
}

fn size(number: u32) -> Edit {
    let size = Size::new(320 + 2 * number, 180).expect("a size");
    Edit::Library(Library::SetSize(size))
}

fn width(project: &Project) -> u32 {
    project.size().width()
}

/// What was said until the disk had everything.
fn settled(project: &mut BackgroundSession) -> Vec<Written> {
    let end = Instant::now() + Duration::from_mins(2);
    let mut all = Vec::new();
    while !project.is_settled() {
        assert!(Instant::now() < end, "it does not settle");
        all.extend(project.poll());
        std::thread::yield_now();
    }
    all
}

#[test]
fn while_the_disk_stands_still_edits_count_at_once_and_are_written_later() {
    let root = tempfile::tempdir().expect("a folder");
    let disk = FaultyDisk::default();
    let mut project = opened(root.path(), &disk);
    disk.is_stalled.store(true, Ordering::Relaxed);
    // Whoever waits for this disk never comes to the next line.
    for number in 1..=50 {
        project.apply(&size(number)).expect("done");
    }
    project.undo().expect("undone");
    project.save(1).expect("asked");
    assert!(!project.is_settled() && width(project.project()) == 320 + 2 * 49);
    disk.is_stalled.store(false, Ordering::Relaxed);
    assert!(matches!(settled(&mut project)[..], [Written::Saved]));
    drop(project);
    flush_pending();
    assert_eq!(width(opened(root.path(), &disk).project()), 320 + 2 * 49);
}

#[test]
fn what_the_disk_refuses_is_reported_and_was_never_done() {
    let root = tempfile::tempdir().expect("a folder");
    let disk = FaultyDisk::default();
    let mut project = opened(root.path(), &disk);
    project.apply(&size(1)).expect("done");
    settled(&mut project);
    disk.is_full.store(true, Ordering::Relaxed);
    for number in 2..=4 {
        project.apply(&size(number)).expect("done, as it seems");
    }
    let said = settled(&mut project);
    assert!(
        matches!(said[..], [Written::Refused(_)]),
        "reported once: {said:?}"
    );
    assert_eq!(width(project.project()), 322);
    disk.is_full.store(false, Ordering::Relaxed);
    project.apply(&size(9)).expect("done");
    assert!(settled(&mut project).is_empty());
    project.undo().expect("undone");
    settled(&mut project);
    drop(project);
    flush_pending();
    assert_eq!(width(opened(root.path(), &disk).project()), 322);
}

#[test]
fn what_was_done_last_is_written_before_the_film_is_opened_again() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("a.kinora");
    let session = Session::create(&folder, &Project::default()).expect("made");
    let mut project = BackgroundSession::of(session, || {});
    project.apply(&size(7)).expect("done");
    drop(project);
    let again = Session::open(&folder).expect("opens");
    assert!(again.can_be_edited() && width(again.project()) == 334);
}
