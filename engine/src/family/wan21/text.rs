//! From a prompt to the numbers the transformer reads: clean the words, cut them into tokens, encode.

mod clean;
mod encoder;
mod sentencepiece;
mod tokenizer;

pub use clean::cleaned;
pub use encoder::{TextConfig, TextEncoder};
pub use tokenizer::Tokenizer;

use tch::Tensor;

/// How many rows a text has in the transformer. Shorter texts end in rows of zeros, which the
/// transformer sees like any other: it was trained so.
pub const TEXT_LENGTH: i64 = 512;

/// The prompt and the negative prompt, encoded and padded: 1 x 512 x width. The negative is None where
/// the guidance has no use for it.
#[derive(Debug)]
pub struct PromptEmbeddings {
    /// What is to be seen.
    pub positive: Tensor,
    /// What is not.
    pub negative: Option<Tensor>,
}

/// 1 x tokens x width with rows of zeros up to 1 x 512 x width.
pub fn padded(embeddings: &Tensor) -> Tensor {
    let missing = TEXT_LENGTH - embeddings.size()[1];
    embeddings.constant_pad_nd([0, 0, 0, missing])
}
