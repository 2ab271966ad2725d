//! Dialogs keep the keys to themselves, and nothing is replaced or exported without a question.

use std::fs;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora_render::media::probe;
use kinora_tests::studio::Studio;
use kinora_timeline::Frames;

use super::home;

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
fn a_tooltip_goes_when_a_key_opens_a_dialog_over_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let button = studio.window.get_by_label("New shot").rect();
    studio.window.hover_at(button.center());
    let tooltip = "Add a shot to the project";
    studio.waits_for(tooltip);
    studio.press(Modifiers::NONE, Key::F1);
    studio.waits_for("Search the help");
    assert!(!studio.shows(tooltip));
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
    studio.click("Close this notification");
    studio.type_into("Prompt", "a fox meets @zed");
    assert!(!studio.shows("The prompt is empty."), "while it is typed");
    studio.type_into("Name", "Meeting"); // the prompt is applied when its field loses the focus
    studio.waits_for("No character named @zed.");
}

/// Chooses an entry of the list with this label.
fn choose(studio: &mut Studio, list: &str, entry: &str) {
    studio.opens_list(list).click(entry);
}

#[test]
fn the_rows_of_the_export_dialog_are_equally_far_apart() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.press(Modifiers::COMMAND, Key::E);
    studio.waits_for("Export animatics");
    let place = |name: &str| {
        let nodes = studio.window.query_all_by_label(name);
        let places = nodes.map(|node| node.rect());
        places.reduce(egui::Rect::union).expect("a control")
    };
    // Each but the first has its name above it.
    let rows = ["Include sound", "Loudness", "Range", "Preset"].map(place);
    let gaps: Vec<f32> = rows
        .windows(2)
        .map(|rows| rows[1].top() - rows[0].bottom())
        .collect();
    let is_even = gaps.iter().all(|gap| (gap - gaps[0]).abs() < 1.0);
    assert!(is_even && gaps[0] > 0.0, "{gaps:?}");
}

#[test]
fn the_settings_of_an_export_are_chosen_saved_and_used() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.press(Modifiers::COMMAND, Key::E);
    studio.waits_for("Export animatics");
    let screen = studio.window.ctx.content_rect();
    for control in [
        "Browse…",
        "Include sound",
        "Save preset",
        "Export animatics",
        "Cancel",
    ] {
        let place = studio.window.get_by_label(control).rect();
        assert!(screen.contains_rect(place), "{control}: {place:?}");
    }
    choose(&mut studio, "Size", "Half size (640x360)");
    choose(&mut studio, "Frame rate", "30");
    assert!(studio.shows("6 frames a second are repeated."));
    studio.click("Include sound");
    studio.type_into("Preset name", "Small");
    studio.click("Save preset").click("Export animatics");
    studio.waits_for("Exported:");
    assert!(studio.shows("Show in folder"));
    let film = home.path().join("films/First.mp4");
    let found = probe(&film).expect("a video");
    assert_eq!(found.sound, None);
    let picture = found.picture.expect("a picture");
    assert_eq!((picture.width, picture.height), (640, 360));
    assert_eq!(picture.frames, Frames(32), "25 frames at 24 a second");

    // The next dialog has the usual settings, and those of the preset after it is chosen.
    studio.press(Modifiers::COMMAND, Key::E);
    assert!(studio.shows("1280x720, "));
    choose(&mut studio, "Preset", "Small");
    assert!(studio.shows("640x360, "));
    let presets = home.path().join("config/export-presets.ron");
    assert!(presets.exists());
    studio.click("Delete preset");
    studio.waits_until("no preset", |_| {
        fs::read_to_string(&presets).is_ok_and(|text| !text.contains("Small"))
    });
}

#[test]
fn a_folder_is_chosen_for_an_export_and_the_name_stays() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    let out = home.path().join("out");
    fs::create_dir(&out).expect("made");
    studio.press(Modifiers::COMMAND, Key::E);
    studio.click("Browse…");
    studio.waits_for("Choose a folder");
    studio.type_into("Folder", &format!("{}/", out.display()));
    studio.click("Choose").click("Export animatics");
    studio.waits_for("Exported:");
    assert!(out.join("First.mp4").exists());
}

#[test]
fn a_range_outside_the_timeline_is_explained_and_not_exported() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.press(Modifiers::COMMAND, Key::E);
    choose(&mut studio, "Range", "Custom");
    studio.type_into("From", "3").type_into("Up to", "9");
    studio.waits_for("6 frames");
    studio.type_into("Up to", "9000");
    studio.waits_for("9000 is not a range of this project");
    assert!(!studio.shows("Export animatics"));
}

#[test]
fn every_message_is_in_the_list_of_the_help_menu() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Not generated: The prompt is empty.");
    studio.click("Close this notification");
    assert!(!studio.shows("Not generated"));
    studio.press(Modifiers::COMMAND, Key::K);
    studio
        .window
        .event(egui::Event::Text("messages".to_owned()));
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Not generated: The prompt is empty.");
}

#[test]
fn small_takes_are_made_larger_for_an_export_and_its_cost_is_shown_before() {
    let home = home();
    let mut studio = with_a_clip(home.path());
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let small = studio.shot("Shot 1").chosen;
    studio.press(Modifiers::COMMAND, Key::E);
    studio.waits_for("1 take is smaller than 1280x720");
    choose(&mut studio, "Upscale takes with", "twofold (2 x)");
    studio.waits_for("1 take is upscaled first: ");
    assert!(studio.shows("time not measured yet."));
    studio
        .window
        .get_by_role_and_label(Role::Button, "Export video")
        .click();
    studio.window.run_ok();
    studio.waits_for("Exported:");
    studio.waits_for("Take 2 of Shot 1");
    assert_eq!(studio.shot("Shot 1").chosen, small, "the artist chooses");
    studio.press(Modifiers::COMMAND, Key::E);
    choose(&mut studio, "Upscale takes with", "twofold (2 x)");
    studio.waits_for("No take needs to be upscaled.");
}
