//! Copies a project into a new folder: everything, or only the files that the project needs. A copy is written beside
//! its place and renamed at the end, so that a copy that was interrupted is never taken for a project.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use kinora_render::project::ProjectFiles;
use kinora_timeline::edit::library::Library;
use kinora_timeline::file::{self, Disk as _, RealDisk, beside, is_beside};
use kinora_timeline::media::Medium;
use kinora_timeline::shot::{Origin, Shot};
use kinora_timeline::{ContentHash, Edit, Project};
use kinora_wire::Failure;

use crate::content_hash::hash_of;
use crate::generate::queue::QUEUE_FILE;
use crate::generate::smooth::kept::{is_made, wanted_by};
use crate::take::take_store::{TAKE_FILE, TakeStore};

/// Progress is reported, and a cancel noticed, after so many bytes.
const CHUNK_BYTES: usize = 4 << 20;
/// The remedy of a file that did not fit.
const FREE_SPACE: &str = "free some disk space, or choose another location";

/// What a copy contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyContent {
    /// All takes with their ratings, all media and pictures, and the queue. Caches and backups are left out.
    Everything,
    /// The takes that the shots name, the media of the project, the in-betweens that its clips show, and the pictures of its
    /// cast and shots.
    Needed,
}

/// How a copy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyOutcome {
    /// The copy is complete.
    Done {
        /// Its folder, absolute.
        folder: PathBuf,
        /// The files that the project needs but does not have: "door.mp4", "a take of Shot 2".
        missing: Vec<String>,
    },
    /// It was cancelled. Nothing was left behind.
    Cancelled,
}

/// What a copy will contain, counted before it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopySummary {
    /// The number of takes.
    pub takes: usize,
    /// The number of imported files.
    pub media: usize,
    /// The number of pictures of characters and shots.
    pub pictures: usize,
    /// The size of all files.
    pub bytes: u64,
    /// The files that the project needs but does not have.
    pub missing: Vec<String>,
}

/// Counts the files of a copy, without reading them. Not for the window's thread.
///
/// # Errors
/// A folder of the project cannot be read.
pub fn summarize(
    from: &Path,
    project: &Project,
    what: CopyContent,
) -> Result<CopySummary, Failure> {
    let plan = Plan::of(from, project, what)?;
    let files = below();
    let count = |folder: PathBuf| {
        let paths = plan.files.keys();
        paths.filter(|path| path.starts_with(&folder)).count()
    };
    let takes = plan.files.keys().filter(|path| path.ends_with(TAKE_FILE));
    Ok(CopySummary {
        takes: takes.count(),
        media: count(files.media()) + plan.outside.len(),
        pictures: count(files.characters()),
        bytes: plan.bytes(),
        missing: plan.missing,
    })
}

