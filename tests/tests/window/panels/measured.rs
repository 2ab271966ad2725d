//! The measured camera of a take: its path beside the drawn one in the camera panel, and arrows over its picture.

use std::path::PathBuf;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_studio::measure::{self, CameraMeasure, MEASURES_FILE, Motion, TrackMotion};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::ContentHash;

use super::home;

const BUTTON: &str = "Measured path";
const PAN: &str = "Pan: asked 30° right, got 22°";

fn is_possible(studio: &Studio) -> bool {
    let button = studio.window.get_by_label(BUTTON);
    !button.accesskit_node().is_disabled()
}

/// A project with a take of a shot that pans to the right, in the film at the playhead. It is being measured.
fn with_take(home: &std::path::Path) -> (Studio, TakeStore, ContentHash) {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.click("Camera");
    assert!(!is_possible(&studio), "there is no take");
    studio.click("Camera move…").click("Pan right");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let take = studio.shot("Shot 1").chosen.expect("the take");
    let takes = TakeStore::of(&home.join("films/First.kinora"));
    let file: PathBuf = takes.folder(take).join(MEASURES_FILE);
    studio.waits_until("the measure", |_| file.exists());
    (studio, takes, take)
}

/// The measure of a clip of so many frames that pans by 22 degrees instead of 30, and the motion of one point.
fn eight_degrees_short(refused: CameraMeasure) -> CameraMeasure {
    let count = refused.report.frames.len();
    let frame = |number: usize| {
        let share = number as f64 / (count - 1) as f64;
        let (error, half) = (8.0 * share, (11.0 * share).to_radians());
        serde_json::json!({
            "rotation_error_degrees": {"yaw": -error, "pitch": 0.0, "roll": 0.0, "total": error},
            "direction_error_degrees": null, "path_error_share": null,
            "pose": {"rotation": [0.0, half.sin(), 0.0, half.cos()], "position": [0.0, 0.0, 0.0]},
        })
    };
    let axes = |yaw: f64| {
        serde_json::json!({
            "yaw": yaw, "pitch": 0.0, "roll": 0.0, "right": 0.0, "down": 0.0, "forward": 0.0,
        })
    };
    let fit = serde_json::json!({"share": 0.5, "closeness": 0.5});
    let report = serde_json::json!({
        "measurable": true, "reason": null, "verdict": "partly_obeyed",
        "rotation_error_degrees": {"median": 4.0, "worst": 8.0},
        "asked": axes(30.0), "achieved": axes(22.0), "travel_seen": false,
        "fit": {"drawn": fit, "still": fit, "mirrored": fit},
        "frames": (0..count).map(frame).collect::<Vec<_>>(),
    });
    let point = TrackMotion {
        at: [0.5, 0.5],
        next: [0.46, 0.5],
        expected: Some([0.44, 0.5]),
    };
    CameraMeasure {
        report: serde_json::from_value(report).expect("a report"),
        motion: Some(Motion {
            frames: vec![vec![point]; count],
        }),
        ..refused
    }
}

#[test]
fn the_measured_path_is_shown_beside_the_drawn_one_and_arrows_over_the_picture() {
    let home = home();
    let (mut studio, takes, take) = with_take(home.path());
    assert!(!is_possible(&studio), "a grey clip is refused");
    studio.press(Modifiers::ALT, Key::P);
    assert!(
        !studio.shows("Off by more than"),
        "the key does nothing either"
    );

    studio.press(Modifiers::COMMAND, Key::W); // its measures are read when it is opened again
    let refused = measure::read(&takes, take).expect("refused with a reason");
    let measured = eight_degrees_short(refused);
    measure::write(&takes, take, &measured).expect("written");
    studio.click("First");
    studio.waits_for("Take 1 of Shot 1");
    studio.click("Camera");
    studio.waits_until("the measure", |studio| is_possible(studio));
    assert!(!studio.shows(PAN));
    studio.click(BUTTON);
    assert!(studio.shows(PAN), "the axis, what was asked and what came");
    assert!(!studio.shows("Tilt: asked"), "nothing was asked of it");
    // The legend would cover a small view: it is a tooltip there.
    assert!(!studio.shows("Off by more than 5°"));
    let words = studio.window.get_by_label(PAN).rect().center();
    studio.window.hover_at(words);
    studio.waits_for("Off by more than 5°");
    for row in ["Asked", "Achieved, off by up to 1.5°", "Off by 1.5° to 5°"] {
        assert!(studio.shows(row), "{row}");
    }
    studio.press(Modifiers::ALT, Key::P);
    assert!(!studio.shows(PAN));
    studio.press(Modifiers::ALT, Key::P);
    assert!(studio.shows(PAN));
    studio.click(BUTTON);
    assert!(!studio.shows(PAN));

    studio.click("Viewer");
    assert!(!studio.shows("Seen motion"));
    studio.press(Modifiers::ALT, Key::V);
    studio.waits_for("Seen motion");
    assert!(studio.shows("Expected motion"));
    studio.press(Modifiers::ALT, Key::V);
    assert!(!studio.shows("Seen motion"));
}

#[test]
fn a_take_that_shows_its_drawn_camera_has_the_badge_of_an_obeyed_path() {
    let home = home();
    let mut studio = Studio::with_engine("echo", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Camera");
    studio.click("Camera move…").click("Pan right");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.waits_for("Camera path of take 1: obeyed");
    studio.waits_until("the measure", |studio| is_possible(studio));
    studio.press(Modifiers::ALT, Key::P);
    studio.waits_for("Measured path of the chosen take");
    assert!(studio.shows("Pan: asked "));
    assert!(!studio.shows("Tilt: asked "), "nothing was asked of it");
}
