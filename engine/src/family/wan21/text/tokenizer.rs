//! Words to token numbers, with the tokenizer that came with the text encoder.

use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tokenizers::utils::truncation::TruncationParams;

use super::{TEXT_LENGTH, clean::cleaned, sentencepiece};
use crate::catch_panic::catch_job_panic;
use crate::weights::Checkpoint;

/// The key under which ComfyUI's text encoder files carry their SentencePiece model.
const SENTENCEPIECE_KEY: &str = "spiece_model";

/// Cuts prompts into tokens.
#[derive(Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// From a `tokenizer.json`.
    pub fn from_json(path: &Path) -> Result<Self, Failure> {
        careful(|| {
            let tokenizer = tokenizers::Tokenizer::from_file(path)
                .map_err(|error| unusable(&format!("{} is damaged: {error}", path.display())))?;
            Self::shortening(tokenizer)
        })
    }

    /// From the text encoder's own file, if it carries one.
    pub fn inside(checkpoint: &Checkpoint) -> Option<Result<Self, Failure>> {
        let mut files = checkpoint.files().iter();
        let bytes = files.find_map(|file| file.bytes(SENTENCEPIECE_KEY))?;
        Some(careful(|| {
            sentencepiece::read(bytes).and_then(Self::shortening)
        }))
    }

    /// Long texts lose their end, not their end-of-text token.
    fn shortening(mut tokenizer: tokenizers::Tokenizer) -> Result<Self, Failure> {
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

    /// The tokens of a prompt, cleaned, at most 512, the last of them the end.
    pub fn tokens(&self, prompt: &str) -> Result<Vec<u32>, Failure> {
        careful(|| {
            let encoding = self.0.encode_fast(cleaned(prompt), true).map_err(|error| {
                unusable(&format!("the tokenizer fails on this prompt: {error}"))
            })?;
            Ok(encoding.get_ids().to_vec())
        })
    }
}

/// The libraries below believe the tables in a tokenizer's file; a damaged one makes them panic.
fn careful<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
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
