//! A first film in the window, as a person makes it who finds everything by its label: cast, write, move the camera,
//! generate, cut, play. The engine follows a script, so that what is seen is known.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use image::{Rgb, RgbImage};
use kinora_app::cli::WindowArguments;
use kinora_app::window::{Started, Window};
use kinora_studio::folders::Folders;
use kinora_studio::timeline::file::{Access, Document, RealDisk};
use kinora_studio::timeline::{Frames, Project};
use kinora_tests::fake_engine;

/// Frames to wait for work on other threads, each about 10 ms.
const PATIENCE_FRAMES: usize = 1500;

struct Studio {
    window: Harness<'static, Window>,
    film: PathBuf,
}

impl Studio {
    /// With a new film open.
    fn with_new_film(home: &Path) -> Self {
        let folders = Folders::under(home);
        let arguments = WindowArguments {
            engine: Some(fake_engine("well", home)),
            ..WindowArguments::default()
        };
        let window = Harness::builder()
            .with_size([1280.0, 720.0])
            .build_eframe(move |creation| {
                Window::new(creation, folders, arguments, Started::now())
            });
        let mut studio = Self {
            window,
            film: home.join("films/First.kinora"),
        };
        studio
            .click("New film…")
            .type_into("Name", "First")
            .click("Make film");
        studio.waits_for("A film is made of shots. Write the first one.");
        studio
    }

    fn click(&mut self, label: &str) -> &mut Self {
        self.window.get_by_label(label).click();
        self.window.run_ok();
        self
    }

    fn type_into(&mut self, label: &str, text: &str) -> &mut Self {
        self.window
            .query_all_by_label(label)
            .find(|node| {
                matches!(
                    node.accesskit_node().role(),
                    egui::Role::TextInput | egui::Role::MultilineTextInput
                )
            })
            .expect("a field of this name")
            .focus();
        self.window.run_ok();
        self.press(Modifiers::COMMAND, Key::A);
        self.window.event(egui::Event::Text(text.to_owned()));
        self.window.run_ok();
        self
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) -> &mut Self {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_ok();
        self
    }

    fn shows(&self, label: &str) -> bool {
        self.window
            .query_all_by_label_contains(label)
            .next()
            .is_some()
    }

    #[track_caller]
    fn waits_for(&mut self, label: &str) {
        let is_there = |studio: &mut Self| studio.shows(label);
        self.waits_until(label, is_there);
    }

    #[track_caller]
    fn waits_until(&mut self, what: &str, mut is_it: impl FnMut(&mut Self) -> bool) {
        for _ in 0..PATIENCE_FRAMES {
            if is_it(self) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(Duration::from_millis(10));
            self.window.step();
        }
        panic!("{what:?} does not come");
    }

    /// The film as the disk has it now, edits in the journal and all.
    fn project(&mut self) -> Project {
        self.waits_until("the disk", |studio| studio.window.state().is_settled());
        let (document, _) = Document::open(RealDisk, &self.film, Access::Look).expect("the film");
        document.film().clone()
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.window.hover_at(from);
        self.window.step();
        self.window.drag_at(from);
        self.window.step();
        for part in 1..=8 {
            self.window
                .hover_at(from + (to - from) * (part as f32 / 8.0));
            self.window.step();
        }
        self.window.drop_at(to);
        self.window.run_ok();
    }
}

/// A file that is let go over the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn shot_of(studio: &mut Studio, name: &str) -> kinora_studio::timeline::shot::Shot {
    let film = studio.project();
    let found = film
        .shots()
        .find(|shot| shot.name == name)
        .map(|shot| kinora_studio::timeline::shot::Shot::clone(shot));
    found.expect("the shot")
}

#[test]
fn a_shot_is_written_generated_and_put_on_the_timeline() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").type_into("Name", "Dusk");
    studio.type_into("Prompt", "a fox walks left");
    studio.type_into("Not to be seen", "rain");
    studio.click("Viewer");
    let shot = shot_of(&mut studio, "Dusk");
    assert_eq!(
        (shot.prompt.as_str(), shot.negative.as_str()),
        ("a fox walks left", "rain")
    );

    studio.click("Put Dusk at the end of the timeline");
    assert!(studio.shows("Dusk on V1, 00:00:00:00 to 00:00:01:01"));
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| shot_of(studio, "Dusk").chosen.is_some());
    studio.waits_for("Take 1 of Dusk");

    // The picture of the film is the take's first frame, which is black.
    studio.press(Modifiers::NONE, Key::End);
    studio.waits_for("Picture of frame 24");
}

#[test]
fn somebody_joins_the_cast_from_a_picture_and_is_cast() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot");
    let picture = home.path().join("Ada.png");
    RgbImage::from_pixel(24, 32, Rgb([240, 210, 40]))
        .save(&picture)
        .expect("saved");
    let dropped = Arc::new(Dropped(picture));
    studio.window.input_mut().dropped_files.push(dropped);
    studio.window.run_ok();
    studio.click("Cast");
    studio.waits_for("@ada, in no shot yet");
    studio.click("Cast Ada into Shot 1");
    assert!(studio.shows("@ada, in 1 shot"));
    assert_eq!(shot_of(&mut studio, "Shot 1").cast.len(), 1);
    studio.click("Take Ada out of Shot 1");
    assert!(shot_of(&mut studio, "Shot 1").cast.is_empty());
}

