//! Splits prompts into tokens, with the tokenizer that belongs to the text encoder.
//! Prompts are cleaned first and truncated to 512 tokens.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tokenizers::utils::truncation::TruncationParams;

use super::{TEXT_LENGTH, clean::cleaned, sentencepiece};
use crate::catch_panic::catch_job_panic;
use crate::files::read_small;
use crate::weights::{Checkpoint, MappedFile};

/// The last word of the key of the SentencePiece model in ComfyUI's text encoder files.
const SENTENCEPIECE_KEY: &str = "spiece_model";

/// Longest SentencePiece model in a file of its own. The released one has 4.5 MB.
const LONGEST_MODEL_BYTES: u64 = 64 << 20;
/// So much of a tokenizer's file is read to see what it is.
const HEAD_BYTES: u64 = 64;

/// Splits prompts into tokens.
#[derive(Clone, Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// From a file: a `tokenizer.json` or a SentencePiece model.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        if is_json(path) {
            return Self::from_json(path);
        }
        let bytes = read_small(path, LONGEST_MODEL_BYTES).map_err(|why| unreadable(path, &why))?;
        refuse_damaged(|| sentencepiece::read(&bytes, path).and_then(Self::with_truncation))
    }

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
        if let Some((bytes, path)) = sentencepiece_in(checkpoint) {
            return Some(refuse_damaged(|| {
                sentencepiece::read(bytes, path).and_then(Self::with_truncation)
            }));
        }
        let file = gguf_with_pieces(checkpoint)?;
        Some(refuse_damaged(|| {
            sentencepiece::of_gguf(file).and_then(Self::with_truncation)
        }))
    }

    /// Whether the text encoder's file contains a tokenizer.
    pub fn is_inside(checkpoint: &Checkpoint) -> bool {
        sentencepiece_in(checkpoint).is_some() || gguf_with_pieces(checkpoint).is_some()
    }

    /// Refuses a file that is no tokenizer by its beginning: an empty one, a page of a server, the note that stands for
    /// a large file in a clone. To read it whole takes seconds.
    pub fn check(path: &Path) -> Result<(), Failure> {
        let mut head = Vec::new();
        File::open(path)
            .and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head))
            .map_err(|error| unreadable(path, &error.to_string()))?;
        let first = head.trim_ascii_start().first();
        let is_sound = match is_json(path) {
            true => first == Some(&b'{'),
            // A field of the message: its pieces, its training, its normaliser.
            false => head.first().is_some_and(|byte| FIELDS.contains(byte)),
        };
        match is_sound {
            true => Ok(()),
            false => Err(unusable(&format!("{} is no tokenizer", path.display()))),
        }
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

/// The beginnings of the fields 1, 2 and 3 of a SentencePiece model.
const FIELDS: [u8; 3] = [0x0A, 0x12, 0x1A];

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The SentencePiece model in a text encoder's files, and the file.
fn sentencepiece_in(checkpoint: &Checkpoint) -> Option<(&[u8], &Path)> {
    let is_model = |key: &str| key.rsplit('.').next() == Some(SENTENCEPIECE_KEY);
    checkpoint.files().iter().find_map(|file| {
        let key = file.tensors().keys().find(|key| is_model(key))?;
        Some((file.bytes(key)?, file.path()))
    })
}

/// The GGUF file of a text encoder that lists the pieces of its tokenizer.
fn gguf_with_pieces(checkpoint: &Checkpoint) -> Option<&MappedFile> {
    let mut files = checkpoint.files().iter();
    files.find(|file| sentencepiece::has_pieces(file))
}

fn unreadable(path: &Path, why: &str) -> Failure {
    unusable(&format!("{} cannot be read: {why}", path.display()))
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
