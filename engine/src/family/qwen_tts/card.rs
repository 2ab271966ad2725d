//! What cards and lists say of models of the family: the shape of a network, and the licence of the released weights.

use kinora_wire::ModelSpec;
use serde::{Deserialize, Serialize};

use super::config::ModelKind;
use super::spec::{CodecRates, spec};

/// The licence of the released weights, for models without a card.
pub const LICENCE: &str =
    "Apache-2.0. Free to use, also commercially; keep the notice when passing the weights on.";

/// Which voices a model has, as a card names it. The weights decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voices {
    /// Clones of recordings.
    Cloned,
    /// Voices by description.
    Described,
    /// Voices of its own.
    Own,
    /// Voices of its own that take an instruction.
    OwnWithInstruction,
}

/// The shape of a model that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its voices.
    pub voices: Voices,
    /// Layers of the talker.
    pub layers: usize,
    /// Channels per token of the talker.
    pub width: i64,
}

impl Network {
    /// What a model of this shape can say.
    pub fn spec(&self) -> ModelSpec {
        let kind = match self.voices {
            Voices::Cloned => ModelKind::Cloning,
            Voices::Described => ModelKind::Design,
            Voices::Own => ModelKind::OwnVoices {
                takes_instructions: false,
            },
            Voices::OwnWithInstruction => ModelKind::OwnVoices {
                takes_instructions: true,
            },
        };
        spec(Some(kind), CodecRates::default())
    }
}
