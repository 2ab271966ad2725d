//! The dialog of keyboard shortcuts: presets, recorded keys, and keys that two commands want.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

/// A project with one clip and the playhead within it, with this file of keys.
fn with_keys(home: &Path, file: &str) -> Studio {
    let config = home.join("config");
    fs::create_dir_all(&config).expect("a folder");
    fs::write(config.join("keys.ron"), file).expect("written");
    let mut studio = Studio::with_new_project(home);
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..10 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio
}

fn clips(studio: &mut Studio) -> usize {
    studio.project().tracks()[0].clips().count()
}

/// Opens the dialog and shows the row of a command.
fn find(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::F1);
    studio.type_into("Search", command);
}

#[test]
fn the_preset_of_the_config_file_splits_with_its_own_key() {
    let home = home();
    let mut studio = with_keys(home.path(), "(preset: PremierePro)");
    studio.press(Modifiers::NONE, Key::B);
    assert_eq!(clips(&mut studio), 1, "B is Kinora's key");
    studio.press(Modifiers::COMMAND, Key::K);
    assert_eq!(clips(&mut studio), 2);
}

#[test]
fn a_recorded_key_works_at_once_and_is_written() {
    let home = home();
    let mut studio = with_keys(home.path(), "");
    find(&mut studio, "split");
    studio.click_part("Key of Split at playhead");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.waits_for("Key of Split at playhead: B"); // Esc has cancelled the recording, not the dialog
    studio.click_part("Key of Split at playhead");
    studio.press(Modifiers::NONE, Key::Y);
    studio.waits_for("Key of Split at playhead: Y");
    assert_eq!(clips(&mut studio), 1, "no command runs in the dialog");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Key of Split at playhead"));
    studio.press(Modifiers::NONE, Key::Y);
    assert_eq!(clips(&mut studio), 2);
    let file = home.path().join("config/keys.ron");
    studio.waits_until("the file", |_| {
        fs::read_to_string(&file).is_ok_and(|text| text.contains("SplitAtPlayhead"))
    });
}

#[test]
fn a_key_of_another_command_is_taken_only_after_a_question() {
    let home = home();
    let mut studio = with_keys(home.path(), "");
    find(&mut studio, "split");
    studio.click_part("Key of Split at playhead");
    studio.press(Modifiers::COMMAND, Key::K);
    studio.waits_for("Ctrl+K is the key of Command palette.");
    assert!(studio.shows("Key of Split at playhead: B"));
    studio.click("Use it here");
    studio.waits_for("Key of Split at playhead: Ctrl+K");
    studio.type_into("Search", "palette");
    studio.waits_for("Key of Command palette: none");
    studio.click("Reset the key of Command palette");
    studio.waits_for("Ctrl+K is the key of Split at playhead.");
    studio.click("Cancel").click("Reset all");
    studio.waits_for("Key of Command palette: Ctrl+K");
}

#[test]
fn backspace_leaves_a_command_without_a_key() {
    let home = home();
    let mut studio = with_keys(home.path(), "");
    find(&mut studio, "split");
    studio.click_part("Key of Split at playhead");
    studio.press(Modifiers::NONE, Key::Backspace);
    studio.waits_for("Key of Split at playhead: none");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::NONE, Key::B);
    assert_eq!(clips(&mut studio), 1);
}

#[test]
fn a_command_that_is_not_possible_is_reported_by_a_menu_and_not_by_a_key() {
    let home = home();
    let mut studio = with_keys(home.path(), "");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z); // nothing was undone
    assert!(!studio.shows("Not possible now"));
    studio.secondary_click_part("Shot 1 on V1").click("Paste");
    studio.waits_for("Not possible now: Paste"); // nothing was copied
}

#[test]
fn the_preset_of_an_editor_brings_its_drags() {
    let home = home();
    let mut studio = with_keys(home.path(), "");
    studio.press(Modifiers::COMMAND, Key::F1);
    let choose = |studio: &mut Studio, preset: &str| {
        studio.opens_list("Preset").click(preset);
    };
    choose(&mut studio, "Premiere Pro");
    assert!(!studio.shows("A dragged edge"), "it trims there too");
    choose(&mut studio, "Final Cut Pro");
    studio.waits_for("A dragged edge ripples now.");
    let preferences = home.path().join("config/preferences.ron");
    studio.waits_until("the preferences", |_| {
        fs::read_to_string(&preferences).is_ok_and(|text| text.contains("edges_ripple: true"))
    });
    choose(&mut studio, "DaVinci Resolve");
    studio.waits_for("A dragged edge trims now.");
}
