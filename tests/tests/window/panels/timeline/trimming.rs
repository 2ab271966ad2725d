//! Clips trimmed, moved and dragged elsewhere with the mouse, with and without the clips linked to them. Each drag is one
//! step of undo.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Frames;

use super::{clips, ranges, rect, three_clips, with_linked_title};
use crate::panels::home;

#[test]
fn the_trim_tool_rolls_ripples_slips_and_slides_by_where_it_takes_a_clip() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    three_clips(&mut studio);
    let start = clips(&studio.project());
    let [one, two, three] = start[..] else {
        panic!("{start:?}");
    };
    assert!(two.1 < 20 && two.2 > 3, "{start:?}");
    let middle = rect(&mut studio, 1);
    let by = vec2(18.0, 0.0);
    let mut tried = |from: Pos2| {
        studio.drag(from, from + by);
        let now = clips(&studio.project());
        studio.press(Modifiers::COMMAND, Key::Z);
        assert_eq!(clips(&studio.project()), start, "one step");
        now
    };

    let rolled = tried(Pos2::new(middle.left() + 1.0, middle.center().y));
    assert_eq!(rolled[0], (one.0, one.1 + 3, one.2));
    assert_eq!(rolled[1], (two.0 + 3, two.1 - 3, two.2 + 3));
    assert_eq!(rolled[2], three);

    let rippled = tried(Pos2::new(middle.left() + 9.0, middle.center().y));
    assert_eq!(rippled[1], (two.0, two.1 - 3, two.2 + 3));
    assert_eq!(rippled[2], (three.0 - 3, three.1, three.2));

    let slipped = tried(middle.center() - vec2(0.0, 15.0));
    assert_eq!(
        slipped[1],
        (two.0, two.1, two.2 - 3),
        "the picture goes with the hand"
    );
    assert_eq!([slipped[0], slipped[2]], [one, three]);

    let slid = tried(middle.center() + vec2(0.0, 15.0));
    assert_eq!(slid[0], (one.0, one.1 + 3, one.2));
    assert_eq!(slid[1], (two.0 + 3, two.1, two.2));
    assert_eq!(slid[2], (three.0 + 3, three.1 - 3, three.2 + 3));
}

#[test]
fn a_clip_is_trimmed_moved_cut_and_all_of_it_undone() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.click("Append Shot 1 to the timeline");
    let length = studio.project().end();
    assert_eq!(length, Frames(50));
    let start = studio.project();

    let first = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:00:00")
        .rect();
    let tail = egui::pos2(first.right() - 3.0, first.center().y);
    studio.drag(tail, tail - vec2(60.0, 0.0));
    assert_eq!(clips(&studio.project()), [(0, 15, 0), (25, 25, 0)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "a whole gesture is one step");
    studio.drag_with(Modifiers::COMMAND, tail, tail - vec2(60.0, 0.0));
    assert_eq!(clips(&studio.project()), [(0, 15, 0), (15, 25, 0)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start);

    let second = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:01:01")
        .rect();
    studio.drag(second.center(), second.center() + vec2(120.0, 0.0));
    assert!(studio.project().end() > length);
    studio.press(Modifiers::COMMAND, Key::Z);

    for _ in 0..10 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    studio.press(Modifiers::NONE, Key::B);
    assert!(
        studio.shows("Shot 1 on V1, 00:00:00:10"),
        "cut at the playhead"
    );
    studio.click_part("Shot 1 on V1, 00:00:00:10 to 00:00:01:01");
    studio.press(Modifiers::SHIFT, Key::Delete);
    assert_eq!(studio.project().end(), Frames(35));
    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.project(), start);
}

