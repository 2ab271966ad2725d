//! Sequences in the window: clips nested, opened, left, renamed, removed; undo shows what it changes.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::{Frames, Source};

use super::home;

/// Two clips of a shot, the second one selected.
fn two_clips(studio: &mut Studio) {
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::End);
    studio.press(Modifiers::NONE, Key::D);
}

/// The sources of the clips of the first track.
fn sources(studio: &mut Studio) -> Vec<Source> {
    let project = studio.project();
    let clips = project.tracks()[0].clips();
    clips.map(|(clip, _)| clip.source).collect()
}

#[test]
fn clips_are_nested_opened_and_left_again() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    two_clips(&mut studio);
    assert!(!studio.shows("Scene 1"), "no tabs for one sequence");
    studio.press(Modifiers::ALT, Key::N);
    assert!(studio.shows("Scene 1") && studio.shows("Main sequence"));
    let outside = sources(&mut studio);
    assert!(matches!(
        outside[..],
        [Source::Shot(_), Source::Sequence(_)]
    ));
    let clip = studio.window.get_by_label_contains("Scene 1 on V1").rect();
    studio.double_click_at(clip.center());
    assert!(matches!(sources(&mut studio)[..], [Source::Shot(_)]));
    studio.press(Modifiers::SHIFT, Key::Delete); // nothing is selected here
    studio.press(Modifiers::NONE, Key::D);
    studio.press(Modifiers::SHIFT, Key::Delete);
    assert_eq!(sources(&mut studio), []);
    studio.secondary_click_part("Scene 1").click("Rename…");
    studio.type_into("Name", "Opening").click("Rename");
    assert!(studio.shows("Opening"));
    studio.secondary_click_part("Opening");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.click("Main sequence");
    assert_eq!(sources(&mut studio), outside);
}

#[test]
fn a_nested_clip_is_replaced_by_its_clips_again() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    two_clips(&mut studio);
    let before = sources(&mut studio);
    studio.press(Modifiers::ALT, Key::N);
    assert_ne!(sources(&mut studio), before);
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::N);
    assert_eq!(sources(&mut studio), before);
}

#[test]
fn undo_opens_the_sequence_that_it_changes() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    two_clips(&mut studio);
    studio.press(Modifiers::ALT, Key::N);
    studio.press(Modifiers::ALT, Key::O);
    studio.press(Modifiers::NONE, Key::D);
    studio.press(Modifiers::NONE, Key::Delete);
    let inside = studio.project().open_sequence();
    studio.click("Main sequence");
    let outside = studio.project().open_sequence();
    assert_ne!(inside, outside);
    studio.press(Modifiers::COMMAND, Key::Z);
    let project = studio.project();
    assert_eq!(project.open_sequence(), inside);
    assert!(project.end() > Frames::ZERO);
    studio.press(Modifiers::COMMAND, Key::Z);
    let project = studio.project();
    assert_eq!(project.sequences().len(), 1, "the nesting is undone");
    assert_eq!(project.open_sequence(), outside);
}

#[test]
fn a_new_sequence_is_empty_and_is_removed_from_its_tab() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    two_clips(&mut studio);
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text("New sequence");
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(sources(&mut studio), []);
    studio.click("Main sequence");
    assert_eq!(sources(&mut studio).len(), 2);
    studio.secondary_click_part("Sequence 1").click("Remove");
    assert_eq!(studio.project().sequences().len(), 1);
}
