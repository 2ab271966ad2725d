//! The in-betweens that a project keeps: which its clips show, what they are made from, whether they are there and whole.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::project::{ProjectFiles, SmoothClip, SmoothSource};
use kinora_timeline::file::is_sealed;
use kinora_timeline::{ContentHash, FrameRange, Project};
use serde::{Deserialize, Serialize};

use crate::content_hash::hash_of;
use crate::take::recipe::{MadeWith, ModelUsed};

/// What a file of in-betweens was made from, beside it.
pub(super) const RECIPE_FILE: &str = "smooth.ron";
/// The pictures, in the same folder.
const CLIP_FILE: &str = "clip.mkv";

/// `smooth.ron`.
#[derive(Serialize, Deserialize)]
pub(super) struct RecipeFile {
    pub(super) smooth: SmoothClip,
    pub(super) interpolator: ModelUsed,
    pub(super) made_with: MadeWith,
    /// The hash of `clip.mkv`.
    pub(super) clip: ContentHash,
    /// The hash of its frames as RGB bytes.
    pub(super) frames: ContentHash,
}

/// Whether the in-betweens are made. Looks at the disk.
pub fn is_made(folder: &Path, smooth: &SmoothClip) -> bool {
    ProjectFiles::of(folder).smooth_clip(smooth).is_file()
}

/// Whether the video that in-betweens are made from is on the disk. Without it a clip shows that its file is missing, with
/// in-betweens or without. Looks at the disk.
pub fn has_source(folder: &Path, project: &Project, smooth: &SmoothClip) -> bool {
    source_path(folder, project, smooth).is_some_and(|path| path.is_file())
}

/// The video that in-betweens are made from. `None`: the import is no longer in the project.
pub(super) fn source_path(
    folder: &Path,
    project: &Project,
    smooth: &SmoothClip,
) -> Option<PathBuf> {
    let files = ProjectFiles::of(folder);
    match smooth.source {
        SmoothSource::Take(take) => Some(files.take_clip(take)),
        SmoothSource::Medium(content, _) => {
            Some(files.medium(project.medium_with_content(content)?))
        }
    }
}

/// The in-betweens of all clips of a project, each once. Some of them may not be made.
pub fn wanted_by(project: &Project) -> Vec<SmoothClip> {
    let mut found: Vec<SmoothClip> = Vec::new();
    for (clip, _) in project.all_tracks().flat_map(|track| track.clips()) {
        let smooth = SmoothClip::of(project, clip);
        found.extend(smooth.filter(|smooth| !found.contains(smooth)));
    }
    found
}

/// The first file with a fault in a folder of in-betweens, and the fault. Reads all of them. A folder whose pictures were
/// never finished has none.
pub fn fault_in(folder: &Path) -> Option<(PathBuf, String)> {
    let clip = folder.join(CLIP_FILE);
    if !clip.exists() {
        return None;
    }
    let path = folder.join(RECIPE_FILE);
    let text = fs::read_to_string(&path).ok();
    let text = text.filter(|text| is_sealed(text.as_bytes()));
    let Some(recipe) = text.and_then(|text| ron::from_str::<RecipeFile>(&text).ok()) else {
        let what = "it is missing, damaged, or was changed outside Kinora";
        return Some((path, what.to_owned()));
    };
    let what = match hash_of(&clip) {
        Ok(there) if there == recipe.clip => return None,
        Ok(_) => "its bytes have changed".to_owned(),
        Err(error) => format!("it cannot be read: {error}"),
    };
    Some((clip, what))
}

/// The in-betweens that clips within a range of the timeline show, each once, in the order of the clips.
pub fn shown_within(project: &Project, range: FrameRange) -> Vec<SmoothClip> {
    let mut found: Vec<SmoothClip> = Vec::new();
    project.for_each_shown(range, &mut |clip| {
        let smooth = SmoothClip::of(project, clip);
        found.extend(smooth.filter(|smooth| !found.contains(smooth)));
    });
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use kinora_timeline::file::sealed;
    use kinora_timeline::{FrameRate, Frames};

    use super::*;

    pub(crate) fn made_with() -> MadeWith {
        MadeWith {
            engine: "0.2".into(),
            libtorch: "2.11.0".into(),
            device: "cpu".into(),
            device_name: "a processor".into(),
        }
    }

    /// Writes in-betweens with these bytes as their pictures into a project's folder.
    pub(crate) fn write_in_betweens(folder: &Path, smooth: &SmoothClip, clip: &[u8]) {
        let place = ProjectFiles::of(folder).smooth(smooth);
        fs::create_dir_all(&place).expect("made");
        fs::write(place.join(CLIP_FILE), clip).expect("written");
        let recipe = RecipeFile {
            smooth: *smooth,
            interpolator: ModelUsed {
                id: "an-interpolator".into(),
                files: BTreeMap::new(),
            },
            made_with: made_with(),
            clip: ContentHash::of(clip),
            frames: ContentHash::of(b"frames"),
        };
        let text = ron::to_string(&recipe).expect("a text");
        fs::write(place.join(RECIPE_FILE), sealed(&text)).expect("written");
    }

    #[test]
    fn changed_pictures_and_a_changed_recipe_are_faults() {
        let root = tempfile::tempdir().expect("a folder");
        let smooth = SmoothClip {
            source: SmoothSource::Take(ContentHash::of(b"a take")),
            rate: FrameRate::FPS_24,
            range: FrameRange {
                start: Frames::ZERO,
                length: Frames(8),
            },
        };
        let place = ProjectFiles::of(root.path()).smooth(&smooth);
        write_in_betweens(root.path(), &smooth, b"pictures");
        assert_eq!(fault_in(&place), None);
        fs::write(place.join(CLIP_FILE), "others").expect("written");
        let (path, what) = fault_in(&place).expect("a fault");
        assert!(path.ends_with(CLIP_FILE) && what.contains("changed"));
        fs::write(place.join(RECIPE_FILE), "()").expect("written");
        let (path, _) = fault_in(&place).expect("a fault");
        assert!(path.ends_with(RECIPE_FILE));
    }
}
