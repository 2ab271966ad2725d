//! The camera panel: the camera moved in its viewfinder and keyed, objects put on the stage and dragged, the views
//! exchanged, whole paths changed and kept in the library.

use egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora_app::window::Window;
use kinora_tests::studio::Studio;
use kinora_timeline::Frames;
use kinora_timeline::camera::{CameraPath, EaseCurve, Easing};

use super::home;

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
fn the_stage_of_the_prompt_is_shown_and_kept_as_the_shots_own() {
    let home = home();
    let mut studio = Studio::with_engine("subjects", home.path());
    studio
        .click("New shot")
        .type_into("Prompt", "a red robot and a cat");
    studio.press(Modifiers::COMMAND, Key::Enter); // the engine lists its model
    studio.waits_for("Take 1 of Shot 1");
    studio.click("Camera");
    studio.waits_for("Stage from the prompt");
    assert!(studio.shows("Stand-in robot") && studio.shows("Stand-in cat"));
    let own = |studio: &mut Studio| studio.shot("Shot 1").stage.stand_ins.len();
    assert_eq!(own(&mut studio), 0);
    studio.click("Keep stage");
    assert_eq!(own(&mut studio), 2);
    assert!(!studio.shows("Stage from the prompt") && studio.shows("Stand-in cat"));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(own(&mut studio), 0);
    assert!(studio.shows("Stage from the prompt"));
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

/// A new project with a shot that has this camera move, in the camera panel.
fn with_move(home: &std::path::Path, name: &str) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot").click("Camera");
    studio.click("Camera move…").click(name);
    studio
}

fn path(studio: &mut Studio) -> CameraPath {
    studio.shot("Shot 1").camera.expect("a path")
}

/// The rectangles of the camera view and of the 3-D view.
fn views(studio: &Studio) -> [Rect; 2] {
    ["Camera view", "Stage"].map(|name| studio.window.get_by_label(name).rect())
}

#[test]
fn the_view_through_the_camera_and_the_stage_change_places() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("Camera");
    let is_large = |studio: &Studio| {
        let [camera, stage] = views(studio);
        camera.width() > stage.width()
    };
    assert!(!is_large(&studio));
    studio.click("View through the camera");
    assert!(is_large(&studio));
    studio.press(Modifiers::NONE, Key::Num0);
    assert!(!is_large(&studio));
    let [camera, _] = views(&studio);
    studio.double_click_at(camera.center());
    assert!(is_large(&studio));
}

#[test]
fn the_inset_is_resized_by_its_corner() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("Camera");
    let [before, stage] = views(&studio);
    assert!(before.width() >= stage.width() * 0.35);
    let corner = studio.window.get_by_label("Resize the inset").rect();
    studio.drag(corner.center(), corner.center() + vec2(-40.0, 30.0));
    let [after, _] = views(&studio);
    assert!((after.width() - before.width() - 40.0).abs() < 12.0);
    studio.click("New shot");
    assert_eq!(views(&studio)[0], after, "another shot has the same views");
}

#[test]
fn the_easing_of_a_keyframe_is_chosen_on_the_time_strip() {
    let home = home();
    let mut studio = with_move(home.path(), "Push in");
    let easing = |studio: &mut Studio| path(studio).keys()[0].easing;
    assert_eq!(easing(&mut studio), Easing::InOut);
    studio.secondary_click_part("Camera keyframe at frame 0");
    studio.click("Hold");
    assert_eq!(easing(&mut studio), Easing::Hold);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(easing(&mut studio), Easing::InOut, "one step");
}

#[test]
fn the_ease_curve_of_a_keyframe_is_dragged_by_its_handles() {
    let home = home();
    let mut studio = with_move(home.path(), "Push in");
    let of = "camera keyframe at frame 0";
    studio.click("Camera keyframe at frame 0");
    studio.scroll_to(&format!("Ease curve, {of}"));
    let easing = |studio: &mut Studio| path(studio).keys()[0].easing;
    assert_eq!(easing(&mut studio), Easing::InOut);
    let begun = Easing::InOut.curve().handles();

    let handle = format!("Start handle, {of}");
    let at = studio.window.get_by_label(&handle).rect().center();
    studio.drag(at, at + vec2(20.0, -30.0));
    let Easing::Curve(curve) = easing(&mut studio) else {
        panic!("a curve");
    };
    let [start, end] = curve.handles();
    assert!(start[0] > begun[0][0] + 100 && start[1] > 200, "{start:?}");
    assert_eq!(end, begun[1], "the other handle stays");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(easing(&mut studio), Easing::InOut, "one step");

    studio.window.get_by_label(&handle).focus();
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::ArrowRight);
    studio.press(Modifiers::NONE, Key::ArrowUp);
    let moved = [[begun[0][0] + 20, begun[0][1] + 20], begun[1]];
    assert_eq!(easing(&mut studio), Easing::Curve(EaseCurve::new(moved)));
    studio.type_number(&format!("End handle, time, {of}"), "90");
    let typed = [moved[0], [900, begun[1][1]]];
    assert_eq!(easing(&mut studio), Easing::Curve(EaseCurve::new(typed)));
}

#[test]
fn a_whole_path_is_mirrored_reversed_and_pasted() {
    let home = home();
    let mut studio = with_move(home.path(), "Truck left");
    let written = path(&mut studio);
    studio.click("Path").click("Mirror left to right");
    assert_eq!(path(&mut studio), written.mirrored());
    studio.click("Path").click("Reverse");
    assert_eq!(path(&mut studio), written.mirrored().reversed());
    studio.click("Path").click("Copy path");
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(path(&mut studio), written, "two steps");
    studio.click("Path").click("Paste path");
    assert_eq!(path(&mut studio), written.mirrored().reversed());
    studio.click("Path").click("Remove camera move");
    assert_eq!(studio.shot("Shot 1").camera, None);
}

