//! Tracks renamed, moved, removed and targeted in their headers, the menu of the empty part, and the view: zoom, the
//! playhead and the scrollbar of the tracks.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::{choose, ranges, rect, track_names, type_track_name};
use crate::panels::home;

#[test]
fn a_track_is_renamed_in_its_header() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    type_track_name(&mut studio, "V1", "B");
    studio.press(Modifiers::NONE, Key::Escape);
    assert_eq!(track_names(&mut studio), ["V1", "A1"]);
    type_track_name(&mut studio, "V1", "B");
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(track_names(&mut studio), ["B", "A1"]);
    choose(&mut studio, "A1", "Rename");
    studio.event(Event::Text("Wind".to_owned()));
    studio.click("Viewer"); // the field loses the focus
    assert_eq!(track_names(&mut studio), ["B", "Wind"]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(track_names(&mut studio), ["B", "A1"], "one step");
}

#[test]
fn a_track_is_moved_and_removed_with_its_clips() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    choose(&mut studio, "V1", "Add track");
    assert_eq!(track_names(&mut studio), ["V1", "V2", "A1"]);
    choose(&mut studio, "V1", "Move up");
    assert_eq!(track_names(&mut studio), ["V2", "V1", "A1"]);
    choose(&mut studio, "V1", "Move down");
    assert_eq!(track_names(&mut studio), ["V1", "V2", "A1"]);
    choose(&mut studio, "A1", "Add track");
    choose(&mut studio, "A1", "Move down");
    assert_eq!(track_names(&mut studio), ["V1", "V2", "A2", "A1"]);

    let before = studio.project();
    choose(&mut studio, "V1", "Remove track with its clips");
    assert_eq!(track_names(&mut studio), ["V2", "A2", "A1"]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
    choose(&mut studio, "V2", "Remove track");
    assert_eq!(track_names(&mut studio), ["V1", "A2", "A1"]);
}

#[test]
fn clips_go_to_the_targeted_track() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    choose(&mut studio, "V1", "Add track");
    studio.click("Target V2 (off)");
    assert!(studio.shows("Target V2 (on)") && studio.shows("Target V1 (off)"));
    let counts = |studio: &mut Studio| {
        let project = studio.project();
        [0, 1].map(|track| ranges(&project, track).len())
    };
    studio.click("Append Shot 1 to the timeline");
    assert_eq!(counts(&mut studio), [1, 1], "appended");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::F9);
    assert_eq!(counts(&mut studio), [1, 2], "inserted");
    studio.click_part("Shot 1 on V1");
    studio.event(Event::Copy);
    studio.press(Modifiers::NONE, Key::End);
    studio.event(Event::Paste("Shot 1".into()));
    assert_eq!(counts(&mut studio), [1, 3], "pasted");
    studio.click("Lock V2 (off)");
    assert!(
        studio.shows("Target V1 (on)"),
        "a locked track is no target"
    );
}

#[test]
fn the_empty_part_of_the_timeline_has_a_menu() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let header = studio.window.get_by_label("Hide V1 (off)").rect();
    let lane = Pos2::new(header.right() + 300.0, header.center().y);
    studio.window.hover_at(lane);
    studio.window.run_ok();
    for pressed in [true, false] {
        studio.window.event(Event::PointerButton {
            pos: lane,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    studio.window.run_ok();
    let before = track_names(&mut studio).len();
    studio.click("Add video track");
    assert_eq!(track_names(&mut studio).len(), before + 1);
}

#[test]
fn the_whole_timeline_is_shown_and_the_view_follows_the_playhead() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    let width = |studio: &mut Studio| rect(studio, 0).width();
    studio.press(Modifiers::SHIFT, Key::Z);
    let fitted = width(&mut studio);
    assert!(fitted > 300.0, "a third of the panel: {fitted}");
    for _ in 0..4 {
        studio.press(Modifiers::NONE, Key::Equals);
    }
    assert!(width(&mut studio) > fitted, "zoomed in around the playhead");
    let visible = studio.window.query_all_by_label_contains("Shot 1 on V1");
    assert_eq!(visible.count(), 1, "the others are beyond the edge");
    studio.press(Modifiers::NONE, Key::End);
    let last = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:02:02");
    assert!(
        last.rect().width() > 0.0,
        "the view has followed to the end"
    );
    studio.press(Modifiers::SHIFT, Key::Z);
    assert!((width(&mut studio) - fitted).abs() < 1.0);
}

#[test]
fn the_scrollbar_of_the_tracks_comes_when_they_do_not_fit_and_reaches_the_last_one() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    let bar = "Scroll the tracks";
    assert!(!studio.shows(bar), "the tracks fit");
    for _ in 0..8 {
        studio.press(Modifiers::COMMAND, Key::K);
        studio.type_text("Add video track");
        studio.press(Modifiers::NONE, Key::Enter);
    }
    assert!(studio.shows(bar));
    let lowest = "Hide V1 (off)";
    assert!(!studio.shows(lowest), "it is below the others");
    let handle = studio.window.get_by_label(bar).rect().center();
    studio.drag(handle, handle + vec2(0.0, 400.0));
    assert!(studio.shows(lowest));
    let handle = studio.window.get_by_label(bar).rect();
    assert!(handle.bottom() <= 720.0, "{handle}");
    studio.drag(handle.center(), handle.center() - vec2(0.0, 400.0));
    assert!(!studio.shows(lowest), "and back");
}
