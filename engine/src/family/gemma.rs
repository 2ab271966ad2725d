//! What families share whose text encoder is one of Gemma's: its tokenizer.

mod sentencepiece;
mod tokenizer;

pub use tokenizer::{Tokenizer, Tokens};

/// The places of the tokenizer in a folder, best first: beside the encoder, or in a folder of Diffusers.
pub const TOKENIZER_FILES: [&str; 4] = [
    "tokenizer.json",
    "tokenizer/tokenizer.json",
    "tokenizer.model",
    "tokenizer/tokenizer.model",
];
