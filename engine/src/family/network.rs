//! The shape of a transformer as a card names it: each family has a form of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Family, ltx2, qwen_tts, stable_audio, wan};

/// The shape of a transformer. The family of the card says which form it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Network {
    /// Of a Wan transformer.
    Wan(wan::Network),
    /// Of an LTX-2 transformer.
    Ltx2(ltx2::card::Network),
    /// Of a Stable Audio 3 transformer.
    StableAudio(stable_audio::Network),
    /// Of a model that speaks.
    QwenTts(qwen_tts::card::Network),
}

/// Work with the form that shapes have in a family: to read a card.
pub trait WithShape {
    /// What it makes.
    type Made;

    /// Does the work with this form.
    fn with<Shape: DeserializeOwned + Into<Network>>(self) -> Self::Made;
}

impl Family {
    /// Does work with the form that shapes have in this family.
    pub fn with_shape<Work: WithShape>(self, work: Work) -> Work::Made {
        match self {
            Self::Wan => work.with::<wan::Network>(),
            Self::Ltx2 => work.with::<ltx2::card::Network>(),
            Self::StableAudio => work.with::<stable_audio::Network>(),
            Self::QwenTts => work.with::<qwen_tts::card::Network>(),
        }
    }
}

impl Network {
    /// The shape of a Wan transformer; `None` for others.
    pub fn wan(&self) -> Option<&wan::Network> {
        match self {
            Self::Wan(network) => Some(network),
            Self::Ltx2(_) | Self::StableAudio(_) | Self::QwenTts(_) => None,
        }
    }

    /// The longest sound of a model of sound alone, in seconds; `None` for others.
    pub fn longest_seconds(&self) -> Option<u32> {
        match self {
            Self::Wan(_) | Self::Ltx2(_) | Self::QwenTts(_) => None,
            Self::StableAudio(network) => Some(network.longest_seconds),
        }
    }

    /// The shape of a model that speaks; `None` for others.
    pub fn qwen_tts(&self) -> Option<&qwen_tts::card::Network> {
        match self {
            Self::Wan(_) | Self::Ltx2(_) | Self::StableAudio(_) => None,
            Self::QwenTts(network) => Some(network),
        }
    }

    /// The shape of a network that benchmarks can draw; `None` for others.
    pub fn drawable(&self) -> Option<&wan::Network> {
        self.wan()
    }
}

impl From<wan::Network> for Network {
    fn from(network: wan::Network) -> Self {
        Self::Wan(network)
    }
}

impl From<ltx2::card::Network> for Network {
    fn from(network: ltx2::card::Network) -> Self {
        Self::Ltx2(network)
    }
}

impl From<stable_audio::Network> for Network {
    fn from(network: stable_audio::Network) -> Self {
        Self::StableAudio(network)
    }
}

impl From<qwen_tts::card::Network> for Network {
    fn from(network: qwen_tts::card::Network) -> Self {
        Self::QwenTts(network)
    }
}
