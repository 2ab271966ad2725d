//! A film made in the window without the mouse, from the welcome page to an MP4: only key presses and typed text. The
//! engine follows a script.

use egui::{Key, Modifiers};
use kinora_render::media::probe;
use kinora_tests::fake_engine;
use kinora_tests::studio::Studio;
use kinora_timeline::{Frames, TransitionKind};

/// Presses a plain key so many times.
fn press(studio: &mut Studio, key: Key, times: usize) {
    for _ in 0..times {
        studio.press(Modifiers::NONE, key);
    }
}

/// Writes a new shot and generates its take.
fn make_shot(studio: &mut Studio, name: &str, prompt: &str) {
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::N);
    studio.press(Modifiers::SHIFT, Key::Num6);
    studio.tab_to("Prompt").type_text(prompt);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until(name, |studio| studio.shot(name).chosen.is_some());
    assert_eq!(studio.shot(name).prompt, prompt);
    press(studio, Key::Escape, 1); // plain keys are commands again
}

#[test]
fn a_film_is_made_and_exported_without_the_mouse() {
    let home = tempfile::tempdir().expect("a folder");
    let engine = fake_engine("well", home.path());
    let mut studio = Studio::at_the_door_with(engine, home.path());
    studio.press(Modifiers::COMMAND, Key::N);
    studio.type_text("First");
    studio.waits_for("First.kinora");
    press(&mut studio, Key::Enter, 1);
    studio.waits_for("No shots yet. Create the first one.");

    // Each shot is inserted at the first frame, so that the second one lies before the first one.
    for (name, prompt) in [("Shot 1", "a hare at dawn"), ("Shot 2", "a hare at dusk")] {
        make_shot(&mut studio, name, prompt);
        press(&mut studio, Key::F9, 1);
    }
    let project = studio.project();
    assert_eq!(project.tracks()[0].clips().count(), 2);

    // Both are trimmed at the cut, which gives the dissolve its frames.
    press(&mut studio, Key::D, 1);
    press(&mut studio, Key::ArrowRight, 20);
    press(&mut studio, Key::W, 1);
    press(&mut studio, Key::ArrowRight, 5);
    press(&mut studio, Key::D, 1);
    press(&mut studio, Key::Q, 1);
    studio.press(Modifiers::COMMAND, Key::D);
    let project = studio.project();
    let clips: Vec<_> = project.tracks()[0].clips().collect();
    assert_eq!(clips.len(), 2);
    assert_eq!(clips[0].1.length, Frames(20));
    let kind = clips[1].0.transition.map(|transition| transition.kind);
    assert_eq!(kind, Some(TransitionKind::Dissolve));

    // A title with a text of its own, and a marker.
    press(&mut studio, Key::Home, 1);
    press(&mut studio, Key::T, 1);
    studio.press(Modifiers::SHIFT, Key::Num7);
    assert!(studio.has_focus("Text"), "the text of the title");
    studio.press(Modifiers::COMMAND, Key::A);
    studio.type_text("The hare");
    press(&mut studio, Key::Escape, 1);
    press(&mut studio, Key::M, 1);
    let project = studio.project();
    let titles: Vec<_> = project.titles().map(|title| title.text.as_str()).collect();
    assert_eq!((titles, project.markers().count()), (vec!["The hare"], 1));

    studio.press(Modifiers::COMMAND, Key::E);
    press(&mut studio, Key::Enter, 1);
    studio.waits_for("Exported:");
    let film = probe(&home.path().join("films/First.mp4")).expect("a film");
    let frames = film.picture.map(|track| track.frames);
    assert_eq!(frames, Some(project.end()));
}
