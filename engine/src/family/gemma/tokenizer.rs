//! Splits prompts into Gemma's tokens, from its `tokenizer.json` or `tokenizer.model`. Prompts are stripped, begin with
//! `<bos>` and are truncated; no chat template is used.
//!
//! Source: diffusers `pipelines/ltx2/pipeline_ltx2.py` (`_get_gemma_prompt_embeds`), Lightricks/LTX-2.

use std::fmt::Display;
use std::iter;
use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tokenizers::models::ModelWrapper;

use super::sentencepiece;
use crate::catch_panic::catch_job_panic;
use crate::files::read_small;
use crate::weights::{Checkpoint, MappedFile};

/// Longest file of a tokenizer. Gemma's tokenizer.json has 33 MB.
const LONGEST_FILE_BYTES: u64 = 128 << 20;
/// The last words of the keys of tokenizers inside a text encoder's file.
const SENTENCEPIECE_KEY: &str = "spiece_model";
const JSON_KEY: &str = "tokenizer_json";

/// Gemma's special tokens by their numbers.
const SPECIAL: [&str; 3] = ["<pad>", "<eos>", "<bos>"];
const PADDING: u32 = 0;
const BEGINNING: u32 = 2;

/// The tokens of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Without padding. The first is `<bos>`.
    pub ids: Vec<u32>,
    /// How many tokens of padding stand before them.
    pub padding: usize,
}

impl Tokens {
    /// Tokens that are padded to this length.
    pub fn padded_to(ids: Vec<u32>, length: usize) -> Self {
        let padding = length.saturating_sub(ids.len());
        Self { ids, padding }
    }

    /// All tokens with the padding before them, and which of them are meant.
    pub fn with_padding(&self) -> (Vec<u32>, Vec<bool>) {
        let padding = iter::repeat_n(PADDING, self.padding);
        let ids: Vec<u32> = padding.chain(self.ids.iter().copied()).collect();
        let meant = (0..ids.len()).map(|at| at >= self.padding).collect();
        (ids, meant)
    }
}

/// Splits prompts into tokens.
#[derive(Clone, Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// From a file: a `tokenizer.json`, or a SentencePiece model.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        let bytes = read_small(path, LONGEST_FILE_BYTES);
        let bytes = bytes.map_err(|why| unusable(path, &format!("cannot be read: {why}")))?;
        let is_json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        Self::read(&bytes, is_json, path)
    }

    /// Whether the text encoder's file contains a tokenizer.
    pub fn is_inside(checkpoint: &Checkpoint) -> bool {
        checkpoint
            .files()
            .iter()
            .any(|file| tokenizer_in(file).is_some())
    }

    /// From the text encoder's file. `None` if it contains no tokenizer.
    pub fn inside(checkpoint: &Checkpoint) -> Option<Result<Self, Failure>> {
        let found = checkpoint.files().iter().find_map(tokenizer_in);
        found.map(|(bytes, is_json, path)| Self::read(bytes, is_json, path))
    }

    fn read(bytes: &[u8], is_json: bool, path: &Path) -> Result<Self, Failure> {
        let damaged =
            |why: &dyn Display| unusable(path, &format!("is not Gemma's tokenizer: {why}"));
        refuse_panics(path, || {
            let mut tokenizer = match is_json {
                true => tokenizers::Tokenizer::from_bytes(bytes).map_err(|why| damaged(&why))?,
                false => sentencepiece::read(bytes).map_err(|why| damaged(&why))?,
            };
            tokenizer.with_padding(None);
            tokenizer
                .with_truncation(None)
                .map_err(|why| damaged(&why))?;
            let ids = SPECIAL.iter().zip(0u32..);
            for (token, id) in ids {
                if tokenizer.token_to_id(token) != Some(id) {
                    return Err(damaged(&format!("its token {id} is not {token}")));
                }
            }
            let falls_back = match tokenizer.get_model() {
                ModelWrapper::BPE(model) => model.byte_fallback,
                _ => false,
            };
            match falls_back {
                true => Ok(Self(tokenizer)),
                false => Err(damaged(&"it does not merge pairs with a fallback to bytes")),
            }
        })
    }

    /// The tokens of a prompt, cut or padded to this length.
    pub fn tokens(&self, prompt: &str, length: usize) -> Result<Tokens, Failure> {
        let failed = |why: &dyn Display| {
            Failure::bad_file(
                format!("the tokenizer fails on this prompt: {why}"),
                "fetch the tokenizer again; it came with the text encoder",
            )
        };
        let encoding = catch_job_panic(|| {
            // Some files of Gemma say that `<bos>` is added, others do not.
            let encoding = self.0.encode_fast(prompt.trim(), false);
            encoding.map_err(|why| failed(&why))
        })?;
        let mut ids = vec![BEGINNING];
        ids.extend(encoding.get_ids().iter().take(length.saturating_sub(1)));
        Ok(Tokens::padded_to(ids, length))
    }
}

/// The tokenizer in a file of weights: its bytes, whether they are JSON, and the file.
fn tokenizer_in(file: &MappedFile) -> Option<(&[u8], bool, &Path)> {
    let find = |word: &str| {
        let mut keys = file.tensors().keys();
        keys.find(|key| key.rsplit('.').next() == Some(word))
    };
    let json = find(JSON_KEY).map(|key| (key, true));
    let (key, is_json) = json.or_else(|| Some((find(SENTENCEPIECE_KEY)?, false)))?;
    Some((file.bytes(key)?, is_json, file.path()))
}

/// Runs `work`; a panic becomes a failure of the file. The tokenizer libraries panic on damaged tables.
fn refuse_panics<T>(path: &Path, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_job_panic(work).map_err(|failure| match failure.kind {
        FailureKind::Bug => unusable(path, &format!("is damaged: {}", failure.cause)),
        _ => failure,
    })
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} {why}", path.display()),
        "use the tokenizer.json or tokenizer.model that came with the Gemma text encoder",
    )
}
