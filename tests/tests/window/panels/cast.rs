//! The cast panel: a character added from a picture and cast into a shot, and changed on its page.

use std::path::Path;

use egui::{Key, Modifiers};
use image::{Rgb, RgbImage};
use kinora_tests::studio::Studio;
use kinora_timeline::ContentHash;
use kinora_timeline::cast::Character;

use super::{home, portrait};

#[test]
fn somebody_joins_the_cast_from_a_picture_and_is_cast() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    let picture = portrait(home.path());
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Add Ada to Shot 1");
    assert!(studio.shows("@ada, in 1 shot"));
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    studio.click("Remove Ada from Shot 1");
    assert!(studio.shot("Shot 1").cast.is_empty());
}

/// A project with one shot, in whose prompt Ada is, and with her page open.
fn page_of_ada(home: &Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot");
    studio.drop_file(portrait(home));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.type_into("Prompt", "@ada waves").click("Viewer");
    studio.click("Edit Ada");
    studio
}

fn character(studio: &mut Studio) -> Character {
    let project = studio.project();
    let character = project.cast().next().expect("a character");
    Character::clone(character)
}

fn prompt(studio: &mut Studio) -> String {
    studio.shot("Shot 1").prompt
}

#[test]
fn a_new_tag_goes_into_the_prompts_and_a_wrong_one_is_refused() {
    let home = home();
    let mut studio = page_of_ada(home.path());
    studio.type_into("Character name", "Mia");
    studio.type_into("Tag", "mia").click("Viewer");
    let mia = character(&mut studio);
    assert_eq!((mia.name.as_str(), mia.tag.as_str()), ("Mia", "mia"));
    assert_eq!(prompt(&mut studio), "@mia waves");
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(prompt(&mut studio), "@ada waves");
    assert_eq!(character(&mut studio).tag, "ada", "one step");
    studio.type_into("Tag", "two words");
    assert!(studio.shows("Use letters, digits and underscores"));
    studio.click("Viewer");
    assert_eq!(character(&mut studio).tag, "ada");
    assert!(!studio.shows("Use letters, digits and underscores"));
    studio.type_into("Description", "a yellow robot");
    studio.type_into("Licence and consent", "drawn by me");
    studio.click("Back to the cast"); // text that is being typed is kept
    let ada = character(&mut studio);
    assert_eq!(ada.notes, "a yellow robot");
    assert_eq!(ada.consent, "drawn by me");
    assert!(studio.shows("@ada, in 1 shot"));
}

#[test]
fn a_character_is_copied_and_one_that_is_used_is_removed_with_its_uses() {
    let home = home();
    let mut studio = page_of_ada(home.path());
    studio.scroll_to("Duplicate Ada").click("Duplicate Ada");
    let tags = |studio: &mut Studio| -> Vec<String> {
        let project = studio.project();
        project.cast().map(|one| one.tag.clone()).collect()
    };
    assert_eq!(tags(&mut studio), ["ada", "ada2"]);
    studio.scroll_to("Remove Ada copy").click("Remove Ada copy");
    assert_eq!(tags(&mut studio), ["ada"]);
    studio.click("Edit Ada");
    studio.scroll_to("Remove Ada").click("Remove Ada");
    assert!(studio.shows("the character is still used: 1 shot"));
    let before = studio.project();
    let words = "Remove from all shots and the cast";
    studio.scroll_to(words).click(words);
    assert_eq!(tags(&mut studio), [] as [&str; 0]);
    assert!(studio.shot("Shot 1").cast.is_empty());
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
}

#[test]
fn reference_pictures_are_added_ordered_and_removed() {
    let home = home();
    let mut studio = page_of_ada(home.path());
    let pictures = home.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    let plain = RgbImage::from_pixel(24, 32, Rgb([20, 40, 200]));
    plain.save(pictures.join("blue.png")).expect("saved");
    let references = |studio: &mut Studio| -> Vec<ContentHash> { character(studio).references };
    let ada = references(&mut studio)[0];
    studio.scroll_to("Add picture…").click("Add picture…");
    studio.type_into("File", &format!("{}/", pictures.display()));
    studio.waits_for("blue.png");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_until("the picture", |studio| references(studio).len() == 2);
    let blue = references(&mut studio)[1];
    let left = "Move picture 2 left";
    studio.scroll_to(left).click(left);
    assert_eq!(references(&mut studio), [blue, ada]);
    let remove = "Remove picture 1";
    studio.scroll_to(remove).click(remove);
    assert_eq!(references(&mut studio), [ada]);
}

#[test]
fn the_shots_of_a_character_are_selected_from_its_page() {
    let home = home();
    let mut studio = page_of_ada(home.path());
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::N);
    studio.scroll_to("Select Shot 1").click("Select Shot 1");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    let project = studio.project();
    let names: Vec<&str> = project.shots().map(|shot| shot.name.as_str()).collect();
    assert_eq!(names, ["Shot 1", "Shot 1 copy", "Shot 2"]);
}
