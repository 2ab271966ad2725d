//! Titles, fades, transitions and markers, set on the timeline, in the clip panel and in the viewer, and the fit of a clip
//! in a frame of another shape.

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::Frames;
use kinora_timeline::clip::Fit;

use super::{rect, three_clips};
use crate::panels::home;

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
