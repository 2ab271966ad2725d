//! The first minute in the window: from the welcome page to a project and back. Controls are found by their labels, as a
//! screen reader finds them.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn run_from_palette(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    let field = studio.window.get_by_role(egui::Role::TextInput);
    field.type_text(command);
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn the_welcome_page_offers_the_ways_to_a_film() {
    let home = home();
    let studio = Studio::at_the_door(home.path());
    for label in [
        "New project…",
        "Open…",
        "Open sample",
        "Recent projects appear here.",
    ] {
        assert!(studio.shows(label), "{label}");
    }
}

#[test]
fn a_new_film_is_made_opened_and_remembered() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    studio
        .click("New project…")
        .type_into("Name", "Night train")
        .click("Create");
    studio.waits_for("No shots yet. Create the first one.");
    assert!(
        home.path()
            .join("films/Night train.kinora/project.ron")
            .exists()
    );
    studio.press(Modifiers::COMMAND, Key::W);
    assert!(studio.shows("Night train"), "it stands under Recent");
    studio.click("Night train");
    studio.waits_for("No shots yet. Create the first one.");
}

#[test]
fn a_film_that_is_there_already_is_not_overwritten_but_reported() {
    let home = home();
    let project = home.path().join("films/Untitled film.kinora");
    std::fs::create_dir_all(&project).expect("make");
    std::fs::write(project.join("project.ron"), "precious").expect("write");
    let mut studio = Studio::at_the_door(home.path());
    studio
        .press(Modifiers::COMMAND, Key::N)
        .press(Modifiers::NONE, Key::Enter);
    studio.waits_for("is there already");
    assert_eq!(
        std::fs::read_to_string(project.join("project.ron")).expect("read"),
        "precious"
    );
}

#[test]
fn a_taken_name_is_reported_under_the_field_and_nothing_typed_is_lost() {
    let home = home();
    let project = home.path().join("films/Sea.kinora");
    std::fs::create_dir_all(&project).expect("make");
    std::fs::write(project.join("project.ron"), "precious").expect("write");
    let mut studio = Studio::at_the_door(home.path());
    studio.click("New project…").type_into("Name", "Sea");
    studio.waits_for("is there already");
    studio.press(Modifiers::NONE, Key::Enter);
    assert!(studio.shows("is there already"), "the dialog stays open");
    studio.type_into("Name", "Sea 2");
    studio.waits_for("Will be saved as");
    studio.click("Create");
    studio.waits_for("No shots yet. Create the first one.");
}

#[test]
fn a_name_no_disk_takes_is_refused_while_it_is_typed() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    studio.click("New project…").type_into("Name", "a/b");
    assert!(studio.shows("A name cannot begin with a dot"));
}

#[test]
fn the_palette_runs_what_is_typed() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    run_from_palette(&mut studio, "about");
    assert!(studio.shows("no telemetry"));
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("no telemetry"));
}

#[test]
fn an_engine_that_cannot_start_is_reported_and_the_window_goes_on() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    // There is no engine next to this test's program.
    run_from_palette(&mut studio, "start the engine");
    studio.waits_for("could not be started");
    studio.click("Close this notification");
    assert!(!studio.shows("could not be started"));
}

#[test]
fn every_menu_opens_and_holds_its_commands() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    for (menu, command) in [
        ("File", "Quit"),
        ("View", "Full screen"),
        ("Engine", "Restart the engine"),
        ("Help", "Keyboard shortcuts…"),
    ] {
        studio.click(menu);
        assert!(studio.shows(command), "{menu}: {command}");
        studio.press(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn a_recent_project_is_opened_from_the_file_menu() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.press(Modifiers::COMMAND, Key::W);
    studio.click("File").click_part("Open recent");
    studio.waits_for("First");
    let projects = studio.window.query_all_by_label("First");
    assert_eq!(projects.count(), 2, "on the welcome page and in the menu");
}
