//! Clips copied, pasted, duplicated and cut with the keys of the clipboard. A field of text keeps these keys for its own
//! text.

use egui::{Event, Key, Modifiers, Pos2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::{clips, ranges, rect};
use crate::panels::home;

#[test]
fn clips_are_copied_pasted_duplicated_and_cut() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio.event(Event::Copy);
    studio.press(Modifiers::NONE, Key::End);
    studio.press(Modifiers::NONE, Key::ArrowDown);
    studio.event(Event::Paste("Shot 1".into()));
    assert_eq!(clips(&studio.project()), [(0, 24, 0), (24, 25, 0)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::V);
    assert_eq!(clips(&studio.project()), [(0, 25, 0), (25, 25, 0)]);
    studio.press(Modifiers::COMMAND, Key::A);
    studio.press(Modifiers::ALT, Key::D);
    let starts: Vec<i64> = clips(&studio.project()).iter().map(|clip| clip.0).collect();
    assert_eq!(starts, [0, 25, 50, 75]);
    studio.event(Event::Cut);
    let starts: Vec<i64> = clips(&studio.project()).iter().map(|clip| clip.0).collect();
    assert_eq!(starts, [0, 25], "the copies were selected");
    studio.press(Modifiers::NONE, Key::A);
    studio.press(Modifiers::NONE, Key::Delete);
    let left = clips(&studio.project());
    assert_eq!(left, [(0, 25, 0)], "the one before the playhead");
}

#[test]
fn typing_keeps_the_keys_that_edit_text() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Name");
    studio.press(Modifiers::COMMAND, Key::A);
    studio.event(Event::Cut);
    studio.event(Event::Paste("Harbour".into()));
    assert_eq!(clips(&studio.project()), [(0, 25, 0)], "the clip stays");
    studio.click("Viewer");
    assert!(studio.shows("Harbour on V1"));
}

#[test]
fn what_was_pasted_is_deleted_though_a_gap_was_selected_before() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    let second = rect(&mut studio, 1);
    studio.click_at(second.center());
    studio.event(Event::Copy);
    studio.press(Modifiers::NONE, Key::Delete);
    let starts = |studio: &mut Studio| -> Vec<i64> {
        let ranges = ranges(&studio.project(), 0);
        ranges.into_iter().map(|(start, _)| start).collect()
    };
    let holed = starts(&mut studio);
    studio.press(Modifiers::NONE, Key::End);
    let gap = studio.window.get_by_label_contains("Gap on V1").rect();
    studio.click_at(Pos2::new(gap.left() + 12.0, gap.center().y));
    studio.event(Event::Paste("Shot 1".into()));
    assert_eq!(starts(&mut studio).len(), holed.len() + 1, "pasted");
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(starts(&mut studio), holed, "the gap stays");
}
