//! Copies of a small project: what they contain, what is listed as missing, and what a copy that ends early leaves.
//! The original is the project of 0.1 that is kept as a fixture.

use std::collections::BTreeMap;
use std::sync::Arc;

use kinora_render::project::{ProjectFiles, SmoothClip};
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::file::{self, is_beside};
use kinora_timeline::media::{Medium, PictureSettings};
use kinora_timeline::{ContentHash, Edit, FrameRange, Frames, ShotId, Source};

use super::stop::FREE_SPACE;
use super::*;
use crate::Session;
use crate::generate::smooth::kept::tests::write_in_betweens;
use crate::generate::smooth::kept::wanted_by;
use crate::project::check::check;
use crate::take::take_store::{Rating, TakeStore};

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
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/0.1.kinora");
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
