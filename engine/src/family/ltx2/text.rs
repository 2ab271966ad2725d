//! The text side of the LTX-2 family: tokens, a Gemma encoder whose layers all count, and the connectors that make of its
//! hidden states what the two streams of the transformer attend to.
//!
//! Gemma does not compute padding: its attention is causal and masks it, positions enter attention only by their
//! difference, and the connectors drop it for their registers. The tokens keep the positions that they have behind it.

mod config;
mod connector;
mod connector_block;
mod connector_config;
mod encoder;
mod layer;
mod names;
mod projection;
mod rope;
mod settings;
mod unbuilt;

pub use crate::family::gemma::{TOKENIZER_FILES, Tokenizer, Tokens};
pub use config::{AttentionForm, Gemma, GemmaConfig, GemmaLayer, LAYERS, Rotation};
pub use connector::{Connectors, TextContext};
pub use connector_config::{
    BLOCKS as CONNECTOR_BLOCKS, ConnectorConfig, ConnectorsConfig, ProjectionConfig,
};
pub use encoder::TextEncoder;
pub use names::{TextPart, gemma_in};
pub use settings::{check_gemma_version, gemma_version, wanted_gemma_version};

/// Length of a padded text, in tokens. The connectors fill what a text leaves with their registers.
pub const TEXT_LENGTH: usize = 1024;
