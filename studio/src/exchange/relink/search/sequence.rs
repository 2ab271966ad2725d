//! Lost image sequences: the run of numbered pictures that has the name and the length under which one was imported.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kinora_timeline::media::Extent;

use super::compare::Wanted;
use super::found::Found;
use super::listing::{File, extension_of};
use crate::exchange::import::PictureRun;

/// The first picture of the run of a lost sequence. Its pictures are first decoded when it is imported again. `None`: the
/// search was cancelled.
pub(super) fn sequence_of(
    wanted: &Wanted,
    files: &[File],
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Found> {
    let Extent::Video { frames, .. } = wanted.lost.medium.extent else {
        return Some(Found::Nothing);
    };
    // "shot.[0001-0120].exr"
    let names = wanted.names.iter().filter(|name| name.contains('['));
    let extensions: BTreeSet<String> = names.map(|name| extension_of(Path::new(name))).collect();
    let likely = files.iter();
    let likely = likely.filter(|file| extensions.contains(&extension_of(&file.path)));
    let folders: BTreeSet<&Path> = likely.filter_map(|file| file.path.parent()).collect();
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in folders {
        if is_cancelled() {
            return None;
        }
        for run in PictureRun::all_in(folder).unwrap_or_default() {
            let [first, last] = run.ends();
            let length = (last - first).checked_add(1);
            let is_as_long = length == u64::try_from(frames.0).ok();
            if is_as_long && wanted.names.contains(&run.name().to_lowercase()) {
                found.push(run.file_of(first));
            }
        }
    }
    Some(match found.len() {
        0 => Found::Nothing,
        1 => Found::ByNameAndLength(found.remove(0)),
        _ => Found::Several(found),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use kinora_timeline::FrameRate;

    use super::*;
    use crate::exchange::import::{Gaps, ImportSource, SequenceSettings};
    use crate::exchange::relink::{Fault, Lost, bring_in, search};

    /// A folder with numbered pictures.
    fn pictures(folder: &Path, numbers: std::ops::RangeInclusive<u8>) {
        fs::create_dir_all(folder).expect("made");
        for number in numbers {
            let picture = image::RgbImage::from_pixel(4, 4, image::Rgb([number, 8, 7]));
            let file = folder.join(format!("shot.{number:04}.png"));
            picture.save(file).expect("saved");
        }
    }

    #[test]
    fn a_lost_sequence_is_found_by_its_name_and_its_length_and_written_again() {
        let root = tempfile::tempdir().expect("a folder");
        let (project, plates) = (root.path().join("a.kinora"), root.path().join("plates"));
        pictures(&plates, 1..=3);
        let settings = SequenceSettings {
            rate: FrameRate::FPS_24,
            gaps: Gaps::Refuse,
        };
        let source = ImportSource::of(plates.join("shot.0002.png"));
        let imported = source.import(settings, &project, &mut |_| true);
        let medium = imported.expect("imported").medium;
        fs::remove_file(project.join(&medium.path)).expect("removed");
        let lost = [Lost {
            medium: Arc::new(medium.clone()),
            fault: Fault::Missing("it is gone".into()),
        }];
        let moved = root.path().join("moved");
        let find = || {
            let found = search(std::slice::from_ref(&moved), &lost, &mut |_, _| {}, &|| {
                false
            });
            found.expect("not cancelled")
        };
        pictures(&moved.join("shorter"), 1..=2);
        assert_eq!(find()[0].found, Found::Nothing);

        fs::rename(&plates, moved.join("whole")).expect("moved");
        let first = moved.join("whole/shot.0001.png");
        assert_eq!(find()[0].found, Found::ByNameAndLength(first));
        let reports = bring_in(find(), &project, &|| false);
        assert_eq!(reports[0].medium.as_ref(), Some(&medium));
        assert!(project.join(&medium.path).is_file());

        pictures(&moved.join("again"), 1..=3);
        assert_eq!(find()[0].found.file(), None, "two fit equally well");
    }
}
