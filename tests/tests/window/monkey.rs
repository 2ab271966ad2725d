//! Random input to the window: clicks, drags, keys and text. Nothing panics, the project keeps its invariants, and
//! undoing everything restores it. `KINORA_EVENTS` sets the number of events.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora_app::cli::WindowArguments;
use kinora_app::window::{Started, Window};
use kinora_studio::Session;
use kinora_studio::folders::Folders;
use kinora_tests::{PATIENCE, fake_engine, find_graphics};
use kinora_timeline::check::check;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{Clip, Edit, FrameRate, Frames, Project, Source};

const SIZE: [f32; 2] = [1280.0, 720.0];
/// Below the menus, which can close the project.
const TOP: f32 = 44.0;
/// All keys except those that open another project, close this one or change the keys.
const KEYS: [(Modifiers, Key); 60] = [
    (Modifiers::NONE, Key::Space),
    (Modifiers::NONE, Key::J),
    (Modifiers::NONE, Key::K),
    (Modifiers::NONE, Key::L),
    (Modifiers::NONE, Key::ArrowLeft),
    (Modifiers::NONE, Key::ArrowRight),
    (Modifiers::NONE, Key::ArrowUp),
    (Modifiers::NONE, Key::ArrowDown),
    (Modifiers::NONE, Key::Home),
    (Modifiers::NONE, Key::End),
    (Modifiers::NONE, Key::B),
    (Modifiers::NONE, Key::Delete),
    (Modifiers::SHIFT, Key::Delete),
    (Modifiers::NONE, Key::N),
    (Modifiers::NONE, Key::R),
    (Modifiers::NONE, Key::R),
    (Modifiers::NONE, Key::Comma),
    (Modifiers::NONE, Key::Period),
    (Modifiers::NONE, Key::T),
    (Modifiers::NONE, Key::M),
    (Modifiers::NONE, Key::I),
    (Modifiers::NONE, Key::O),
    (Modifiers::ALT, Key::X),
    (Modifiers::COMMAND, Key::D),
    (Modifiers::COMMAND, Key::Z),
    (Modifiers::COMMAND, Key::S),
    (Modifiers::COMMAND, Key::Enter),
    (Modifiers::NONE, Key::Tab),
    (Modifiers::NONE, Key::Escape),
    (Modifiers::NONE, Key::Escape),
    (Modifiers::NONE, Key::Enter),
    (Modifiers::SHIFT, Key::Z),
    (Modifiers::COMMAND, Key::Plus),
    (Modifiers::COMMAND, Key::Num0),
    (Modifiers::COMMAND, Key::A),
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::A),
    (Modifiers::COMMAND, Key::C),
    (Modifiers::COMMAND, Key::X),
    (Modifiers::COMMAND, Key::V),
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::V),
    (Modifiers::COMMAND.plus(Modifiers::ALT), Key::V),
    (Modifiers::ALT, Key::D),
    (Modifiers::COMMAND, Key::L),
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::L),
    (Modifiers::ALT, Key::N),
    (Modifiers::ALT.plus(Modifiers::SHIFT), Key::N),
    (Modifiers::NONE, Key::A),
    (Modifiers::NONE, Key::D),
    (Modifiers::NONE, Key::E),
    (Modifiers::NONE, Key::Q),
    (Modifiers::NONE, Key::W),
    (Modifiers::NONE, Key::X),
    (Modifiers::SHIFT, Key::E),
    (Modifiers::SHIFT, Key::F),
    (Modifiers::SHIFT, Key::R),
    (Modifiers::NONE, Key::F9),
    (Modifiers::NONE, Key::F10),
    (Modifiers::NONE, Key::Semicolon),
    (Modifiers::ALT, Key::ArrowRight),
    (Modifiers::COMMAND.plus(Modifiers::ALT), Key::ArrowLeft),
];

struct Monkey {
    window: Harness<'static, Window>,
    random: u64,
}

impl Monkey {
    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn place(&mut self) -> Pos2 {
        let part = |number: u64| number as f32 / 1000.0;
        let (x, y) = (part(self.draw(1000)), part(self.draw(1000)));
        pos2(x * SIZE[0], TOP + y * (SIZE[1] - TOP))
    }

