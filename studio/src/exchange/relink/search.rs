//! The search for lost media in folders: a file of the same content, under whatever name; else one of the same name and
//! length, which may be an image sequence. Where several files fit equally well, none is taken.

mod compare;
mod found;
mod length;
mod listing;
mod sequence;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::listing::{Likely, files_in};
use super::Lost;
use compare::{Wanted, Work};
use sequence::sequence_of;

pub use found::{Found, Match};

/// Looks for lost media in folders and the folders in them. What cannot be read is passed over. `progress` is called with
/// the number of files that were looked at and of all; the first is 0 while the folders are listed. `None`: the search was
/// cancelled.
pub fn search(
    folders: &[PathBuf],
    lost: &[Lost],
    progress: &mut dyn FnMut(u64, u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Vec<Match>> {
    let wanted: Vec<Wanted> = lost.iter().map(Wanted::of).collect();
    if wanted.is_empty() {
        return Some(Vec::new());
    }
    let names = wanted.iter().flat_map(|one| &one.names);
    let extensions = wanted.iter().map(|one| one.extension.as_str());
    let likely = Likely::of(names.map(String::as_str), extensions);
    let files = files_in(folders, &likely, progress, is_cancelled)?;
    let mut by_name: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    for file in &files {
        let paths = by_name.entry(file.name.as_str()).or_default();
        paths.push(&file.path);
    }
    let mut work = Work {
        progress,
        is_cancelled,
        done: 0,
        all: 0,
    };
    let by_content = work.of_contents(&files, &wanted)?;
    let mut matches = Vec::new();
    for one in wanted {
        let found = match by_content.get(&one.lost.medium.content) {
            Some(file) => Found::ByContent(file.clone()),
            None => match work.of_name(&one, &one.named(&by_name))? {
                Found::Nothing => sequence_of(&one, &files, is_cancelled)?,
                found => found,
            },
        };
        matches.push(Match {
            lost: one.lost.clone(),
            found,
        });
    }
    (work.progress)(work.all, work.all);
    Some(matches)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use kinora_timeline::file::PROJECT_FILE;
    use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_timeline::{ContentHash, FrameRate, Frames, MediumId};

    use super::*;
    use crate::content_hash::hash_of;
    use crate::exchange::import::import_medium;
    use crate::exchange::relink::Fault;

    const SECOND: u32 = 48_000;

    /// A WAV file of so many samples of one height.
    fn sound(path: &Path, samples: u32, height: i16) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let bytes = samples * 2;
        let mut wav = Vec::new();
        wav.extend(b"RIFF");
        wav.extend((36 + bytes).to_le_bytes());
        wav.extend(b"WAVEfmt ");
        wav.extend(16_u32.to_le_bytes());
        wav.extend(1_u16.to_le_bytes()); // PCM
        wav.extend(1_u16.to_le_bytes()); // one channel
        wav.extend(SECOND.to_le_bytes());
        wav.extend((SECOND * 2).to_le_bytes());
        wav.extend(2_u16.to_le_bytes());
        wav.extend(16_u16.to_le_bytes());
        wav.extend(b"data");
        wav.extend(bytes.to_le_bytes());
        wav.extend((0..samples).flat_map(|_| height.to_le_bytes()));
        fs::write(path, wav).expect("written");
    }

    /// The folder of a search, and a medium of a second, "Hum.wav", which was imported elsewhere and is lost.
    fn with_hum() -> (tempfile::TempDir, Lost) {
        let elsewhere = tempfile::tempdir().expect("a folder");
        let file = elsewhere.path().join("Hum.wav");
        sound(&file, SECOND, 7);
        let project = elsewhere.path().join("a.kinora");
        let medium = import_medium(&file, &project).expect("imported").medium;
        (tempfile::tempdir().expect("a folder"), lost(medium))
    }

    fn lost(medium: Medium) -> Lost {
        Lost {
            medium: Arc::new(medium),
            fault: Fault::Missing("it is gone".into()),
        }
    }

    /// A medium of another editor's cut whose file was never there.
    fn placeholder(name: &str) -> Lost {
        lost(Medium {
            id: MediumId::from(1),
            name: name.into(),
            content: ContentHash::of(b"file:///gone/hum.wav"),
            path: format!("media/{name}"),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(24),
            },
            has_picture: false,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        })
    }

    #[track_caller]
    fn found_in(folder: &Path, lost: &Lost) -> Found {
        let folders = [folder.to_owned()];
        let matches = search(
            &folders,
            std::slice::from_ref(lost),
            &mut |_, _| {},
            &|| false,
        );
        let mut matches = matches.expect("not cancelled");
        assert_eq!(matches.len(), 1);
        matches.remove(0).found
    }

    #[test]
    fn a_file_that_was_moved_is_found_by_its_content_under_another_name() {
        let (root, hum) = with_hum();
        let folder = root.path();
        sound(&folder.join("Hum.wav"), SECOND, 9); // the right name, but other bytes
        let moved = folder.join("old/.hidden/take 3.wav");
        sound(&moved, SECOND, 7);
        assert_eq!(hash_of(&moved).expect("read"), hum.medium.content);
        assert_eq!(found_in(folder, &hum), Found::ByContent(moved.clone()));
        let other = folder.join("old/.hidden/take 3.mp4"); // another extension of media
        fs::rename(&moved, &other).expect("renamed");
        assert_eq!(found_in(folder, &hum), Found::ByContent(other));
    }

    #[test]
    fn a_file_of_other_bytes_is_found_by_its_name_and_its_length() {
        let (root, hum) = with_hum();
        let folder = root.path();
        let other = folder.join("sounds/HUM.WAV");
        sound(&other, SECOND + 1000, 9); // half a frame longer
        let found = found_in(folder, &hum);
        assert_eq!(found, Found::ByNameAndLength(other.clone()));
        let found = Match { lost: hum, found };
        let text = format!("Hum.wav: found by its name and length: {}", other.display());
        assert_eq!(found.to_string(), text);
    }

    #[test]
    fn a_file_of_the_same_name_and_another_length_is_not_taken() {
        let (root, hum) = with_hum();
        sound(&root.path().join("Hum.wav"), SECOND + 4000, 7); // two frames longer
        fs::write(root.path().join("hum.WAV.txt"), "a note").expect("written");
        assert_eq!(found_in(root.path(), &hum), Found::Nothing);
    }

    #[test]
    fn two_files_that_fit_equally_well_are_reported_and_copies_of_one_file_are_one() {
        let (root, hum) = with_hum();
        let folder = root.path();
        let two = ["a", "b"].map(|name| folder.join(name).join("Hum.wav"));
        sound(&two[0], SECOND, 8);
        sound(&two[1], SECOND, 9);
        let found = found_in(folder, &hum);
        assert_eq!(found, Found::Several(two.to_vec()));
        assert_eq!(found.file(), None);
        fs::copy(&two[0], &two[1]).expect("copied");
        let [first, _] = two;
        assert_eq!(found_in(folder, &hum), Found::ByNameAndLength(first));
    }

    #[test]
    fn a_medium_of_a_cut_is_found_by_its_name_alone_but_sooner_by_its_length() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path();
        let lost = placeholder("hum.wav");
        let long = folder.join("long/hum.wav");
        sound(&long, 3 * SECOND, 8);
        assert_eq!(found_in(folder, &lost), Found::ByName(long));
        let right = folder.join("right/Hum.wav");
        sound(&right, SECOND, 9);
        assert_eq!(found_in(folder, &lost), Found::ByNameAndLength(right));
        let mut renamed = Medium::clone(&lost.medium);
        renamed.name = "The sea".into();
        let renamed = Lost {
            medium: Arc::new(renamed),
            ..lost
        };
        assert!(found_in(folder, &renamed).file().is_some());
        let words = placeholder("words.wav");
        fs::write(folder.join("words.wav"), "no sound").expect("written");
        assert_eq!(found_in(folder, &words), Found::Nothing);
    }

    #[test]
    fn caches_of_projects_are_passed_over_and_links_in_a_circle_are_followed_once() {
        let (root, hum) = with_hum();
        let folder = root.path();
        let project = folder.join("b.kinora");
        sound(&project.join("cache/Hum.wav"), SECOND, 7);
        fs::write(project.join(PROJECT_FILE), "").expect("written");
        assert_eq!(found_in(folder, &hum), Found::Nothing);
        let other = folder.join("cache/Hum.wav");
        sound(&other, SECOND, 7);
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder, folder.join("cache/again")).expect("linked");
        assert_eq!(found_in(folder, &hum), Found::ByContent(other));
        let nowhere = folder.join("nowhere");
        assert_eq!(found_in(&nowhere, &hum), Found::Nothing);
    }

    #[test]
    fn a_search_is_cancelled_at_any_file_and_reports_how_far_it_is() {
        let (root, hum) = with_hum();
        for number in 0..3 {
            let file = root.path().join(format!("{number}.wav"));
            sound(&file, 100 + number, 1);
        }
        let folders = [root.path().to_owned()];
        let lost = [hum];
        let mut seen = Vec::new();
        let done = search(
            &folders,
            &lost,
            &mut |done, of| seen.push((done, of)),
            &|| false,
        );
        assert!(done.is_some());
        assert_eq!(seen, [(0, 3), (0, 3), (1, 3), (2, 3), (3, 3)]);
        for calls in 0..5 {
            let left = std::cell::Cell::new(calls);
            let is_cancelled = || {
                left.set(left.get() - 1);
                left.get() < 0
            };
            let cancelled = search(&folders, &lost, &mut |_, _| {}, &is_cancelled);
            assert_eq!(cancelled, None, "after {calls} calls");
        }
        assert_eq!(
            search(&folders, &[], &mut |_, _| {}, &|| true),
            Some(vec![])
        );
    }
}
