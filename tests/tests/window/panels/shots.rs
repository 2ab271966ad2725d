//! The shots panel: cards that are selected, searched, reordered, copied, renamed and placed on the timeline.

use std::path::Path;

use egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Source;

use super::home;

/// A project with so many shots.
fn with_shots(home: &Path, count: usize) -> Studio {
    let mut studio = Studio::with_new_project(home);
    for _ in 0..count {
        studio.click("New shot");
    }
    studio
}

fn names(studio: &mut Studio) -> Vec<String> {
    let project = studio.project();
    project.shots().map(|shot| shot.name.clone()).collect()
}

/// Start and length of the clips of the first track.
fn clips(studio: &mut Studio) -> Vec<(i64, i64)> {
    let project = studio.project();
    let clips = project.tracks()[0].clips();
    clips
        .map(|(_, range)| (range.start.0, range.length.0))
        .collect()
}

fn card(studio: &Studio, name: &str) -> Rect {
    let card = studio.window.get_by_role_and_label(Role::Button, name);
    card.rect()
}

#[test]
fn shots_are_reordered_by_keys_by_the_menu_and_by_dragging() {
    let home = home();
    let mut studio = with_shots(home.path(), 3);
    studio.press(Modifiers::ALT, Key::PageUp);
    assert_eq!(names(&mut studio), ["Shot 1", "Shot 3", "Shot 2"]);
    studio.press(Modifiers::ALT, Key::PageDown);
    assert_eq!(names(&mut studio), ["Shot 1", "Shot 2", "Shot 3"]);

    let first = studio.window.get_by_role_and_label(Role::Button, "Shot 1");
    first.click_secondary();
    studio.window.run_ok();
    studio.click("Move shot down");
    assert_eq!(names(&mut studio), ["Shot 2", "Shot 1", "Shot 3"]);

    let (from, to) = (card(&studio, "Shot 3"), card(&studio, "Shot 2"));
    studio.drag(from.center(), to.center_top() + vec2(0.0, 6.0));
    assert_eq!(names(&mut studio), ["Shot 3", "Shot 2", "Shot 1"]);
    let (from, to) = (card(&studio, "Shot 3"), card(&studio, "Shot 1"));
    studio.drag(from.center(), to.center_bottom() - vec2(0.0, 20.0));
    assert_eq!(names(&mut studio), ["Shot 2", "Shot 1", "Shot 3"]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(names(&mut studio), ["Shot 3", "Shot 2", "Shot 1"]);
}

#[test]
fn a_shot_is_copied_after_itself_without_takes_and_renamed() {
    let home = home();
    let mut studio = with_shots(home.path(), 2);
    studio.click("Shot 1").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    let before = studio.project();
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    assert_eq!(names(&mut studio), ["Shot 1", "Shot 1 copy", "Shot 2"]);
    let copy = studio.shot("Shot 1 copy");
    assert_eq!((copy.prompt.as_str(), copy.chosen), ("a fox", None));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);

    studio.click("Shot 1 copy");
    studio.press(Modifiers::NONE, Key::F2);
    studio.window.event(egui::Event::Text("Dawn".to_owned()));
    studio.window.run_ok();
    studio.click("Viewer");
    assert_eq!(names(&mut studio), ["Shot 1", "Dawn", "Shot 2"]);
}

#[test]
fn the_arrow_keys_select_shots_while_a_card_has_the_focus() {
    let home = home();
    let mut studio = with_shots(home.path(), 3);
    let last = studio.window.get_by_role_and_label(Role::Button, "Shot 3");
    last.focus();
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::ArrowUp);
    studio.press(Modifiers::NONE, Key::ArrowUp);
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    let expected = ["Shot 1", "Shot 1 copy", "Shot 2", "Shot 3"];
    assert_eq!(names(&mut studio), expected);
}

#[test]
fn a_card_shows_whether_its_shot_has_a_take_and_the_search_finds_it() {
    let home = home();
    let mut studio = with_shots(home.path(), 9);
    assert!(studio.shows("Shot 9: no take"));
    studio.type_into("Prompt", "a fox at the sea");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Shot 9: has a take");
    let is_listed =
        |studio: &Studio, name: &str| studio.shows(&format!("Append {name} to the timeline"));
    studio.type_into("Search shots", "FOX sea");
    assert!(is_listed(&studio, "Shot 9") && !is_listed(&studio, "Shot 1"));
    studio.click("Without take");
    assert!(studio.shows("No matching shot"));
    studio.type_into("Search shots", "shot");
    assert!(is_listed(&studio, "Shot 1") && !is_listed(&studio, "Shot 9"));
}

#[test]
fn a_shot_is_inserted_at_the_playhead_at_the_end_and_in_a_gap() {
    let home = home();
    let mut studio = with_shots(home.path(), 1);
    for _ in 0..2 {
        studio.click("Insert Shot 1…").click("At the end");
    }
    assert_eq!(clips(&mut studio), [(0, 25), (25, 25)]);
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..10 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.click("Insert Shot 1…").click("At the playhead");
    let inserted = [(0, 10), (10, 25), (35, 15), (50, 25)];
    assert_eq!(clips(&mut studio), inserted);
    studio.click_part("Shot 1 on V1, 00:00:01:11");
    studio.press(Modifiers::NONE, Key::Delete);
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..40 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.click("Insert Shot 1…").click("In the gap");
    assert_eq!(clips(&mut studio), inserted, "as long as the gap");
}

#[test]
fn a_shot_that_is_dropped_on_a_clip_with_shift_is_shown_in_its_place() {
    let home = home();
    let mut studio = with_shots(home.path(), 2);
    studio.click("Append Shot 1 to the timeline");
    let clip = studio.window.get_by_label_contains("Shot 1 on V1").rect();
    let from = card(&studio, "Shot 2");
    studio.drag_with(Modifiers::SHIFT, from.center(), clip.center());
    let other = studio.shot("Shot 2").id;
    let project = studio.project();
    let sources: Vec<Source> = project.tracks()[0]
        .clips()
        .map(|(clip, _)| clip.source)
        .collect();
    assert_eq!(sources, [Source::Shot(other)]);
    assert_eq!(clips(&mut studio), [(0, 25)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert!(studio.shows("Shot 1 on V1"), "one step");
}
