//! Kinora's own file picker, where the system has no file dialogue.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::{home, portrait};

#[test]
fn where_the_system_has_no_dialogue_files_and_folders_are_found_in_our_own() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let pictures = home.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    portrait(&pictures);
    studio.click("Cast").click("Add character…");
    studio.waits_for("pictures");
    studio.click("pictures");
    studio.waits_for("Ada.png");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("@ada, not used yet");

    // A folder for another project: the fields filled in before are kept.
    studio.press(Modifiers::COMMAND, Key::N);
    studio.type_into("Name", "Second").click("Browse…");
    studio.waits_for("Choose a folder");
    studio.type_into("Folder", &format!("{}/", pictures.display()));
    studio.click("Choose");
    let second = pictures.join("Second.kinora");
    studio.waits_for(&format!("Will be saved as {}", second.display()));
    studio.click("Browse…").press(Modifiers::NONE, Key::Escape);
    studio.waits_for(&format!("Will be saved as {}", second.display()));
}

#[test]
fn a_folder_of_thousands_shows_the_files_that_are_seen_and_follows_the_arrow_keys() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let pictures = home.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    for number in 0..3000 {
        std::fs::write(pictures.join(format!("still {number:04}.png")), "").expect("written");
    }
    studio.click("Cast").click("Add character…");
    studio.type_into("File", &format!("{}/", pictures.display()));
    studio.waits_for("still 0000.png");
    let seen = |studio: &Studio| studio.window.query_all_by_label_contains("still ").count();
    assert!(seen(&studio) < 20, "{}", seen(&studio));
    // A slow frame delivers them all at once.
    let down = egui::Event::Key {
        key: Key::ArrowDown,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    studio.window.input_mut().events.extend(vec![down; 30]);
    studio.window.run_ok();
    assert!(studio.shows("still 0030.png") && !studio.shows("still 0000.png"));
    let chosen = studio.window.get_by_label("still 0030.png").rect();
    assert!(studio.window.ctx.content_rect().contains_rect(chosen));
    assert!(seen(&studio) < 20, "{}", seen(&studio));
}

#[test]
fn a_project_is_opened_from_its_folder_and_hidden_files_stay_hidden_until_they_are_wanted() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    std::fs::create_dir(home.path().join("films/.old")).expect("made");
    studio.press(Modifiers::COMMAND, Key::W);
    studio.click("Open…");
    studio.waits_for("First.kinora");
    assert!(!studio.shows(".old"));
    studio.click("Hidden files");
    assert!(studio.shows(".old"));
    studio.click("Sort by date").click("First.kinora");
    studio.waits_for("No shots yet. Create the first one.");
}
