//! The paths of a project's files, below its folder.

use std::path::{Path, PathBuf};

use kinora_timeline::ContentHash;
use kinora_timeline::media::Medium;

const STRIPS: &str = "cache/strips";
const STRIP_EXTENSION: &str = "png";
const SOUND: &str = "cache/sound";
const SOUND_EXTENSION: &str = "f32";

/// The paths of a project's files.
#[derive(Clone, Debug)]
pub struct ProjectFiles {
    folder: PathBuf,
}

impl ProjectFiles {
    /// For the project in this folder.
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder of all takes.
    pub fn takes(&self) -> PathBuf {
        self.folder.join("takes")
    }

    /// The folder of a take.
    pub fn take(&self, take: ContentHash) -> PathBuf {
        self.takes().join(take.to_string())
    }

    /// A take's frames, as a lossless clip.
    pub fn take_clip(&self, take: ContentHash) -> PathBuf {
        self.take(take).join("clip.mkv")
    }

    /// The folder of the imported files.
    pub fn media(&self) -> PathBuf {
        self.folder.join("media")
    }

    /// An imported file.
    pub fn medium(&self, medium: &Medium) -> PathBuf {
        self.folder.join(&medium.path)
    }

    /// The folder of the characters' reference images.
    pub fn characters(&self) -> PathBuf {
        self.folder.join("characters")
    }

    /// An imported picture, a reference or keyframe image, in any of the formats; `None` if there is no such file.
    pub fn picture(&self, content: ContentHash) -> Option<PathBuf> {
        let name = content.to_string();
        let folders = [self.characters(), self.media()];
        let entries = folders
            .iter()
            .flat_map(std::fs::read_dir)
            .flatten()
            .flatten();
        let mut paths = entries.map(|entry| entry.path());
        paths.find(|path| path.file_stem().is_some_and(|stem| *stem == *name))
    }

    /// The filmstrip of a video; a cache that may be deleted at any time.
    pub fn strip(&self, content: ContentHash) -> PathBuf {
        self.folder
            .join(STRIPS)
            .join(format!("{content}.{STRIP_EXTENSION}"))
    }

    /// The conformed sound of an imported file; a cache that may be deleted at any time.
    pub fn conformed_sound(&self, content: ContentHash) -> PathBuf {
        self.folder
            .join(SOUND)
            .join(format!("{content}.{SOUND_EXTENSION}"))
    }

    /// The folders of both caches, with the extension of their files.
    pub fn caches(&self) -> [(PathBuf, &'static str); 2] {
        [
            (self.folder.join(STRIPS), STRIP_EXTENSION),
            (self.folder.join(SOUND), SOUND_EXTENSION),
        ]
    }
}
