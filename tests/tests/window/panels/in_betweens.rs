//! In-betweens: chosen in the clip panel, made by the queue, shown on the clip.

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::clip::InBetweens;

use super::home;

fn in_betweens(studio: &mut Studio) -> InBetweens {
    let project = studio.project();
    let (clip, _) = project.tracks()[0].clips().next().expect("the clip");
    clip.in_betweens
}

/// The window with a shot on the timeline that has a take, and with its clip selected.
fn with_a_take(script: &str, home: &std::path::Path) -> Studio {
    let mut studio = Studio::with_engine(script, home);
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.click_part("Shot 1 on V1").click("Clip");
    studio
}

fn choose(studio: &mut Studio, entry: &str) {
    studio
        .window
        .get_by_role_and_label(Role::ComboBox, "In-betweens")
        .scroll_to_me();
    studio.rests(|window| {
        let list = window.get_by_role_and_label(Role::ComboBox, "In-betweens");
        list.rect()
    });
    studio
        .window
        .get_by_role_and_label(Role::ComboBox, "In-betweens")
        .click();
    studio.window.run_ok();
    studio.click(entry);
}

#[test]
fn a_smooth_clip_gets_its_pictures_and_others_when_its_speed_changes() {
    let home = home();
    let mut studio = with_a_take("well", home.path());
    choose(&mut studio, "Smooth");
    studio.waits_until("in-betweens", |studio| {
        studio.shows(", Smooth") && !studio.shows("Smooth: ")
    });
    assert_eq!(in_betweens(&mut studio), InBetweens::Smooth);
    studio.type_number("Speed", "50");
    studio.waits_for("Smooth: not made");
    studio
        .scroll_to("Make in-betweens")
        .click("Make in-betweens");
    studio.waits_until("in-betweens", |studio| {
        studio.shows(", Smooth") && !studio.shows("Smooth: ")
    });
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(in_betweens(&mut studio), InBetweens::None);
    assert!(!studio.shows(", Smooth"));
}

#[test]
fn without_an_interpolator_the_remedy_is_reported_and_the_clip_shows_that_none_are_made() {
    let home = home();
    let mut studio = with_a_take("experts", home.path());
    choose(&mut studio, "Smooth");
    studio.waits_for("Smooth: not made");
    assert!(studio.shows("No frame interpolator is installed. Install one: File > Models…"));
    assert_eq!(in_betweens(&mut studio), InBetweens::Smooth);
}
