//! A first film in the window, as a person makes it who finds everything by its label: cast, write, move the camera,
//! generate, cut, play. The engine follows a script, so that what is seen is known.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::Frames;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A picture of Ada in a folder.
fn portrait(folder: &Path) -> PathBuf {
    let picture = folder.join("Ada.png");
    let plain = RgbImage::from_pixel(24, 32, Rgb([240, 210, 40]));
    plain.save(&picture).expect("saved");
    picture
}

#[test]
fn a_shot_is_written_generated_and_put_on_the_timeline() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").type_into("Name", "Dusk");
    studio.type_into("Prompt", "a fox walks left");
    studio.type_into("Not to be seen", "rain");
    studio.click("Viewer");
    let shot = studio.shot("Dusk");
    assert_eq!(
        (shot.prompt.as_str(), shot.negative.as_str()),
        ("a fox walks left", "rain")
    );

    studio.click("Put Dusk at the end of the timeline");
    assert!(studio.shows("Dusk on V1, 00:00:00:00 to 00:00:01:01"));
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Dusk").chosen.is_some());
    studio.waits_for("Take 1 of Dusk");

    // The picture of the film is the take's first frame, which is black.
    studio.press(Modifiers::NONE, Key::End);
    studio.waits_for("Picture of frame 24");
}

#[test]
fn somebody_joins_the_cast_from_a_picture_and_is_cast() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot");
    let picture = portrait(home.path());
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, in no shot yet");
    studio.click("Cast Ada into Shot 1");
    assert!(studio.shows("@ada, in 1 shot"));
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    studio.click("Take Ada out of Shot 1");
    assert!(studio.shot("Shot 1").cast.is_empty());
}

#[test]
fn who_is_named_in_a_prompt_or_dragged_onto_a_clip_is_in_the_shot() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    let picture = portrait(home.path());
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, in no shot yet");
    studio.click("Shots").click("New shot");
    studio.type_into("Prompt", "the sea, and @a");
    studio.waits_for("Name @ada");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.window.event(egui::Event::Text("waves".to_owned()));
    studio.window.run_ok();
    studio.click("Viewer");
    let shot = studio.shot("Shot 1");
    let named = (shot.prompt.as_str(), shot.cast.len());
    assert_eq!(named, ("the sea, and @ada waves", 1));
    studio.press(Modifiers::COMMAND, Key::Z);
    let shot = studio.shot("Shot 1");
    assert_eq!((shot.prompt.as_str(), shot.cast.len()), ("", 0), "one step");

    studio.type_into("Prompt", "@bo waves").click("Viewer");
    assert!(studio.shows("Nobody of the cast is called @bo."));
    studio.click("Put Shot 1 at the end of the timeline");
    studio.click("Cast");
    let face = studio.window.get_by_role_and_label(Role::Image, "Ada");
    let card = face.rect().center();
    let clip = studio.window.get_by_label_contains("Shot 1 on V1").rect();
    studio.drag(card, clip.center());
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    assert_eq!(
        studio.project().end(),
        Frames(25),
        "the clip lies where it lay"
    );
}

#[test]
fn where_the_system_has_no_dialogue_files_and_folders_are_found_in_our_own() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    let pictures = home.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    portrait(&pictures);
    studio.click("Cast").click("Add character…");
    studio.waits_for("pictures");
    studio.click("pictures");
    studio.waits_for("Ada.png");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("@ada, in no shot yet");

    // A folder for another film: what was filled in meanwhile is there again.
    studio.press(Modifiers::COMMAND, Key::N);
    studio.type_into("Name", "Second").click("Browse…");
    studio.waits_for("Choose a folder");
    studio.type_into("Folder", &format!("{}/", pictures.display()));
    studio.click("Choose");
    let second = pictures.join("Second.kinora");
    studio.waits_for(&format!("Makes {}", second.display()));
    studio.click("Browse…").press(Modifiers::NONE, Key::Escape);
    studio.waits_for(&format!("Makes {}", second.display()));
}

#[test]
fn a_folder_of_thousands_shows_the_files_that_are_seen_and_follows_the_arrow_keys() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    let pictures = home.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    for number in 0..3000 {
        std::fs::write(pictures.join(format!("still {number:04}.png")), "").expect("written");
    }
    studio.click("Cast").click("Add character…");
    studio.type_into("File", &format!("{}/", pictures.display()));
    studio.waits_for("still 0000.png");
    let seen = |studio: &Studio| studio.window.query_all_by_label_contains("still ").count();
    assert!(seen(&studio) < 20, "{}", seen(&studio));
    // A slow frame brings them all at once.
    let down = egui::Event::Key {
        key: Key::ArrowDown,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    studio.window.input_mut().events.extend(vec![down; 30]);
    studio.window.run_ok();
    assert!(studio.shows("still 0030.png") && !studio.shows("still 0000.png"));
    let chosen = studio.window.get_by_label("still 0030.png").rect();
    assert!(studio.window.ctx.content_rect().contains_rect(chosen));
    assert!(seen(&studio) < 20, "{}", seen(&studio));
}

