//! The paths of a project's files, below its folder.

use std::path::{Path, PathBuf};

use kinora_timeline::ContentHash;
use kinora_timeline::media::{Medium, PictureSettings};

use super::smooth::SmoothClip;
use crate::proxy::ProxySize;

const STRIPS: &str = "cache/strips";
const STRIP_EXTENSION: &str = "png";
const SOUND: &str = "cache/sound";
const SOUND_EXTENSION: &str = "f32";
/// What of a sound is damaged is kept beside it.
const SOUND_DAMAGE_EXTENSION: &str = "ron";
const PROBES: &str = "cache/probes";
const PROBE_EXTENSION: &str = "ron";
const SURVEYS: &str = "cache/surveys";
const SURVEY_EXTENSION: &str = "ron";
const PROXIES: &str = "cache/proxies";
const PROXY_EXTENSION: &str = "mov";
/// How files are read. Caches name it, so that those of an older reader are not taken for those of this one. 1 is that
/// of version 0.1, and is not named.
const READER: &str = "r5";

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

    /// A take's sound, lossless.
    pub fn take_sound(&self, take: ContentHash) -> PathBuf {
        self.take(take).join("sound.flac")
    }

    /// What the caches of a take's sound are named by. Those of its frames are named by the take.
    pub fn take_sound_key(take: ContentHash) -> ContentHash {
        ContentHash::of(format!("sound of the take {take}").as_bytes())
    }

    /// The folder of all in-betweens.
    pub fn all_smooth(&self) -> PathBuf {
        self.folder.join("smooth")
    }

    /// The folder of a source's in-betweens.
    pub fn smooth(&self, smooth: &SmoothClip) -> PathBuf {
        self.all_smooth().join(smooth.name().to_string())
    }

    /// The pictures of a source at a higher rate, as a lossless clip. Its frames are counted: the rate in its header is not
    /// theirs.
    pub fn smooth_clip(&self, smooth: &SmoothClip) -> PathBuf {
        self.smooth(smooth).join("clip.mkv")
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

    /// The filmstrip of a video that is read with these settings; a cache that may be deleted at any time.
    pub fn strip(&self, content: ContentHash, settings: PictureSettings) -> PathBuf {
        self.cached(STRIPS, content, &named_by(settings, STRIP_EXTENSION))
    }

    /// The proxy of a video that is read with these settings; a cache that may be deleted at any time.
    pub fn proxy(
        &self,
        content: ContentHash,
        settings: PictureSettings,
        size: ProxySize,
    ) -> PathBuf {
        let extension = format!("{}.{PROXY_EXTENSION}", size.id());
        self.cached(PROXIES, content, &named_by(settings, &extension))
    }

    /// The conformed sound of an imported file; a cache that may be deleted at any time.
    pub fn conformed_sound(&self, content: ContentHash) -> PathBuf {
        self.cached(SOUND, content, SOUND_EXTENSION)
    }

    /// The probe of an imported file, with the time of every frame; a cache that may be deleted at any time.
    pub fn probe(&self, content: ContentHash) -> PathBuf {
        self.cached(PROBES, content, PROBE_EXTENSION)
    }

    /// The project's folder and the file's content, by the place of a probe; `None` if it is none of a project.
    pub fn of_probe(place: &Path) -> Option<(PathBuf, ContentHash)> {
        let folder = place.parent()?.parent()?.parent()?;
        let name = place.file_name()?.to_str()?.split('.').next()?;
        let content = ContentHash::try_from(name.to_owned()).ok()?;
        (Self::of(folder).probe(content) == place).then(|| (folder.into(), content))
    }

    /// What of an imported file cannot be decoded; a cache that may be deleted at any time.
    pub fn survey(&self, content: ContentHash) -> PathBuf {
        self.cached(SURVEYS, content, SURVEY_EXTENSION)
    }

    fn cached(&self, folder: &str, content: ContentHash, extension: &str) -> PathBuf {
        let name = format!("{content}.{READER}.{extension}");
        self.folder.join(folder).join(name)
    }

    /// The folders of all caches, with the extension of their files.
    pub fn caches(&self) -> [(PathBuf, &'static str); 6] {
        [
            (self.folder.join(STRIPS), STRIP_EXTENSION),
            (self.folder.join(SOUND), SOUND_EXTENSION),
            (self.folder.join(SOUND), SOUND_DAMAGE_EXTENSION),
            (self.folder.join(PROBES), PROBE_EXTENSION),
            (self.folder.join(SURVEYS), SURVEY_EXTENSION),
            (self.folder.join(PROXIES), PROXY_EXTENSION),
        ]
    }
}

/// The extension of a cache that depends on how pictures are read. The usual settings are not named.
fn named_by(settings: PictureSettings, extension: &str) -> String {
    if settings == PictureSettings::default() {
        return extension.to_owned();
    }
    let PictureSettings {
        deinterlacing,
        tone_curve,
        colours,
    } = settings;
    format!("{deinterlacing:?}-{tone_curve:?}-{colours:?}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_probe_names_its_project_and_its_file() {
        let content = ContentHash::of(b"the sea");
        let folder = PathBuf::from("films/sea.kinora");
        let place = ProjectFiles::of(&folder).probe(content);
        assert_eq!(ProjectFiles::of_probe(&place), Some((folder, content)));
        for other in ["probe.ron", "a/b/c/probe.ron", "/"] {
            assert_eq!(ProjectFiles::of_probe(Path::new(other)), None, "{other}");
        }
        let survey = ProjectFiles::of(Path::new("sea")).survey(content);
        assert_eq!(ProjectFiles::of_probe(&survey), None);
    }
}