#[test]
fn an_edge_or_a_body_is_dragged_without_the_linked_clips() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    with_linked_title(&mut studio);
    let start = studio.project();
    let shot = rect(&mut studio, 0);
    let tail = Pos2::new(shot.right() - 3.0, shot.center().y);
    let mut tried = |modifiers: Modifiers, from: Pos2, by: f32| {
        studio.drag_with(modifiers, from, from + vec2(by, 0.0));
        let project = studio.project();
        let groups = [0_usize, 1].map(|track| {
            let mut clips = project.tracks()[track].clips();
            clips.next().and_then(|(clip, _)| clip.group)
        });
        assert!(
            groups[0].is_some() && groups[0] == groups[1],
            "still linked"
        );
        studio.press(Modifiers::COMMAND, Key::Z);
        assert_eq!(studio.project(), start, "one step");
        [0, 1].map(|track| ranges(&project, track)[0])
    };
    let trimmed = tried(Modifiers::NONE, tail, -60.0);
    assert_eq!(trimmed, [(0, 15), (0, 38)], "together");
    for modifiers in [Modifiers::SHIFT, Modifiers::ALT] {
        assert_eq!(tried(modifiers, tail, -60.0), [(0, 15), (0, 48)]);
        assert_eq!(tried(modifiers, shot.center(), 60.0), [(10, 25), (0, 48)]);
    }
}

#[test]
fn chosen_clips_move_together_and_to_another_track() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    // A title far to the right makes a second track.
    studio.press(Modifiers::NONE, Key::End);
    studio.press(Modifiers::NONE, Key::T);
    studio.press(Modifiers::NONE, Key::N); // turns snapping off
    let start = studio.project();
    let (first, second) = (rect(&mut studio, 0), rect(&mut studio, 1));
    for (at, modifiers) in [(first, Modifiers::NONE), (second, Modifiers::SHIFT)] {
        {
            let clips = studio.window.query_all_by_label_contains("Shot 1 on V1");
            let mut here = clips.filter(|clip| clip.rect() == at);
            let clip = here.next().expect("the clip");
            clip.click_modifiers(modifiers);
        }
        studio.window.run_ok();
    }
    studio.drag(first.center(), first.center() + vec2(60.0, 0.0));
    let moved = clips(&studio.project());
    assert_eq!(
        [moved[0].0, moved[1].0],
        [10, 35],
        "both, as far as the hand"
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "one step");

    let title = studio.window.get_by_label_contains("Title on V2").rect();
    let up = title.center().y - first.center().y;
    studio.drag(first.center(), first.center() + vec2(0.0, up));
    let project = studio.project();
    assert_eq!(project.tracks()[0].clips().count(), 0);
    let above = project.tracks()[1].clips();
    let above: Vec<i64> = above.map(|(_, range)| range.start.0).collect();
    assert_eq!(above[..2], [0, 25]);
}

#[test]
fn a_clip_is_dragged_out_and_inserted_elsewhere() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    let first = rect(&mut studio, 0);
    let tail = Pos2::new(first.right() - 3.0, first.center().y);
    studio.drag_with(Modifiers::COMMAND, tail, tail - vec2(60.0, 0.0));
    let start = studio.project();
    assert_eq!(ranges(&start, 0), [(0, 15), (15, 25)]);
    for (number, by) in [(0, 150.0), (1, -90.0)] {
        let clip = rect(&mut studio, number).center();
        studio.drag_with(Modifiers::COMMAND, clip, clip + vec2(by, 0.0));
        assert_eq!(ranges(&studio.project(), 0), [(0, 25), (25, 15)]);
        studio.press(Modifiers::COMMAND, Key::Z);
        assert_eq!(studio.project(), start, "one step");
    }
}

#[test]
fn the_viewer_shows_both_frames_at_a_cut_while_it_is_trimmed() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    let first = rect(&mut studio, 0);
    let from = Pos2::new(first.right() - 3.0, first.center().y);
    let to = from - vec2(60.0, 0.0);
    studio.window.hover_at(from);
    studio.window.step();
    studio.window.drag_at(from);
    studio.window.step();
    for at in [from - vec2(30.0, 0.0), to] {
        studio.window.hover_at(at);
        studio.window.step();
    }
    studio.waits_for("Pictures of frames 14 and 15 at the cut");
    studio.window.drop_at(to);
    studio.window.run_ok();
    studio.waits_until("the frame at the playhead", |studio| {
        !studio.shows("Pictures of frames") && studio.shows("Picture of frame")
    });
    assert_eq!(ranges(&studio.project(), 0), [(0, 15), (25, 25)]);
}
