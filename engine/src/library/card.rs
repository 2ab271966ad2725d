//! A model card: what a model is, which files it is made of, what its licence asks, how it likes to be
//! used. A RON file anyone can write and put among their models.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_wire::{CameraLimits, Failure, ModelDefaults, ModelSpec, WordList};
use serde::{Deserialize, Serialize};

use crate::family::{Family, ModelFiles, Network, PartName};
use crate::files::read_small;

/// A card longer than this is not one.
const LONGEST_CARD_BYTES: u64 = 1 << 20;

/// A model card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The name to ask for it by.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Which architecture it has.
    pub family: Family,
    /// What it is made of.
    pub files: Vec<CardFile>,
    /// What its makers ask.
    pub licence: Licence,
    /// Widths and heights it was trained on.
    pub native_sizes: Vec<[u32; 2]>,
    /// The shape of its transformer. What the weights say counts; a test holds the two together.
    pub network: Network,
    /// How many numbers its transformer has.
    pub parameters: u64,
    /// How it likes to be used.
    #[serde(rename = "recipe", alias = "defaults")]
    pub defaults: ModelDefaults,
    /// What it needs.
    pub memory_gb: Memory,
    /// What it is, in a sentence or two.
    #[serde(default)]
    pub about: String,
    /// The words it knows, where it knows few: offered to whoever writes a prompt.
    #[serde(default)]
    pub vocabulary: Vec<WordList>,
    /// The camera moves it was shown, where that is known: a studio warns of quicker ones.
    #[serde(default)]
    pub camera: Option<CameraLimits>,
    /// How well it does what it is told, where somebody has measured it.
    #[serde(default)]
    pub measured: Vec<Measured>,
}

/// A figure that tells how well a model does what it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Of what.
    pub what: String,
    /// The figure, with its unit.
    pub figure: String,
    /// What the best possible model would reach; empty where that is not known.
    pub ceiling: String,
    /// What guessing reaches; empty where that has no meaning.
    pub chance: String,
    /// What it was to reach, and whether it does; empty where nothing was asked of it.
    pub bar: String,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    /// What it is.
    pub part: PartName,
    /// What it is called, in whatever folder it lies.
    pub name: String,
    /// Its length in bytes; 0 where it is not known.
    pub size: u64,
    /// Its hash, where it is known.
    pub sha256: Option<String>,
}

/// What a model's makers ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Its short name.
    pub name: String,
    /// What it asks, in a sentence.
    pub conditions: String,
    /// Where to read it, and where the weights are.
    pub url: String,
}

impl Licence {
    /// In one line.
    pub fn words(&self) -> String {
        format!("{}. {}", self.name, self.conditions)
    }
}

/// What a model needs of a device's memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The transformer's weights.
    pub weights: f64,
    /// All in all, at the largest native size.
    pub at_native_size: f64,
}

impl Card {
    /// The cards that come with Kinora.
    pub fn built_in() -> Vec<Self> {
        let texts = Family::ALL.into_iter().flat_map(Family::cards);
        // A test reads every one of them.
        texts.filter_map(|text| Self::parse(text).ok()).collect()
    }

    /// Reads a card.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let broken = |why: String| {
            Failure::bad_file(
                format!("the model card {} cannot be used: {why}", path.display()),
                "mend it (assets/models has cards to compare with) or remove it",
            )
        };
        let bytes = read_small(path, LONGEST_CARD_BYTES).map_err(broken)?;
        let text = String::from_utf8(bytes).map_err(|error| broken(error.to_string()))?;
        Self::parse(&text).map_err(broken)
    }

    /// Reads a card's text; the error names line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = ron::Options::default().with_recursion_limit(32);
        let card: Self = options.from_str(text).map_err(|error| error.to_string())?;
        let is_plain =
            |file: &CardFile| Path::new(&file.name).file_name() == Some(file.name.as_ref());
        match card.files.iter().find(|file| !is_plain(file)) {
            Some(file) => Err(format!("{:?} is not the plain name of a file", file.name)),
            None => Ok(card),
        }
    }

    /// Where its files lie among `files`, or which of them are missing.
    pub fn locate(&self, files: &BTreeMap<String, PathBuf>) -> Result<ModelFiles, Vec<String>> {
        let named = |part: PartName| self.files.iter().find(|file| file.part == part);
        let missing: Vec<String> = self
            .files
            .iter()
            .filter(|file| !files.contains_key(&file.name))
            .map(|file| file.name.clone())
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let path = |part: PartName| named(part).and_then(|file| files.get(&file.name)).cloned();
        let needed = |part: PartName, what: &str| {
            path(part).ok_or_else(|| vec![format!("a {what} on its card")])
        };
        let text = needed(PartName::Text, "text encoder")?;
        let beside = text.with_file_name("tokenizer.json");
        Ok(ModelFiles {
            family: self.family,
            transformer: needed(PartName::Transformer, "transformer")?,
            vae: needed(PartName::Vae, "autoencoder")?,
            tokenizer: path(PartName::Tokenizer).or_else(|| beside.is_file().then_some(beside)),
            text,
        })
    }

    /// Which clips it makes, by its shape.
    pub fn spec(&self) -> ModelSpec {
        self.family.spec(Some(&self.network), &self.defaults)
    }

    /// Bytes of its files. A transformer whose length is not known has two for each number.
    pub fn size_bytes(&self) -> u64 {
        let size = |file: &CardFile| match file.part {
            PartName::Transformer if file.size == 0 => 2 * self.parameters,
            _ => file.size,
        };
        self.files.iter().map(size).sum()
    }
}
