//! The takes panel: takes of a shot compared in the viewer and chosen, notes on them, and new shots made from them.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_studio::measure::{
    self, Against, AppearanceMeasure, CharacterMeasure, Drift, MEASURES_FILE, Unseen, Wardrobe,
    WardrobeReport,
};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::shot::{End, Origin, RetakeStreams};
use kinora_timeline::{FrameRange, Frames};
use kinora_wire::Makes;

use super::home;

#[test]
fn two_takes_are_compared_and_the_other_one_comes_into_the_film() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    for take in ["Take 1 of Shot 1", "Take 2 of Shot 1"] {
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_for(take);
    }
    let chosen = studio.shot("Shot 1").chosen;
    // Takes of the same second are sorted by name.
    let compare = "with the chosen one in the viewer";
    studio.scroll_to(compare).click_part(compare);
    studio.waits_for("Wipe between the two takes");
    let line = studio
        .window
        .get_by_label("Wipe between the two takes")
        .rect();
    studio.drag(line.center(), line.center() - vec2(80.0, 0.0));
    let now = studio
        .window
        .get_by_label("Wipe between the two takes")
        .rect();
    assert!(
        (line.center().x - now.center().x - 80.0).abs() < 2.0,
        "{now}"
    );
    studio.press(Modifiers::NONE, Key::Period);
    studio.click("Side by side");
    assert!(!studio.shows("Wipe between the two takes"));
    studio.click("Use this take");
    let other = studio.shot("Shot 1").chosen;
    assert!(other.is_some() && other != chosen);
    assert!(
        !studio.shows("End the comparison"),
        "there is nothing to compare"
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").chosen, chosen);
}

#[test]
fn three_takes_are_compared_in_a_grid_and_one_is_chosen() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    for number in 1..=3 {
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_for(&format!("Take {number} of Shot 1"));
    }
    let compare = |number: &usize| format!("Compare take {number} with the chosen one");
    let others: Vec<usize> = (1..=3)
        .filter(|number| studio.shows(&compare(number)))
        .collect();
    let [one, other] = others[..] else {
        panic!("{others:?}");
    };
    let first = compare(&one);
    studio.scroll_to(&first).click_part(&first);
    studio.waits_for("Wipe between the two takes");
    let too = format!("Compare take {other} too, in a grid");
    studio.scroll_to(&too).click(&too);
    let [use_one, use_other] = [one, other].map(|number| format!("Use take {number}"));
    studio.waits_for(&use_other);
    assert!(studio.shows(&use_one));
    let before = studio.shot("Shot 1").chosen;
    studio.click(&use_other);
    assert_ne!(studio.shot("Shot 1").chosen, before);
    assert!(studio.shows("End the comparison"), "the other one is left");
    assert!(!studio.shows(&use_other));
}

#[test]
fn a_note_on_a_take_is_kept_beside_it_and_found() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    for take in ["Take 1 of Shot 1", "Take 2 of Shot 1"] {
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_for(take);
    }
    let [first, second] = ["Take 1 of Shot 1, seed", "Take 2 of Shot 1, seed"];
    studio.scroll_to(second).secondary_click_part(second);
    studio.click("Note…");
    studio.type_into("Note on take 2", "Her eyes are right");
    let store = TakeStore::of(&home.path().join("films/First.kinora"));
    studio.waits_until("the note", |_| {
        let notes = store.notes();
        notes.values().any(|note| note == "Her eyes are right")
    });
    studio.type_into("Search notes on takes", "EYES her");
    assert!(studio.shows(second) && !studio.shows(first));
    studio.type_into("Search notes on takes", "hands");
    assert!(studio.shows("No note on a take has these words."));
}

#[test]
fn a_take_that_arrives_is_no_step_and_a_later_one_does_not_replace_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::M);
    let markers = |studio: &mut Studio| studio.project().markers().count();
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    let first = studio.shot("Shot 1").chosen;
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(
        markers(&mut studio),
        0,
        "undo takes back the artist's last step"
    );
    assert_eq!(studio.shot("Shot 1").chosen, first);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("The chosen take stays.");
    assert_eq!(studio.shot("Shot 1").chosen, first);
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(markers(&mut studio), 1, "the redo was not lost");
    assert_eq!(studio.shot("Shot 1").chosen, first);
}

