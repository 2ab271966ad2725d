//! Whether the files of the imports are there, and the sizes of their pictures. Found out on one thread, and kept while the
//! project is open.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Context;
use kinora_studio::render::media::picture_size;
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::media::Medium;

/// The file of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediumFile {
    pub is_missing: bool,
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
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            for (content, path) in requested {
                if sender.send((content, look(&path))).is_err() {
                    return; // the project was closed
                }
                ctx.request_repaint();
            }
        });
        Self {
            files: ProjectFiles::of(folder),
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

fn look(path: &Path) -> MediumFile {
    MediumFile {
        is_missing: !path.is_file(),
        size: picture_size(path),
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
            size: None,
        });
        let picture = image::RgbImage::new(4, 3);
        picture.save(folder.path().join("door.png")).expect("saved");
        files.check(&medium);
        waits_for(MediumFile {
            is_missing: false,
            size: Some([4, 3]),
        });
        assert_eq!(files.revision(), 2);
    }
}
