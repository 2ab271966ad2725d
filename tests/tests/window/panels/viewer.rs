//! The viewer: its guides, and the light that shows dropped frames.

use egui::accesskit::Toggled;
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_tests::studio::Studio;

use super::home;

const GUIDES: [&str; 4] = ["Safe areas", "Thirds", "Centre cross", "Grid"];

/// Whether each guide is on. The menu is open.
fn shown(studio: &Studio) -> [bool; 4] {
    GUIDES.map(|name| {
        let item = studio.window.get_by_role_and_label(Role::CheckBox, name);
        item.accesskit_node().toggled() == Some(Toggled::True)
    })
}

#[test]
fn safe_areas_thirds_the_centre_cross_and_the_grid_are_chosen_apart() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("Settings of the viewer");
    assert_eq!(shown(&studio), [false, false, false, false]);
    studio.click("Safe areas").click("Centre cross");
    assert_eq!(shown(&studio), [true, false, true, false]);
    studio.click("Thirds").click("Safe areas").click("Grid");
    assert_eq!(shown(&studio), [false, true, true, true]);
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Centre cross"));
    studio.click("Settings of the viewer");
    assert_eq!(shown(&studio), [false, true, true, true]);
}

#[test]
fn a_checkerboard_is_seen_where_the_film_covers_nothing() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip").type_into("Opacity", "0");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Picture of frame 0");
    studio.click("Settings of the viewer").click("Checkerboard");
    let item = |studio: &Studio| {
        let role = Role::CheckBox;
        let item = studio.window.get_by_role_and_label(role, "Checkerboard");
        item.accesskit_node().toggled()
    };
    assert_eq!(item(&studio), Some(Toggled::True));
    studio.press(Modifiers::NONE, Key::Escape);

    // The squares are in the picture: the dropper picks their grey for a title beyond them.
    studio.press(Modifiers::NONE, Key::T);
    studio.event(egui::Event::Text("Grey".into()));
    studio.click("Viewer");
    let pick = "Text colour: pick it in the viewer";
    studio.waits_until("the squares", |studio| {
        studio.scroll_to(pick).click(pick);
        let picture = studio.window.get_by_label("Picture of frame 0").rect();
        studio.click_at(picture.min + egui::vec2(2.0, 2.0));
        let project = studio.project();
        project
            .titles()
            .any(|title| title.colour == (102, 102, 102))
    });
}

#[test]
fn esc_ends_the_dropper_before_it_shows_the_panels_again() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::T);
    studio.event(egui::Event::Text("Grey".into()));
    studio.click("Viewer");
    let pick = "Text colour: pick it in the viewer";
    studio.scroll_to(pick).click(pick);
    studio.press(Modifiers::NONE, Key::Backtick);
    assert!(!studio.shows("New shot"), "the viewer fills the window");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("New shot"), "the dropper has ended");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(studio.shows("New shot"));
}

#[test]
fn the_viewer_has_a_window_of_its_own_and_goes_back_into_its_panel() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let both = Modifiers::COMMAND | Modifiers::SHIFT;
    let menu = |studio: &Studio| {
        let button = studio.window.get_by_label("Settings of the viewer");
        button.rect()
    };
    let in_panel = menu(&studio);
    studio.press(both, Key::F);
    assert!(studio.shows("The viewer is in its own window."));
    // Without a screen there is one native window, in which the other one floats.
    assert_ne!(menu(&studio), in_panel);
    studio.click("Settings of the viewer").click("Thirds");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(
        studio.shows("The viewer is in its own window."),
        "Esc closed the menu"
    );
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("The viewer is in its own window."));
    assert_eq!(menu(&studio), in_panel);
    studio.click("Settings of the viewer");
    assert_eq!(
        shown(&studio),
        [false, true, false, false],
        "it is the same viewer"
    );
    studio.press(Modifiers::NONE, Key::Escape);

    studio
        .press(both, Key::F)
        .press(Modifiers::NONE, Key::Backtick);
    assert!(!studio.shows("The viewer is in its own window."));
    assert!(!studio.shows("New shot"), "it fills the main window now");
}

#[test]
fn a_light_shows_dropped_frames_while_the_film_plays() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::SHIFT, Key::L); // it goes on at the end
    assert!(!studio.shows("dropped frame"));
    studio.window.key_press(Key::Space);
    studio.window.step();
    studio.waits_until("the light", |studio| studio.shows("dropped frame"));
    studio.window.key_press(Key::K);
    studio.window.run_ok();
    studio.waits_until("the end", |studio| !studio.shows("dropped frame"));
}
