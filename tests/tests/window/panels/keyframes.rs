//! Keyframes: in the clip panel, and on the clips of the timeline.

use egui::{Key, Modifiers, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::Clip;
use kinora_timeline::camera::Easing;
use kinora_timeline::curve::{Property, PropertyKey};

use super::home;

#[test]
fn a_property_gets_keyframes_at_the_playhead() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip").click("Add a keyframe of opacity");
    studio.press(Modifiers::NONE, Key::End);
    studio.type_into("Opacity", "0.5");
    studio.press(Modifiers::NONE, Key::Enter);
    let curve = |studio: &mut Studio| {
        let project = studio.project();
        let (clip, _) = project.tracks()[0].clips().next().expect("the clip");
        let curve = clip.look.curve(Property::Opacity).cloned();
        curve.map(|curve| -> Vec<(i64, f32)> {
            let keys = curve.keys.iter();
            keys.map(|key| (key.frame.0, key.value)).collect()
        })
    };
    assert_eq!(curve(&mut studio), Some(vec![(0, 1.0), (24, 0.5)]));
    let key = studio
        .window
        .get_by_label_contains("Keyframe of opacity at frame 24")
        .rect();
    studio.drag(key.center(), key.center() - vec2(100.0, 0.0));
    let moved = curve(&mut studio).expect("keyframes");
    assert!((2..20).contains(&moved[1].0), "{moved:?}");
    studio.click("Previous keyframe of opacity");
    studio.click("Remove the keyframe of opacity");
    assert_eq!(curve(&mut studio).map(|keys| keys.len()), Some(1));
    studio.click("Reset opacity");
    assert_eq!(curve(&mut studio), None);
}

#[test]
fn the_part_at_the_playhead_has_an_ease_curve() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip").click("Add a keyframe of opacity");
    studio.press(Modifiers::NONE, Key::End);
    studio.type_into("Opacity", "0.5");
    studio.press(Modifiers::NONE, Key::Enter);
    assert!(
        !studio.shows("Ease curve"),
        "no part begins at the last one"
    );
    studio.click("Previous keyframe of opacity");
    let handle = "End handle, opacity at frame 0";
    studio.scroll_to(handle);
    let at = studio.window.get_by_label(handle).rect().center();
    studio.drag(at, at + vec2(10.0, 20.0));
    let curve = first_clip(&mut studio).look;
    let curve = curve.curve(Property::Opacity).expect("keyframes").clone();
    let Easing::Curve(ease) = curve.keys[0].easing else {
        panic!("a curve");
    };
    let begun = Easing::Linear.curve().handles();
    assert_eq!(ease.handles()[0], begun[0]);
    assert!(ease.handles()[1][1] < begun[1][1]);
    studio.press(Modifiers::COMMAND, Key::Z);
    let curve = first_clip(&mut studio).look;
    let curve = curve.curve(Property::Opacity).expect("keyframes").clone();
    assert_eq!(curve.keys[0].easing, Easing::Linear, "one step");
}

/// The first clip of the timeline.
fn first_clip(studio: &mut Studio) -> Clip {
    let project = studio.project();
    let mut clips = project.tracks().iter().flat_map(|track| track.clips());
    Clip::clone(clips.next().expect("a clip").0)
}

#[test]
fn the_volume_is_dragged_on_the_clip_and_ctrl_click_adds_a_keyframe() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let sound = home.path().join("hum.wav");
    tone(&sound, 2 * 48_000);
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A1, 00:00:00:00 to 00:00:02:00");
    let keys = |studio: &mut Studio| -> Vec<PropertyKey> {
        let look = first_clip(studio).look;
        let curve = look.curve(Property::Gain);
        curve.map_or(Vec::new(), |curve| curve.keys.clone())
    };
    let clip = studio.window.get_by_label_contains("hum.wav on A1").rect();
    // 0 dB of -60 to 24, between the margins of the line.
    let (top, bottom) = (clip.top() + 12.0, clip.bottom() - 8.0);
    let line = pos2(clip.center().x, bottom + (top - bottom) * 60.0 / 84.0);
    studio.drag(line, line + vec2(0.0, 4.0));
    let quieter = first_clip(&mut studio).look.gain_db;
    assert!((-40.0..-3.0).contains(&quieter), "{quieter}");
    let line = line + vec2(0.0, 4.0);
    for x in [-30.0, 30.0] {
        studio.click_with(Modifiers::COMMAND, line + vec2(x, 0.0));
    }
    let before = keys(&mut studio);
    assert_eq!(before.len(), 2);
    studio.drag(line + vec2(30.0, 0.0), line + vec2(40.0, -6.0));
    let after = keys(&mut studio);
    assert!(after[1].frame > before[1].frame && after[1].value > before[1].value);
    assert_eq!(after[0], before[0]);
}

#[test]
fn a_speed_gets_keyframes_and_the_clip_becomes_shorter() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::D);
    let before = studio.project().end();
    studio.click("Clip").scroll_to("Add a keyframe of speed");
    studio.click("Add a keyframe of speed");
    assert_eq!(studio.project().end(), before);
    studio.press(Modifiers::NONE, Key::End);
    studio.type_number("Speed", "300");
    assert!(studio.project().end() < before);
    let ramp = first_clip(&mut studio).ramp;
    let factors: Vec<u32> = ramp.keys.iter().map(|key| key.factor).collect();
    assert_eq!(factors, [10_000, 30_000]);
    assert!(studio.shows("Keyframes of speed"));
    studio.click("Reset speed");
    assert!(!studio.shows("Keyframes of speed"));
    assert!(first_clip(&mut studio).ramp.is_constant());
}

#[test]
fn a_change_applies_to_every_selected_clip_of_its_kind_as_one_step() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    let before = studio.project();
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::COMMAND, Key::A);
    studio.click("Clip");
    assert!(studio.shows("3 clips: a change applies to each"));
    let opacities = |studio: &mut Studio| -> Vec<f32> {
        let project = studio.project();
        let clips = project.tracks()[0].clips();
        clips.map(|(clip, _)| clip.look.opacity).collect()
    };
    studio.type_into("Opacity", "0.5");
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(opacities(&mut studio), [0.5; 3]);
    studio.click("Reset opacity");
    assert_eq!(opacities(&mut studio), [1.0; 3]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(opacities(&mut studio), [0.5; 3], "one step");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
    studio.click_part("Shot 1 on V1, 00:00:01:01");
    assert!(!studio.shows("a change applies to each"));
    studio.type_into("Opacity", "0.25");
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(opacities(&mut studio), [1.0, 0.25, 1.0]);
}
