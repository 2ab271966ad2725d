//! The search for lost media in folders: a file of the same content, under whatever name; else one of the same name and
//! length. Where several files fit equally well, none is taken.

mod listing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::media::{Extent, Medium};

use self::listing::{File, Likely, extension_of, files_in};
use super::Lost;
use crate::content_hash::hash_unless;
use crate::exchange::import::contents_of;

/// Sounds have no frames: they are as long if they differ by no more than a frame at 24 per second.
const SOUND_FRAME_SECONDS: f64 = 1.0 / 24.0;
/// Lengths in seconds are rounded.
const ROUNDING_SECONDS: f64 = 1e-6;

/// A lost medium, and what a search has found for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The medium.
    pub lost: Lost,
    /// The file.
    pub found: Found,
}

/// The file that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has the content of the file that was imported.
    ByContent(PathBuf),
    /// It has the name and the length of the file that was imported, but other bytes.
    ByNameAndLength(PathBuf),
    /// It has the name that the cut of another editor gives. Nothing more is known of a file that was never there.
    ByName(PathBuf),
    /// These files fit equally well. None is taken.
    Several(Vec<PathBuf>),
    /// No file fits.
    Nothing,
}

impl Found {
    /// The file that is taken.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::ByContent(file) | Self::ByNameAndLength(file) | Self::ByName(file) => Some(file),
            Self::Several(_) | Self::Nothing => None,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.lost.medium.name)?;
        match &self.found {
            Found::ByContent(file) => write!(f, "found by its content: {}", file.display()),
            Found::ByNameAndLength(file) => {
                write!(f, "found by its name and length: {}", file.display())
            }
            Found::ByName(file) => write!(f, "found by its name: {}", file.display()),
            Found::Several(files) => {
                let files = files.iter().map(|file| file.display().to_string());
                let files: Vec<String> = files.collect();
                write!(f, "several files fit: {}", files.join(", "))
            }
            Found::Nothing => f.write_str("not found"),
        }
    }
}

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
            None => work.of_name(&one, &one.named(&by_name))?,
        };
        matches.push(Match {
            lost: one.lost.clone(),
            found,
        });
    }
    (work.progress)(work.all, work.all);
    Some(matches)
}

/// What is looked for.
struct Wanted<'l> {
    lost: &'l Lost,
    /// In lower case.
    names: BTreeSet<String>,
    /// In lower case; empty if it is not known.
    extension: String,
    /// Whether its file was never there: the hash is that of an address in a cut.
    is_placeholder: bool,
}

impl<'l> Wanted<'l> {
    fn of(lost: &'l Lost) -> Self {
        let medium = &lost.medium;
        let path = Path::new(&medium.path);
        let is_placeholder = is_placeholder(medium);
        let name = medium.name.rsplit(['/', '\\']).next();
        // The artist may have renamed it since.
        let earlier = path.file_name().filter(|_| is_placeholder);
        let earlier = earlier.map(|name| name.to_string_lossy().to_lowercase());
        Self {
            lost,
            names: name
                .map(str::to_lowercase)
                .into_iter()
                .chain(earlier)
                .collect(),
            extension: extension_of(path),
            is_placeholder,
        }
    }

    /// The files of its name.
    fn named<'f>(&self, by_name: &BTreeMap<&str, Vec<&'f Path>>) -> Vec<&'f Path> {
        let found = self.names.iter();
        let found = found.filter_map(|name| by_name.get(name.as_str()));
        found.flatten().copied().collect()
    }
}

/// Whether a medium has never had a file. Imported files lie in the folder of media under their hash; a cut of another
/// editor gives names there.
fn is_placeholder(medium: &Medium) -> bool {
    let path = Path::new(&medium.path);
    let folder = ProjectFiles::of(Path::new("")).media();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    path.parent() == Some(folder.as_path()) && *name != medium.content.to_string()
}

/// The files that are being looked at.
struct Work<'w> {
    progress: &'w mut dyn FnMut(u64, u64),
    is_cancelled: &'w dyn Fn() -> bool,
    done: u64,
    all: u64,
}

