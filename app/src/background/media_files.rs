//! Whether the files of the imports are there and can be read, and the sizes of their pictures. Found out on one thread, and
//! kept while the project is open.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Context;
use kinora_studio::exchange::first_contact::refusal_of;
use kinora_studio::render::media::{Probe, is_still, picture_size};
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::media::Medium;

/// The file of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediumFile {
    pub is_missing: bool,
    /// It crashes or hangs its reader, or nothing of it can be decoded: it is not opened.
    pub is_refused: bool,
    /// In pixels. `None`: not known yet, or it has no picture.
    pub size: Option<[u32; 2]>,
}

/// The files of the imports, by their content hashes.
pub struct MediaFiles {
    files: ProjectFiles,
    requests: Sender<(ContentHash, PathBuf)>,
    results: Receiver<(ContentHash, MediumFile)>,
    /// The default until the thread has looked: a file is not reported missing too early.
    known: RefCell<HashMap<ContentHash, MediumFile>>,
    revision: Cell<u64>,
}

impl MediaFiles {
    /// The files of the project in this folder. Starts the thread.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (requests, requested) = channel::<(ContentHash, PathBuf)>();
        let (sender, results) = channel();
        let files = ProjectFiles::of(folder);
        let (shared, ctx) = (files.clone(), ctx.clone());
        std::thread::spawn(move || work(&shared, &requested, &sender, &ctx));
        Self {
            files,
            requests,
            results,
            known: RefCell::default(),
            revision: Cell::default(),
        }
    }

    /// The file of a medium, as it was when the thread last looked.
    pub fn get(&self, medium: &Medium) -> MediumFile {
        self.receive();
        let mut known = self.known.borrow_mut();
        let request = || {
            self.check(medium);
            MediumFile::default()
        };
        *known.entry(medium.content).or_insert_with(request)
    }

    /// Counts what the thread has found out: a list of missing files of an earlier revision is out of date.
    pub fn revision(&self) -> u64 {
        self.receive();
        self.revision.get()
    }

    fn receive(&self) {
        let mut known = self.known.borrow_mut();
        for (content, file) in self.results.try_iter() {
            known.insert(content, file);
            self.revision.set(self.revision.get() + 1);
        }
    }

    /// Looks again whether the file of a medium is there.
    pub fn check(&self, medium: &Medium) {
        let path = self.files.medium(medium);
        self.requests.send((medium.content, path)).ok();
    }
}

fn work(
    files: &ProjectFiles,
    requested: &Receiver<(ContentHash, PathBuf)>,
    results: &Sender<(ContentHash, MediumFile)>,
    ctx: &Context,
) {
    let mut unread = VecDeque::new();
    loop {
        // Which files are missing comes first: a file of a project that was made elsewhere is read for seconds.
        let request = match unread.is_empty() {
            true => requested.recv().ok(),
            false => requested.try_recv().ok(),
        };
        let (content, file) = if let Some((content, path)) = request {
            let file = look(&path);
            if !file.is_missing && !is_still(&path) {
                unread.push_back((content, path));
            }
            (content, file)
        } else if let Some((content, path)) = unread.pop_front() {
            (content, read(&path, &files.probe(content), content))
        } else {
            return; // the project was closed
        };
        if results.send((content, file)).is_err() {
            return; // the project was closed
        }
        ctx.request_repaint();
    }
}

/// What is known of a file without reading it; of a still, all.
fn look(path: &Path) -> MediumFile {
    MediumFile {
        is_missing: !path.is_file(),
        size: is_still(path).then(|| picture_size(path)).flatten(),
        is_refused: false,
    }
}

/// All that there is to know of a video or a sound. `probe` is the place of its probe.
fn read(path: &Path, probe: &Path, content: ContentHash) -> MediumFile {
    let probe = Probe::open(path, probe).ok();
    let picture = probe.and_then(|probe| probe.picture);
    MediumFile {
        is_missing: !path.is_file(),
        size: picture.map(|track| [track.width, track.height]),
        is_refused: refusal_of(content).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use kinora_studio::timeline::MediumId;
    use kinora_studio::timeline::media::Extent;

    use super::*;
    use kinora_studio::timeline::media::{MediumMarks, PictureSettings};

    #[test]
    fn a_missing_file_is_found_out_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let medium = Medium {
            id: MediumId::from(1),
            name: "door.png".into(),
            content: ContentHash::of(b"a door"),
            path: "door.png".into(),
            extent: Extent::Still,
            has_picture: true,
            has_sound: false,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let files = MediaFiles::new(folder.path(), &Context::default());
        let waits_for = |wanted: MediumFile| {
            let end = Instant::now() + Duration::from_mins(1);
            while files.get(&medium) != wanted {
                assert!(Instant::now() < end, "{wanted:?} does not come");
                std::thread::yield_now();
            }
        };
        assert_eq!(files.revision(), 0);
        assert!(!files.get(&medium).is_missing, "nobody has looked yet");
        waits_for(MediumFile {
            is_missing: true,
            ..MediumFile::default()
        });
        let picture = image::RgbImage::new(4, 3);
        picture.save(folder.path().join("door.png")).expect("saved");
        files.check(&medium);
        waits_for(MediumFile {
            size: Some([4, 3]),
            ..MediumFile::default()
        });
        assert_eq!(files.revision(), 2);
    }
}