#[test]
fn a_range_is_retaken_and_a_take_is_extended_in_new_shots() {
    let home = home();
    let mut studio = Studio::with_engine("source", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let take = studio.shot("Shot 1").chosen.expect("the take");
    studio
        .scroll_to("More…")
        .click("More…")
        .click("Retake a range…");
    studio.type_number("From frame", "4");
    studio.type_number("To", "1");
    let retake = "Retake in a new shot";
    studio.scroll_to(retake).click(retake);
    let retake = studio.shot("Shot 1 retake");
    let range = FrameRange::between(Frames(4), Frames(8));
    let streams = RetakeStreams::Both;
    let origin = Origin::Retakes {
        take,
        range,
        streams,
    };
    assert_eq!(retake.origin, origin);
    assert_eq!((retake.length.frames, retake.chosen), (9, None));
    assert_eq!(studio.shot("Shot 1").origin, Origin::Scratch, "it is safe");

    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1 retake");
    let take = studio.shot("Shot 1 retake").chosen.expect("the take");
    studio
        .scroll_to("More…")
        .click("More…")
        .click("Extend after the end");
    let longer = studio.shot("Shot 1 retake extended");
    let end = End::Tail;
    assert_eq!(longer.origin, Origin::Extends { take, end });
    assert_eq!(longer.length.frames, 17, "more than the take's last nine");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project().shots().count(), 2, "one step");
}

#[test]
fn of_a_take_with_sound_picture_sound_or_both_are_retaken_and_the_other_is_given() {
    let home = home();
    let mut studio = Studio::with_engine("sound-source", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio
        .scroll_to("More…")
        .click("More…")
        .click("Retake a range…");
    studio.scroll_to("Retake in a new shot");
    studio.opens_list("Retake in").click("Sound");
    let retake = "Retake in a new shot";
    studio.scroll_to(retake).click(retake);
    let shot = studio.shot("Shot 1 retake");
    let Origin::Retakes { streams, .. } = shot.origin else {
        panic!("{:?}", shot.origin)
    };
    assert_eq!(streams, RetakeStreams::Sound);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1 retake");

    let made = studio.shot("Shot 1 retake").chosen.expect("the take");
    let takes = TakeStore::of(&home.path().join("films/First.kinora"));
    let recipe = takes.find(made).expect("a take").recipe.expect("readable");
    assert_eq!(recipe.retake_in, Some(Makes::Sound));
    let source = recipe.inputs.source.expect("a source");
    assert!(source.retake.is_some());
    studio.scroll_to("More…").click("More…").click("Reproduce");
    studio.waits_for("and the sound are identical");
    studio
        .scroll_to("More…")
        .click("More…")
        .click("Extend after the end");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1 retake extended");
    let longer = studio.shot("Shot 1 retake extended").chosen;
    let take = takes.find(longer.expect("the take")).expect("a take");
    let recipe = take.recipe.expect("readable");
    assert_eq!(recipe.retake_in, Some(Makes::Both), "with its sound");
}

#[test]
fn a_model_without_a_source_clip_offers_neither_retake_nor_extension() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.scroll_to("More…").click("More…");
    assert!(studio.shows("Reproduce") && !studio.shows("Retake a range…"));
}

#[test]
fn a_take_is_made_larger_from_its_menu() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let small = studio.shot("Shot 1").chosen;
    studio.scroll_to("More…").click("More…");
    studio.click("Upscale to 64 x 32");
    studio.waits_for("Take 2 of Shot 1");
    studio.waits_for("upscaled to 64 x 32");
    assert_eq!(studio.shot("Shot 1").chosen, small, "the artist chooses");
}

#[test]
fn a_take_shows_whether_its_cast_is_kept_and_its_clip_where_it_drifts() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let take = studio.shot("Shot 1").chosen.expect("the take");
    let takes = TakeStore::of(&home.path().join("films/First.kinora"));
    let file = takes.folder(take).join(MEASURES_FILE);
    studio.waits_until("the measure", |_| file.exists());
    assert!(!studio.shows("Cast of take 1"), "nobody was cast");

    studio.press(Modifiers::COMMAND, Key::W); // its measures are read when it is opened again
    let steady = measure::read_appearance(&takes, take).expect("its steadiness");
    let drift = Drift {
        against: Against::FirstFrame,
        part: Some(1),
        frame: 3,
        delta_e: 14.2,
    };
    let anna = CharacterMeasure {
        character: None,
        tag: "anna".into(),
        report: WardrobeReport {
            verdict: Wardrobe::Drifted(drift),
            largest: Some(drift),
            drifted: vec![[1, 5]],
            ..WardrobeReport::not_measurable(Unseen::NoStage)
        },
        rank: None,
        similarity: None,
    };
    let measured = AppearanceMeasure {
        identity: vec![anna],
        ..steady
    };
    measure::write_appearance(&takes, take, &measured).expect("written");
    studio.click("First");
    studio.waits_for("Take 1 of Shot 1");
    studio.waits_for("Cast of take 1: drifted: @anna's torso, ΔE 14");
    studio.waits_for("cast drifted");
    assert!(studio.shows("Drifted here: @anna's torso, ΔE 14"));
}
