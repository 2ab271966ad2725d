//! The artist's note on a take: a line of text in `note.ron`, beside its clip. It is no part of the recipe, so it changes no
//! take's name.

use std::collections::HashMap;
use std::fs;

use kinora_timeline::ContentHash;
use kinora_timeline::file::{Disk as _, RealDisk, sealed};
use kinora_wire::Failure;

use super::failure::unwritable;
use super::take_store::{NOTE_FILE, TakeStore};

impl TakeStore {
    /// The note on a take; empty if it has none.
    pub fn note(&self, take: ContentHash) -> String {
        let text = fs::read_to_string(self.folder(take).join(NOTE_FILE));
        text.ok()
            .and_then(|text| ron::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// The notes on all takes that have one.
    pub fn notes(&self) -> HashMap<ContentHash, String> {
        let names = self.names().into_iter();
        let noted = names.map(|name| (name, self.note(name)));
        noted.filter(|(_, note)| !note.is_empty()).collect()
    }

    /// Writes the note on a take.
    ///
    /// # Errors
    /// The disk is full; the previous note is kept.
    pub fn set_note(&self, take: ContentHash, note: &str) -> Result<(), Failure> {
        let path = self.folder(take).join(NOTE_FILE);
        let text = ron::to_string(note).map_err(|error| Failure::bug(error.to_string()))?;
        RealDisk
            .replace(&path, sealed(&text).as_bytes())
            .map_err(|error| unwritable(&path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::take_store::TAKE_FILE;
    use super::*;

    #[test]
    fn a_note_is_kept_beside_its_take() {
        let root = tempfile::tempdir().expect("a folder");
        let store = TakeStore::of(root.path());
        let take = ContentHash::of(b"a take");
        fs::create_dir_all(store.folder(take)).expect("made");
        fs::write(store.folder(take).join(TAKE_FILE), "").expect("written");
        assert_eq!(store.note(take), "");
        for note in ["her \"eyes\" in the\n2nd half", "better"] {
            store.set_note(take, note).expect("written");
            assert_eq!(store.note(take), note);
        }
        assert_eq!(store.notes(), HashMap::from([(take, "better".to_owned())]));
        store.set_note(take, "").expect("written");
        assert_eq!(store.notes(), HashMap::new());
    }
}