#[test]
fn a_path_is_kept_in_the_library() {
    let home = home();
    let mut studio = with_move(home.path(), "Crane up");
    let written = path(&mut studio);
    studio.click("Path");
    studio.type_into("Save to library as", "Reveal");
    studio.click("Save to library");
    studio.waits_for("Camera path saved: Reveal");
    studio.click("Path").click("Remove camera move");
    assert_eq!(studio.shot("Shot 1").camera, None);
    studio.click("Path");
    studio.waits_for("Load Reveal");
    studio.click("Load Reveal");
    studio.waits_until("the path", |studio| {
        studio.shot("Shot 1").camera.as_ref() == Some(&written)
    });
}

#[test]
fn a_path_is_exported_to_a_file_and_imported_as_one_step() {
    let home = home();
    let mut studio = with_move(home.path(), "Truck left");
    let written = path(&mut studio);
    let file = home.path().join("truck.gltf");
    studio.click("Path").click("Export camera path…");
    studio.type_into("File", &file.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for(&format!("Camera path exported: {}", file.display()));
    studio.click("Path").click("Remove camera move");
    assert_eq!(studio.shot("Shot 1").camera, None);

    studio.click("Path").click("Import camera path…");
    studio.type_into("File", &file.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Camera path imported");
    let rate = studio.shot("Shot 1").length.rate;
    let read = path(&mut studio);
    for (one, other) in written.poses(17, rate).iter().zip(read.poses(17, rate)) {
        assert!(one.position.distance(other.position) < 1e-4);
    }
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").camera, None, "one step");
}

#[test]
fn the_panel_follows_the_playhead_and_moves_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.click("Append Shot 1 to the timeline"); // 17 frames at 16 per second, in a film at 24
    studio.click("Camera").click("Follow playhead");
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..3 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
    assert!(studio.shows("Shot frame 2 (0 to 16)"));
    let strip = studio.window.get_by_label("Shot frame 2 (0 to 16)").rect();
    studio.drag(strip.center(), strip.right_center() - vec2(14.0, 0.0));
    assert!(studio.shows("Shot frame 16 (0 to 16)"));
    studio.press(Modifiers::NONE, Key::Home);
    assert!(studio.shows("Shot frame 0 (0 to 16)"));
}

#[test]
fn rails_are_drawn_from_above_and_the_height_is_dragged_over_time() {
    let home = home();
    let mut studio = with_move(home.path(), "Crane up");
    let before = path(&mut studio);
    studio.click("Stage from above");
    let [_, stage] = views(&studio);
    let from = stage.left_bottom() + vec2(50.0, -50.0);
    studio.drag(from, from + vec2(150.0, -60.0));
    let drawn = path(&mut studio);
    let keys = drawn.keys();
    let (first, last) = (keys[0], keys[keys.len() - 1]);
    assert_eq!((first.frame, last.frame), (Frames(0), Frames(16)));
    let way = last.position - first.position;
    assert!(way.x > 0.5 && way.z > 0.2, "right and ahead: {way}");
    let rate = studio.shot("Shot 1").length.rate;
    for (key, frame) in [(first, 0.0), (last, 16.0)] {
        let height = before.sample(frame, rate).position.y;
        assert!((key.position.y - height).abs() < 1e-9, "at {frame}");
    }
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(path(&mut studio), before, "one step");
    studio.press(Modifiers::NONE, Key::Num7);

    studio.click("Graph of the height");
    let handle = "Camera height at frame 0";
    let at = studio.window.get_by_label(handle).rect().center();
    studio.drag(at, at - vec2(0.0, 14.0));
    let raised = path(&mut studio).keys()[0].position - before.keys()[0].position;
    assert!(raised.y < -0.05, "y goes down: {raised}");
    assert!(raised.x.abs() < 1e-9 && raised.z.abs() < 1e-9);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(path(&mut studio), before, "one step");
    studio.window.get_by_label(handle).focus();
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::ArrowUp);
    let raised = path(&mut studio).keys()[0].position - before.keys()[0].position;
    assert!((raised.y + 0.05).abs() < 1e-9, "{raised}");
}

#[test]
fn a_filmback_changes_the_numbers_of_lenses_and_not_the_picture() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("Camera");
    studio.click("Add keyframe");
    let focal_mm = |studio: &mut Studio| {
        let path = studio.shot("Shot 1").camera.expect("a path");
        path.keys()[0].focal_mm
    };
    assert!((focal_mm(&mut studio) - 35.0).abs() < 1e-9);
    let filmback = |window: &Harness<Window>| {
        window
            .get_by_role_and_label(Role::ComboBox, "Filmback")
            .rect()
    };
    studio
        .window
        .get_by_role_and_label(Role::ComboBox, "Filmback")
        .scroll_to_me();
    studio.rests(filmback);
    let list = filmback(&studio.window);
    studio.click_at(list.center());
    let super_35 = "Super 35 (24.89 x 18.66 mm)";
    studio.rests(|window| window.get_by_label(super_35).rect());
    studio.click(super_35);
    assert!(
        (focal_mm(&mut studio) - 35.0).abs() < 1e-9,
        "the same picture"
    );
    studio.scroll_to("50 mm lens").click("50 mm lens");
    let expected = 50.0 * 36.0 / 24.89;
    assert!((focal_mm(&mut studio) - expected).abs() < 1e-6);
}