impl Work<'_> {
    /// Reports the next file. `None`: the work was cancelled.
    fn advance(&mut self) -> Option<()> {
        (self.progress)(self.done, self.all);
        self.done += 1;
        (!(self.is_cancelled)()).then_some(())
    }

    /// The files that have the content of a lost medium. No size is known, so that files are hashed until all are found.
    fn of_contents(
        &mut self,
        files: &[File],
        wanted: &[Wanted],
    ) -> Option<BTreeMap<ContentHash, PathBuf>> {
        let known = wanted.iter().filter(|one| !one.is_placeholder);
        let mut left: BTreeSet<ContentHash> = known.map(|one| one.lost.medium.content).collect();
        let mut found = BTreeMap::new();
        if left.is_empty() {
            return Some(found);
        }
        self.all += files.len() as u64;
        for file in files {
            if left.is_empty() {
                break;
            }
            self.advance()?;
            let content = hash_unless(&file.path, self.is_cancelled);
            if let Ok(content) = content
                && left.remove(&content)
            {
                found.insert(content, file.path.clone());
            }
        }
        (!(self.is_cancelled)()).then_some(found)
    }

    /// The file of a medium among those of its name.
    fn of_name(&mut self, wanted: &Wanted, named: &[&Path]) -> Option<Found> {
        self.all += named.len() as u64;
        let (mut readable, mut as_long) = (Vec::new(), Vec::new());
        for &file in named {
            self.advance()?;
            let Ok(contents) = contents_of(file) else {
                continue;
            };
            readable.push(file);
            if is_as_long(&wanted.lost.medium, contents) {
                as_long.push(file);
            }
        }
        let found = self.only(&as_long, Found::ByNameAndLength);
        let found = found.or_else(|| match wanted.is_placeholder {
            true => self.only(&readable, Found::ByName),
            false => None,
        });
        (!(self.is_cancelled)()).then_some(found.unwrap_or(Found::Nothing))
    }

    /// The only file of a list, of which copies count as one; or several. `None`: there is none.
    fn only(&self, files: &[&Path], found: fn(PathBuf) -> Found) -> Option<Found> {
        let first = files.first()?;
        Some(match files.len() == 1 || self.are_copies(files) {
            true => found(first.to_path_buf()),
            false => Found::Several(files.iter().map(|file| file.to_path_buf()).collect()),
        })
    }

    fn are_copies(&self, files: &[&Path]) -> bool {
        let mut contents = files
            .iter()
            .map(|file| hash_unless(file, self.is_cancelled));
        let Some(Ok(first)) = contents.next() else {
            return false;
        };
        contents.all(|content| content.is_ok_and(|content| content == first))
    }
}

/// Whether a file has what a medium has, and is as long within one frame.
fn is_as_long(medium: &Medium, (extent, has_picture, has_sound): (Extent, bool, bool)) -> bool {
    let has_all = (has_picture || !medium.has_picture) && (has_sound || !medium.has_sound);
    let frame_seconds = match medium.extent {
        Extent::Video { rate, .. } => 1.0 / rate.per_second(),
        Extent::Still | Extent::Sound { .. } => SOUND_FRAME_SECONDS,
    };
    let is_as_long = match (seconds_of(medium.extent), seconds_of(extent)) {
        (None, None) => true,
        (Some(own), Some(other)) => (own - other).abs() <= frame_seconds + ROUNDING_SECONDS,
        _ => false,
    };
    has_all && is_as_long
}

/// `None`: a still picture.
fn seconds_of(extent: Extent) -> Option<f64> {
    match extent {
        Extent::Still => None,
        Extent::Video { rate, frames } => Some(frames.as_seconds(rate)),
        Extent::Sound { rate_hz, samples } => Some(samples as f64 / f64::from(rate_hz.max(1))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use kinora_timeline::file::PROJECT_FILE;
    use kinora_timeline::media::{MediumMarks, PictureSettings};
    use kinora_timeline::{FrameRate, Frames, MediumId};

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
    fn two_files_that_fit_equally_well_are_told_and_copies_of_one_file_are_one() {
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
