//! The words of prompts that stand for colours, numbers, actions and directions, and what they mean beside the name of a
//! subject.

use kinora_timeline::stage::FigureKind;

use super::{Action, MOST, Rgb, WORDS_BEFORE};

/// The subjects of a plural without a number.
pub(super) const OF_PLURAL: usize = 2;
/// The words after a verb of motion that are searched for its direction.
const WORDS_OF_DIRECTION: usize = 8;
/// The words after a denial that it is about.
const WORDS_OF_DENIAL: usize = 3;
/// A verb so many words after the camera is what the camera does.
const WORDS_FROM_CAMERA: usize = 3;
/// As many before a verb.
const WORDS_OF_VERB_DENIAL: usize = 2;
/// Stands for a comma or another mark between the parts of a sentence.
pub(super) const COMMA: &str = ",";
/// Stands for a mark at the end of a sentence.
pub(super) const STOP: &str = ".";

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
    ("couple", 2),
    ("pair", 2),
    ("few", 3),
    ("several", MOST),
    ("many", MOST),
    ("five", MOST),
    ("six", MOST),
    ("seven", MOST),
    ("eight", MOST),
    ("nine", MOST),
    ("ten", MOST),
    ("5", MOST),
    ("6", MOST),
    ("7", MOST),
    ("8", MOST),
    ("9", MOST),
    ("10", MOST),
];
/// A description does not begin before these words.
pub(super) const BEGINNINGS: [&str; 5] = ["a", "an", "the", "and", "with"];
/// Between two subjects that do the same there are only these words, numbers and colours.
pub(super) const JOINTS: [&str; 6] = ["a", "an", "the", "and", "with", COMMA];
const DENIALS: [&str; 10] = [
    "no", "not", "never", "without", "doesn", "don", "isn", "aren", "neither", "nor",
];
const ENDS_OF_DENIAL: [&str; 4] = [COMMA, STOP, "but", "and"];
/// Words that begin another clause.
const CLAUSES: [&str; 4] = ["while", "as", "when", "then"];
/// What moves the picture and not a subject.
const CAMERA: [&str; 10] = [
    "camera", "pan", "pans", "panning", "tilt", "tilts", "tilting", "orbit", "orbits", "orbiting",
];
/// A word after these is no verb.
const ARTICLES: [&str; 8] = ["a", "an", "the", "its", "his", "her", "their", "of"];
/// Words between a preposition and its noun.
const OWNERS: [&str; 6] = ["the", "its", "his", "her", "their", "far"];
const TOWARDS: [&str; 6] = ["to", "toward", "towards", "from", "at", "past"];
/// A walk that goes neither left nor right.
const IN_DEPTH: [&str; 8] = [
    "away",
    "forward",
    "forwards",
    "backward",
    "backwards",
    "us",
    "viewer",
    "closer",
];

const WALKS: [&str; 3] = ["walk", "walks", "walking"];
const GOES: [&str; 3] = ["go", "goes", "going"];
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
    let mut near = before.iter().rev().take_while(|word| !is_break(word));
    near.find_map(|word| number(word))
}

/// How many a word says, as far as they are told apart.
pub(super) fn number(word: &str) -> Option<usize> {
    let found = NUMBERS.iter().find(|(name, _)| *name == word);
    found.map(|(_, number)| *number)
}

pub(super) fn is_plural(word: &str, singular: &str) -> bool {
    let grown = |end: &str, plural: &str| {
        let stem = singular.strip_suffix(end);
        stem.is_some_and(|stem| word.strip_prefix(stem) == Some(plural))
    };
    grown("", "s") || grown("", "es") || grown("y", "ies") || grown("man", "men")
}

/// Whether the words before a subject deny it: "no cats", "without a cat".
pub(super) fn is_denied(before: &[&str]) -> bool {
    has_denial(before, WORDS_OF_DENIAL)
}

fn has_denial(before: &[&str], words: usize) -> bool {
    let near = before.iter().rev().take(words);
    let mut near = near.take_while(|word| !ENDS_OF_DENIAL.contains(word));
    near.any(|word| DENIALS.contains(word))
}

