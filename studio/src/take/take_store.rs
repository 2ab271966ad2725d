//! The takes of a project on disk: one folder per take, named by its recipe, never overwritten and never hidden. A
//! folder with a `take.ron` is a take, even if this version of Kinora cannot read its recipe.

mod described;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::clip::Label;
use kinora_timeline::file::{Disk as _, RealDisk, is_sealed, sealed};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use super::failure::unwritable;
use super::recipe::{Recipe, VERSION, is_default};
use crate::content_hash::hash_of;

pub use described::{NotReproducible, Take};

/// The file that makes a folder a take.
pub(crate) const TAKE_FILE: &str = "take.ron";
/// The file name of Kinora 0.1; existing projects have it.
const RATING_FILE: &str = "opinion.ron";
/// The artist's note.
pub(super) const NOTE_FILE: &str = "note.ron";
const POSTER_FILE: &str = "poster.png";

/// A value that is left out of `take.ron` or stands there by itself, as it did before it could be left out.
pub(super) mod bare {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }

    #[expect(clippy::ref_option, reason = "serde passes it so")]
    pub fn write<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(to),
            None => to.serialize_none(), // it is left out
        }
    }
}

/// A rating of a take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// 0 to 5.
    pub stars: u8,
    /// Hidden unless rejected takes are shown.
    pub is_rejected: bool,
    /// A colour by which it is found in the media panel.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: Label,
}

/// The takes of a project.
#[derive(Clone, Debug)]
pub struct TakeStore {
    pub(super) files: ProjectFiles,
}

impl TakeStore {
    /// The takes of the project in this folder.
    pub fn of(folder: &Path) -> Self {
        Self {
            files: ProjectFiles::of(folder),
        }
    }

    /// The take of this name. None: there is no such folder, or it has no `take.ron`.
    pub fn find(&self, take: ContentHash) -> Option<Take> {
        let bytes = fs::read(self.files.take(take).join(TAKE_FILE)).ok()?;
        Some(Take::read(take, &bytes))
    }

    /// All takes, sorted by name.
    pub fn all(&self) -> Vec<(ContentHash, Take)> {
        let names = self.names().into_iter();
        names
            .filter_map(|name| Some((name, self.find(name)?)))
            .collect()
    }

    /// The complete take of a recipe: the one of its name, or one of an earlier version of Kinora with the same
    /// recipe. Reads and hashes files.
    pub fn made_from(&self, recipe: &Recipe) -> Option<ContentHash> {
        let own = recipe.hash();
        if self.is_made(own) {
            return Some(own);
        }
        let is_same = |(name, take): &(ContentHash, Take)| {
            let earlier = take.readable().filter(|made| made.version < VERSION);
            earlier.is_some_and(|made| made.makes_the_same_clip(recipe)) && self.is_made(*name)
        };
        self.all().into_iter().find(is_same).map(|(name, _)| name)
    }

    /// The ratings of all takes that have one.
    pub fn ratings(&self) -> HashMap<ContentHash, Rating> {
        let names = self.names().into_iter();
        let rated = names.map(|name| (name, self.rating(name)));
        rated
            .filter(|(_, rating)| *rating != Rating::default())
            .collect()
    }

    /// The names of all folders with a `take.ron`, sorted.
    pub fn names(&self) -> Vec<ContentHash> {
        let entries = fs::read_dir(self.files.takes())
            .into_iter()
            .flatten()
            .flatten();
        let named = entries.filter(|entry| entry.path().join(TAKE_FILE).exists());
        let mut names: Vec<ContentHash> = named
            .filter_map(|entry| ContentHash::try_from(entry.file_name().into_string().ok()?).ok())
            .collect();
        names.sort_unstable();
        names
    }

    /// The folder of a take.
    pub fn folder(&self, take: ContentHash) -> PathBuf {
        self.files.take(take)
    }

    /// The path of a take's frames, as a lossless clip.
    pub fn clip(&self, take: ContentHash) -> PathBuf {
        self.files.take_clip(take)
    }

    /// The path of a take's sound. A silent take has no such file.
    pub fn sound(&self, take: ContentHash) -> PathBuf {
        self.files.take_sound(take)
    }

    /// Drops what is kept of a take's sound: another one is written in its place.
    pub(super) fn forget_sound(&self, take: ContentHash) {
        let key = ProjectFiles::take_sound_key(take);
        let sound = self.files.conformed_sound(key);
        for kept in [sound.with_extension("ron"), sound, self.files.probe(key)] {
            fs::remove_file(kept).ok(); // usually there is none
        }
    }

    /// The path of a take's poster: its middle frame, as a PNG file.
    pub fn poster(&self, take: ContentHash) -> PathBuf {
        self.files.take(take).join(POSTER_FILE)
    }