#[test]
fn a_clip_is_trimmed_moved_cut_and_all_of_it_undone() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.click("Put Shot 1 at the end of the timeline");
    let length = studio.project().end();
    assert_eq!(length, Frames(50));
    let start = studio.project();

    let first = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:00:00")
        .rect();
    let tail = egui::pos2(first.right() - 3.0, first.center().y);
    studio.drag(tail, tail - vec2(60.0, 0.0));
    assert!(studio.project().end() < length, "what follows closed up");
    assert!(studio.project().end() > Frames(30));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "a whole gesture is one step");

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
    studio.click("Shot 1 on V1, 00:00:00:10 to 00:00:01:01");
    studio.press(Modifiers::SHIFT, Key::Delete);
    assert_eq!(studio.project().end(), Frames(35));
    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.project(), start);
}

#[test]
fn the_film_plays_and_rests_and_an_idle_window_draws_nothing() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.press(Modifiers::NONE, Key::Space);
    studio.waits_until("a later frame", |studio| {
        !studio.shows("Picture of frame 0")
    });
    studio.press(Modifiers::NONE, Key::K);
    studio.press(Modifiers::NONE, Key::Home);
    assert!(studio.shows("Picture of frame 0"));
    studio.press(Modifiers::NONE, Key::ArrowRight);
    assert!(studio.shows("Picture of frame 1"));
}

#[test]
fn the_camera_is_flown_in_its_picture_keyed_and_put_back() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").click("Camera");
    let keys = |studio: &mut Studio| {
        let camera = studio.shot("Shot 1").camera;
        camera.map_or(Vec::new(), |path| {
            path.keys().iter().map(|key| key.frame).collect()
        })
    };
    let picture = studio.window.get_by_label("Through the camera").rect();
    studio.drag(picture.center(), picture.center() + vec2(30.0, 0.0));
    assert_eq!(keys(&mut studio), [Frames(0)], "where one is");
    let ahead = studio.shot("Shot 1").camera.expect("a path").keys()[0].orientation;
    assert!(
        (ahead * glam::DVec3::Z).x < -0.1,
        "the picture goes with the hand"
    );

    let frames = studio.window.get_by_label("Shot frame 1 of 17").rect();
    let last = frames.right_center() - vec2(14.0, 0.0);
    studio.drag(frames.center(), last);
    assert!(studio.shows("Shot frame 17 of 17"));
    studio.click("Slide");
    studio.drag(picture.center(), picture.center() + vec2(0.0, 20.0));
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    studio.drag(last, frames.center());
    studio.window.hover_at(frames.center());
    studio.window.step();
    studio.press(Modifiers::NONE, Key::K);
    assert_eq!(keys(&mut studio), [Frames(0), Frames(8), Frames(16)]);
    studio.click("Camera key at frame 9");
    let tangent = |studio: &mut Studio| {
        let path = studio.shot("Shot 1").camera.expect("a path");
        path.keys()[1].tangent
    };
    let handle = studio.window.get_by_label("Handle after the key").rect();
    studio.drag(handle.center(), handle.center() + vec2(24.0, 10.0));
    assert!(tangent(&mut studio).is_some_and(|tangent| tangent.length() > 0.01));
    studio.scroll_to("Let go of the handles");
    studio.click("Let go of the handles");
    assert_eq!(tangent(&mut studio), None);
    studio.scroll_to("Remove key").click("Remove key");
    assert_eq!(keys(&mut studio), [Frames(0), Frames(16)]);
    for _ in 0..6 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(studio.shot("Shot 1").camera, None);
}

#[test]
fn something_is_put_on_the_stage_and_moved_by_hand() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio.click("New shot").click("Camera");
    studio.click("Put on stage…").click("Box");
    let foot = |studio: &mut Studio| {
        let stage = studio.shot("Shot 1").stage;
        stage.stand_ins[0].at(Frames(0)).0
    };
    let before = foot(&mut studio);
    studio.window.step();
    let stage = studio.window.get_by_label("Stage").rect();
    studio.click("Stage"); // nothing is chosen any more, so that no handle is in the way
    let there = studio.window.get_by_label("Stand-in Box").rect().center();
    assert!(stage.contains(there));
    studio.drag(there, there + vec2(-50.0, 0.0));
    let moved = foot(&mut studio) - before;
    assert!(moved.length() > 0.3 && moved.y.abs() < 1e-9, "{moved}");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(foot(&mut studio), before);
}

#[test]
fn a_title_is_written_and_sound_brought_in_dissolved_and_marked() {
    let home = home();
    let mut studio = Studio::with_new_film(home.path());
    studio
        .click("New shot")
        .click("Put Shot 1 at the end of the timeline");
    studio.press(Modifiers::NONE, Key::T);
    assert!(studio.shows("Title on V2, 00:00:00:00 to 00:00:02:00"));
    studio.click("Clip").type_into("Words", "The end");
    studio.click("Viewer");
    assert!(studio.shows("The end on V2"));

    let sound = home.path().join("hum.wav");
    tone(&sound, 48_000);
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A1, 00:00:00:00 to 00:00:01:00");

    studio.press(Modifiers::NONE, Key::M);
    studio.press(Modifiers::NONE, Key::ArrowRight);
    studio.press(Modifiers::NONE, Key::I);
    let film = studio.project();
    assert_eq!(film.markers().count(), 1);
    assert_eq!(film.in_out().map(|range| range.start), Some(Frames(1)));
    studio.press(Modifiers::ALT, Key::X);
    assert_eq!(studio.project().in_out(), None);
}
