//! The Qwen3-TTS family: speech from text, in a voice that is described, that came with the model, or that is cloned
//! with consent. Mono at 24 kHz.
//!
//! Sources: the package `qwen_tts` 0.1.1, `core/models/modeling_qwen3_tts.py`,
//! `core/tokenizer_12hz/modeling_qwen3_tts_tokenizer_v2.py`, `inference/qwen3_tts_model.py`.
//!
//! The talker writes the first code of each frame, 12.5 frames a second. The code predictor writes the frame's other
//! codes. The codec's decoder makes the wave of them. Parameters have the names of the release, prefixes included.
//!
//! Shapes are written b (batch, always 1), l (tokens or frames), d (width), h (heads), c (channels), t (time).

pub mod card;
mod codec;
mod config;
mod consent;
mod generate;
mod layer;
mod layer_config;
mod line;
mod memory;
mod model;
mod names;
mod open;
mod predictor;
mod prompt;
mod recording;
mod sampling;
mod say;
mod speaker;
pub mod spec;
mod talker;
mod tokenizer;

use std::path::{Path, PathBuf};

pub use card::LICENCE;
pub use codec::{Codec, CodecConfig, Pieces};
pub use config::{ModelConfig, ModelKind, PredictorConfig, TalkerConfig};
pub use consent::Consent;
pub use generate::{Codes, generate};
pub use layer::Cache;
pub use names::{Component, parts_of};
pub use open::{Loaded, SpeechModel};
pub use prompt::{Line, Prompt, Timing, Who};
pub use sampling::{Choice, Choices, Generator, penalise, probabilities};
pub use say::{Networks, Said, Voice, Wanted, say};
pub use speaker::{ClonedVoice, SpeakerConfig, SpeakerEncoder};
pub use talker::Talker;
pub use tokenizer::{LineTokens, Tokenizer};

/// The files by which a tokenizer is found beside a model, the best first.
pub const TOKENIZER_FILES: [&str; 2] = [tokenizer::WHOLE, tokenizer::VOCABULARY];

/// The codec of a talker, and the talker as what reads the text, of several files of each: the codec in a folder below the
/// talker's, or else the first one.
pub fn companions_of(talker: &Path, [codecs, _]: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
    let home = talker.parent()?;
    let below = codecs.iter().find(|codec| codec.starts_with(home));
    let codec = below.or(codecs.first())?;
    Some([codec.to_path_buf(), talker.to_path_buf()])
}
