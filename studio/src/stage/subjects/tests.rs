//! Tests of the subjects of prompts: who is named, in which colours, and what they do.

use super::Action::{Jump, Spin, Stand, WalkLeft, WalkRight, Wave};
use super::*;

/// The words of a card with three categories, and one that is not read.
pub fn card() -> Vec<WordList> {
    let list = |what: &str, words: &[&str]| WordList {
        what: what.into(),
        words: words.iter().map(|&word| word.to_owned()).collect(),
    };
    vec![
        list(
            "who",
            &["robot", "spaceman", "cat", "bunny", "bear", "teddy"],
        ),
        list(
            "colours",
            &["red", "orange", "yellow", "blue", "dark", "murky"],
        ),
        list(
            "does",
            &[
                "stands",
                "walks left",
                "walking to the right",
                "jumps",
                "turns around",
                "spins",
                "waves",
            ],
        ),
        list("where", &["in the dark", "in the desert"]),
    ]
}

const RED: Rgb = (219, 36, 33);
const YELLOW: Rgb = (250, 222, 41);
const BLUE: Rgb = (41, 92, 235);
const ORANGE: Rgb = (247, 128, 20);

type Row = (&'static str, Option<[Rgb; 2]>, Action);

#[test]
fn words_become_stand_ins_with_colours_and_actions() {
    let both = |colour| Some([colour, colour]);
    let cases: &[(&str, &[Row])] = &[
        (
            "A yellow robot walks left in the desert",
            &[("robot", both(YELLOW), WalkLeft)],
        ),
        (
            "a red Spaceman with orange arms and legs is walking to the right",
            &[("spaceman", Some([RED, ORANGE]), WalkRight)],
        ),
        ("bunny jumps", &[("bunny", None, Jump)]),
        (
            "the robot is blue, it spins",
            &[("robot", both(BLUE), Spin)],
        ),
        ("in the desert, jumping, a cat", &[("cat", None, Jump)]),
        // Two subjects, each with its own, and both with the same.
        (
            "a red robot walks left and a blue cat jumps",
            &[("robot", both(RED), WalkLeft), ("cat", both(BLUE), Jump)],
        ),
        (
            "a red robot and a cat walk right",
            &[("robot", both(RED), WalkRight), ("cat", None, WalkRight)],
        ),
        (
            "a cat in the desert and a robot jumps",
            &[("cat", None, Stand), ("robot", None, Jump)],
        ),
        // Plurals and numbers.
        (
            "two red robots jump",
            &[("robot", both(RED), Jump), ("robot 2", both(RED), Jump)],
        ),
        (
            "bunnies",
            &[("bunny", None, Stand), ("bunny 2", None, Stand)],
        ),
        (
            "three spacemen",
            &[
                ("spaceman", None, Stand),
                ("spaceman 2", None, Stand),
                ("spaceman 3", None, Stand),
            ],
        ),
        // One subject in two words, and one that is named again.
        ("a blue teddy bear spins", &[("bear", both(BLUE), Spin)]),
        (
            "a robot waits, then the robot turns around",
            &[("robot", None, Spin)],
        ),
        // Where a walk goes.
        (
            "a robot walks from left to right",
            &[("robot", None, WalkRight)],
        ),
        (
            "a robot walks in from the right",
            &[("robot", None, WalkLeft)],
        ),
        (
            "a robot walks slowly to the left",
            &[("robot", None, WalkLeft)],
        ),
        (
            "a robot is walking through the desert towards the left",
            &[("robot", None, WalkLeft)],
        ),
        (
            "a robot walks past the left tree",
            &[("robot", None, WalkRight)],
        ),
        (
            "a robot walks, camera pans left",
            &[("robot", None, WalkRight)],
        ),
        (
            "a robot walks while the camera goes left",
            &[("robot", None, WalkRight)],
        ),
        ("a robot walks in the desert", &[("robot", None, WalkRight)]),
        (
            "a robot walks towards the camera",
            &[("robot", None, Stand)],
        ),
        ("a robot walks away", &[("robot", None, Stand)]),
        (
            "the camera slowly turns around a robot",
            &[("robot", None, Stand)],
        ),
        // To stand is no more than the place of another action.
        (
            "a robot stands in the desert and waves",
            &[("robot", None, Wave)],
        ),
        // Lists.
        (
            "a robot, cat and bear jump",
            &[
                ("robot", None, Jump),
                ("cat", None, Jump),
                ("bear", None, Jump),
            ],
        ),
        (
            "a robot. A cat jumps",
            &[("robot", None, Stand), ("cat", None, Jump)],
        ),
        ("a robot stands by the waves", &[("robot", None, Stand)]),
        ("a waving robot", &[("robot", None, Wave)]),
        ("a walking robot", &[("robot", None, WalkRight)]),
        ("the sun goes down over a robot", &[("robot", None, Stand)]),
        ("yellow hour, cat jumping", &[("cat", None, Jump)]),
        ("a blue field, robot waits", &[("robot", None, Stand)]),
        ("a red, furry cat jumps", &[("cat", both(RED), Jump)]),
        // What is denied.
        ("a robot, no cats", &[("robot", None, Stand)]),
        ("a robot without a bear jumps", &[("robot", None, Jump)]),
        ("a robot does not jump", &[("robot", None, Stand)]),
        ("a robot doesn't jump", &[("robot", None, Stand)]),
        (
            "a robot is not walking but jumping",
            &[("robot", None, Jump)],
        ),
        ("no robot but a cat", &[("cat", None, Stand)]),
        (
            "several bunnies",
            &[
                ("bunny", None, Stand),
                ("bunny 2", None, Stand),
                ("bunny 3", None, Stand),
                ("bunny 4", None, Stand),
            ],
        ),
        // Colours and moves that are of something else, or not known.
        ("in the dark a cat", &[("cat", None, Stand)]),
        (
            "a robot while the camera goes left",
            &[("robot", None, Stand)],
        ),
        ("a green robot dances left", &[("robot", None, Stand)]),
        ("a murky robot", &[("robot", None, Stand)]),
        ("a fox walks left", &[]),
        ("", &[]),
    ];
    for (prompt, expected) in cases {
        let found = subjects_of(prompt, &card());
        let rows: Vec<Row> = found
            .iter()
            .zip(expected.iter().chain(std::iter::repeat(&("", None, Stand))))
            .map(|(one, expected)| {
                let name = if one.name == expected.0 {
                    expected.0
                } else {
                    "?"
                };
                (name, one.colours, one.action)
            })
            .collect();
        assert_eq!(rows, *expected, "{prompt:?}: {found:?}");
    }
}

#[test]
fn a_cast_does_what_the_prompt_says_of_each_or_of_all() {
    let cases: [(&str, [Action; 2]); 8] = [
        ("@ada, @bo_2 jump", [Jump, Jump]),
        ("@bo_2 @ada walk right", [WalkRight, WalkRight]),
        ("@ada jumps, @bo_2 does not jump", [Jump, Stand]),
        ("@ada walks left and @bo_2 jumps", [WalkLeft, Jump]),
        ("@bo_2 and @ada walk right", [WalkRight, WalkRight]),
        ("@Ada waves in the desert", [Wave, Stand]),
        ("both jump", [Jump, Jump]),
        ("in the desert", [Stand, Stand]),
    ];
    for (prompt, expected) in cases {
        let told = told_of(&["ada", "bo_2"], prompt, &card());
        let actions: Vec<Action> = told.iter().map(|told| told.action).collect();
        assert_eq!(actions, expected, "{prompt}");
    }
    let prompt = "@ada, a red robot, and @bo_2, a zebra, wait";
    let told = told_of(&["bo_2", "ada"], prompt, &card());
    let figures = [told[0].figure, told[1].figure];
    assert_eq!(figures, [FigureKind::Plain, FigureKind::Robot]);
}

#[test]
fn subjects_that_the_stage_has_figures_for_get_them() {
    let figure = |prompt: &str| subjects_of(prompt, &card())[0].figure;
    assert_eq!(figure("two spacemen"), FigureKind::Astronaut);
    assert_eq!(figure("a teddy bear"), FigureKind::Bear);
    assert_eq!(figure("a bunny"), FigureKind::Rabbit);
}

#[test]
fn a_card_without_subjects_has_none_and_a_crowd_is_cut_off() {
    assert_eq!(subjects_of("a red robot", &[]), []);
    let colours = card().into_iter().filter(|list| list.what == "colours");
    let colours: Vec<WordList> = colours.collect();
    assert_eq!(subjects_of("a red robot", &colours), []);
    let crowd = subjects_of("four robots and three cats", &card());
    assert_eq!(crowd.len(), MOST);
    let long = "robot and ".repeat(5000);
    assert_eq!(subjects_of(&long, &card()).len(), MOST);
}
