//! Dialogs keep the keys to themselves, and nothing is replaced or exported without a question.

use std::fs;

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use crate::home;

fn clips(studio: &mut Studio) -> usize {
    studio.project().tracks()[0].clips().count()
}

/// A project with one shot on the timeline, which has no take.
fn with_a_clip(home: &std::path::Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio
}

#[test]
fn a_key_behind_an_open_dialog_changes_nothing() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.click_part("Shot 1 on V1");
    let before = studio.project();
    for open in [Key::E, Key::K] {
        studio.press(Modifiers::COMMAND, open);
        for key in [Key::Delete, Key::M, Key::O] {
            studio.press(Modifiers::NONE, key);
        }
        studio.press(Modifiers::SHIFT, Key::Delete);
        studio.press(Modifiers::NONE, Key::Escape);
        assert_eq!(studio.project(), before, "{open:?}");
    }
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(clips(&mut studio), 0, "without a dialog it does");
}

#[test]
fn shots_without_a_take_are_exported_only_after_a_question() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.press(Modifiers::COMMAND, Key::E);
    studio.waits_for("Generate first");
    assert!(!studio.shows("Cancel export"));
    studio.click("Generate first");
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    studio.press(Modifiers::COMMAND, Key::E);
    assert!(
        !studio.shows("Generate first"),
        "nothing is missing any more"
    );
}

#[test]
fn an_existing_file_is_replaced_only_after_a_question() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    let project = home.path().join("films/First.kinora");
    let path = project.with_extension("mp4");
    fs::write(&path, "the video of yesterday").expect("written");
    studio.press(Modifiers::COMMAND, Key::E);
    studio.click("Export animatics");
    studio.waits_for("Replace First.mp4?");
    studio.click("Keep both");
    studio.waits_for("First 2.mp4");
    let kept = fs::read_to_string(&path).expect("there");
    assert_eq!(kept, "the video of yesterday");
}

#[test]
fn a_shot_without_a_prompt_is_not_generated() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    assert!(studio.shows("The prompt is empty."));
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Not generated: The prompt is empty.");
    studio.type_into("Prompt", "a fox meets @zed");
    studio.type_into("Name", "Meeting"); // the prompt is applied when its field loses the focus
    studio.waits_for("No character named @zed.");
}
