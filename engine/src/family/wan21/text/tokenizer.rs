//! Splits prompts into tokens, with the tokenizer that belongs to the text encoder.
//! Prompts are cleaned first and truncated to 512 tokens.

use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tokenizers::utils::truncation::TruncationParams;

use super::{TEXT_LENGTH, clean::cleaned, sentencepiece};
use crate::catch_panic::catch_job_panic;
use crate::weights::Checkpoint;

/// The key of the SentencePiece model in ComfyUI's text encoder files.
const SENTENCEPIECE_KEY: &str = "spiece_model";

/// Splits prompts into tokens.
#[derive(Clone, Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// From a `tokenizer.json`.
    pub fn from_json(path: &Path) -> Result<Self, Failure> {
        refuse_damaged(|| {
            let tokenizer = tokenizers::Tokenizer::from_file(path)
                .map_err(|error| unusable(&format!("{} is damaged: {error}", path.display())))?;
            Self::with_truncation(tokenizer)
        })
    }

    /// From the text encoder's file. `None` if it contains no tokenizer.
    pub fn inside(checkpoint: &Checkpoint) -> Option<Result<Self, Failure>> {
        let mut files = checkpoint.files().iter();
        let bytes = files.find_map(|file| file.bytes(SENTENCEPIECE_KEY))?;
        Some(refuse_damaged(|| {
            sentencepiece::read(bytes).and_then(Self::with_truncation)
        }))
    }

    /// Truncates long texts, but keeps the end-of-text token.
    fn with_truncation(mut tokenizer: tokenizers::Tokenizer) -> Result<Self, Failure> {
        let limit = TruncationParams {
            max_length: TEXT_LENGTH as usize,
            ..TruncationParams::default()
        };
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(limit))
            .map_err(|error| unusable(&format!("the tokenizer cannot shorten texts: {error}")))?;
        Ok(Self(tokenizer))
    }

    /// The tokens of a cleaned prompt: at most 512, the last one end-of-text.
    pub fn tokens(&self, prompt: &str) -> Result<Vec<u32>, Failure> {
        refuse_damaged(|| {
            let encoding = self.0.encode_fast(cleaned(prompt), true).map_err(|error| {
                unusable(&format!("the tokenizer fails on this prompt: {error}"))
            })?;
            Ok(encoding.get_ids().to_vec())
        })
    }
}

/// Runs `work`; a panic becomes a failure of the file. The tokenizer libraries panic on damaged tables.
fn refuse_damaged<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_job_panic(work).map_err(|failure| match failure.kind {
        FailureKind::Bug => unusable(&format!("the tokenizer is damaged: {}", failure.cause)),
        _ => failure,
    })
}

fn unusable(cause: &str) -> Failure {
    Failure::bad_file(
        cause,
        "fetch the tokenizer again; it came with the text encoder",
    )
}
