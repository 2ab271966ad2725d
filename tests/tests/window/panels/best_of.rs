//! Takes that are ranked: the choice beside their number, the series in the queue, the order by rank, and the dialog for
//! failing shots. The engine's clips are plain grey, so that none shows its camera.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::home;

/// Chooses an entry of the list with this label.
fn choose(studio: &mut Studio, list: &str, entry: &str) {
    studio.opens_list(list).click(entry);
}

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.window.event(egui::Event::Text(command.to_owned()));
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn takes_are_ranked_in_the_queue_and_nothing_is_chosen_by_itself() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a hare");
    assert!(!studio.shows("Rank by"), "one take has no rank");
    studio.type_number("Number of takes", "3");
    choose(&mut studio, "Rank by", "Camera error");
    assert!(studio.shows("there is no camera path to rank by"));
    choose(&mut studio, "Rank by", "Cast drift");
    assert!(studio.shows("there is no character on a stage to rank by"));
    choose(&mut studio, "Rank by", "Camera error");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Not generated: there is no camera path to rank by");

    studio
        .click("Camera")
        .click("Camera move…")
        .click("Push in");
    assert!(!studio.shows("Not possible:"));
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    let first = studio.shot("Shot 1").chosen;
    studio.click("Queue");
    studio.waits_for("3 of 3 made, finished");
    studio.waits_until("the measures", |studio| {
        let refused = "not ranked: its camera cannot be measured";
        studio.window.query_all_by_label_contains(refused).count() == 3
    });
    assert_eq!(studio.shot("Shot 1").chosen, first);
    studio.press(Modifiers::SHIFT, Key::Num6); // the shot, which the queue hides
    let third = "Take 3 of Shot 1, seed";
    studio.waits_for(third);
    studio.scroll_to(third).secondary_click_part(third);
    studio.click("Reject");
    studio.press(Modifiers::SHIFT, Key::Num8);
    studio.waits_for("not ranked: it is rejected");
    studio.click("Remove the series of Shot 1 from the list; its takes are kept");
    assert!(!studio.shows("Ranking of Shot 1"));

    studio.press(Modifiers::SHIFT, Key::Num6); // the shot, which the queue hides
    studio.waits_for("Take 3 of Shot 1");
    run(&mut studio, "takes by rank");
    studio.waits_for("Rank of take 1: no rank");
    run(&mut studio, "use best take");
    studio.waits_for("No take of this shot has a rank yet.");
}

#[test]
fn a_series_is_cancelled_in_the_queue() {
    let home = home();
    let mut studio = Studio::with_engine("slow", home.path());
    studio.click("New shot").type_into("Prompt", "a hare");
    studio
        .click("Camera")
        .click("Camera move…")
        .click("Push in");
    studio.type_number("Number of takes", "8");
    choose(&mut studio, "Rank by", "Camera error");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.click("Queue");
    studio.waits_for("0 of 8 made");
    assert!(studio.shows("No take is finished yet."));
    studio.click("Cancel the series of Shot 1; finished takes are kept");
    studio.waits_for("0 of 8 made, cancelled");
    assert!(studio.shows("The queue is empty."));
}

#[test]
fn a_film_without_failing_shots_has_nothing_to_re_roll() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    run(&mut studio, "re-roll");
    studio.waits_for("No chosen take failed a measure.");
    studio.click("Close");
    assert!(!studio.shows("No chosen take failed a measure."));
}