#[test]
fn a_clip_is_trimmed_moved_cut_and_all_of_it_undone() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.click("Put Shot 1 at the end of the timeline");
    let length = studio.project().end();
    assert_eq!(length, Frames(50));
    let start = studio.project();

    let first = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:00:00")
        .rect();
    let tail = egui::pos2(first.right() - 3.0, first.center().y);
    studio.drag(tail, tail - vec2(60.0, 0.0));
    assert!(studio.project().end() < length, "what follows closed up");
    assert!(studio.project().end() > Frames(30));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "a whole gesture is one step");

    let second = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:01:01")
        .rect();
    studio.drag(second.center(), second.center() + vec2(120.0, 0.0));
    assert!(studio.project().end() > length);
    studio.press(Modifiers::COMMAND, Key::Z);

    for _ in 0..10 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::NONE, Key::B);
    assert!(
        studio.shows("Shot 1 on V1, 00:00:00:10"),
        "cut at the playhead"
    );
    studio.click("Shot 1 on V1, 00:00:00:10 to 00:00:01:01");
    studio.press(Modifiers::SHIFT, Key::Delete);
    assert_eq!(studio.project().end(), Frames(35));
    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.project(), start);
}

#[test]
fn the_film_plays_and_rests_and_an_idle_window_draws_nothing() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.press(Modifiers::NONE, Key::Space);
    studio.waits_until("a later frame", |studio| {
        !studio.shows("Picture of frame 0")
    });
    studio.press(Modifiers::NONE, Key::K);
    studio.press(Modifiers::NONE, Key::Home);
    assert!(studio.shows("Picture of frame 0"));
    studio.press(Modifiers::NONE, Key::ArrowRight);
    assert!(studio.shows("Picture of frame 1"));
}

#[test]
fn the_camera_is_flown_in_its_picture_keyed_and_put_back() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").click("Camera");
    let keys = |studio: &mut Studio| {
        let camera = shot_of(studio, "Shot 1").camera;
        camera.map_or(Vec::new(), |path| {
            path.keys().iter().map(|key| key.frame).collect()
        })
    };
    let picture = studio.window.get_by_label("Through the camera").rect();
    studio.drag(picture.center(), picture.center() + vec2(30.0, 0.0));
    assert_eq!(keys(&mut studio), [Frames(0)], "where one is");
    let ahead = shot_of(&mut studio, "Shot 1")
        .camera
        .expect("a path")
        .keys()[0]
        .orientation;
    assert!(
        (ahead * glam::DVec3::Z).x < -0.1,
        "the picture goes with the hand"
    );

    let frames = studio.window.get_by_label("Shot frame 1 of 17").rect();
    let last = frames.right_center() - vec2(14.0, 0.0);
    studio.drag(frames.center(), last);
    assert!(studio.shows("Shot frame 17 of 17"));
    studio.click("Slide");
    studio.drag(picture.center(), picture.center() + vec2(0.0, 20.0));
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    studio.drag(last, frames.center());
    studio.window.hover_at(frames.center());
    studio.window.step();
    studio.press(Modifiers::NONE, Key::K);
    assert_eq!(keys(&mut studio), [Frames(0), Frames(8), Frames(16)]);
    studio.click("Camera key at frame 9");
    studio.click("Remove key");
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    for _ in 0..4 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(shot_of(&mut studio, "Shot 1").camera, None);
}

#[test]
fn something_is_put_on_the_stage_and_moved_by_hand() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").click("Camera");
    studio.click("Put on stage…").click("Box");
    let foot = |studio: &mut Studio| {
        let stage = shot_of(studio, "Shot 1").stage;
        stage.stand_ins[0].at(Frames(0)).0
    };
    let before = foot(&mut studio);
    studio.window.step();
    let stage = studio.window.get_by_label("Stage").rect();
    studio.click("Stage"); // nothing is chosen any more, so that no handle is in the way
    let there = studio.window.get_by_label("Stand-in Box").rect().center();
    assert!(stage.contains(there));
    studio.drag(there, there + vec2(-50.0, 0.0));
    let moved = foot(&mut studio) - before;
    assert!(moved.length() > 0.3 && moved.y.abs() < 1e-9, "{moved}");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(foot(&mut studio), before);
}

#[test]
fn a_title_is_written_and_sound_brought_in_dissolved_and_marked() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.press(Modifiers::NONE, Key::T);
    assert!(studio.shows("Title on V2, 00:00:00:00 to 00:00:02:00"));
    studio.click("Clip").type_into("Words", "The end");
    studio.click("Viewer");
    assert!(studio.shows("The end on V2"));

    let sound = home.path().join("hum.wav");
    std::fs::write(&sound, wav(48_000)).expect("written");
    let dropped = Arc::new(Dropped(sound));
    studio.window.input_mut().dropped_files.push(dropped);
    studio.window.run_ok();
    studio.waits_for("hum.wav on A1, 00:00:00:00 to 00:00:01:00");

    studio.press(Modifiers::NONE, Key::M);
    studio.press(Modifiers::NONE, Key::ArrowRight);
    studio.press(Modifiers::NONE, Key::I);
    let film = studio.project();
    assert_eq!(film.markers().count(), 1);
    assert_eq!(film.in_out().map(|range| range.start), Some(Frames(1)));
    studio.press(Modifiers::ALT, Key::X);
    assert_eq!(studio.project().in_out(), None);
}

/// So many samples of a hum, as a WAV of one channel.
fn wav(samples: u32) -> Vec<u8> {
    let bytes = samples * 2;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..samples {
        let tone = (f64::from(at) * 220.0 * std::f64::consts::TAU / 48_000.0).sin();
        wav.extend(((tone * 9_000.0) as i16).to_le_bytes());
    }
    wav
}
