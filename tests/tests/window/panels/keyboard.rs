//! The window by the keys alone: the focus among the panels, Tab within one, and clips selected, nudged and slipped.

use std::path::Path;

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

/// Start, length and first source frame of the clips of the first track.
fn clips(studio: &mut Studio) -> Vec<(i64, i64, i64)> {
    let project = studio.project();
    let clips = project.tracks()[0].clips();
    clips
        .map(|(clip, range)| (range.start.0, range.length.0, clip.source_start.0))
        .collect()
}

/// A project with a shot on the timeline, of which the frames 5 to 20 are left, three times.
fn with_three_clips(home: &Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot");
    studio.click("Append Shot 1 to the timeline");
    trimmed(&mut studio);
    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::C);
        studio.press(Modifiers::NONE, Key::Home);
        studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::V);
    }
    studio.press(Modifiers::NONE, Key::Home);
    studio
}

/// Trims five frames off both ends of the first clip.
fn trimmed(studio: &mut Studio) {
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::D);
    for _ in 0..20 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::NONE, Key::W);
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..5 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::NONE, Key::Q);
}

#[test]
fn shift_and_a_digit_bring_a_panel_to_the_front_and_focus_its_first_control() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.press(Modifiers::NONE, Key::Escape); // out of the prompt
    for (key, first) in [
        (Key::Num1, "New shot"),
        (Key::Num2, "Add character…"),
        (Key::Num4, "Timeline"),
        (Key::Num6, "Name"),
        (Key::Num7, "Add title"),
        (Key::Num9, "Playhead"),
    ] {
        studio.press(Modifiers::SHIFT, key);
        assert!(studio.has_focus(first), "{key:?}: {first}");
        studio.press(Modifiers::NONE, Key::Escape);
        assert!(!studio.has_focus(first), "Esc takes it away");
    }
}

#[test]
fn f6_goes_round_the_panels_in_front() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.press(Modifiers::NONE, Key::Escape); // out of the prompt
    studio.press(Modifiers::SHIFT, Key::Num1);
    for first in ["Timeline", "Name", "Playhead", "New shot"] {
        studio.press(Modifiers::NONE, Key::F6);
        assert!(studio.has_focus(first), "{first}");
    }
    for first in ["Playhead", "Name"] {
        studio.press(Modifiers::SHIFT, Key::F6);
        assert!(studio.has_focus(first), "{first}");
    }
    // From a control within a panel, F6 goes on from that panel.
    studio.press(Modifiers::NONE, Key::Tab);
    studio.press(Modifiers::SHIFT, Key::F6);
    assert!(studio.has_focus("Timeline"));
}

#[test]
fn tab_reaches_the_generate_row_after_the_fields_of_the_shot() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.press(Modifiers::NONE, Key::Escape); // out of the prompt
    studio.press(Modifiers::SHIFT, Key::Num6);
    assert!(studio.has_focus("Name"));
    studio.tab_to("Prompt").tab_to("Negative prompt");
    studio.press(Modifiers::SHIFT, Key::Tab);
    assert!(studio.has_focus("Prompt"));
    studio.tab_to("Generate").press(Modifiers::NONE, Key::Tab);
    assert!(studio.has_focus("Number of takes"));
}

#[test]
fn the_arrow_keys_move_the_playhead_that_has_the_focus() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::SHIFT, Key::Num9);
    for _ in 0..3 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::NONE, Key::ArrowLeft);
    assert!(studio.has_focus("Playhead"));
    assert!(studio.shows("Picture of frame 2"));
}

#[test]
fn clips_are_selected_nudged_and_slipped_by_keys() {
    let home = home();
    let mut studio = with_three_clips(home.path());
    let start = [(0, 15, 5), (15, 15, 5), (30, 15, 5)];
    assert_eq!(clips(&mut studio), start);

    studio.press(Modifiers::NONE, Key::D);
    for _ in 0..3 {
        studio.press(Modifiers::SHIFT, Key::ArrowRight); // the last one stays selected
    }
    studio.press(Modifiers::ALT, Key::ArrowRight);
    assert_eq!(clips(&mut studio)[2], (31, 15, 5));
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(clips(&mut studio)[2], (41, 15, 5));
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowLeft);
    studio.press(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(clips(&mut studio), start);

    studio.press(Modifiers::SHIFT, Key::ArrowLeft);
    studio.press(Modifiers::COMMAND | Modifiers::ALT, Key::ArrowLeft);
    studio.press(Modifiers::COMMAND | Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(clips(&mut studio)[1], (15, 15, 7), "later frames");
    studio.press(Modifiers::COMMAND | Modifiers::ALT, Key::ArrowRight);
    assert_eq!(clips(&mut studio)[1], (15, 15, 6));
    for _ in 0..7 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(clips(&mut studio), start, "each was one step");
}
