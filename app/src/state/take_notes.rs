//! The artist's notes on takes, as they are shown. They are written beside the takes on another thread.

use std::collections::HashMap;

use kinora_studio::timeline::ContentHash;

/// The notes on the takes of a project.
#[derive(Clone, Debug, Default)]
pub struct TakeNotes {
    by_take: HashMap<ContentHash, String>,
    /// Counts the changes.
    revision: u64,
}

impl TakeNotes {
    /// The notes as they were read.
    pub fn read(by_take: HashMap<ContentHash, String>) -> Self {
        Self {
            by_take,
            revision: 0,
        }
    }

    /// The note on a take; empty if it has none.
    pub fn of(&self, take: ContentHash) -> &str {
        self.by_take.get(&take).map_or("", String::as_str)
    }

    /// Changes the note on a take.
    pub fn set(&mut self, take: ContentHash, note: String) {
        self.by_take.insert(take, note);
        self.revision += 1;
    }

    /// Takes over newer notes.
    pub fn extend(&mut self, newer: Self) {
        self.by_take.extend(newer.by_take);
        self.revision = newer.revision + 1;
    }

    /// A number that changes with each change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether each word is in the note on a take, whatever their case.
    pub fn is_found(&self, take: ContentHash, words: &str) -> bool {
        let note = self.of(take).to_lowercase();
        let words = words.to_lowercase();
        words.split_whitespace().all(|word| note.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_is_found_by_the_words_of_its_note_and_newer_notes_stay() {
        let take = ContentHash::of(b"a take");
        let mut read = TakeNotes::read(HashMap::from([(take, "Her EYES".to_owned())]));
        for (words, is_found) in [("eyes her", true), ("", true), ("hands", false)] {
            assert_eq!(read.is_found(take, words), is_found, "{words}");
        }
        let before = read.revision();
        let mut newer = TakeNotes::default();
        newer.set(take, String::new());
        read.extend(newer);
        assert_eq!(read.of(take), "", "the note that was removed meanwhile");
        assert_ne!(read.revision(), before);
    }
}