/// Copies the project in the folder `from` to the folder `to`, with the project file as `project` is now. `on_progress`
/// is called with the number of copied bytes and of all bytes; returning false cancels the copy.
///
/// # Errors
/// There is something at `to` already; a file cannot be read; the disk is full. Nothing is left behind.
pub fn copy_project(
    from: &Path,
    project: &Project,
    to: &Path,
    what: CopyContent,
    on_progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<CopyOutcome, Failure> {
    let (from, to) = (plain(from), plain(to));
    refuse_place(&from, &to)?;
    let plan = Plan::of(&from, project, what)?;
    let part = beside(&to);
    let written = write_copy(&from, project, plan, &part, on_progress);
    let written = written.and_then(|missing| {
        let placed = RealDisk.settle(&part, &to);
        placed.map_err(|error| unwritable(&to, &error))?;
        Ok(missing)
    });
    match written {
        Ok(missing) => Ok(CopyOutcome::Done {
            folder: to,
            missing,
        }),
        Err(stop) => {
            fs::remove_dir_all(&part).ok(); // its space may be needed
            match stop {
                Stop::Cancelled => Ok(CopyOutcome::Cancelled),
                Stop::Failed(failure) => Err(failure),
            }
        }
    }
}

/// Why a copy is not finished.
enum Stop {
    Cancelled,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn refuse_place(from: &Path, to: &Path) -> Result<(), Failure> {
    let remedy = "choose another name or location";
    if fs::symlink_metadata(to).is_ok() {
        let cause = format!("{} is there already", to.display());
        return Err(Failure::refused(cause, remedy));
    }
    if to.starts_with(from) {
        let cause = format!("{} lies inside the project that is copied", to.display());
        return Err(Failure::refused(cause, remedy));
    }
    Ok(())
}

/// An absolute path without a slash at its end, which would put a temporary name inside the folder.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    absolute.components().collect()
}

/// The paths of a project's files below its folder.
fn below() -> ProjectFiles {
    ProjectFiles::of(Path::new(""))
}

/// The files of a copy.
#[derive(Default)]
struct Plan {
    /// The bytes of each file, by its path below the project's folder.
    files: BTreeMap<PathBuf, u64>,
    /// Media outside the project's folder that are copied into it, and their bytes.
    outside: Vec<(Arc<Medium>, u64)>,
    /// The names of the files that the project needs but does not have.
    missing: Vec<String>,
}

impl Plan {
    fn of(from: &Path, project: &Project, what: CopyContent) -> Result<Self, Failure> {
        let mut plan = Self::default();
        if what == CopyContent::Everything {
            plan.add_everything(from)?;
        }
        for medium in project.media() {
            plan.add_medium(from, medium, what);
        }
        for shot in project.shots() {
            plan.add_shot(from, shot)?;
        }
        for character in project.cast() {
            for image in &character.references {
                plan.add_picture(from, *image, &character.name);
            }
        }
        for smooth in wanted_by(project) {
            // In-betweens that are not made are no missing files: they can be made again from what is copied.
            if is_made(from, &smooth) {
                plan.add_all_in(from, &below().smooth(&smooth))?;
            }
        }
        Ok(plan)
    }

    fn bytes(&self) -> u64 {
        let outside = self.outside.iter().map(|(_, bytes)| bytes);
        self.files.values().chain(outside).sum()
    }

    fn add_everything(&mut self, from: &Path) -> Result<(), Failure> {
        let files = below();
        self.add(from, PathBuf::from(QUEUE_FILE));
        self.add_all_in(from, &files.media())?;
        self.add_all_in(from, &files.characters())?;
        for name in names_in(&from.join(files.all_smooth()))? {
            self.add_all_in(from, &files.all_smooth().join(name))?;
        }
        for name in names_in(&from.join(files.takes()))? {
            let take = files.takes().join(name);
            if from.join(&take).join(TAKE_FILE).exists() {
                self.add_all_in(from, &take)?; // without that file the take is still being written
            }
        }
        Ok(())
    }

    fn add_all_in(&mut self, from: &Path, folder: &Path) -> Result<(), Failure> {
        for name in names_in(&from.join(folder))? {
            self.add(from, folder.join(name));
        }
        Ok(())
    }

    /// Adds a file. False: there is no file at this path.
    fn add(&mut self, from: &Path, path: PathBuf) -> bool {
        match file_bytes(&from.join(&path)) {
            Some(bytes) => {
                self.files.insert(path, bytes);
                true
            }
            None => false,
        }
    }

    fn add_medium(&mut self, from: &Path, medium: &Arc<Medium>, what: CopyContent) {
        let path = Path::new(&medium.path);
        let is_inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let is_there = match is_inside {
            true => self.add(from, path.to_owned()),
            false => self.add_outside(from, medium, what),
        };
        if !is_there {
            self.missing.push(medium.name.clone());
        }
    }

    /// Adds a medium outside the project's folder. A copy of everything keeps the link to it.
    fn add_outside(&mut self, from: &Path, medium: &Arc<Medium>, what: CopyContent) -> bool {
        let Some(bytes) = file_bytes(&from.join(&medium.path)) else {
            return false;
        };
        if what == CopyContent::Needed {
            self.outside.push((Arc::clone(medium), bytes));
        }
        true
    }

    /// Adds the takes and keyframe images that a shot names.
    fn add_shot(&mut self, from: &Path, shot: &Shot) -> Result<(), Failure> {
        let files = below();
        for take in takes_of(shot) {
            self.add_all_in(from, &files.take(take))?;
            let has = |path: PathBuf| self.files.contains_key(&path);
            let (has_clip, has_sound) = (has(files.take_clip(take)), has(files.take_sound(take)));
            let found = TakeStore::of(from).find(take);
            let is_whole = found.is_some_and(|found| {
                match (found.clip.is_some(), found.sound.is_some()) {
                    (false, false) => has_clip || has_sound, // its description is damaged
                    (clip, sound) => (has_clip || !clip) && (has_sound || !sound),
                }
            });
            if !is_whole {
                self.missing.push(format!("a take of {}", shot.name));
            }
        }
        for key in &shot.keyframes {
            self.add_picture(from, key.image, &shot.name);
        }
        Ok(())
    }

    fn add_picture(&mut self, from: &Path, content: ContentHash, owner: &str) {
        let found = ProjectFiles::of(from).picture(content);
        let path = found.as_ref().and_then(|path| path.strip_prefix(from).ok());
        let is_there = path.is_some_and(|path| self.add(from, path.to_owned()));
        if !is_there {
            self.missing.push(format!("a picture of {owner}"));
        }
    }
}

/// The chosen takes of a shot, of picture and sound, and the take that the shot extends or retakes.
fn takes_of(shot: &Shot) -> impl Iterator<Item = ContentHash> {
    let origin = match &shot.origin {
        Origin::Extends { take, .. } | Origin::Retakes { take, .. } => Some(*take),
        Origin::Scratch | Origin::Continues(_) => None,
    };
    let chosen = shot.chosen.into_iter().chain(shot.chosen_sound);
    chosen.chain(origin)
}

/// The size of a file; `None` if there is no file at this path.
fn file_bytes(path: &Path) -> Option<u64> {
    let found = fs::metadata(path).ok()?;
    found.is_file().then_some(found.len())
}

/// The names in a folder, without those of temporary files. Empty if there is no such folder.
fn names_in(folder: &Path) -> Result<Vec<OsString>, Failure> {
    match names(folder) {
        Ok(names) => Ok(names),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(folder, &error)),
    }
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !is_beside(&name.to_string_lossy()) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Writes the files of a copy into the folder `part`, the project file last. Returns the names of missing files.
fn write_copy(
    from: &Path,
    project: &Project,
    plan: Plan,
    part: &Path,
    on_progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<String>, Stop> {
    let all = plan.bytes();
    let Plan {
        mut files,
        outside,
        missing,
    } = plan;
    let mut writer = CopyWriter::begin(part, all, missing, on_progress)?;
    // The queue first: an order that is finished from here on is still in it, and its take is made again.
    let queue = files.remove_entry(Path::new(QUEUE_FILE));
    for (path, _) in queue.into_iter().chain(files) {
        let name = path.display().to_string();
        writer.copy(&from.join(&path), &path, &name)?;
    }
    let mut project = project.clone();
    for (medium, _) in outside {
        if let Some(relinked) = writer.copy_outside(from, &medium)? {
            let relink = Edit::Library(Library::ChangeMedium(Box::new(relinked)));
            let changed = relink.apply(&project);
            project = changed.map_err(|refusal| Failure::bug(refusal.to_string()))?;
        }
    }
    writer.finish(&project)
}

/// A copy that is being written.
struct CopyWriter<'c> {
    part: &'c Path,
    done_bytes: u64,
    all_bytes: u64,
    on_progress: &'c mut dyn FnMut(u64, u64) -> bool,
    /// The folders with new files.
    folders: BTreeSet<PathBuf>,
    missing: Vec<String>,
}

impl<'c> CopyWriter<'c> {
    fn begin(
        part: &'c Path,
        all_bytes: u64,
        missing: Vec<String>,
        on_progress: &'c mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self, Stop> {
        fs::create_dir_all(part).map_err(|error| unwritable(part, &error))?;
        let mut writer = Self {
            part,
            done_bytes: 0,
            all_bytes,
            on_progress,
            folders: BTreeSet::new(),
            missing,
        };
        writer.report(0)?;
        Ok(writer)
    }

    fn report(&mut self, bytes: u64) -> Result<(), Stop> {
        self.done_bytes += bytes;
        match (self.on_progress)(self.done_bytes, self.all_bytes) {
            true => Ok(()),
            false => Err(Stop::Cancelled),
        }
    }

    /// Copies a file to a path below the copy's folder. If the file is gone, its name is noted.
    fn copy(&mut self, source: &Path, path: &Path, name: &str) -> Result<(), Stop> {
        let mut file = match File::open(source) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.push(name.to_owned());
                return Ok(());
            }
            Err(error) => return Err(unreadable(source, &error).into()),
        };
        let place = self.part.join(path);
        let folder = place.parent().unwrap_or(self.part);
        let created = fs::create_dir_all(folder).and_then(|()| File::create(&place));
        let mut copy = created.map_err(|error| unwritable(&place, &error))?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = file.read(&mut chunk);
            let count = count.map_err(|error| unreadable(source, &error))?;
            if count == 0 {
                break;
            }
            let written = copy.write_all(&chunk[..count]);
            written.map_err(|error| unwritable(&place, &error))?;
            self.report(count as u64)?;
        }
        copy.sync_all()
            .map_err(|error| unwritable(&place, &error))?;
        let folders = path.ancestors().skip(1);
        self.folders
            .extend(folders.map(|folder| self.part.join(folder)));
        Ok(())
    }

    /// Copies a medium from outside the project to the imported files, under the hash of its content. Returns the
    /// medium with its new path; `None` if the file is gone.
    fn copy_outside(&mut self, from: &Path, medium: &Medium) -> Result<Option<Medium>, Stop> {
        let source = from.join(&medium.path);
        let content = match hash_of(&source) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.push(medium.name.clone());
                return Ok(None);
            }
            Err(error) => return Err(unreadable(&source, &error).into()),
        };
        let extension = source.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        let path = below().media().join(format!("{content}.{extension}"));
        self.copy(&source, &path, &medium.name)?;
        Ok(Some(Medium {
            content,
            path: path.to_string_lossy().into_owned(),
            ..medium.clone()
        }))
    }

    /// Flushes the folders and writes the project file. Returns the names of missing files.
    fn finish(self, project: &Project) -> Result<Vec<String>, Stop> {
        for folder in &self.folders {
            let synced = RealDisk.sync_folder(folder);
            synced.map_err(|error| unwritable(folder, &error))?;
        }
        let created = file::create(&RealDisk, self.part, project);
        created.map_err(|error| Failure::bad_file(error.to_string(), FREE_SPACE))?;
        Ok(self.missing)
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be read: {error}", path.display()),
        "check that the disk is connected and that the file may be read",
    )
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {error}", path.display()),
        FREE_SPACE,
    )
}

