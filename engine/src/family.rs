//! Model families: one module per architecture. This file dispatches to them: which family a file belongs to, what its
//! models can generate, how they are opened. The interface of an opened model is in `contract.rs`.

mod contract;
mod gemma;
pub mod ltx2;
mod network;
mod part;
pub mod qwen_tts;
mod sending;
pub mod stable_audio;
mod tokenizer_place;
pub mod wan;

use std::path::{Path, PathBuf};

use kinora_wire::{Ability, Failure, GenerationSettings, ModelSpec, Sampler, StageControl};

pub use contract::{
    ClipSink, ClipWork, Decoder, Denoiser, Family, Inputs, Kept, MakesSound, MakesSteps, Making,
    ModelFiles, OpenModel, PartName, SoundBlock, SoundMade, Stage,
};
pub use network::{Network, WithShape};
pub use wan::{bench, embedder};

use crate::weights::MappedFile;

impl Family {
    /// All families.
    pub const ALL: [Self; 4] = [Self::Wan, Self::Ltx2, Self::StableAudio, Self::QwenTts];

    /// The built-in cards of its models, as RON text.
    pub fn cards(self) -> &'static [&'static str] {
        match self {
            Self::Wan => &wan::CARDS,
            Self::Ltx2 => &ltx2::card::CARDS,
            Self::StableAudio | Self::QwenTts => &[],
        }
    }

    /// The licence of the released weights, for a model without a card. `None`: it is not known.
    pub fn licence(self) -> Option<&'static str> {
        match self {
            Self::Wan | Self::Ltx2 => None,
            Self::StableAudio => Some(stable_audio::LICENCE),
            Self::QwenTts => Some(qwen_tts::LICENCE),
        }
    }

    /// The family and the components of a file with these tensor keys, in any known layout. One file may hold several.
    pub fn recognise(keys: &[&str]) -> Vec<(Self, PartName)> {
        let parts = Self::ALL.into_iter().map(|family| {
            let parts = match family {
                Self::Wan => wan::parts_of(keys),
                Self::Ltx2 => ltx2::parts_of(keys),
                Self::StableAudio => stable_audio::parts_of(keys),
                Self::QwenTts => qwen_tts::parts_of(keys),
            };
            let parts = parts.into_iter().map(|part| (family, part));
            parts.collect::<Vec<_>>()
        });
        let mut found = parts.filter(|parts| !parts.is_empty());
        found.next().unwrap_or_default()
    }

    /// Why a file without known components is not read although a family has such components, and what to use in its place. `None`: it
    /// is unknown.
    pub fn unread(keys: &[&str]) -> Option<[&'static str; 2]> {
        stable_audio::unread(keys)
    }

    /// The tokenizer in these folders that counts more than one in the text encoder's file: its usual file, directly in
    /// the folder. Takes were made with it.
    pub fn tokenizer_in(self, folders: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => first_in(folders, &wan::text::TOKENIZER_FILES[..1]),
            Self::Ltx2 | Self::StableAudio => first_in(folders, &gemma::TOKENIZER_FILES[..1]),
            Self::QwenTts => first_in(folders, &qwen_tts::TOKENIZER_FILES),
        }
    }

    /// The best tokenizer in these folders for a text encoder's file without one, in every place that releases use.
    pub fn other_tokenizer_in(self, folders: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => first_in(folders, &wan::text::TOKENIZER_FILES),
            Self::Ltx2 | Self::StableAudio => first_in(folders, &gemma::TOKENIZER_FILES),
            Self::QwenTts => None,
        }
    }

    /// The image encoder that its models need, of several files that may be one.
    pub fn image_encoder_of(self, files: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Wan => wan::image_encoder_of(files),
            Self::Ltx2 | Self::StableAudio | Self::QwenTts => None,
        }
    }

    /// The components that its models have beside transformer, autoencoder and text encoder, with their folders in the
    /// Diffusers layout.
    pub fn other_parts(self) -> &'static [(PartName, &'static str)] {
        match self {
            Self::Wan | Self::QwenTts => &[],
            Self::Ltx2 => &ltx2::OTHER_PARTS,
            Self::StableAudio => &stable_audio::OTHER_PARTS,
        }
    }

    /// The components without which its models do less, with their folders in the Diffusers layout.
    pub fn optional_parts(self) -> &'static [(PartName, &'static str)] {
        match self {
            Self::Ltx2 => &ltx2::OPTIONAL_PARTS,
            Self::Wan | Self::StableAudio | Self::QwenTts => &[],
        }
    }

    /// The best file or folder of an optional component for a transformer, of several.
    pub fn optional_part_of(self, transformer: &Path, files: &[&Path]) -> Option<PathBuf> {
        match self {
            Self::Ltx2 => ltx2::upscaler_of(transformer, files),
            Self::Wan | Self::StableAudio | Self::QwenTts => None,
        }
    }

    /// The family of a folder in the Diffusers layout, by the folders of components in it.
    pub fn of_diffusers(folder: &Path) -> Self {
        let has_parts = |family: &Self| {
            let mut parts = family.other_parts().iter();
            parts.any(|(_, name)| folder.join(name).is_dir())
        };
        Self::ALL.into_iter().find(has_parts).unwrap_or_default()
    }

    /// The autoencoder and the text encoder that fit a transformer, of several files of each. `None` if one is missing.
    pub fn companions_of(self, transformer: &Path, parts: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
        match self {
            Self::Wan => wan::companions_of(transformer, parts),
            Self::Ltx2 => ltx2::companions_of(transformer, parts),
            Self::StableAudio => stable_audio::companions_of(transformer, parts),
            Self::QwenTts => qwen_tts::companions_of(transformer, parts),
        }
    }

    /// Whether a folder with everything but a text encoder is a model together with one from elsewhere: its makers publish
    /// both apart.
    pub fn shares_text_encoders(self) -> bool {
        match self {
            Self::StableAudio => true,
            Self::Wan | Self::Ltx2 | Self::QwenTts => false,
        }
    }

    /// The modules that fit a transformer, of several in a folder.
    pub fn modules_of(self, transformer: &Path, modules: &[&Path]) -> Vec<PathBuf> {
        match self {
            Self::Wan => wan::modules_of(transformer, modules),
            Self::Ltx2 | Self::StableAudio | Self::QwenTts => Vec::new(),
        }
    }

    /// A prompt as its models see it: cleaned, before it is cut into tokens.
    pub fn seen_prompt(self, prompt: &str) -> String {
        match self {
            Self::Wan => wan::text::cleaned(prompt),
            Self::Ltx2 | Self::StableAudio | Self::QwenTts => prompt.trim().to_owned(),
        }
    }

    /// What a model of this family can generate. Without a network: what all its models have in common.
    pub fn spec(self, network: Option<&Network>, defaults: &GenerationSettings) -> ModelSpec {
        match self {
            Self::Wan => {
                let network = network.and_then(Network::wan);
                ModelSpec {
                    has_experts: network.is_some_and(|network| network.has_experts),
                    ..wan::spec(network.map(wan::Network::config).as_ref(), defaults)
                }
            }
            Self::Ltx2 => ltx2::spec::spec(),
            Self::StableAudio => {
                let longest = network.and_then(Network::longest_seconds);
                stable_audio::spec::spec_of_card(longest)
            }
            Self::QwenTts => {
                let network = network.and_then(Network::qwen_tts);
                network.map_or_else(qwen_tts::spec::common, qwen_tts::card::Network::spec)
            }
        }
    }

    /// Default settings for a model without a card or a scheduler configuration.
    pub fn fallback_defaults(self) -> GenerationSettings {
        match self {
            Self::Wan => wan::fallback_defaults(),
            Self::Ltx2 => ltx2::fallback_defaults(),
            Self::StableAudio => stable_audio::fallback_defaults(),
            Self::QwenTts => qwen_tts::spec::released_defaults(),
        }
    }

    /// A model's defaults, adapted to this sampler if it is not the model's own.
    pub fn defaults_with(self, own: &GenerationSettings, sampler: Sampler) -> GenerationSettings {
        match self {
            Self::Wan => wan::defaults_with(own, sampler),
            Self::Ltx2 => ltx2::spec::defaults_with(own, sampler),
            // With any other sampler they are refused.
            Self::StableAudio | Self::QwenTts => own.clone(),
        }
    }

    /// The kind of model that has an ability, in words, for the remedy of a failure.
    pub fn model_kind_with(self, ability: Ability) -> &'static str {
        match self {
            Self::Ltx2 if ability == Ability::Control => ltx2::spec::KIND_WITH_CONTROL,
            // The smallest models that have an ability.
            Self::StableAudio if ability == Ability::Source => {
                "a model of sound alone that takes a given sound"
            }
            Self::Wan | Self::Ltx2 | Self::StableAudio | Self::QwenTts => {
                wan::model_kind_with(ability)
            }
        }
    }

    /// Opens a model's files and checks all their keys. Only the headers are read.
    pub fn open(self, files: &ModelFiles) -> Result<Box<dyn OpenModel>, Failure> {
        match self {
            Self::Wan => Ok(Box::new(wan::Wan::open(files)?)),
            Self::Ltx2 => Ok(Box::new(ltx2::Ltx2::open(files)?)),
            Self::StableAudio => Ok(Box::new(stable_audio::StableAudio::open(files)?)),
            Self::QwenTts => Ok(Box::new(qwen_tts::SpeechModel::of_files(files)?)),
        }
    }
}

/// How a stage is shown to a model with the LoRA in a file, with which it follows a control clip. `None`: no model does.
pub fn stage_control_of_lora(file: &MappedFile) -> Option<StageControl> {
    ltx2::stage_control_of(file)
}

/// The file in the best of these places. The order of the folders decides among equals.
fn first_in(folders: &[&Path], places: &[&str]) -> Option<PathBuf> {
    let places = places.iter();
    let mut paths = places.flat_map(|place| folders.iter().map(move |folder| folder.join(place)));
    paths.find(|path| path.is_file())
}
