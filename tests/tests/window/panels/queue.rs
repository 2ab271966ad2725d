//! The queue panel: the order of the jobs, their failures, and those that are finished.

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;

use super::home;

#[test]
fn waiting_jobs_are_moved_up_and_down() {
    let home = home();
    let mut studio = Studio::with_engine("stubborn", home.path());
    for prompt in ["a fox", "the sea", "a train"] {
        studio.click("New shot").type_into("Prompt", prompt);
        studio.press(Modifiers::COMMAND, Key::Enter);
    }
    studio.click("Queue");
    studio.waits_for("3 queued.");
    assert!(!studio.shows("Move Shot 1 up"), "it is the first");
    studio.click("Move Shot 3 up");
    assert!(studio.shows("Move Shot 2 up") && !studio.shows("Move Shot 2 down"));
    studio.click("Generate Shot 2 next");
    assert!(!studio.shows("Move Shot 2 up"));
}

#[test]
fn a_right_click_on_a_job_opens_its_menu() {
    let home = home();
    let mut studio = Studio::with_engine("stubborn", home.path());
    for prompt in ["a fox", "the sea", "a train"] {
        studio.click("New shot").type_into("Prompt", prompt);
        studio.press(Modifiers::COMMAND, Key::Enter);
    }
    studio.click("Queue");
    studio.waits_for("3 queued.");
    let job = "Remove Shot 3 from the queue";
    studio.secondary_click_part(job).click("Generate next");
    assert!(!studio.shows("Move Shot 3 up"), "it is the first");
    studio
        .secondary_click_part(job)
        .click("Remove from the queue");
    studio.waits_for("2 queued.");
    assert!(!studio.shows(job));
}

#[test]
fn failed_jobs_are_retried_or_removed_together() {
    let home = home();
    let mut studio = Studio::with_engine("die", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Shot 1 not generated:");
    studio.click("Queue");
    studio.waits_for("1 failed.");
    studio.click("Remove all failed jobs from the queue");
    assert!(studio.shows("The queue is empty."));
}

#[test]
fn a_finished_job_is_listed_until_the_list_is_cleared() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Locked").click("Locked");
    studio.type_number("Seed", "7");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    studio.click("Queue");
    studio.waits_for("Shot 1, seed 7, ");
    studio.click("Clear the list of finished jobs");
    assert!(!studio.shows("Shot 1, seed 7, "));
}
