//! The Qwen3-TTS family: speech from text, in a voice that is described, that came with the model, or that is cloned
//! with consent. Mono at 24 kHz. Its networks stand at parity with the package `qwen_tts`; no card opens them yet.
//!
//! Sources: the package `qwen_tts` 0.1.1, `core/models/modeling_qwen3_tts.py`,
//! `core/tokenizer_12hz/modeling_qwen3_tts_tokenizer_v2.py`, `inference/qwen3_tts_model.py`.
//!
//! The talker writes the first code of each frame, 12.5 frames a second. The code predictor writes the frame's other
//! codes. The codec's decoder makes the wave of them. Parameters have the names of the release, prefixes included.
//!
//! Shapes are written b (batch, always 1), l (tokens or frames), d (width), h (heads), c (channels), t (time).

mod codec;
mod config;
mod consent;
mod generate;
mod layer;
mod layer_config;
mod names;
mod open;
mod predictor;
mod prompt;
mod sampling;
mod say;
mod speaker;
mod talker;
mod tokenizer;

pub use codec::{Codec, CodecConfig, Pieces};
pub use config::{ModelConfig, ModelKind, PredictorConfig, TalkerConfig};
pub use consent::Consent;
pub use generate::{Codes, generate};
pub use layer::Cache;
pub use names::Component;
pub use open::{Loaded, SpeechModel};
pub use prompt::{Line, Prompt, Timing, Who};
pub use sampling::{Choice, Choices, Generator, penalise, probabilities};
pub use say::{Networks, Said, Voice, Wanted, say};
pub use speaker::{ClonedVoice, SpeakerConfig, SpeakerEncoder};
pub use talker::Talker;
pub use tokenizer::{LineTokens, Tokenizer};
