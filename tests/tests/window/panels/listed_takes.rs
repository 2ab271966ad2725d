//! The takes in the media panel: listed with their uses, marked, and dragged onto the timeline.

use egui::{Key, Modifiers, Role, pos2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Source;

use super::home;

/// A shot on the timeline with two takes, and the takes in the media panel.
fn with_two_takes(home: &std::path::Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    for take in ["Take 1 of Shot 1", "Take 2 of Shot 1"] {
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_for(take);
    }
    studio.click("Media");
    let filter = |studio: &Studio| {
        let filters = studio
            .window
            .query_all_by_role_and_label(Role::Button, "Takes");
        filters.count() == 1
    };
    studio.waits_until("the filter", |studio| filter(studio));
    studio
        .window
        .get_by_role_and_label(Role::Button, "Takes")
        .click();
    studio.window.run_ok();
    studio.waits_for("of Shot 1: Not used");
    studio
}

#[test]
fn a_take_is_dragged_onto_the_timeline_and_chosen_in_one_step() {
    let home = home();
    let mut studio = with_two_takes(home.path());
    assert!(studio.shows("of Shot 1: Used once"));
    let before = studio.project();
    let chosen = studio.shot("Shot 1").chosen;
    let row = studio.window.get_by_label_contains("of Shot 1: Not used");
    let row = row.rect().left_center() + egui::vec2(90.0, 0.0);
    let header = studio.window.get_by_label("Hide V1 (off)").rect();
    let lane = pos2(header.right() + 400.0, header.center().y);
    studio.drag(row, lane);
    let shot = studio.shot("Shot 1");
    assert!(shot.chosen.is_some() && shot.chosen != chosen);
    let project = studio.project();
    let clips = project.clips_of(Source::Shot(shot.id));
    assert_eq!(clips.len(), 2, "it was placed");
    assert!(studio.shows("of Shot 1: Used 2 times"));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
}

#[test]
fn a_take_gets_stars_and_a_label_and_is_found_by_them() {
    let home = home();
    let mut studio = with_two_takes(home.path());
    studio
        .secondary_click_part("of Shot 1: Not used")
        .click("Add to favourites");
    studio.waits_for("of Shot 1: Not used · 5 stars");
    studio
        .secondary_click_part("of Shot 1: Not used · 5 stars")
        .click("Label")
        .click_part("Green");
    studio.click("Starred");
    assert!(studio.shows("of Shot 1: Not used · 5 stars"));
    assert!(!studio.shows("of Shot 1: Used once"));
    studio.click("In use");
    assert!(studio.shows("of Shot 1: Used once"));
    assert!(!studio.shows("of Shot 1: Not used"));
    studio.click("Stills");
    assert!(studio.shows("No matching take"));
}
