//! Projects of every released version open for ever, with all their takes. `tests/fixtures` has one project of each.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::FrameReader;
use kinora_studio::Session;
use kinora_studio::generate::queue::Queue;
use kinora_studio::project::check::check;
use kinora_studio::project::pending_writes::flush_pending;
use kinora_studio::take::take_store::TakeStore;
use kinora_timeline::Frames;

/// The takes of `0.1.kinora`: named by Kinora 0.1, and the hash of their frames.
const TAKES_0_1: [(&str, &str); 2] = [
    (
        "556ece421d20d35efb046f84b9ca3492f4ae66db14366a2c4d1e96f5a56a8c1c",
        "4d05ee69efb8a6ac86f75c00829def13075116c92dbdbf688b099cf803523fb5",
    ),
    (
        "5aaa7978f2f60d21675d9f0fd2eb27c66dd8aaae4e6a872214cfd3cda660692f",
        "411fcce7060dc8d28e7cce9104767dbba49d1980503cfc2144342d42f9a9e89d",
    ),
];

/// A copy of a fixture, for opening a project writes to its folder.
pub fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    let folder = root.path().join(name);
    copy_folder(&fixture, &folder);
    (root, folder)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).expect("copied");
            }
        }
    }
}

#[test]
fn a_project_of_0_1_opens_with_its_journal_its_queue_and_its_takes_and_checks_clean() {
    let (_root, folder) = copy("0.1.kinora");
    let session = Session::open(&folder).expect("it opens");
    assert_eq!(session.recovered().steps, 2, "the journal was replayed");
    let shots: Vec<_> = session.project().shots().cloned().collect();
    let names: Vec<&str> = shots.iter().map(|shot| shot.name.as_str()).collect();
    assert_eq!(names, ["Morning", "On the way", "Not installed"]);
    let chosen: Vec<Option<String>> = shots
        .iter()
        .map(|shot| shot.chosen.map(|take| take.to_string()))
        .collect();
    assert_eq!(
        chosen,
        [
            Some(TAKES_0_1[0].0.into()),
            Some(TAKES_0_1[1].0.into()),
            None
        ]
    );
    let queue = Queue::open_read_only(&folder);
    assert!(queue.orders().len() == 1 && queue.orders()[0].failed.is_some());

    let takes = TakeStore::of(&folder).all();
    let found: Vec<(String, String)> = takes
        .iter()
        .map(|(name, take)| {
            let frames = take.frames.expect("known");
            (name.to_string(), frames.to_string())
        })
        .collect();
    let expected = TAKES_0_1.map(|(name, frames)| (name.to_owned(), frames.to_owned()));
    assert_eq!(found, expected);
    for (name, take) in &takes {
        let recipe = take.recipe.as_ref().expect("it can be repeated");
        assert_eq!(
            (
                recipe.version,
                recipe.settings.frames,
                recipe.settings.steps
            ),
            (1, 17, 14),
            "{name}"
        );
    }
    drop(session);
    flush_pending();
    let findings = check(&folder, &mut |_| {}).expect("it opens");
    assert_eq!(findings.wrong, []);
}

#[test]
fn a_project_of_0_1_plays() {
    let (_root, folder) = copy("0.1.kinora");
    let session = Session::open(&folder).expect("it opens");
    let project = session.project();
    let mut reader = FrameReader::new(&folder);
    for frame in [0, 20] {
        let picture = reader.picture(project, Frames(frame)).expect("composed");
        let size = project.size();
        assert_eq!(
            (picture.width, picture.height),
            (size.width(), size.height())
        );
        assert!(picture.rgba.iter().any(|value| *value != picture.rgba[0]));
    }
}

#[test]
fn the_recipe_of_a_take_of_0_1_is_answered_by_that_take() {
    let (_root, folder) = copy("0.1.kinora");
    let store = TakeStore::of(&folder);
    let (name, take) = store.all().swap_remove(0);
    let mut recipe = take.recipe.expect("it can be repeated");
    recipe.version = kinora_studio::take::recipe::VERSION;
    assert_ne!(
        recipe.hash(),
        name,
        "the name is computed in another way now"
    );
    assert_eq!(store.made_from(&recipe), Some(name));
    recipe.inputs.seed += 1;
    assert_eq!(store.made_from(&recipe), None);
}
