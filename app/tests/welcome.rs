//! The first minute in the window, found by label as a screen reader would: from the welcome page
//! to a film and back.

use std::path::Path;

use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, Node};
use kinora_app::cli::WindowArguments;
use kinora_app::window::{Started, Window};
use kinora_studio::folders::Folders;

/// Frames to wait for work on other threads, each about 10 ms.
const PATIENCE_FRAMES: usize = 500;

struct Studio(Harness<'static, Window>);

impl Studio {
    fn open(home: &Path) -> Self {
        let folders = Folders::under(home);
        let window = Harness::builder()
            .with_size([1280.0, 720.0])
            .build_eframe(move |creation| {
                Window::new(
                    creation,
                    folders,
                    WindowArguments::default(),
                    Started::now(),
                )
            });
        Self(window)
    }

    fn click(&mut self, label: &str) -> &mut Self {
        self.0.get_by_label(label).click();
        self.0.run_ok();
        self
    }

    fn type_into(&mut self, label: &str, text: &str) -> &mut Self {
        let field: Node<'_> = self.0.get_by_role_and_label(egui::Role::TextInput, label);
        field.focus();
        self.0.run_ok();
        self.0
            .key_combination_modifiers(egui::Modifiers::COMMAND, &[egui::Key::A]);
        self.0.run_ok();
        self.0
            .get_by_role_and_label(egui::Role::TextInput, label)
            .type_text(text);
        self.0.run_ok();
        self
    }

    fn press(&mut self, modifiers: egui::Modifiers, key: egui::Key) -> &mut Self {
        self.0.key_press_modifiers(modifiers, key);
        self.0.run_ok();
        self
    }

    fn shows(&self, label: &str) -> bool {
        self.0.query_all_by_label_contains(label).next().is_some()
    }

    fn waits_for(&mut self, label: &str) {
        for _ in 0..PATIENCE_FRAMES {
            if self.shows(label) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(std::time::Duration::from_millis(10));
            self.0.step();
        }
        panic!("{label:?} does not appear");
    }
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_welcome_page_offers_the_ways_to_a_film() {
    let home = home();
    let studio = Studio::open(home.path());
    for label in [
        "New film…",
        "Open…",
        "Open sample",
        "Films you work on appear here.",
    ] {
        assert!(studio.shows(label), "{label}");
    }
}

#[test]
fn a_new_film_is_made_opened_and_remembered() {
    let home = home();
    let mut studio = Studio::open(home.path());
    studio
        .click("New film…")
        .type_into("Name", "Night train")
        .click("Make film");
    studio.waits_for("A film is made of shots. Write the first one.");
    assert!(
        home.path()
            .join("films/Night train.kinora/project.ron")
            .exists()
    );
    studio.press(egui::Modifiers::COMMAND, egui::Key::W);
    assert!(studio.shows("Night train"), "it stands under Recent");
    studio.click("Night train");
    studio.waits_for("A film is made of shots. Write the first one.");
}

#[test]
fn a_film_that_is_there_already_is_not_overwritten_but_told() {
    let home = home();
    let film = home.path().join("films/Untitled film.kinora");
    std::fs::create_dir_all(&film).expect("make");
    std::fs::write(film.join("project.ron"), "precious").expect("write");
    let mut studio = Studio::open(home.path());
    studio
        .press(egui::Modifiers::COMMAND, egui::Key::N)
        .press(egui::Modifiers::NONE, egui::Key::Enter);
    studio.waits_for("is there already");
    assert_eq!(
        std::fs::read_to_string(film.join("project.ron")).expect("read"),
        "precious"
    );
}

#[test]
fn a_name_no_disk_takes_is_refused_while_it_is_typed() {
    let home = home();
    let mut studio = Studio::open(home.path());
    studio.click("New film…").type_into("Name", "a/b");
    assert!(studio.shows("A name cannot begin with a dot"));
}

#[test]
fn the_palette_runs_what_is_typed() {
    let home = home();
    let mut studio = Studio::open(home.path());
    studio.press(egui::Modifiers::COMMAND, egui::Key::K);
    studio
        .0
        .get_by_role(egui::Role::TextInput)
        .type_text("about");
    studio.0.run_ok();
    studio.press(egui::Modifiers::NONE, egui::Key::Enter);
    assert!(studio.shows("no telemetry"));
    studio.press(egui::Modifiers::NONE, egui::Key::Escape);
    assert!(!studio.shows("no telemetry"));
}

#[test]
fn an_engine_that_cannot_start_is_told_and_the_window_goes_on() {
    let home = home();
    let mut studio = Studio::open(home.path());
    // Beside the program of this test there is no engine.
    studio.press(egui::Modifiers::COMMAND, egui::Key::K);
    studio
        .0
        .get_by_role(egui::Role::TextInput)
        .type_text("start the engine");
    studio.0.run_ok();
    studio.press(egui::Modifiers::NONE, egui::Key::Enter);
    studio.waits_for("could not be started");
    studio.click("Close this notice");
    assert!(!studio.shows("could not be started"));
}

#[test]
fn every_menu_opens_and_holds_its_commands() {
    let home = home();
    let mut studio = Studio::open(home.path());
    for (menu, command) in [
        ("File", "Quit"),
        ("View", "Full screen"),
        ("Engine", "Restart the engine"),
        ("Help", "Keyboard shortcuts…"),
    ] {
        studio.click(menu);
        assert!(studio.shows(command), "{menu}: {command}");
        studio.press(egui::Modifiers::NONE, egui::Key::Escape);
    }
}
