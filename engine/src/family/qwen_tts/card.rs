//! The network shape on a model card of this family. The weights themselves decide the shape.

use kinora_wire::ModelSpec;
use serde::{Deserialize, Serialize};

use super::config::ModelKind;
use super::spec::{CodecRates, spec};

/// Which voices a model has, as a card names it.
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