/// The first action in some words: to stand and wait only if there is no other. What the camera does is none.
pub(super) fn first_action(words: &[&str]) -> Option<Action> {
    let mut found = (0..words.len()).filter_map(|at| action_at(words, at));
    let first = found.next()?;
    if first != Action::Stand {
        return Some(first);
    }
    found.find(|action| *action != first).or(Some(first))
}

/// What the verb at a place says.
fn action_at(words: &[&str], at: usize) -> Option<Action> {
    let (before, rest) = words.split_at_checked(at)?;
    let (verb, after) = rest.split_first()?;
    let action = match *verb {
        verb if WALKS.contains(&verb) => walk(after, Some(Action::WalkRight)),
        verb if GOES.contains(&verb) => walk(after, None),
        verb if JUMPS.contains(&verb) => Some(Action::Jump),
        verb if SPINS.contains(&verb) => Some(Action::Spin),
        verb if TURNS.contains(&verb) => (after.first() == Some(&"around")).then_some(Action::Spin),
        verb if WAVES.contains(&verb) => Some(Action::Wave),
        verb if STANDS.contains(&verb) => Some(Action::Stand),
        _ => None,
    };
    // "By the waves", but "a waving cat".
    let has_article = before.last().is_some_and(|word| ARTICLES.contains(word));
    let is_noun = has_article && !verb.ends_with("ing");
    action
        .filter(|_| !is_noun && !is_of_camera(before) && !has_denial(before, WORDS_OF_VERB_DENIAL))
}

/// Whether the words before a verb say that the camera does it.
fn is_of_camera(before: &[&str]) -> bool {
    let near = before.iter().rev().take(WORDS_FROM_CAMERA);
    let mut near = near.take_while(|word| !is_break(word) && !CLAUSES.contains(word));
    near.any(|word| *word == "camera")
}

/// Where a walk goes, by the words after its verb; `otherwise` if they do not say. `None`: neither left nor right.
fn walk(after: &[&str], otherwise: Option<Action>) -> Option<Action> {
    let ends = |word: &&str| {
        is_break(word) || CLAUSES.contains(word) || CAMERA.contains(word) || is_verb(word)
    };
    let end = after.iter().position(ends).unwrap_or(after.len());
    let near = &after[..end.min(WORDS_OF_DIRECTION)];
    let sides = near.iter().enumerate().filter_map(|(at, word)| {
        let is_left = match *word {
            "left" | "leftwards" => true,
            "right" | "rightwards" => false,
            _ => return None,
        };
        let before = &near[..at];
        let is_named = before.last().is_some_and(|word| OWNERS.contains(word));
        let mut before = before.iter().rev().filter(|word| !OWNERS.contains(word));
        match before.next() {
            Some(&("to" | "toward" | "towards")) => Some((0, is_left)),
            Some(&"from") => Some((1, !is_left)),
            _ if is_named => None, // "past the left tree"
            _ => Some((2, is_left)),
        }
    });
    if let Some((_, is_left)) = sides.min_by_key(|(order, _)| *order) {
        return Some(if is_left {
            Action::WalkLeft
        } else {
            Action::WalkRight
        });
    }
    let near_camera = near.iter().rev().find(|word| !OWNERS.contains(word));
    let is_towards_camera = after.get(end).is_some_and(|word| CAMERA.contains(word))
        && near_camera.is_some_and(|word| TOWARDS.contains(word));
    let is_in_depth = near.iter().any(|word| IN_DEPTH.contains(word));
    otherwise.filter(|_| !is_towards_camera && !is_in_depth)
}

/// Whether a word stands for a mark between the parts of a prompt.
pub(super) fn is_break(word: &str) -> bool {
    word == COMMA || word == STOP
}

fn is_verb(word: &str) -> bool {
    let verbs: [&[&str]; 7] = [&WALKS, &GOES, &JUMPS, &SPINS, &TURNS, &WAVES, &STANDS];
    verbs.iter().any(|verbs| verbs.contains(&word))
}
