//! Playback: the timeline plays and stops, and the playhead moves by keys.

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

#[test]
fn the_film_plays_and_rests_and_an_idle_window_draws_nothing() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
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
