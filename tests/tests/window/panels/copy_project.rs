//! Copies of the open project: *Save as*, *Duplicate project* and *Collect project*.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use kinora_studio::Session;
use kinora_tests::studio::Studio;

use super::home;

fn film(home: &Path, name: &str) -> PathBuf {
    home.join("films").join(name).with_extension("kinora")
}

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.window.event(egui::Event::Text(command.to_owned()));
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
}

fn shots(folder: &Path) -> usize {
    let session = Session::open(folder).expect("it opens");
    session.project().shots().count()
}

#[test]
fn save_as_copies_the_project_and_continues_in_the_copy() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    studio.waits_for("Save project as");
    studio.waits_for("0 takes, 0 media files, 0 pictures");
    studio.type_into("Name", " ");
    assert!(studio.shows("The project needs a name."));
    studio.type_into("Name", "Second");
    studio.click("Save copy");
    studio.waits_for("Saved as Second.");
    let place = film(home.path(), "Second").display().to_string();
    studio.waits_for(&place); // the status bar has the folder of the open project
    studio.click("New shot");
    studio.waits_until("the disk", |studio| studio.window.state().is_settled());
    assert_eq!(shots(&film(home.path(), "Second")), 1);
    assert_eq!(shots(&film(home.path(), "First")), 0);
}

#[test]
fn a_duplicate_is_made_with_the_unsaved_edits_and_the_project_stays_open() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    run(&mut studio, "duplicate project");
    studio.waits_for("This project stays open.");
    studio.click("Duplicate");
    studio.waits_for("Duplicated: ");
    assert_eq!(shots(&film(home.path(), "First copy")), 1);
    let place = film(home.path(), "First").display().to_string();
    assert!(studio.shows(&place), "the status bar has its folder");
}

#[test]
fn an_existing_folder_is_refused_under_the_field_and_what_was_typed_is_kept() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    run(&mut studio, "collect project");
    studio.waits_for("Collect project");
    studio.type_into("Name", "First");
    studio.click("Collect");
    studio.waits_for("is there already");
    assert!(studio.shows("Collect project"), "the dialog is open");
    studio.type_into("Name", "Third");
    assert!(!studio.shows("is there already"));
    studio.click("Collect");
    studio.waits_for("Collected: ");
    assert_eq!(shots(&film(home.path(), "Third")), 0);
}
