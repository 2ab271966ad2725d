//! A whole project in the window with the starter model, from the empty window to an MP4: cast, shots, camera, takes,
//! edit, playback, export. Controls are found by their labels.

use std::path::Path;

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};
use kinora_render::media::{probe, read_sound};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_tests::{program, tone};
use kinora_timeline::{Frames, TransitionKind};

fn portrait(path: &Path) {
    let picture = RgbImage::from_fn(48, 64, |x, y| {
        match (14..34).contains(&x) && (10..58).contains(&y) {
            true => Rgb([240, 210, 40]),
            false => Rgb([200, 200, 200]),
        }
    });
    picture.save(path).expect("saved");
}

/// Writes a shot with Ada in it, with a camera move.
fn write_shot(studio: &mut Studio, number: usize, prompt: &str, camera_move: &str) {
    let name = format!("Shot {number}");
    studio.click("Shots").click("New shot");
    studio.type_into("Prompt", prompt).click("Camera");
    studio.click("Camera move…").click(camera_move);
    let shot = studio.shot(&name);
    assert_eq!((shot.prompt.as_str(), shot.cast.len()), (prompt, 1));
    assert!(shot.camera.is_some_and(|path| path.keys().len() > 1));
}

#[test]
fn a_first_film_is_made_in_the_window() {
    let home = tempfile::tempdir().expect("a folder");
    let mut studio = Studio::with_program(program("kinora-engine"), home.path());
    let picture = home.path().join("Ada.png");
    portrait(&picture);
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");

    // Shots with camera moves; the last key of one is dragged to another frame.
    write_shot(
        &mut studio,
        1,
        "@ada, a yellow robot, walks left in the desert",
        "Push in",
    );
    let keys = |studio: &mut Studio| -> Vec<Frames> {
        let camera = studio.shot("Shot 1").camera.expect("a path");
        camera.keys().iter().map(|key| key.frame).collect()
    };
    assert_eq!(keys(&mut studio).last(), Some(&Frames(16)));
    let last = studio
        .window
        .get_by_label("Camera keyframe at frame 16")
        .rect();
    studio.drag(last.center(), last.center() - vec2(60.0, 0.0));
    let drawn = *keys(&mut studio).last().expect("a key");
    assert!(drawn < Frames(16) && drawn > Frames(8), "{drawn:?}");
    write_shot(
        &mut studio,
        2,
        "@ada, a yellow robot, waves in the snow",
        "Pan left",
    );

    // Generation, with previews.
    studio.click("Queue");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    studio.waits_for("Preview");
    for name in ["Shot 1", "Shot 2"] {
        studio.waits_until(name, |studio| studio.shot(name).chosen.is_some());
    }
    // The model comes with an upscaler: the large takes stand for the shots by themselves.
    let takes = TakeStore::of(&home.path().join("films/First.kinora"));
    for name in ["Shot 1", "Shot 2"] {
        studio.waits_until("a large take", |studio| {
            let chosen = studio.shot(name).chosen.and_then(|take| takes.find(take));
            let recipe = chosen.and_then(|take| take.recipe.ok());
            recipe.is_some_and(|recipe| recipe.upscaled.is_some())
        });
    }

    // The edit: trims, a dissolve, sound.
    studio.click("Shots").click("Viewer");
    studio.click("Append Shot 1 to the timeline");
    studio.click("Append Shot 2 to the timeline");
    for (clip, head) in [("Shot 1 on V1", false), ("Shot 2 on V1", true)] {
        let rect = studio.window.get_by_label_contains(clip).rect();
        let (edge, by) = match head {
            true => (rect.left_center() + vec2(3.0, 0.0), vec2(30.0, 0.0)),
            false => (rect.right_center() - vec2(3.0, 0.0), vec2(-30.0, 0.0)),
        };
        studio.drag_with(Modifiers::COMMAND, edge, edge + by);
    }
    // The first clip has no clip before it, so the command applies to its other end.
    let first = studio.window.get_by_label_contains("Shot 1 on V1").rect();
    studio.drag(first.center(), first.center());
    studio.press(Modifiers::COMMAND, Key::D);
    let sound = home.path().join("hum.wav");
    tone(&sound, 48_000);
    studio.press(Modifiers::NONE, Key::Home);
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A2, 00:00:00:00"); // the sound of the shots is on A1
    let project = studio.project();
    assert_eq!(project.end(), Frames(40), "two of 25, five frames off each");
    let (second, _) = project.tracks()[0].clips().nth(1).expect("a clip");
    let kind = second.transition.map(|transition| transition.kind);
    assert_eq!(kind, Some(TransitionKind::Dissolve));

    // Playback.
    studio.press(Modifiers::NONE, Key::Space);
    studio.waits_until("a later frame", |studio| {
        !studio.shows("Picture of frame 0")
    });
    studio.press(Modifiers::NONE, Key::K);

    // Export.
    studio.press(Modifiers::COMMAND, Key::E);
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Exported:");
    let delivered = home.path().join("films/First.mp4");
    let found = probe(&delivered).expect("a film");
    assert_eq!(found.picture.map(|track| track.frames), Some(Frames(40)));
    let mut loudest = 0.0_f32;
    read_sound(&delivered, &mut |samples| {
        loudest = samples
            .iter()
            .fold(loudest, |most, sample| most.max(sample.abs()));
        true
    })
    .expect("sound");
    assert!(loudest > 0.05, "it is heard: {loudest}");
}
