//! The guide to a first film.

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

#[test]
fn the_guide_opens_with_the_first_project_and_ticks_what_is_done() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    studio.click("New project…").click("Create");
    studio.waits_for("Your first film");
    assert!(studio.shows("New shot: not done yet"));
    studio.click("Guide: New shot");
    studio.waits_for("New shot: done");
    studio.click("Guide: Put it on the timeline");
    studio.waits_for("Put it on the timeline: done");
    studio.click("Close the guide");
    assert!(!studio.shows("Your first film"));
    studio.press(Modifiers::COMMAND, Key::N);
    studio.type_into("Name", "Second").click("Create");
    studio.waits_for("No shots yet. Create the first one.");
    assert!(!studio.shows("Your first film"), "it opens by itself once");
}
