//! The timeline panel: clips trimmed, moved, split and deleted with the mouse and keys, gaps filled with new shots,
//! titles, sound and markers added.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::clip::Fit;
use kinora_timeline::{Frames, Project, Source};

use super::home;

/// Three clips of one shot, trimmed at both ends so that they have handles.
fn three_clips(studio: &mut Studio) {
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    studio.press(Modifiers::NONE, Key::R);
    for number in 0..3 {
        let clip = rect(studio, number);
        let tail = Pos2::new(clip.right() - 9.0, clip.center().y);
        studio.drag(tail, tail - vec2(30.0, 0.0));
        let clip = rect(studio, number);
        let head = Pos2::new(clip.left() + 9.0, clip.center().y);
        studio.drag(head, head + vec2(30.0, 0.0));
    }
}

/// The rectangle of a clip of the first track.
fn rect(studio: &mut Studio, number: usize) -> egui::Rect {
    let nodes = studio.window.query_all_by_label_contains("Shot 1 on V1");
    let mut rects: Vec<_> = nodes.map(|node| node.rect()).collect();
    rects.sort_by(|one, other| one.left().total_cmp(&other.left()));
    rects[number]
}

/// The clips of the first track: start, length, and first source frame.
fn clips(project: &Project) -> Vec<(i64, i64, i64)> {
    let all = project.tracks()[0].clips();
    all.map(|(clip, range)| (range.start.0, range.length.0, clip.source_start.0))
        .collect()
}

/// The clips of a track: start and length.
fn ranges(project: &Project, track: usize) -> Vec<(i64, i64)> {
    let all = project.tracks()[track].clips();
    all.map(|(_, range)| (range.start.0, range.length.0))
        .collect()
}

/// The names of the tracks: the video tracks from the bottom up, then the audio tracks.
fn track_names(studio: &mut Studio) -> Vec<String> {
    let project = studio.project();
    let tracks = project.tracks().iter();
    tracks.map(|track| track.name.to_string()).collect()
}

/// Begins to rename a track and types a name.
fn type_track_name(studio: &mut Studio, track: &str, name: &str) {
    let label = format!("Target {track}");
    let chip = studio.window.get_by_label_contains(&label).rect();
    studio.double_click_at(chip.center());
    studio.event(Event::Text(name.to_owned()));
}

/// Chooses an item of the menu of a track.
fn choose(studio: &mut Studio, track: &str, item: &str) {
    studio
        .secondary_click_part(&format!("Target {track}"))
        .click(item);
}

/// A shot on V1 and a longer title on V2, linked.
fn with_linked_title(studio: &mut Studio) {
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::T);
    studio.press(Modifiers::NONE, Key::Escape); // leaves the text of the title
    studio.press(Modifiers::COMMAND, Key::A);
    studio.press(Modifiers::COMMAND, Key::L);
    let project = studio.project();
    assert_eq!(ranges(&project, 0), [(0, 25)]);
    assert_eq!(ranges(&project, 1), [(0, 48)]);
}

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
fn fades_and_the_length_of_a_transition_are_dragged_on_the_clip() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    three_clips(&mut studio);
    studio.press(Modifiers::NONE, Key::R);
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    let start = studio.project();
    let fade = studio
        .window
        .get_by_label("Drag the fade in of the clip")
        .rect();
    studio.drag(fade.center(), fade.center() + vec2(30.0, 0.0));
    let look = |studio: &mut Studio| {
        let project = studio.project();
        let clip = project.tracks()[0]
            .clips()
            .next()
            .map(|(clip, _)| clip.look.clone());
        clip.expect("the first clip")
    };
    let fade_in = look(&mut studio).fade_in;
    assert!((4..=6).contains(&fade_in.0), "{fade_in}");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "one step");

    let second = rect(&mut studio, 1);
    studio.drag(second.center(), second.center());
    studio.press(Modifiers::COMMAND, Key::D);
    let length = |studio: &mut Studio| {
        let project = studio.project();
        let clip = project.tracks()[0]
            .clips()
            .nth(1)
            .and_then(|(clip, _)| clip.transition);
        clip.map(|transition| (transition.before.0, transition.after.0))
    };
    let (before, after) = length(&mut studio).expect("a dissolve");
    let end = studio
        .window
        .get_by_label("Drag the end of the transition")
        .rect();
    studio.drag(end.center(), end.center() - vec2(12.0, 0.0));
    assert_eq!(length(&mut studio), Some((before, after - 2)));
}

