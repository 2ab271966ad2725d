//! A take as its `take.ron` describes it: its recipe, or why this version of Kinora cannot repeat it, and the hashes of its
//! files.

use kinora_timeline::edit::library::Library;
use kinora_timeline::file::is_sealed;
use kinora_timeline::{ContentHash, Edit, ShotId};
use kinora_wire::Timings;
use ron::value::RawValue;
use serde::Deserialize;

use super::bare;
use crate::take::flat_recipe::{self, FlatRecipe};
use crate::take::recipe::{Recipe, VERSION};
use crate::take::take_sound::TakeSound;

/// A take, as described by its `take.ron`.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// Its recipe, or why this version of Kinora cannot repeat it.
    pub recipe: Result<Recipe, NotReproducible>,
    /// The hash of `poster.png`.
    pub poster: Option<ContentHash>,
    /// The shot it was generated for. None: `take.ron` is damaged.
    pub shot: Option<ShotId>,
    /// The hash of `clip.mkv`. None: it is sound alone, or `take.ron` is damaged.
    pub clip: Option<ContentHash>,
    /// The hash of its frames as RGB bytes. Equal for two takes with identical frames.
    pub frames: Option<ContentHash>,
    /// Its sound. None: it is silent.
    pub sound: Option<TakeSound>,
    /// When it was finished, in seconds since 1970. 0: unknown.
    pub made_at: u64,
    /// How long its parts took.
    pub timings: Timings,
    /// A note of the engine on its prompt.
    pub hint: Option<String>,
}

/// Why a take is shown but cannot be repeated or varied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReproducible {
    /// A newer version of Kinora wrote it.
    #[error(
        "its recipe has version {0}, and this Kinora reads versions up to {VERSION}: a newer Kinora can repeat it"
    )]
    NewerRecipe(u32),
    /// It has a field or value that this version does not know.
    #[error("this Kinora cannot read its recipe: {0}")]
    UnreadableRecipe(String),
    /// The file is not as Kinora wrote it.
    #[error("its take.ron was changed outside Kinora, or is damaged")]
    Changed,
}

/// `take.ron`. Only the fields that every later version keeps are required; the recipe is read separately.
#[derive(Deserialize)]
struct TakeFile {
    recipe: Box<RawValue>,
    #[serde(default)]
    poster: Option<ContentHash>,
    shot: ShotId,
    #[serde(default, deserialize_with = "bare::read")]
    clip: Option<ContentHash>,
    #[serde(default, deserialize_with = "bare::read")]
    frames: Option<ContentHash>,
    #[serde(default)]
    sound: Option<TakeSound>,
    #[serde(default)]
    made_at: u64,
    #[serde(default)]
    timings: Timings,
    #[serde(default)]
    hint: Option<String>,
}

impl Take {
    /// The take of this name, from the bytes of its `take.ron`.
    pub(super) fn read(name: ContentHash, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Ok(file) = ron::from_str::<TakeFile>(&text) else {
            return Self::damaged();
        };
        if file.clip.is_none() && file.sound.is_none() {
            return Self::damaged();
        }
        Self {
            recipe: recipe_of(name, &file.recipe, is_sealed(bytes)),
            poster: file.poster,
            shot: Some(file.shot),
            clip: file.clip,
            frames: file.frames,
            sound: file.sound,
            made_at: file.made_at,
            timings: file.timings,
            hint: file.hint,
        }
    }

    /// A take of which only the folder is known.
    fn damaged() -> Self {
        Self {
            recipe: Err(NotReproducible::Changed),
            poster: None,
            shot: None,
            clip: None,
            frames: None,
            sound: None,
            made_at: 0,
            timings: Timings::default(),
            hint: None,
        }
    }

    /// Whether it is sound alone: chosen as the sound of a shot, not as its picture.
    pub fn is_sound_alone(&self) -> bool {
        self.clip.is_none() && self.sound.is_some()
    }

    /// The edit that makes it, by its name, the take of a shot; sound alone becomes the sound of the shot.
    pub fn choice(&self, shot: ShotId, name: ContentHash) -> Edit {
        Edit::Library(match self.is_sound_alone() {
            true => Library::ChooseSound(shot, Some(name)),
            false => Library::ChooseTake(shot, Some(name)),
        })
    }

    /// Its recipe, if this version of Kinora can repeat it.
    pub fn readable(&self) -> Option<&Recipe> {
        self.recipe.as_ref().ok()
    }
}

/// A recipe is trusted if the checksum of its file holds, or if its hash is the name of its folder.
fn recipe_of(
    name: ContentHash,
    text: &RawValue,
    file_is_sealed: bool,
) -> Result<Recipe, NotReproducible> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let version = text
        .into_rust::<Versioned>()
        .map_or(VERSION, |versioned| versioned.version);
    if version > VERSION {
        return Err(NotReproducible::NewerRecipe(version));
    }
    let recipe = match version <= flat_recipe::LAST_VERSION {
        true => text.into_rust::<FlatRecipe>().map(Recipe::from),
        false => text.into_rust::<Recipe>(),
    };
    let recipe = recipe.map_err(|error| NotReproducible::UnreadableRecipe(error.to_string()))?;
    match file_is_sealed || recipe.hash() == name {
        true => Ok(recipe),
        false => Err(NotReproducible::Changed),
    }
}
