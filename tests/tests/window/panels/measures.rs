//! The measures panel: the camera and the characters of each chosen take, the worst flagged; a click selects the shot, and a
//! button measures what is not measured.

use std::path::Path;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_studio::measure::{
    self, Against, AppearanceMeasure, CharacterMeasure, Drift, MEASURES_FILE, Similarity,
    SimilarityRange, SimilarityRank, Unseen, Wardrobe, WardrobeReport,
};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::ContentHash;

use super::{home, portrait};

const MEASURE: &str = "Measure all takes";

/// A project with Ada and two shots, each with a take that was measured.
fn with_takes(home: &Path) -> (Studio, TakeStore, [ContentHash; 2]) {
    let mut studio = Studio::with_new_project(home);
    studio.drop_file(portrait(home));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Shots");
    let takes = TakeStore::of(&home.join("films/First.kinora"));
    let names = ["Shot 1", "Shot 2"].map(|name| {
        studio.click("New shot").type_into("Prompt", "@ada walks");
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_until("a take", |studio| studio.shot(name).chosen.is_some());
        let take = studio.shot(name).chosen.expect("the take");
        let file = takes.folder(take).join(MEASURES_FILE);
        studio.waits_until("the measure", |_| file.exists());
        take
    });
    (studio, takes, names)
}

/// Ada, whose torso changes by this much.
fn ada(delta_e: f64) -> AppearanceMeasure {
    let drift = Drift {
        against: Against::FirstFrame,
        part: Some(1),
        frame: 3,
        delta_e,
    };
    let verdict = match delta_e > 12.0 {
        true => Wardrobe::Drifted(drift),
        false => Wardrobe::Kept,
    };
    AppearanceMeasure {
        solver: 1,
        identity: vec![CharacterMeasure {
            character: None,
            tag: "ada".into(),
            report: WardrobeReport {
                verdict,
                largest: Some(drift),
                from_first: vec![Some(0.0), Some(delta_e)],
                ..WardrobeReport::not_measurable(Unseen::NoStage)
            },
            rank: None,
            similarity: None,
        }],
        ..AppearanceMeasure::default()
    }
}

/// The project closed, its measures written, and opened again with the panel in front.
fn opened_with(
    studio: &mut Studio,
    takes: &TakeStore,
    measures: [(ContentHash, AppearanceMeasure); 2],
) {
    studio.press(Modifiers::COMMAND, Key::W);
    for (take, appearance) in measures {
        measure::write_appearance(takes, take, &appearance).expect("written");
    }
    studio.click("First");
    studio.waits_for("Append Shot 1 to the timeline");
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::M);
    studio.waits_for("Column @ada");
}

/// How far down the rows of both shots are.
fn tops(studio: &Studio) -> [f32; 2] {
    ["Measures of Shot 1", "Measures of Shot 2"]
        .map(|name| studio.window.get_by_label(name).rect().top())
}

#[test]
fn an_empty_panel_has_one_button_which_is_possible_once_there_are_takes() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("Measures");
    assert!(studio.shows("No chosen take is measured."));
    let button = studio.window.get_by_label(MEASURE);
    assert!(button.accesskit_node().is_disabled(), "there is no take");
}

#[test]
fn takes_without_a_measure_are_measured_by_the_button() {
    let home = home();
    let (mut studio, takes, names) = with_takes(home.path());
    studio.press(Modifiers::COMMAND, Key::W);
    let files = names.map(|take| takes.folder(take).join(MEASURES_FILE));
    for file in &files {
        std::fs::remove_file(file).expect("removed");
    }
    studio.click("First");
    studio.waits_for("Append Shot 1 to the timeline");
    studio.click("Measures");
    studio.waits_until("the button", |studio| {
        let button = studio.window.query_by_label(MEASURE);
        button.is_some_and(|button| !button.accesskit_node().is_disabled())
    });
    studio.click(MEASURE);
    studio.waits_for("2 takes are being measured");
    studio.waits_until("the measures", |_| files.iter().all(|file| file.exists()));
    studio.waits_for("Shot 1, @ada: not measurable");
    assert!(!studio.shows("No chosen take is measured."));
}

#[test]
fn cells_show_the_measures_the_worst_is_flagged_and_a_click_selects_its_shot() {
    let home = home();
    let (mut studio, takes, [first, second]) = with_takes(home.path());
    opened_with(
        &mut studio,
        &takes,
        [(first, ada(5.0)), (second, ada(14.2))],
    );
    assert!(studio.shows("2 shots: 1 with a drifted cast"));
    for cell in [
        "Shot 1, camera: –",
        "Shot 1, @ada: kept",
        "Shot 2, @ada: drifted ΔE 14, the worst of the film",
    ] {
        assert!(studio.shows(cell), "{cell}");
    }
    assert!(
        !studio.shows("kept, the worst"),
        "what is good is not flagged"
    );

    studio.click("Shot 2, @ada: drifted ΔE 14, the worst of the film");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::D); // copies the selected shot
    assert!(studio.shot("Shot 2 copy").chosen.is_none());
    studio.press(Modifiers::COMMAND, Key::Z);

    let [one, two] = tops(&studio);
    assert!(one < two, "the order of the film");
    studio.click("Worst first");
    let [one, two] = tops(&studio);
    assert!(two < one);

    studio.click("Re-roll failing…");
    studio.waits_for("Cast drifted: @ada's torso, ΔE 14.");
    studio.click("Cancel");
}

#[test]
fn the_appearance_similarity_of_the_selected_shot_is_shown_and_measured_by_a_button() {
    let home = home();
    let (mut studio, takes, [first, second]) = with_takes(home.path());
    let mut ranked = ada(5.0);
    ranked.identity[0].similarity = Some(Similarity::Measured(SimilarityRank {
        place: 1,
        of: 5,
        comparisons: 15,
        mean: 0.8,
        range: SimilarityRange::Same,
        same: Some([0.7, 0.9]),
        different: [0.2, 0.5],
    }));
    opened_with(&mut studio, &takes, [(first, ranked), (second, ada(14.2))]);
    let line = "Appearance similarity of @ada: ";
    studio.click("Measures of Shot 2");
    assert!(!studio.shows(line), "it was not asked for");
    studio.click("Measures of Shot 1");
    studio.waits_for(&format!("{line}1st of 5 characters, 15 comparisons"));

    // Ada is alone, and nothing says where she stands: there is nothing to compare, and no engine is started for it.
    studio.click("Measure appearance");
    studio.waits_for("The appearances of 2 takes were compared.");
    studio.waits_for(&format!("{line}not measurable"));
    for take in [first, second] {
        let kept = measure::read_appearance(&takes, take).expect("kept");
        let similarity = kept.identity[0].similarity;
        let is_refused = matches!(similarity, Some(Similarity::NotMeasurable { .. }));
        assert!(is_refused, "{similarity:?}");
    }
}
