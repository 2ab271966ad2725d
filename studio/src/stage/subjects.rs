//! The subjects of a prompt, for models whose card lists the few words that they know: who is named, in which colours,
//! and how they move. Words that the card does not list are passed over.

mod words;

use kinora_timeline::stage::FigureKind;
use kinora_wire::WordList;

use words::{
    BEGINNINGS, COMMA, JOINTS, OF_PLURAL, RGB, STOP, begins_with_the, figure_of, first_action,
    is_break, is_denied, is_plural, number, number_before,
};

/// The categories of a card that are read.
const SUBJECTS: &str = "who";
const COLOURS: &str = "colours";
const ACTIONS: &str = "does";

/// Most subjects of a prompt that are told apart. The others are left to the model.
const MOST: usize = 4;
/// The words before a subject that are searched for its number and its colour.
const WORDS_BEFORE: usize = 4;

/// Red, green and blue, in sRGB.
pub type Rgb = (u8, u8, u8);

/// What a subject does, as far as a mannequin can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// It stays where it is.
    #[default]
    Stand,
    /// It walks to the left of the picture.
    WalkLeft,
    /// It walks to the right of the picture.
    WalkRight,
    /// It jumps once.
    Jump,
    /// It waves with one arm.
    Wave,
    /// It turns once around itself.
    Spin,
}

/// A subject of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its word in the singular; with a number behind it if another one has that name.
    pub name: String,
    /// Of body and limbs. `None`: the prompt names none that is known.
    pub colours: Option<[Rgb; 2]>,
    /// What its stand-in looks like.
    pub figure: FigureKind,
    /// What it does.
    pub action: Action,
}

/// What a prompt says of a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it does.
    pub action: Action,
    /// What it is, as in "@ada, a yellow robot"; plain if nothing is said.
    pub figure: FigureKind,
}

/// What a prompt says of each of these names, which stand in it as in "@ada walks left".
pub fn told_of(names: &[&str], prompt: &str, vocabulary: &[WordList]) -> Vec<Told> {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut card = Card::of(vocabulary);
    let subjects = std::mem::take(&mut card.subjects);
    card.subjects = names.iter().map(String::as_str).collect();
    card.are_names = true;
    let prompt = prompt.to_lowercase();
    let words = words_of(&prompt);
    let named = card.named_in(&words);
    let actions = card.actions_of(&named, &words);
    // Of a cast that the prompt does not name, all do what it says.
    let common = named.is_empty().then(|| first_action(&words)).flatten();
    let common = common.filter(|action| card.actions.contains(action));
    let told = |name: &String| {
        let Some(at) = named.iter().position(|one| one.name == name) else {
            return Told {
                action: common.unwrap_or_default(),
                ..Told::default()
            };
        };
        let after = words_after(&named, at, &words);
        let mut subjects = after
            .iter()
            .enumerate()
            .filter(|(at, word)| subjects.contains(*word) && !is_denied(&after[..*at]));
        Told {
            action: actions.get(at).copied().unwrap_or_default(),
            figure: subjects
                .next()
                .map_or(FigureKind::Plain, |(_, word)| figure_of(word)),
        }
    };
    names.iter().map(told).collect()
}

/// The words of a prompt, and [`COMMA`] or [`STOP`] for the marks between its parts.
fn words_of(prompt: &str) -> Vec<&str> {
    let parts = prompt.split_inclusive(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let words = parts.flat_map(|part| {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let mark = match part.get(word.len()..) {
            Some("," | ":" | "(" | ")" | "–" | "—") => Some(COMMA),
            Some("." | ";" | "!" | "?" | "\n") => Some(STOP),
            _ => None,
        };
        [Some(word).filter(|word| !word.is_empty()), mark]
    });
    words.flatten().collect()
}

/// The subjects that a prompt names, in its order, at most four. Empty: the card lists no subjects, or the prompt has
/// none of them.
pub fn subjects_of(prompt: &str, vocabulary: &[WordList]) -> Vec<Subject> {
    let card = Card::of(vocabulary);
    let prompt = prompt.to_lowercase();
    let words = words_of(&prompt);
    let named = card.named_in(&words);
    let actions = card.actions_of(&named, &words);
    let mut subjects: Vec<Subject> = Vec::new();
    for (at, (one, action)) in named.iter().zip(actions).enumerate() {
        let colours = card.colours_of(&named, at, &words);
        for _ in 0..one.count {
            if subjects.len() == MOST {
                return subjects;
            }
            let namesakes = subjects
                .iter()
                .filter(|other| other.name.split(' ').next() == Some(one.name))
                .count();
            let name = match namesakes {
                0 => one.name.to_owned(),
                before => format!("{} {}", one.name, before + 1),
            };
            subjects.push(Subject {
                name,
                colours,
                figure: figure_of(one.name),
                action,
            });
        }
    }
    subjects
}

/// A subject in the words of a prompt.
struct Named<'c> {
    /// In the singular.
    name: &'c str,
    /// The place of its first word, and of the word after it.
    begin: usize,
    end: usize,
    count: usize,
}

/// What a card lists.
struct Card<'c> {
    subjects: Vec<&'c str>,
    /// Whether these are names: two in a row are two, and they have no plural.
    are_names: bool,
    colours: Vec<&'c str>,
    actions: Vec<Action>,
}