    /// The rating of a take; the default if it has none.
    pub fn rating(&self, take: ContentHash) -> Rating {
        let text = fs::read_to_string(self.files.take(take).join(RATING_FILE));
        text.ok()
            .and_then(|text| ron::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Writes the rating of a take.
    ///
    /// # Errors
    /// The disk is full; the previous rating is kept.
    pub fn set_rating(&self, take: ContentHash, rating: Rating) -> Result<(), Failure> {
        let path = self.files.take(take).join(RATING_FILE);
        let text = ron::to_string(&rating).map_err(|error| Failure::bug(error.to_string()))?;
        RealDisk
            .replace(&path, sealed(&text).as_bytes())
            .map_err(|error| unwritable(&path, &error))
    }

    /// Whether a take is complete: its clip and its sound have the expected hashes. Hashes both.
    pub fn is_made(&self, take: ContentHash) -> bool {
        let Some(found) = self.find(take) else {
            return false;
        };
        let sound = found.sound.map(|sound| sound.file);
        let parts = [
            (self.files.take_clip(take), found.clip),
            (self.files.take_sound(take), sound),
        ];
        let is_there = |(path, expected): (PathBuf, Option<ContentHash>)| {
            expected.is_none_or(|expected| hash_of(&path).ok() == Some(expected))
        };
        (found.clip.is_some() || sound.is_some()) && parts.into_iter().all(is_there)
    }

    /// The first file of a take with a fault, and the fault.
    pub fn fault(&self, take: ContentHash) -> Option<(PathBuf, String)> {
        let path = self.files.take(take).join(TAKE_FILE);
        let is_whole = fs::read(&path).is_ok_and(|bytes| is_sealed(&bytes));
        let Some(found) = self.find(take).filter(|_| is_whole) else {
            return Some((
                path,
                "it is missing, damaged, or was changed outside Kinora".into(),
            ));
        };
        let sound = found.sound.map(|sound| sound.file);
        if found.clip.is_none() && sound.is_none() {
            return Some((path, "this version of Kinora cannot read it".into()));
        }
        let clip = found
            .clip
            .map(|clip| (self.files.take_clip(take), Some(clip)));
        let sound = sound.map(|sound| (self.files.take_sound(take), Some(sound)));
        let poster = Some((self.poster(take), found.poster));
        let mut files = [clip, sound, poster].into_iter().flatten();
        let faults = files.find_map(|(path, content)| {
            let what = match hash_of(&path) {
                Ok(there) if content.is_none_or(|content| content == there) => return None,
                Ok(_) => "its bytes have changed".to_owned(),
                Err(_) if content.is_none() => return None,
                Err(error) => format!("it cannot be read: {error}"),
            };
            Some((path, what))
        });
        faults.or_else(|| {
            let opinions = [RATING_FILE, NOTE_FILE].map(|file| self.files.take(take).join(file));
            let mut opinions = opinions.into_iter();
            let damaged =
                opinions.find(|file| fs::read(file).is_ok_and(|bytes| !is_sealed(&bytes)));
            damaged.map(|file| (file, "it is damaged, or was changed outside Kinora".into()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

    fn name() -> ContentHash {
        ContentHash::try_from(NAME.to_owned()).expect("a hash")
    }

    /// A store with one take of this `take.ron`, sealed.
    fn store(text: &str) -> (tempfile::TempDir, TakeStore) {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("takes").join(NAME);
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join(TAKE_FILE), sealed(text)).expect("written");
        let store = TakeStore::of(root.path());
        (root, store)
    }

    fn take_file(recipe: &str) -> String {
        format!("(recipe: {recipe}, shot: 3, clip: \"{NAME}\", frames: \"{NAME}\")")
    }

    #[test]
    fn a_take_of_a_newer_kinora_is_shown_with_the_reason_why_it_cannot_be_repeated() {
        let (_root, store) = store(&take_file("(version: 900, loras: [Lora(\"a\", 0.5)])"));
        let [(found, take)] = &store.all()[..] else {
            panic!("the take is in the library");
        };
        assert_eq!((*found, take.clip), (name(), Some(name())));
        let reason = take.recipe.as_ref().expect_err("it cannot be read");
        assert!(reason.to_string().contains("version 900"), "{reason}");
    }

    #[test]
    fn a_take_with_a_recipe_that_cannot_be_read_is_shown() {
        let (_root, store) = store(&take_file("(version: 2, model: Nothing)"));
        let take = store.find(name()).expect("it is in the library");
        assert!(take.shot.is_some() && take.readable().is_none());
    }

    #[test]
    fn a_take_whose_description_is_damaged_is_shown() {
        let (_root, store) = store("(nothing of this kind");
        let take = store.find(name()).expect("it is in the library");
        assert_eq!(take.recipe, Err(NotReproducible::Changed));
        assert_eq!(store.names(), [name()]);
    }
}