    fn act(&mut self) {
        match self.draw(20) {
            0..8 => {
                let at = self.place();
                self.drag(at, at);
            }
            8..13 => {
                let (from, by) = (self.place(), self.place());
                let to = from + (by - pos2(SIZE[0] / 2.0, SIZE[1] / 2.0)) * 0.4;
                self.drag(from, to);
            }
            13..17 => {
                let (modifiers, key) = KEYS[self.draw(KEYS.len() as u64) as usize];
                self.window.key_press_modifiers(modifiers, key);
                self.window.step();
            }
            17 => {
                let words = ["7", "a fox", "@ada ", "-3.5", "\u{202e}x"][self.draw(5) as usize];
                self.window.event(egui::Event::Text(words.into()));
                self.window.step();
            }
            _ => {
                let at = self.place();
                self.window.hover_at(at);
                let delta = vec2(0.0, self.draw(200) as f32 - 100.0);
                self.window.event(egui::Event::MouseWheel {
                    unit: egui::MouseWheelUnit::Point,
                    delta,
                    phase: egui::TouchPhase::Move,
                    modifiers: Modifiers::NONE,
                    source: egui::MouseWheelSource::Unknown,
                });
                self.window.step();
            }
        }
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.window.hover_at(from);
        self.window.step();
        self.window.drag_at(from);
        self.window.step();
        if from != to {
            for part in [0.3, 0.7, 1.0] {
                self.window.hover_at(from + (to - from) * part);
                self.window.step();
            }
        }
        self.window.drop_at(to);
        self.window.step();
    }

    fn project(&self) -> Project {
        self.window.state().project().expect("a film").clone()
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.step();
    }
}

fn project(home: &Path) -> (PathBuf, Project) {
    let folder = home.join("Monkey.kinora");
    let mut project = Project::default();
    let rate = FrameRate::new(16, 1).expect("a rate");
    for name in ["One", "Two", "Three"] {
        let shot = Shot::new(name, "a fox", ModelLength { frames: 17, rate });
        project = Edit::Library(Library::AddShot(Box::new(shot)))
            .apply(&project)
            .expect("a shot");
        let id = project.shots().map(|shot| shot.id).max().expect("a shot");
        let clip = Clip::new(Source::Shot(id), Frames(2), Frames(20));
        let track = project.tracks()[0].id;
        let pieces = vec![Piece { track, clip }];
        project = Edit::Place(Place::Append { pieces })
            .apply(&project)
            .expect("placed");
    }
    Session::create(&folder, &project).expect("made");
    (folder, project)
}

#[test]
fn whatever_is_done_at_random_the_film_makes_sense_and_can_be_undone() {
    let home = tempfile::tempdir().expect("a folder");
    let (folder, first) = project(home.path());
    let arguments = WindowArguments {
        project: Some(folder),
        engine: Some(fake_engine("slow", home.path())),
        ..WindowArguments::default()
    };
    find_graphics();
    let folders = Folders::under(home.path());
    let window = Harness::builder()
        .with_size(SIZE)
        .build_eframe(move |creation| Window::new(creation, folders, arguments, Started::now()));
    let mut monkey = Monkey {
        window,
        random: 0x2545_f491_4f6c_dd1d,
    };
    let end = Instant::now() + PATIENCE;
    while monkey.window.query_by_label("New shot").is_none() {
        assert!(Instant::now() < end, "the film does not open");
        #[expect(clippy::disallowed_methods, reason = "a test may wait")]
        std::thread::sleep(Duration::from_millis(10));
        monkey.window.step();
    }
    // As in the program: what no font can draw is a box. The harness has no fonts of the system.
    let boxes = egui::epaint::text::MissingGlyphPolicy::Tofu;
    monkey.window.ctx.set_missing_glyph_policy(boxes);
    let set = std::env::var("KINORA_EVENTS").ok();
    let events: usize = set.and_then(|set| set.parse().ok()).unwrap_or(250);
    for event in 0..events {
        monkey.act();
        if event % 50 == 0 {
            assert_eq!(check(&monkey.project()), [], "event {event}");
        }
    }
    for _ in 0..4 {
        monkey.press(Modifiers::NONE, Key::Escape); // closes any dialog and ends any drag
    }
    assert_eq!(check(&monkey.project()), []);
    let mut steps = 0;
    while monkey.project() != first {
        monkey.press(Modifiers::COMMAND, Key::Z);
        steps += 1;
        assert!(steps <= 2 * events, "it cannot be undone to its beginning");
    }
    assert!(steps > 0, "nothing was ever done");
}