impl<'c> Card<'c> {
    fn of(vocabulary: &'c [WordList]) -> Self {
        let list = |what: &str| -> Vec<&'c str> {
            let lists = vocabulary.iter().filter(|list| list.what == what);
            lists
                .flat_map(|list| &list.words)
                .map(String::as_str)
                .collect()
        };
        let actions = list(ACTIONS);
        let actions = actions.iter().filter_map(|phrase| {
            let words: Vec<&str> = phrase.split_whitespace().collect();
            first_action(&words)
        });
        let actions = actions.collect();
        // Of "teddy bear" the last word is the subject.
        let last = |phrase: &'c str| phrase.split_whitespace().next_back();
        Self {
            subjects: list(SUBJECTS).into_iter().filter_map(last).collect(),
            are_names: false,
            colours: list(COLOURS),
            actions,
        }
    }

    /// The subject of a word, and whether the word is its plural.
    fn subject(&self, word: &str) -> Option<(&'c str, bool)> {
        let mut subjects = self.subjects.iter().copied();
        let is_it =
            |subject: &&str| word == *subject || !self.are_names && is_plural(word, subject);
        let found = subjects.find(is_it)?;
        Some((found, word != found))
    }

    fn colour(&self, word: &str) -> Option<Rgb> {
        let is_known = self.colours.contains(&word);
        let found = RGB.iter().find(|(name, _)| is_known && *name == word);
        found.map(|(_, rgb)| *rgb)
    }

    fn named_in(&self, words: &[&str]) -> Vec<Named<'c>> {
        let mut named: Vec<Named<'c>> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let found = self.subject(word).filter(|_| !is_denied(&words[..at]));
            let Some((name, is_plural)) = found else {
                continue;
            };
            let count = |begin: usize, floor: usize| match is_plural {
                true => number_before(&words[floor.min(begin)..begin]).unwrap_or(OF_PLURAL),
                false => 1,
            };
            // Two words in a row are one subject: a teddy bear.
            let last = named
                .last_mut()
                .filter(|last| last.end == at && !self.are_names);
            if let Some(last) = last {
                (last.name, last.end) = (name, at + 1);
                last.count = count(last.begin, last.begin.saturating_sub(WORDS_BEFORE));
                continue;
            }
            let floor = named.last().map_or(0, |last| last.end);
            let is_again =
                named.iter().any(|other| other.name == name) && begins_with_the(&words[floor..at]);
            if !is_again {
                let floor = floor.max(at.saturating_sub(WORDS_BEFORE));
                named.push(Named {
                    name,
                    begin: at,
                    end: at + 1,
                    count: count(at, floor),
                });
            }
        }
        named
    }

    /// The colours of body and limbs of a subject: "a red robot with blue limbs", "the robot is red".
    fn colours_of(&self, named: &[Named], at: usize, words: &[&str]) -> Option<[Rgb; 2]> {
        let before = self.same_part(words_before(named, at, words));
        let near = before.iter().rev().take(WORDS_BEFORE);
        let mut near = near.take_while(|word| !BEGINNINGS.contains(word));
        let after = words_after(named, at, words);
        let stated = match after {
            ["is" | "are", colour, ..] => self.colour(colour),
            _ => None,
        };
        let body = near.find_map(|word| self.colour(word)).or(stated)?;
        let limbs = after.windows(3).find_map(|words| match words {
            ["with", colour, "limbs" | "arms" | "legs"] => self.colour(colour),
            _ => None,
        });
        Some([body, limbs.unwrap_or(body)])
    }

    /// The last words without those of other parts of the sentence: "golden hour, cat". A comma between adjectives is none
    /// that divides: "a red, furry cat".
    fn same_part<'w, 'p>(&self, words: &'w [&'p str]) -> &'w [&'p str] {
        let divides = |at: usize| {
            let described = words[..at].split_last();
            let is_adjective = described.is_some_and(|(last, before)| {
                let begins = before.last().is_none_or(|word| BEGINNINGS.contains(word));
                begins && self.colour(last).is_some()
            });
            is_break(words[at]) && !is_adjective
        };
        let from = (0..words.len()).rev().find(|at| divides(*at));
        from.map_or(words, |at| &words[at + 1..])
    }

    /// The action of each subject: the first that is named after it; that of the next subject if the two are joined; the
    /// only one of the prompt if no subject has one of its own.
    fn actions_of(&self, named: &[Named], words: &[&str]) -> Vec<Action> {
        let known = |action: &Action| self.actions.contains(action);
        let mut actions: Vec<Option<Action>> = (0..named.len())
            .map(|at| first_action(words_after(named, at, words)).filter(known))
            .collect();
        for at in (1..named.len()).rev() {
            let between = words_after(named, at - 1, words);
            let is_joint = |word: &&str| {
                JOINTS.contains(word) || number(word).is_some() || self.colour(word).is_some()
            };
            if actions[at - 1].is_none() && between.iter().all(is_joint) {
                actions[at - 1] = actions[at];
            }
        }
        let common = match actions.iter().all(Option::is_none) {
            true => first_action(words).filter(known),
            false => None,
        };
        let stated = actions.into_iter().map(|action| action.or(common));
        stated.map(Option::unwrap_or_default).collect()
    }
}

/// The words between a subject and the one before it.
fn words_before<'w, 'p>(named: &[Named], at: usize, words: &'w [&'p str]) -> &'w [&'p str] {
    let before = at.checked_sub(1).and_then(|before| named.get(before));
    let from = before.map_or(0, |before| before.end);
    let to = named.get(at).map_or(from, |one| one.begin);
    words.get(from..to).unwrap_or_default()
}

/// The words between a subject and the next one.
fn words_after<'w, 'p>(named: &[Named], at: usize, words: &'w [&'p str]) -> &'w [&'p str] {
    let from = named.get(at).map_or(words.len(), |one| one.end);
    let to = named.get(at + 1).map_or(words.len(), |next| next.begin);
    words.get(from..to).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests;
