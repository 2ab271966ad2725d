//! The families: one architecture of models in a room of its own. Here is the door to each room: how its files are
//! recognised, which clips it makes, how its models are opened. What an opened model does is in `contract.rs`.

mod contract;
pub mod wan21;

use kinora_wire::{Ability, Failure, ModelDefaults, ModelSpec, Sampler};

pub use contract::{Decoder, Denoiser, Family, FrameSink, Inputs, ModelFiles, OpenModel, PartName};
pub use wan21::{Network, bench};

impl Family {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Wan21];

    /// The cards of its models that come with Kinora, as text.
    pub fn cards(self) -> &'static [&'static str] {
        match self {
            Self::Wan21 => &wan21::CARDS,
        }
    }

    /// The family and the part that a file with these keys is, in whatever layout.
    pub fn recognise(keys: &[&str]) -> Option<(Self, PartName)> {
        Self::ALL.into_iter().find_map(|family| {
            let part = match family {
                Self::Wan21 => wan21::part_of(keys),
            };
            Some((family, part?))
        })
    }

    /// Which clips a model of it makes. Without a network: what all of them have in common.
    pub fn spec(self, network: Option<&Network>, defaults: &ModelDefaults) -> ModelSpec {
        match self {
            Self::Wan21 => wan21::spec(network.map(Network::config).as_ref(), defaults),
        }
    }

    /// Its defaults, for a model without a card or a scheduler of its own.
    pub fn usual(self) -> ModelDefaults {
        match self {
            Self::Wan21 => wan21::usual(),
        }
    }

    /// A model's own defaults, or what becomes of them with a sampler that is not its own.
    pub fn defaults_with(self, own: &ModelDefaults, sampler: Sampler) -> ModelDefaults {
        match self {
            Self::Wan21 => wan21::defaults_with(own, sampler),
        }
    }

    /// Which models of it have an ability, in words, for a user who has none of them.
    pub fn model_kind_with(self, ability: Ability) -> &'static str {
        match self {
            Self::Wan21 => wan21::model_kind_with(ability),
        }
    }

    /// Opens a model's files and checks every key of them. Nothing is in memory yet but their headers.
    pub fn open(self, files: &ModelFiles) -> Result<Box<dyn OpenModel>, Failure> {
        match self {
            Self::Wan21 => Ok(Box::new(wan21::Wan21::open(files)?)),
        }
    }
}
