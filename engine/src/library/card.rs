//! A model card: description, files, licence, default settings and shape of a model.
//! A card is a RON file; users can write their own and put it into a model folder.

use std::collections::BTreeMap;
use std::iter;
use std::path::{Path, PathBuf};

use kinora_wire::{CameraLimits, Failure, GenerationSettings, ModelSpec, StageControl, WordList};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::family::{Family, ModelFiles, Network, PartName, WithShape};
use crate::files::{entries, read_small};
use crate::weights::is_safetensors;

/// Longest card, in bytes.
const LONGEST_CARD_BYTES: u64 = 1 << 20;

/// A model card. The shape of its transformer has the form of its family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card<Shape = Network> {
    /// The id used in requests.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The model family.
    pub family: Family,
    /// Its files.
    pub files: Vec<CardFile>,
    /// The licence of its weights.
    pub licence: Licence,
    /// Frame sizes it was trained on: width and height in pixels.
    pub native_sizes: Vec<[u32; 2]>,
    /// The shape of its transformer. The weights decide; a test compares the two.
    pub network: Shape,
    /// Number of parameters of its transformer; of two experts, of each.
    pub parameters: u64,
    /// Default settings.
    #[serde(rename = "recipe", alias = "defaults")]
    pub defaults: GenerationSettings,
    /// Memory it needs, in gigabytes.
    pub memory_gb: Memory,
    /// A description of one or two sentences.
    #[serde(default)]
    pub about: String,
    /// The words it was trained on, for models with a small vocabulary.
    #[serde(default)]
    pub vocabulary: Vec<WordList>,
    /// The fastest camera moves in its training data, if known. A studio warns of faster ones.
    #[serde(default)]
    pub camera: Option<CameraLimits>,
    /// The form in which it takes a stage as its control clip.
    #[serde(default)]
    pub stage_control: StageControl,
    /// Measured quality: how well it follows prompts and inputs.
    #[serde(default)]
    pub measured: Vec<Measured>,
}

/// What decides how the rest of a card is read.
#[derive(Deserialize)]
struct Head {
    family: Family,
}

/// The text of a card, read with the form that shapes have in its family.
struct CardText<'t> {
    text: &'t str,
    options: ron::Options,
}

impl WithShape for CardText<'_> {
    type Made = Result<Card, String>;

    fn with<Shape: DeserializeOwned + Into<Network>>(self) -> Self::Made {
        let card = self.options.from_str::<Card<Shape>>(self.text);
        card.map(Card::of_any_family)
            .map_err(|error| error.to_string())
    }
}

/// One measurement of a model's quality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What was measured.
    pub what: String,
    /// The result, with its unit.
    pub figure: String,
    /// The best possible result; empty if not known.
    pub ceiling: String,
    /// The result of guessing; empty if that has no meaning.
    pub chance: String,
    /// The target, and whether it is reached; empty without a target.
    pub bar: String,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    /// The component.
    pub part: PartName,
    /// File name, without a folder. Several components may lie in one file.
    pub name: String,
    /// Names of files with the same weights in fewer bits, which do where the first is not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// Size in bytes; 0 if not known.
    pub size: u64,
    /// The sha256 in hexadecimal, if known.
    pub sha256: Option<String>,
}

/// The licence of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Short name of the licence.
    pub name: String,
    /// Its conditions, in a sentence.
    pub conditions: String,
    /// Web page of the licence and the weights.
    pub url: String,
}

impl CardFile {
    /// Its names: the first of them that is there counts.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        iter::once(&self.name).chain(&self.alternatives)
    }
}

impl Licence {
    /// Name and conditions in one line.
    pub fn summary(&self) -> String {
        format!("{}. {}", self.name, self.conditions)
    }
}

/// Memory that a model needs on a device, in gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// For the transformer's weights.
    pub weights: f64,
    /// In total, at the largest native size.
    pub at_native_size: f64,
}

impl<Shape: Into<Network>> Card<Shape> {
    /// The card with the shape of its transformer as one of any family.
    fn of_any_family(self) -> Card {
        Card {
            id: self.id,
            name: self.name,
            family: self.family,
            files: self.files,
            licence: self.licence,
            native_sizes: self.native_sizes,
            network: self.network.into(),
            parameters: self.parameters,
            defaults: self.defaults,
            memory_gb: self.memory_gb,
            about: self.about,
            vocabulary: self.vocabulary,
            camera: self.camera,
            stage_control: self.stage_control,
            measured: self.measured,
        }
    }
}

impl Card {
    /// The cards that are built in.
    pub fn built_in() -> Vec<Self> {
        let texts = Family::ALL.into_iter().flat_map(Family::cards);
        // A test parses all of them.
        texts.filter_map(|text| Self::parse(text).ok()).collect()
    }

    /// Reads a card file.
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

