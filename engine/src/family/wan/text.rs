//! The text encoder: cleans a prompt, splits it into tokens, encodes them with UMT5.
//! The result is padded with zero rows to 512 tokens.

mod clean;
mod encoder;
mod sentencepiece;
mod tokenizer;

pub use clean::cleaned;
pub use encoder::{BLOCKS, TextConfig, TextEncoder};
pub use tokenizer::Tokenizer;

use tch::Tensor;

/// Length of a text in the transformer, in tokens. Shorter texts are padded with zero rows, which take part in
/// attention, as in training.
pub const TEXT_LENGTH: i64 = 512;

/// The places of the tokenizer in a folder, best first. The original release keeps it in the folder of its source.
pub const TOKENIZER_FILES: [&str; 4] = [
    "tokenizer.json",
    "google/umt5-xxl/tokenizer.json",
    "spiece.model",
    "google/umt5-xxl/spiece.model",
];

/// The embeddings of the prompts, padded: 1 x 512 x width each.
#[derive(Debug)]
pub struct PromptEmbeddings {
    /// Of the prompt.
    pub positive: Tensor,
    /// Of the negative prompt; `None` without guidance.
    pub negative: Option<Tensor>,
}

/// 1 x tokens x width -> 1 x 512 x width, padded with zero rows.
pub fn padded(embeddings: &Tensor) -> Tensor {
    let missing = TEXT_LENGTH - embeddings.size()[1];
    embeddings.constant_pad_nd([0, 0, 0, missing])
}
