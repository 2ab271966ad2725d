//! A control that is held for a long time holds nothing up: the engine goes on, its frames are written at the same pace,
//! and the new take waits for the end of the gesture.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::PATIENCE;
use kinora_tests::studio::Studio;

/// Whether the folder has a finished take.
fn has_take(project_folder: &Path) -> bool {
    let takes = std::fs::read_dir(project_folder.join("takes"));
    let mut takes = takes.into_iter().flatten().flatten();
    takes.any(|take| take.path().join("take.ron").exists())
}

/// Generates a take with an engine that takes ten seconds. Returns the time from its first step to the take on the
/// disk.
fn seconds_to_a_take(is_held: bool) -> f64 {
    let home = tempfile::tempdir().expect("a folder");
    let mut studio = Studio::with_engine("steady", home.path());
    let folder = home.path().join("films/First.kinora");
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Camera");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("of 200");
    let began = Instant::now();
    let picture = studio.window.get_by_label("Camera view").rect();
    if is_held {
        studio.window.hover_at(picture.center());
        studio.window.step();
        studio.window.drag_at(picture.center());
        studio.window.step();
    }
    let mut moves: i64 = 0;
    while !has_take(&folder) {
        assert!(began.elapsed() < PATIENCE, "no take comes");
        if is_held {
            moves += 1;
            let by = vec2((moves % 40) as f32, 0.0);
            studio.window.hover_at(picture.center() + by);
        }
        studio.window.step();
        #[expect(clippy::disallowed_methods, reason = "a hand moves no faster")]
        thread::sleep(Duration::from_millis(10));
    }
    let seconds = began.elapsed().as_secs_f64();
    if is_held {
        for _ in 0..20 {
            studio.window.step();
        }
        assert!(
            !studio.shows("Take 1 of Shot 1"),
            "choosing the take would end the gesture"
        );
        studio.window.drop_at(picture.center());
        studio.window.run_ok();
    }
    studio.waits_for("Take 1 of Shot 1");
    assert_eq!(
        studio.shot("Shot 1").camera.is_some(),
        is_held,
        "the gesture became an edit"
    );
    seconds
}

#[test]
fn while_a_control_is_held_for_ten_seconds_frames_arrive_at_the_same_pace() {
    // Side by side, so that both have the same machine.
    let alone = thread::spawn(|| seconds_to_a_take(false));
    let held = seconds_to_a_take(true);
    let alone = alone.join().expect("a take without a gesture");
    assert!(
        alone > 8.0,
        "{alone:.1} s: long enough to show a difference"
    );
    assert!(
        held < alone * 1.25,
        "held {held:.1} s, not held {alone:.1} s"
    );
}