    /// Parses a card. The error names line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = ron::Options::default().with_recursion_limit(32);
        let Head { family } = options.from_str(text).map_err(|error| error.to_string())?;
        let card = family.with_shape(CardText { text, options })?;
        let is_plain = |name: &&String| Path::new(name).file_name() == Some(name.as_ref());
        let wrong = {
            let mut names = card.files.iter().flat_map(CardFile::names);
            names.find(|name| !is_plain(name)).cloned()
        };
        match wrong {
            Some(name) => Err(format!("{name:?} is not the plain name of a file")),
            None => Ok(card),
        }
    }

    /// The paths of its files among `files`, or the names of those that are missing. A model without an optional component
    /// does less.
    pub fn locate(&self, files: &BTreeMap<String, PathBuf>) -> Result<ModelFiles, Vec<String>> {
        let named = |part: PartName| self.files.iter().find(|file| file.part == part);
        // Files of several models may have the same name: those beside a model's networks are its own.
        let anywhere = |file: &CardFile| file.names().find_map(|name| files.get(name));
        let networks = [PartName::Transformer, PartName::Text].map(named);
        let networks = networks.into_iter().flatten().filter_map(anywhere);
        let homes: Vec<&Path> = networks.filter_map(|path| path.parent()).collect();
        let path_of = |file: &CardFile| {
            let beside = homes
                .iter()
                .flat_map(|home| file.names().map(|name| home.join(name)));
            let own = beside.into_iter().find(|path| path.is_file());
            own.or_else(|| anywhere(file).cloned())
        };
        let is_optional = |file: &CardFile| {
            let mut parts = self.family.optional_parts().iter();
            parts.any(|(part, _)| *part == file.part)
        };
        let missing = self.distinct_files();
        let missing = missing.filter(|file| path_of(file).is_none() && !is_optional(file));
        let missing: Vec<String> = missing.map(|file| file.name.clone()).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let path = |part: PartName| named(part).and_then(path_of);
        let needed = |part: PartName, what: &str| {
            path(part).ok_or_else(|| vec![format!("a {what} on its card")])
        };
        let transformer = needed(PartName::Transformer, "transformer")?;
        let others = self.family.other_parts().iter();
        let others = others.map(|(part, _)| {
            // What a card does not name lies in the transformer's file.
            let path = path(*part).unwrap_or_else(|| transformer.clone());
            (*part, path)
        });
        let optional = self.family.optional_parts().iter();
        let optional = optional.filter_map(|(part, _)| {
            // A card need not name it: it may lie beside the transformer.
            let beside = || {
                let files = entries(transformer.parent()?);
                let files: Vec<&Path> = files
                    .iter()
                    .map(PathBuf::as_path)
                    .filter(|path| is_safetensors(path))
                    .collect();
                self.family.optional_part_of(&transformer, &files)
            };
            Some((*part, path(*part).or_else(beside)?))
        });
        let optional: Vec<_> = optional.collect();
        let text = needed(PartName::Text, "text encoder")?;
        let beside = [text.parent().unwrap_or(Path::new("."))];
        let own_tokenizer = || self.family.tokenizer_in(&beside);
        let modules = self.files.iter();
        let modules = modules.filter(|file| file.part == PartName::Module);
        Ok(ModelFiles {
            family: self.family,
            others: others.chain(optional).collect(),
            transformer,
            low_noise: path(PartName::LowNoise),
            modules: modules.filter_map(path_of).collect(),
            vae: needed(PartName::Vae, "autoencoder")?,
            tokenizer: path(PartName::Tokenizer).or_else(own_tokenizer),
            other_tokenizer: self.family.other_tokenizer_in(&beside),
            image_encoder: path(PartName::ImageEncoder),
            text,
        })
    }

    /// What the model can generate, by its shape.
    pub fn spec(&self) -> ModelSpec {
        let spec = self.family.spec(Some(&self.network), &self.defaults);
        let has_sound = self.files.iter().any(|file| file.part == PartName::Sound);
        ModelSpec {
            makes_sound: spec.makes_sound || has_sound,
            ..spec
        }
    }

    /// Total size of its files, in bytes. A transformer of unknown size counts two bytes per parameter.
    pub fn size_bytes(&self) -> u64 {
        let size = |file: &CardFile| match file.part {
            PartName::Transformer | PartName::LowNoise if file.size == 0 => 2 * self.parameters,
            _ => file.size,
        };
        self.distinct_files().map(size).sum()
    }

    /// Its files, each once: one file may hold several components.
    fn distinct_files(&self) -> impl Iterator<Item = &CardFile> {
        let files = self.files.iter().enumerate();
        let firsts = files.filter(|(at, file)| {
            let mut before = self.files.iter().take(*at);
            before.all(|other| other.name != file.name)
        });
        firsts.map(|(_, file)| file)
    }
}
