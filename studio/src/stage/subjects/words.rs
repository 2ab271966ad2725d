//! The words of prompts that stand for colours, numbers, actions and directions, and what they mean beside the name of a
//! subject.

use kinora_timeline::stage::FigureKind;

use super::{Action, Rgb, WORDS_BEFORE};

/// The subjects of a plural without a number.
pub(super) const OF_PLURAL: usize = 2;
/// The words after a verb of motion that are searched for its direction.
const WORDS_OF_DIRECTION: usize = 3;

/// What the words for colours mean, as a mannequin is painted.
pub(super) const RGB: &[(&str, Rgb)] = &[
    ("red", (219, 36, 33)),
    ("crimson", (219, 36, 33)),
    ("orange", (247, 128, 20)),
    ("yellow", (250, 222, 41)),
    ("golden", (250, 222, 41)),
    ("green", (46, 173, 61)),
    ("blue", (41, 92, 235)),
    ("purple", (153, 61, 204)),
    ("violet", (153, 61, 204)),
    ("white", (242, 242, 237)),
    ("black", (33, 33, 38)),
    ("dark", (33, 33, 38)),
    ("grey", (130, 130, 132)),
    ("gray", (130, 130, 132)),
    ("brown", (122, 77, 41)),
    ("pink", (240, 140, 178)),
];

const NUMBERS: &[(&str, usize)] = &[
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("2", 2),
    ("3", 3),
    ("4", 4),
];
/// A description does not begin before these words.
pub(super) const BEGINNINGS: [&str; 5] = ["a", "an", "the", "and", "with"];
/// Between two subjects that do the same there are only these words, and colours.
pub(super) const JOINTS: [&str; 8] = ["a", "an", "the", "and", "two", "three", "four", "with"];

const WALKS: [&str; 6] = ["walk", "walks", "walking", "go", "goes", "going"];
const JUMPS: [&str; 6] = ["jump", "jumps", "jumping", "hop", "hops", "hopping"];
const SPINS: [&str; 3] = ["spin", "spins", "spinning"];
const TURNS: [&str; 3] = ["turn", "turns", "turning"];
const WAVES: [&str; 6] = ["wave", "waves", "waving", "greet", "greets", "greeting"];
const STANDS: [&str; 6] = ["stand", "stands", "standing", "wait", "waits", "waiting"];

/// The words for subjects that have a figure of their own on the stage. The others have a plain one.
const FIGURES: &[(FigureKind, &[&str])] = &[
    (FigureKind::Robot, &["robot", "android"]),
    (
        FigureKind::Astronaut,
        &["astronaut", "spaceman", "cosmonaut"],
    ),
    (FigureKind::Cat, &["cat", "kitten"]),
    (FigureKind::Rabbit, &["rabbit", "bunny", "hare"]),
    (FigureKind::Bear, &["bear", "teddy"]),
    (FigureKind::Dinosaur, &["dinosaur", "dino", "dragon"]),
    (
        FigureKind::Person,
        &["person", "man", "woman", "boy", "girl", "child"],
    ),
];

/// What the stand-in of a subject looks like.
pub(super) fn figure_of(subject: &str) -> FigureKind {
    let found = FIGURES.iter().find(|(_, words)| words.contains(&subject));
    found.map_or(FigureKind::Plain, |(figure, _)| *figure)
}

pub(super) fn begins_with_the(before: &[&str]) -> bool {
    let near = before.iter().rev().take(WORDS_BEFORE);
    let article = near.copied().find(|word| BEGINNINGS.contains(word));
    article == Some("the")
}

pub(super) fn number_before(before: &[&str]) -> Option<usize> {
    let number = |word: &&str| NUMBERS.iter().find(|(name, _)| name == word);
    before
        .iter()
        .rev()
        .find_map(number)
        .map(|(_, number)| *number)
}

pub(super) fn is_plural(word: &str, singular: &str) -> bool {
    let grown = |end: &str, plural: &str| {
        let stem = singular.strip_suffix(end);
        stem.is_some_and(|stem| word.strip_prefix(stem) == Some(plural))
    };
    grown("", "s") || grown("", "es") || grown("y", "ies") || grown("man", "men")
}

/// The first action in some words. What the camera does is none.
pub(super) fn first_action(words: &[&str]) -> Option<Action> {
    let is_of_camera = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        before == Some(&"camera")
    };
    let mut places = (0..words.len()).filter(|at| !is_of_camera(at));
    places.find_map(|at| {
        let (verb, after) = words.get(at..)?.split_first()?;
        let has = |verbs: &[&str]| verbs.contains(verb);
        if has(&WALKS) {
            let mut near = after.iter().take(WORDS_OF_DIRECTION);
            return near.find_map(|word| match *word {
                "left" => Some(Action::WalkLeft),
                "right" => Some(Action::WalkRight),
                _ => None,
            });
        }
        let turns = has(&TURNS) && after.first() == Some(&"around");
        if has(&JUMPS) {
            Some(Action::Jump)
        } else if has(&SPINS) || turns {
            Some(Action::Spin)
        } else if has(&WAVES) {
            Some(Action::Wave)
        } else {
            has(&STANDS).then_some(Action::Stand)
        }
    })
}
