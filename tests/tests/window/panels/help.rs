//! The help: the guides of this version, searched, read and followed from page to page.

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

#[test]
fn the_help_is_opened_searched_and_followed_from_page_to_page() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    studio.press(Modifiers::NONE, Key::F1);
    studio.waits_for("Help page: Documentation");
    assert!(studio.has_focus("Search the help"));
    studio.click("Models");
    assert!(!studio.shows("which model files load"), "another page");
    studio.click("Back");
    assert!(studio.shows("which model files load"));

    studio.type_into("Search the help", "wipe line");
    studio.waits_for("Help page: ");
    assert!(!studio.shows("Help page: Documentation"));
    studio.type_into("Search the help", "no such words anywhere");
    assert!(studio.shows("Nothing found"));
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Search the help"));
}
