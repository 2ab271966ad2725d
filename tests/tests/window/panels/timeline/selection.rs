//! Clips selected by a click, a rectangle, a group or a track, and gaps selected, filled and closed. The menu of a clip
//! acts on what is selected.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_tests::studio::Studio;
use kinora_timeline::Source;

use super::{choose, clips, ranges, rect, with_linked_title};
use crate::panels::home;

#[test]
fn the_clips_of_the_selected_shot_are_marked_and_clips_in_a_rectangle_select_their_shot() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    for shot in ["Shot 1", "Shot 2"] {
        studio.click("New shot");
        studio.click(&format!("Append {shot} to the timeline"));
    }
    let is_marked = |studio: &Studio, shot: &str| {
        let clips = studio
            .window
            .query_all_by_label_contains("of the selected shot");
        let labels: Vec<_> = clips
            .filter_map(|clip| clip.accesskit_node().label())
            .collect();
        labels.len() == 1 && labels[0].contains(shot)
    };
    assert!(is_marked(&studio, "Shot 2 on V1"));
    let first = rect(&mut studio, 0).center();
    studio.drag(first + vec2(40.0, 110.0), first);
    assert!(is_marked(&studio, "Shot 1 on V1"));
}

#[test]
fn clips_are_selected_by_a_rectangle_and_a_gap_is_selected_and_closed() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    let (first, third) = (rect(&mut studio, 0), rect(&mut studio, 2));
    let below = third.center() + vec2(0.0, 110.0);
    studio.drag(below, Pos2::new(first.right() + 20.0, first.center().y));
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(
        clips(&studio.project()),
        [(0, 25, 0)],
        "the second and the third"
    );
    studio.press(Modifiers::COMMAND, Key::Z);

    studio.click_part("Shot 1 on V1, 00:00:01:01");
    studio.press(Modifiers::NONE, Key::Delete);
    let gap = studio.window.get_by_label_contains("Gap on V1").rect();
    studio.click_at(Pos2::new(gap.left() + 12.0, gap.center().y));
    assert_eq!(studio.project().shots().count(), 1, "a click makes no shot");
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(clips(&studio.project()), [(0, 25, 0), (25, 25, 0)]);

    studio.press(Modifiers::COMMAND, Key::Z);
    let gap = studio.window.get_by_label_contains("Gap on V1").rect();
    let beside_the_button = Pos2::new(gap.left() + 12.0, gap.center().y);
    studio.window.hover_at(beside_the_button);
    studio.window.run_ok();
    // Both in one frame: a press that lasts for several frames of a test is too long for a click.
    for pressed in [true, false] {
        studio.window.event(Event::PointerButton {
            pos: beside_the_button,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    studio.window.run_ok();
    studio.click("Close gap");
    assert_eq!(clips(&studio.project()), [(0, 25, 0), (25, 25, 0)]);
}

#[test]
fn a_click_with_alt_selects_a_clip_without_the_linked_ones() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    with_linked_title(&mut studio);
    let shot = studio.window.get_by_label_contains("Shot 1 on V1");
    shot.click_modifiers(Modifiers::ALT);
    studio.window.run_ok();
    studio.secondary_click_part("Shot 1 on V1");
    studio.click("Enable or disable clips");
    let project = studio.project();
    let enabled = [0_usize, 1].map(|track| {
        let mut clips = project.tracks()[track].clips();
        clips.next().map(|(clip, _)| clip.enabled)
    });
    assert_eq!(enabled, [Some(false), Some(true)]);
}

#[test]
fn a_click_on_a_clip_of_a_group_selects_the_group() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    let last = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:02:02");
    last.click_modifiers(Modifiers::COMMAND);
    studio.window.run_ok();
    studio.secondary_click_part("Shot 1 on V1, 00:00:02:02");
    studio.click("Group clips");
    studio.press(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::A);
    let first = rect(&mut studio, 0).center();
    studio.drag(first, first + vec2(300.0, 0.0));
    let moved = ranges(&studio.project(), 0);
    assert_eq!(moved.len(), 3);
    assert_eq!(moved[2].0 - moved[1].0, 50, "the group moves as one");
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::A);
    let first = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:00:00");
    first.click_modifiers(Modifiers::ALT);
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(ranges(&studio.project(), 0).len(), 2, "alone with Alt");
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    studio.press(Modifiers::NONE, Key::Delete);
    assert_eq!(ranges(&studio.project(), 0).len(), 1, "the whole group");
}

#[test]
fn the_clips_of_a_track_are_selected_from_its_header() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    with_linked_title(&mut studio);
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::L); // unlinks them
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::A); // selects nothing
    choose(&mut studio, "V2", "Select its clips");
    studio.press(Modifiers::NONE, Key::Delete);
    let project = studio.project();
    assert_eq!(ranges(&project, 0), [(0, 25)]);
    assert!(ranges(&project, 1).is_empty());
}

#[test]
fn the_menu_of_a_clip_acts_on_that_clip() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    studio.secondary_click_part("Shot 1 on V1, 00:00:01:01");
    studio.click("Enable or disable clips");
    let enabled = |studio: &mut Studio| -> Vec<bool> {
        let project = studio.project();
        project.tracks()[0]
            .clips()
            .map(|(clip, _)| clip.enabled)
            .collect()
    };
    assert_eq!(enabled(&mut studio), [true, false]);
    studio.secondary_click_part("Shot 1 on V1, 00:00:01:01");
    studio.click("Ripple delete");
    assert_eq!(clips(&studio.project()), [(0, 25, 0)]);
}

#[test]
fn a_gap_is_filled_with_a_new_shot_by_the_hand_and_by_the_key() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    let second = rect(&mut studio, 1);
    studio.drag(second.center(), second.center()); // selects it
    studio.press(Modifiers::NONE, Key::Delete);
    let holed = studio.project();
    let length = clips(&holed)[0].1;

    studio.click_part("New shot in the gap on V1, 00:00:01:01 to");
    let filled = studio.project();
    assert_eq!(filled.shots().count(), 2);
    let (new, range) = filled.tracks()[0].clips().nth(1).expect("the new clip");
    assert_eq!((range.start.0, range.length.0), (length, length));
    let shot = studio.shot("Shot 2");
    assert_eq!(new.source, Source::Shot(shot.id));
    assert_eq!(shot.length.frames, 17, "a second is a second");
    studio.type_into("Prompt", "a fox").click("Viewer"); // the new shot is selected
    assert_eq!(studio.shot("Shot 2").prompt, "a fox");

    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.project(), holed, "one step");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::SHIFT, Key::N);
    assert_eq!(
        studio.project(),
        holed,
        "there is no gap under the playhead"
    );
    for _ in 0..=length {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::SHIFT, Key::N);
    assert_eq!(clips(&studio.project()), clips(&filled));
}
