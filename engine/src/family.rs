//! Model families: one module per architecture. This file dispatches to them: which family a file belongs to, what its
//! models can generate, how they are opened. The interface of an opened model is in `contract.rs`.

mod contract;
pub mod ltx2;
pub mod qwen_tts;
pub mod stable_audio;
pub mod wan;

use std::path::{Path, PathBuf};

use kinora_wire::{Ability, Failure, GenerationSettings, ModelSpec, Sampler};

pub use contract::{
    ClipSink, ClipWork, Decoder, Denoiser, Family, Inputs, ModelFiles, OpenModel, PartName,
    SoundBlock,
};
pub use wan::{Network, bench};

impl Family {
    /// All families.
    pub const ALL: [Self; 1] = [Self::Wan];

    /// The built-in cards of its models, as RON text.
    pub fn cards(self) -> &'static [&'static str] {
        match self {
            Self::Wan => &wan::CARDS,
        }
    }

    /// The family and the components of a file with these tensor keys, in any known layout. One file may hold several.
    pub fn recognise(keys: &[&str]) -> Vec<(Self, PartName)> {
        let parts = Self::ALL.into_iter().map(|family| {
            let parts = match family {
                Self::Wan => wan::parts_of(keys),
            };
            let parts = parts.into_iter().map(|part| (family, part));
            parts.collect::<Vec<_>>()
        });
        let mut found = parts.filter(|parts| !parts.is_empty());
        found.next().unwrap_or_default()
    }

    /// The tokenizer in these folders that counts more than one in the text encoder's file: its usual file, directly in
    /// the folder. Takes were made with it.
    pub fn tokenizer_in(self, folders: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => first_in(folders, &wan::text::TOKENIZER_FILES[..1]),
        }
    }

    /// The best tokenizer in these folders for a text encoder's file without one, in every place that releases use.
    pub fn other_tokenizer_in(self, folders: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => first_in(folders, &wan::text::TOKENIZER_FILES),
        }
    }

    /// The image encoder that its models need, of several files that may be one.
    pub fn image_encoder_of(self, files: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => wan::image_encoder_of(files),
        }
    }

    /// The autoencoder and the text encoder that fit a transformer, of several files of each. `None` if one is missing.
    pub fn companions_of(self, transformer: &Path, parts: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
        match self {
            Self::Wan => wan::companions_of(transformer, parts),
        }
    }

    /// The modules that fit a transformer, of several in a folder.
    pub fn modules_of(self, transformer: &Path, modules: &[&Path]) -> Vec<PathBuf> {
        match self {
            Self::Wan => wan::modules_of(transformer, modules),
        }
    }

    /// A prompt as its models see it: cleaned, before it is cut into tokens.
    pub fn seen_prompt(self, prompt: &str) -> String {
        match self {
            Self::Wan => wan::text::cleaned(prompt),
        }
    }

    /// What a model of this family can generate. Without a network: what all its models have in common.
    pub fn spec(self, network: Option<&Network>, defaults: &GenerationSettings) -> ModelSpec {
        match self {
            Self::Wan => ModelSpec {
                has_experts: network.is_some_and(|network| network.has_experts),
                ..wan::spec(network.map(Network::config).as_ref(), defaults)
            },
        }
    }

    /// Default settings for a model without a card or a scheduler configuration.
    pub fn fallback_defaults(self) -> GenerationSettings {
        match self {
            Self::Wan => wan::fallback_defaults(),
        }
    }

    /// A model's defaults, adapted to this sampler if it is not the model's own.
    pub fn defaults_with(self, own: &GenerationSettings, sampler: Sampler) -> GenerationSettings {
        match self {
            Self::Wan => wan::defaults_with(own, sampler),
        }
    }

    /// The kind of model that has an ability, in words, for the remedy of a failure.
    pub fn model_kind_with(self, ability: Ability) -> &'static str {
        match self {
            Self::Wan => wan::model_kind_with(ability),
        }
    }

    /// Opens a model's files and checks all their keys. Only the headers are read.
    pub fn open(self, files: &ModelFiles) -> Result<Box<dyn OpenModel>, Failure> {
        match self {
            Self::Wan => Ok(Box::new(wan::Wan::open(files)?)),
        }
    }
}

/// The file in the best of these places. The order of the folders decides among equals.
fn first_in(folders: &[&Path], places: &[&str]) -> Option<PathBuf> {
    let places = places.iter();
    let mut paths = places.flat_map(|place| folders.iter().map(move |folder| folder.join(place)));
    paths.find(|path| path.is_file())
}