#[cfg(test)]
mod tests {
    use kinora_render::project::SmoothClip;
    use kinora_timeline::clip::InBetweens;
    use kinora_timeline::edit::clips::ClipEdit;
    use kinora_timeline::media::PictureSettings;
    use kinora_timeline::{FrameRange, Frames, ShotId, Source};

    use super::*;
    use crate::Session;
    use crate::generate::smooth::kept::tests::write_in_betweens;
    use crate::project::check::check;
    use crate::take::take_store::Rating;

    type Files = BTreeMap<PathBuf, Vec<u8>>;

    /// All files in a folder and the folders in it, with their bytes.
    fn contents(folder: &Path) -> Files {
        let mut found = Files::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).expect("listed").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let below = path.strip_prefix(folder).expect("below it").to_owned();
                    found.insert(below, fs::read(&path).expect("read"));
                }
            }
        }
        found
    }

    fn names_of(folder: &Path) -> Vec<String> {
        let mut names = RealDisk.names(folder).expect("listed");
        names.sort();
        names
    }

    /// A project of two shots with a take each, of which the second is not chosen, and with what a copy leaves out.
    struct Original {
        root: tempfile::TempDir,
        folder: PathBuf,
        project: Project,
        chosen: ContentHash,
    }

    impl Original {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a folder");
            let folder = root.path().join("Original.kinora");
            let fixture =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/0.1.kinora");
            for (path, bytes) in contents(&fixture) {
                let place = folder.join(path);
                fs::create_dir_all(place.parent().expect("a folder")).expect("made");
                fs::write(place, bytes).expect("written");
            }
            let mut session = Session::open(&folder).expect("it opens");
            let shots: Vec<(ShotId, Option<ContentHash>)> = session
                .project()
                .shots()
                .map(|shot| (shot.id, shot.chosen))
                .collect();
            let chosen = shots[0].1.expect("a take");
            let unchoose = Edit::Library(Library::ChooseTake(shots[1].0, None));
            session.document_mut().apply(&unchoose).expect("applied");
            let project = session.project().clone();
            drop(session);
            let rating = Rating {
                stars: 4,
                ..Rating::default()
            };
            let rated = TakeStore::of(&folder).set_rating(chosen, rating);
            rated.expect("rated");
            let files = ProjectFiles::of(&folder);
            let strip = files.strip(chosen, PictureSettings::default());
            fs::create_dir_all(strip.parent().expect("a folder")).expect("made");
            fs::write(strip, "a cache").expect("written");
            fs::write(beside(&files.take_clip(chosen)), "half a clip").expect("written");
            let unfinished = files.takes().join("ab".repeat(32));
            fs::create_dir_all(&unfinished).expect("made");
            fs::write(unfinished.join("clip.mkv"), "half a take").expect("written");
            Self {
                root,
                folder,
                project,
                chosen,
            }
        }

        fn place(&self) -> PathBuf {
            self.root.path().join("Copy.kinora")
        }

        fn copy(&self, what: CopyContent) -> Result<CopyOutcome, Failure> {
            let goes_on = &mut |_: u64, _: u64| true;
            copy_project(&self.folder, &self.project, &self.place(), what, goes_on)
        }

        /// The result of a copy with nothing missing.
        fn whole(&self) -> CopyOutcome {
            CopyOutcome::Done {
                folder: self.place(),
                missing: Vec::new(),
            }
        }
    }

    #[track_caller]
    fn opens_and_is_sound(folder: &Path, project: &Project) {
        let session = Session::open(folder).expect("it opens");
        assert_eq!(session.project(), project);
        assert_eq!(session.recovered().steps, 0, "it needs no journal");
        drop(session);
        let found = check(folder, &mut |_| {}).expect("it opens");
        assert_eq!(found.wrong, []);
    }

    #[test]
    fn a_copy_of_everything_has_all_takes_and_unsaved_edits_and_leaves_the_original_as_it_is() {
        let original = Original::new();
        let before = contents(&original.folder);
        let outcome = original.copy(CopyContent::Everything).expect("copied");
        assert_eq!(outcome, original.whole());
        assert!(contents(&original.folder) == before);
        let copy = original.place();
        let kept = ["characters", "media", "project.ron", "queue.ron", "takes"];
        assert_eq!(names_of(&copy), kept);
        let (takes, all) = (TakeStore::of(&copy), TakeStore::of(&original.folder));
        assert_eq!(
            (takes.names(), takes.ratings()),
            (all.names(), all.ratings())
        );
        assert_eq!((takes.names().len(), takes.ratings().len()), (2, 1));
        let files = contents(&copy);
        let mut paths = files.keys();
        assert!(!paths.any(|path| is_beside(&path.to_string_lossy())));
        assert_eq!(names_of(&copy.join("takes")).len(), 2, "no unfinished take");
        opens_and_is_sound(&copy, &original.project);
    }

    #[test]
    fn a_collected_project_has_only_the_chosen_takes_and_no_queue() {
        let original = Original::new();
        let before = contents(&original.folder);
        let outcome = original.copy(CopyContent::Needed).expect("copied");
        assert_eq!(outcome, original.whole());
        assert!(contents(&original.folder) == before);
        let copy = original.place();
        let kept = ["characters", "media", "project.ron", "takes"];
        assert_eq!(names_of(&copy), kept);
        assert_eq!(TakeStore::of(&copy).names(), [original.chosen]);
        opens_and_is_sound(&copy, &original.project);
    }

    #[test]
    fn a_collected_project_has_the_in_betweens_that_its_clips_show_and_no_others() {
        let mut original = Original::new();
        let film = original.project.clone();
        let mut shots = film.shots();
        let shot = shots.find(|shot| shot.chosen == Some(original.chosen));
        let source = Source::Shot(shot.expect("its shot").id);
        let mut clips = film.clips_showing(source);
        let clip = clips.next().expect("a clip of the shot").id;
        let change = Edit::Clip(ClipEdit::InBetweens {
            clips: vec![clip],
            in_betweens: InBetweens::Smooth,
        });
        original.project = change.apply(&film).expect("changed");
        let wanted = wanted_by(&original.project);
        assert_eq!(wanted.len(), 1);
        let unused = SmoothClip {
            range: FrameRange {
                start: Frames(700),
                length: Frames(24),
            },
            ..wanted[0]
        };
        for (smooth, pictures) in [(&wanted[0], "pictures"), (&unused, "others")] {
            write_in_betweens(&original.folder, smooth, pictures.as_bytes());
        }
        let outcome = original.copy(CopyContent::Needed).expect("copied");
        assert_eq!(outcome, original.whole());
        let copy = original.place();
        let kept = [wanted[0].name().to_string()];
        let files = ProjectFiles::of(&copy);
        assert_eq!(names_of(&files.all_smooth()), kept);
        opens_and_is_sound(&copy, &original.project);

        fs::write(files.smooth_clip(&wanted[0]), "half").expect("written");
        let found = check(&copy, &mut |_| {}).expect("it opens");
        let wrong: Vec<&Path> = found.wrong.iter().map(|one| &*one.path).collect();
        assert_eq!(wrong, [files.smooth_clip(&wanted[0])]);
    }

    #[test]
    fn the_summary_counts_what_is_copied() {
        let original = Original::new();
        let summary = |what| summarize(&original.folder, &original.project, what).expect("counted");
        let (all, needed) = (
            summary(CopyContent::Everything),
            summary(CopyContent::Needed),
        );
        assert_eq!((all.takes, all.media, all.pictures), (2, 1, 2));
        assert_eq!((needed.takes, needed.media, needed.pictures), (1, 1, 2));
        original.copy(CopyContent::Needed).expect("copied");
        let mut files = contents(&original.place());
        files.remove(Path::new(file::PROJECT_FILE));
        let bytes: usize = files.values().map(Vec::len).sum();
        assert_eq!(needed.bytes, bytes as u64);
        assert!(all.bytes > needed.bytes);
    }

    #[test]
    fn a_take_without_its_frames_is_listed_as_missing_even_if_it_has_a_sound() {
        let original = Original::new();
        let files = ProjectFiles::of(&original.folder);
        fs::remove_file(files.take_clip(original.chosen)).expect("removed");
        fs::write(files.take_sound(original.chosen), "a sound").expect("written");
        let outcome = original.copy(CopyContent::Needed).expect("copied");
        let CopyOutcome::Done { missing, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(missing[0].starts_with("a take of "), "{missing:?}");
    }

    #[test]
    fn a_missing_medium_is_listed_and_the_others_are_collected() {
        let original = Original::new();
        let medium = original.project.media().next().expect("a medium");
        let path = original.folder.join(&medium.path);
        fs::remove_file(path).expect("removed");
        let outcome = original.copy(CopyContent::Needed).expect("copied");
        let expected = CopyOutcome::Done {
            folder: original.place(),
            missing: vec![medium.name.clone()],
        };
        assert_eq!(outcome, expected);
        Session::open(&original.place()).expect("it opens");
    }

    #[test]
    fn a_medium_outside_the_project_is_collected_into_it() {
        let mut original = Original::new();
        let medium = Arc::clone(original.project.media().next().expect("a medium"));
        let outside = original.root.path().join("Rain.WAV");
        fs::rename(original.folder.join(&medium.path), &outside).expect("moved");
        let linked = Medium {
            path: outside.display().to_string(),
            ..Medium::clone(&medium)
        };
        let link = Edit::Library(Library::ChangeMedium(Box::new(linked)));
        original.project = link.apply(&original.project).expect("linked");
        let outcome = original.copy(CopyContent::Needed).expect("copied");
        assert_eq!(outcome, original.whole());
        let session = Session::open(&original.place()).expect("it opens");
        let collected = session.project().media().next().expect("a medium");
        assert_eq!(collected.path, format!("media/{}.wav", medium.content));
        drop(session);
        let found = check(&original.place(), &mut |_| {}).expect("it opens");
        assert_eq!(found.wrong, []);
        assert!(outside.exists());
    }

    #[test]
    fn a_cancelled_copy_leaves_nothing_at_any_moment() {
        let original = Original::new();
        for calls in 0..4 {
            let mut left = calls;
            let mut goes_on = |_: u64, _: u64| {
                left -= 1;
                left >= 0
            };
            let what = CopyContent::Everything;
            let place = original.place();
            let outcome = copy_project(
                &original.folder,
                &original.project,
                &place,
                what,
                &mut goes_on,
            );
            assert_eq!(outcome, Ok(CopyOutcome::Cancelled));
            assert_eq!(names_of(original.root.path()), ["Original.kinora"]);
        }
    }

    #[test]
    fn a_copy_that_fails_names_the_file_and_leaves_nothing() {
        let original = Original::new();
        let root = original.root.path();
        let mut block_takes = |done: u64, _: u64| {
            if done == 0 {
                let names = names_of(root);
                let part = names.iter().find(|name| is_beside(name)).expect("begun");
                fs::write(root.join(part).join("takes"), "in the way").expect("written");
            }
            true
        };
        let failure = copy_project(
            &original.folder,
            &original.project,
            &original.place(),
            CopyContent::Everything,
            &mut block_takes,
        );
        let failure = failure.expect_err("the takes do not fit");
        assert!(
            failure.cause.contains("clip.mkv cannot be written"),
            "{failure}"
        );
        assert_eq!(failure.remedy.as_deref(), Some(FREE_SPACE));
        assert_eq!(names_of(root), ["Original.kinora"]);
    }

    #[test]
    fn a_place_that_is_taken_or_inside_the_project_is_refused() {
        let original = Original::new();
        let inside = original.folder.join("Copy.kinora");
        fs::create_dir(original.place()).expect("made");
        for (place, why) in [
            (original.place(), "is there already"),
            (original.folder.clone(), "is there already"),
            (inside, "lies inside the project"),
        ] {
            let what = CopyContent::Everything;
            let outcome = copy_project(
                &original.folder,
                &original.project,
                &place,
                what,
                &mut |_, _| true,
            );
            let refused = outcome.expect_err("refused");
            assert!(
                refused.cause.contains(why) && refused.remedy.is_some(),
                "{refused}"
            );
        }
        assert!(
            names_of(&original.place()).is_empty(),
            "nothing was written"
        );
    }
}
