//! Stills: made beside Generate, selected in their grid, used as first frame, reference, portrait and seed, and there
//! again when the project is opened again.

use egui::{Key, Modifiers};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::ContentHash;
use kinora_timeline::shot::SeedPolicy;

use super::{home, portrait};

/// A shot with four stills.
fn with_stills(home: &std::path::Path) -> Studio {
    let mut studio = Studio::with_engine("subjects", home);
    studio
        .click("New shot")
        .type_into("Prompt", "a red robot jumps");
    studio.click("Make stills");
    studio.waits_for("Still 4 of Shot 1");
    studio
}

fn undo(studio: &mut Studio) {
    studio.press(Modifiers::COMMAND, Key::Z);
}

#[test]
fn stills_are_no_takes_and_arrows_and_enter_choose_the_first_frame() {
    let home = home();
    let mut studio = with_stills(home.path());
    assert_eq!(studio.shot("Shot 1").chosen, None);
    assert!(!studio.shows("Take 1 of Shot 1") && !studio.shows("Still 5 of"));
    let takes = TakeStore::of(&home.path().join("films/First.kinora")).all();
    let seeds = takes.iter().filter_map(|(_, take)| take.readable());
    let least = seeds
        .map(|recipe| recipe.inputs.seed)
        .min()
        .expect("a still");

    studio.scroll_to("Still 1 of").click_part("Still 1 of");
    studio.press(Modifiers::NONE, Key::ArrowRight);
    studio.scroll_to("Use its seed").click("Use its seed");
    assert_eq!(studio.shot("Shot 1").seed, SeedPolicy::Fixed(least + 1));
    undo(&mut studio);
    assert_eq!(studio.shot("Shot 1").seed, SeedPolicy::Fresh);

    let keys = |studio: &mut Studio| -> Vec<u32> {
        let shot = studio.shot("Shot 1");
        shot.keyframes.iter().map(|key| key.frame).collect()
    };
    studio.scroll_to("Still 2 of").click_part("Still 2 of");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_until("the first frame", |studio| keys(studio) == [0]);
    undo(&mut studio);
    assert!(keys(&mut studio).is_empty());
    let first = "Use as first frame";
    studio.scroll_to(first).click(first);
    studio.waits_until("the first frame", |studio| keys(studio) == [0]);
}

#[test]
fn a_still_joins_the_pictures_of_a_character_or_is_a_new_one() {
    let home = home();
    let mut studio = with_stills(home.path());
    studio.drop_file(portrait(home.path()));
    let references = |studio: &mut Studio| -> Vec<Vec<ContentHash>> {
        let project = studio.project();
        project.cast().map(|one| one.references.clone()).collect()
    };
    studio.waits_until("Ada", |studio| references(studio).len() == 1);
    let before = references(&mut studio);
    studio.scroll_to("Still 3 of").click_part("Still 3 of");
    let uses = |studio: &mut Studio, item: &str| {
        let menu = "Use for a character…";
        studio.scroll_to(menu).click(menu).click(item);
    };
    uses(&mut studio, "Still as portrait of @ada");
    studio.waits_until("the portrait", |studio| references(studio)[0].len() == 2);
    assert_eq!(
        references(&mut studio)[0][1],
        before[0][0],
        "it is the first"
    );
    undo(&mut studio);
    assert_eq!(references(&mut studio), before);
    uses(&mut studio, "Still as reference of @ada");
    studio.waits_until("the reference", |studio| references(studio)[0].len() == 2);
    assert_eq!(
        references(&mut studio)[0][0],
        before[0][0],
        "it is the last"
    );
    uses(&mut studio, "Still as a new character");
    studio.waits_until("the character", |studio| references(studio).len() == 2);
    undo(&mut studio);
    assert_eq!(references(&mut studio).len(), 1);
}

#[test]
fn stills_are_there_again_when_the_project_is_opened_again() {
    let home = home();
    let mut studio = with_stills(home.path());
    studio.press(Modifiers::COMMAND, Key::W);
    studio.waits_for("First");
    studio.click("First");
    studio.waits_for("Append Shot 1 to the timeline");
    studio.click("Shot 1");
    studio.waits_for("Still 4 of Shot 1");
    assert_eq!(studio.shot("Shot 1").chosen, None);
}
