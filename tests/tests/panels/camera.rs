//! The camera panel: the camera moved in its viewfinder and keyed, objects put on the stage and dragged.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Frames;

use crate::home;

#[test]
fn the_camera_is_flown_in_its_picture_keyed_and_put_back() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("Camera");
    let keys = |studio: &mut Studio| {
        let camera = studio.shot("Shot 1").camera;
        camera.map_or(Vec::new(), |path| {
            path.keys().iter().map(|key| key.frame).collect()
        })
    };
    let picture = studio.window.get_by_label("Camera view").rect();
    studio.drag(picture.center(), picture.center() + vec2(30.0, 0.0));
    assert_eq!(keys(&mut studio), [Frames(0)], "where one is");
    let ahead = studio.shot("Shot 1").camera.expect("a path").keys()[0].orientation;
    assert!(
        (ahead * glam::DVec3::Z).x < -0.1,
        "the picture goes with the hand"
    );

    let frames = studio.window.get_by_label("Shot frame 0 (0 to 16)").rect();
    let last = frames.right_center() - vec2(14.0, 0.0);
    studio.drag(frames.center(), last);
    assert!(studio.shows("Shot frame 16 (0 to 16)"));
    studio.click("Slide");
    studio.drag(picture.center(), picture.center() + vec2(0.0, 20.0));
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    studio.drag(last, frames.center());
    studio.window.hover_at(frames.center());
    studio.window.step();
    studio.press(Modifiers::NONE, Key::K);
    assert_eq!(keys(&mut studio), [Frames(0), Frames(8), Frames(16)]);
    studio.click("Camera keyframe at frame 8");
    let tangent = |studio: &mut Studio| {
        let path = studio.shot("Shot 1").camera.expect("a path");
        path.keys()[1].tangent
    };
    let handle = studio
        .window
        .get_by_label("Tangent after the keyframe")
        .rect();
    studio.drag(handle.center(), handle.center() + vec2(24.0, 10.0));
    assert!(tangent(&mut studio).is_some_and(|tangent| tangent.length() > 0.01));
    studio.scroll_to("Reset tangents");
    studio.click("Reset tangents");
    assert_eq!(tangent(&mut studio), None);
    studio.scroll_to("Remove keyframe").click("Remove keyframe");
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    for _ in 0..6 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.shot("Shot 1").camera, None);
}

#[test]
fn something_is_put_on_the_stage_and_moved_by_hand() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("Camera");
    studio.click("Add object").click("Box");
    let foot = |studio: &mut Studio| {
        let stage = studio.shot("Shot 1").stage;
        stage.stand_ins[0].at(Frames(0)).0
    };
    let before = foot(&mut studio);
    studio.window.step();
    let stage = studio.window.get_by_label("Stage").rect();
    studio.click("Stage"); // deselects, so that no handle is in the way
    let there = studio.window.get_by_label("Stand-in Box").rect().center();
    assert!(stage.contains(there));
    studio.drag(there, there + vec2(-50.0, 0.0));
    let moved = foot(&mut studio) - before;
    assert!(moved.length() > 0.3 && moved.y.abs() < 1e-9, "{moved}");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(foot(&mut studio), before);
}
