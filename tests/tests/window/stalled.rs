//! Disks, decoders and engines that never answer: the window keeps drawing every frame in time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_render::{Content, Format, Picture, Writer};
use kinora_tests::PATIENCE;
use kinora_tests::studio::Studio;
use kinora_timeline::{FrameRate, Frames};

/// A frame that takes longer has waited for something. Far above what an unoptimised window needs next to other
/// tests.
const IN_TIME: Duration = Duration::from_secs(2);

/// A window whose frames are timed.
struct Watched {
    studio: Studio,
    drawn: Arc<AtomicUsize>,
}

impl Watched {
    fn new(studio: Studio) -> Self {
        let drawn = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&drawn);
        thread::spawn(move || {
            loop {
                let before = seen.load(Ordering::Relaxed);
                #[expect(clippy::disallowed_methods, reason = "it watches")]
                thread::sleep(PATIENCE); // a window that hangs would never end by itself
                if seen.load(Ordering::Relaxed) == before {
                    eprintln!("the window stands still after frame {before}");
                    std::process::abort();
                }
            }
        });
        Self { studio, drawn }
    }

    /// Draws `count` frames, with pauses for other threads.
    #[track_caller]
    fn frames(&mut self, count: usize) {
        for _ in 0..count {
            let began = Instant::now();
            self.studio.window.step();
            let took = began.elapsed();
            assert!(took < IN_TIME, "a frame took {took:?}");
            self.drawn.fetch_add(1, Ordering::Relaxed);
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn click(&mut self, label: &str) {
        self.studio.window.get_by_label(label).click();
        self.frames(6);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.studio.window.key_press_modifiers(modifiers, key);
        self.frames(6);
    }
}

/// Replaces a file by one whose opening never returns.
fn never_answers(file: &Path) {
    fs::remove_file(file).expect("it was there");
    let made = Command::new("mkfifo").arg(file).status();
    assert!(made.is_ok_and(|made| made.success()), "{}", file.display());
}

/// Writes a second of video with sound.
fn project(path: &Path) {
    let content = Content {
        size: [96, 64],
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(path, Format::MP4, content).expect("a writer");
    for number in 0..24 {
        let picture = Picture::plain(96, 64, [10 * number, 90, 120, 255]);
        writer.picture(&picture).expect("a picture");
        writer.sound(&[0.1; 4000]).expect("sound");
    }
    writer.finish().expect("written");
}

/// The only file of a folder, or a folder below, with this extension.
fn file_in(folder: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(folder).expect("listed").flatten();
    let found = entries.map(|entry| entry.path()).find_map(|path| {
        let is_it = path.extension().is_some_and(|it| it == ending);
        match path.is_dir() {
            true => Some(file_in(&path, ending)),
            false => is_it.then_some(path),
        }
    });
    found.expect("the file")
}

#[test]
fn a_disk_and_decoders_that_stand_still_do_not_hold_the_window() {
    let home = tempfile::tempdir().expect("a folder");
    let mut studio = Studio::with_new_project(home.path());
    let folder = home.path().join("films/First.kinora");
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Viewer");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.click("Append Shot 1 to the timeline");
    let medium = home.path().join("sea.mp4");
    project(&medium);
    studio.drop_file(medium);
    studio.waits_for("sea.mp4 is on the timeline.");
    let before = studio.project();
    assert!(before.end() > Frames(24), "both are on the timeline");

    studio.scroll_to("More…");
    let mut watched = Watched::new(studio);
    for file in [
        file_in(&folder.join("media"), "mp4"),
        file_in(&folder.join("takes"), "mkv"),
        file_in(&folder.join("takes"), "ron"),
    ] {
        never_answers(&file);
    }
    fs::remove_dir_all(folder.join("cache")).ok(); // strips and waves must be created again
    watched.press(Modifiers::COMMAND, Key::Num0);
    for key in [Key::End, Key::Home, Key::ArrowRight, Key::Space, Key::Space] {
        watched.press(Modifiers::NONE, key);
    }
    watched.click("More…");
    watched.click("Reproduce");
    watched.press(Modifiers::COMMAND, Key::Enter);
    watched.frames(20);
    watched.press(Modifiers::NONE, Key::B);
    watched.press(Modifiers::NONE, Key::T);
    watched.press(Modifiers::COMMAND, Key::S);
    assert!(watched.studio.project() != before, "edits go on");
    while watched.studio.project() != before {
        watched.press(Modifiers::COMMAND, Key::Z);
    }
    drop(watched); // closing the project does not wait
}

#[test]
fn an_engine_that_never_answers_does_not_hold_the_window() {
    for script in ["stubborn", "slow"] {
        let home = tempfile::tempdir().expect("a folder");
        let mut studio = Studio::with_engine(script, home.path());
        studio.click("New shot").type_into("Prompt", "a fox");
        studio.click("Viewer");
        let mut watched = Watched::new(studio);
        watched.press(Modifiers::COMMAND, Key::Enter);
        watched.frames(60);
        watched.click("Append Shot 1 to the timeline");
        watched.press(Modifiers::NONE, Key::Space);
        watched.press(Modifiers::COMMAND, Key::Z);
        watched.click("Queue");
        watched.frames(6);
        watched.click("Remove Shot 1 from the queue");
        watched.frames(20);
        drop(watched);
    }
}