#[test]
fn a_marker_is_moved_and_found_by_key() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::M);
    let flag = studio.window.get_by_label("Marker Marker").rect();
    studio.drag(flag.center(), flag.center() + vec2(60.0, 0.0));
    let marker = |studio: &mut Studio| {
        let project = studio.project();
        project.markers().next().map(|marker| marker.range.start)
    };
    assert!(marker(&mut studio) > Some(Frames(8)));
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::SHIFT, Key::ArrowDown);
    studio.press(Modifiers::ALT, Key::M);
    assert_eq!(marker(&mut studio), None, "removed at the playhead");
}

#[test]
fn a_new_title_is_typed_at_once_and_dragged_in_the_picture() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::T);
    studio.event(Event::Text("Once upon a time".into()));
    studio.click("Viewer");
    assert!(studio.shows("Once upon a time on V2"));

    let start = studio.project();
    let picture = studio.window.get_by_label("Picture of frame 0").rect();
    let by = vec2(picture.width() / 4.0, -picture.height() / 8.0);
    studio.drag(picture.center(), picture.center() + by);
    let project = studio.project();
    let (title, _) = project.tracks()[1].clips().next().expect("the title");
    let (x, y) = title.look.transform.position;
    assert!(
        (x - 0.25).abs() < 0.01 && (y + 0.125).abs() < 0.01,
        "{x} {y}"
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "one step");
}

#[test]
fn the_colour_of_a_title_is_picked_in_the_viewer() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::T);
    studio.event(Event::Text("Once upon a time".into()));
    studio.click("Viewer");
    studio.waits_for("Picture of frame 0");
    let colour = |studio: &mut Studio| {
        let project = studio.project();
        let title = project.titles().next().expect("the title");
        title.colour
    };
    let before = colour(&mut studio);
    let pick = "Text colour: pick it in the viewer";
    studio.scroll_to(pick).click(pick);
    assert!(studio.shows("Click in the viewer to pick the colour there"));
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Click in the viewer"));
    assert_eq!(colour(&mut studio), before);

    studio.click(pick);
    let picture = studio.window.get_by_label("Picture of frame 0").rect();
    studio.click_at(picture.min + vec2(6.0, 6.0));
    assert!(!studio.shows("Click in the viewer"), "one click");
    let picked = colour(&mut studio);
    assert_ne!(picked, before, "the animatic is not as white as the text");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(colour(&mut studio), before, "one step");

    studio.click(pick);
    studio.window.hover_at(Pos2::ZERO);
    studio.window.run_ok();
    for _ in 0..24 {
        studio.press(Modifiers::NONE, Key::ArrowLeft);
        studio.press(Modifiers::NONE, Key::ArrowUp);
    }
    studio.press(Modifiers::NONE, Key::Enter);
    assert_ne!(colour(&mut studio), before, "by the keys");
}

#[test]
fn a_clip_fills_a_frame_of_another_shape() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip");
    studio.click("Shape").click("Fill");
    let project = studio.project();
    let (clip, _) = project.tracks()[0].clips().next().expect("the clip");
    assert_eq!(clip.look.transform.fit, Fit::Fill);
}

#[test]
fn a_title_is_written_and_sound_brought_in_dissolved_and_marked() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::T);
    assert!(studio.shows("Title on V2, 00:00:00:00 to 00:00:02:00"));
    studio.click("Clip").type_into("Text", "The end");
    studio.click("Viewer");
    assert!(studio.shows("The end on V2"));

    let sound = home.path().join("hum.wav");
    tone(&sound, 48_000);
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A1, 00:00:00:00 to 00:00:01:00");

    studio.press(Modifiers::NONE, Key::M);
    studio.press(Modifiers::NONE, Key::ArrowRight);
    studio.press(Modifiers::NONE, Key::I);
    let project = studio.project();
    assert_eq!(project.markers().count(), 1);
    assert_eq!(project.in_out().map(|range| range.start), Some(Frames(1)));
    studio.press(Modifiers::ALT, Key::X);
    assert_eq!(studio.project().in_out(), None);
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
