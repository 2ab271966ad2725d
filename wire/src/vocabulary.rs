//! The words of a model that knows few: to offer them to whoever writes a prompt, and to say which words
//! of a prompt mean nothing to it.

use serde::{Deserialize, Serialize};

/// Words of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// What they say ("who", "where"); empty for the small words between them.
    pub what: String,
    /// Words and phrases.
    pub words: Vec<String>,
}

/// What to tell whoever wrote `prompt` for a model called `name` that knows these words alone. None where
/// it knows every one of them, and for models that know no list.
/// The `names` are those of characters that are shown to it.
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
        unknown.join(", "),
        lists.join("; ")
    ))
}

/// The words of a prompt that are in none of the lists, each once.
fn unknown_words(vocabulary: &[WordList], prompt: &str) -> Vec<String> {
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
    fn a_prompt_of_known_words_needs_no_hint_and_others_are_told_once() {
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
}
