//! The vocabulary of models that were trained on few words.
//! It is offered to people who write prompts, and it finds words of a prompt that the model does not know.

use serde::{Deserialize, Serialize};

/// The letters of an unknown word that are shown.
const SHOWN_LETTERS: usize = 40;
/// The unknown words that a hint lists.
const SHOWN_WORDS: usize = 12;

/// Words of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// The category ("who", "where"). Empty for function words such as "a" and "with".
    pub what: String,
    /// Words and phrases, in lower case.
    pub words: Vec<String>,
}

/// A note on the words of `prompt` that the model `name` does not know. `None` if it knows all of them, or has no
/// vocabulary. `names` are the names of characters with reference pictures; they count as known.
pub fn hint(name: &str, vocabulary: &[WordList], prompt: &str, names: &[&str]) -> Option<String> {
    let mut unknown = unknown_words(vocabulary, prompt);
    unknown.retain(|word| !names.iter().any(|name| name.to_lowercase() == *word));
    if vocabulary.is_empty() || unknown.is_empty() {
        return None;
    }
    let lists = vocabulary.iter().filter(|list| !list.what.is_empty());
    let lists: Vec<String> = lists
        .map(|list| format!("{}: {}", list.what, list.words.join(", ")))
        .collect();
    Some(format!(
        "{name} does not know: {}. It knows {}",
        listed(&unknown, SHOWN_WORDS),
        lists.join("; ")
    ))
}

/// The first words of a list, for people: long words are shortened, and words that are left out are mentioned.
pub fn listed(words: &[String], most: usize) -> String {
    let shown: Vec<String> = words
        .iter()
        .take(most)
        .map(|word| shortened(word))
        .collect();
    let more = match words.len() > most {
        true => " and others",
        false => "",
    };
    format!("{}{more}", shown.join(", "))
}

/// A word with an ellipsis in place of its end, if it is long.
fn shortened(word: &str) -> String {
    match word.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

/// The words of a prompt that are in no list, without duplicates.
pub fn unknown_words(vocabulary: &[WordList], prompt: &str) -> Vec<String> {
    let is_known = |word: &str| {
        let mut phrases = vocabulary.iter().flat_map(|list| &list.words);
        phrases.any(|phrase| phrase.split(' ').any(|known| known == word))
    };
    let mut unknown: Vec<String> = Vec::new();
    for word in prompt.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() && !is_known(word) && !unknown.iter().any(|other| other == word) {
            unknown.push(word.to_owned());
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> Vec<WordList> {
        let list = |what: &str, words: &[&str]| WordList {
            what: what.into(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
        };
        vec![
            list("who", &["robot", "cat"]),
            list("where", &["in the desert"]),
            list("", &["a", "with"]),
        ]
    }

    #[test]
    fn a_prompt_of_known_words_needs_no_hint_and_unknown_ones_are_listed_once() {
        assert_eq!(
            hint(
                "starter",
                &lists(),
                "A robot, in the DESERT with @Mia, a cat.",
                &["mia"]
            ),
            None
        );
        assert_eq!(
            hint("starter", &lists(), "a spaceship and a spaceship", &[]).as_deref(),
            Some(
                "starter does not know: spaceship, and. It knows who: robot, cat; where: in the desert"
            )
        );
        assert_eq!(
            hint("large", &[], "anything at all", &[]),
            None,
            "a model without a list"
        );
    }

    #[test]
    fn a_long_word_is_shortened_and_many_words_are_cut_off() {
        let prompt = format!("{} robot", "é".repeat(20_000));
        let said = hint("starter", &lists(), &prompt, &[]).expect("a hint");
        let shown = format!("know: {}…. It", "é".repeat(SHOWN_LETTERS));
        assert!(said.contains(&shown), "{said}");
        let words: Vec<String> = (0..100).map(|number| format!("word{number}")).collect();
        let said = hint("starter", &lists(), &words.join(" "), &[]).expect("a hint");
        assert!(
            said.contains("word11 and others.") && !said.contains("word12"),
            "{said}"
        );
    }
}
