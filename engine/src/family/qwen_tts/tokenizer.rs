//! Splits lines and instructions into Qwen's tokens, with the marks that stand around them. From the `tokenizer.json` of
//! a release, or its `vocab.json`, `merges.txt` and `tokenizer_config.json`. Source: `qwen_tts` `Qwen3TTSModel`,
//! transformers `Qwen2Converter`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use kinora_wire::{Failure, FailureKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::catch_panic::catch_job_panic;
use crate::files::read_small;

/// Longest file of a tokenizer. The released vocabulary has 3 MB.
const LONGEST_FILE_BYTES: u64 = 64 << 20;
/// The files of a release, the whole tokenizer first.
pub const WHOLE: &str = "tokenizer.json";
pub const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const SETTINGS: &str = "tokenizer_config.json";
/// How text is cut before pairs are merged: contractions, words, single digits, signs, ends of lines, spaces.
const WORDS: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
/// The role before a line, and what stands after it.
const ROLE: &str = "<|im_start|>assistant\n";
const AFTER: &str = "<|im_end|>\n<|im_start|>assistant\n";
/// Tokens of the role, and of what stands after a line.
const ROLE_TOKENS: usize = 3;
const AFTER_TOKENS: usize = 5;
/// What a file of settings says of an added token.
const FLAGS: [&str; 5] = ["single_word", "lstrip", "rstrip", "normalized", "special"];

/// Splits lines into tokens.
#[derive(Clone, Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

/// The tokens of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTokens {
    /// `<|im_start|>assistant\n`.
    pub role: Vec<i64>,
    /// What is said.
    pub text: Vec<i64>,
}

#[derive(Default, Deserialize)]
struct Settings {
    #[serde(default)]
    added_tokens_decoder: BTreeMap<u32, Map<String, Value>>,
}

impl Tokenizer {
    /// The files in the folder of a release that it is read from. Nothing is read.
    ///
    /// # Errors
    /// One is missing.
    pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let whole = folder.join(WHOLE);
        if whole.is_file() {
            return Ok(vec![whole]);
        }
        let files = [VOCABULARY, MERGES, SETTINGS].map(|name| folder.join(name));
        match files.iter().find(|file| !file.is_file()) {
            None => Ok(files.to_vec()),
            Some(missing) => Err(unusable(missing, "is missing")),
        }
    }

    /// From the files in the folder of a release.
    pub fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let whole = folder.join(WHOLE);
        let (path, bytes) = match whole.is_file() {
            true => {
                let bytes = read(&whole)?;
                (whole, bytes)
            }
            false => (folder.join(VOCABULARY), assembled(folder)?),
        };
        let damaged = |why: &dyn Display| unusable(&path, &format!("is damaged: {why}"));
        let tokenizer = catch_job_panic(|| {
            let mut tokenizer =
                tokenizers::Tokenizer::from_bytes(bytes).map_err(|why| damaged(&why))?;
            tokenizer.with_padding(None);
            tokenizer
                .with_truncation(None)
                .map_err(|why| damaged(&why))?;
            Ok(Self(tokenizer))
        })
        .map_err(|failure| match failure.kind {
            FailureKind::Bug => damaged(&failure.cause),
            _ => failure,
        })?;
        let [role, after] = [tokenizer.tokens(ROLE)?, tokenizer.tokens(AFTER)?];
        match role.len() == ROLE_TOKENS && after.len() == AFTER_TOKENS {
            true => Ok(tokenizer),
            false => Err(unusable(
                &path,
                "is not Qwen's: it cuts the marks of a line in pieces",
            )),
        }
    }

    /// The tokens of a line, without spaces around it.
    pub fn line(&self, text: &str) -> Result<LineTokens, Failure> {
        let all = self.tokens(&format!("{ROLE}{}{AFTER}", text.trim()))?;
        let end = all.len().saturating_sub(AFTER_TOKENS);
        let part = |from: usize, to: usize| all.get(from..to).unwrap_or_default().to_vec();
        Ok(LineTokens {
            role: part(0, ROLE_TOKENS),
            text: part(ROLE_TOKENS, end),
        })
    }

    /// The tokens of an instruction or a description, with its role and its end. Of an empty one: none.
    pub fn instruction(&self, text: &str) -> Result<Vec<i64>, Failure> {
        match text.trim() {
            "" => Ok(Vec::new()),
            text => self.tokens(&format!("<|im_start|>user\n{text}<|im_end|>\n")),
        }
    }

    /// The tokens of any text.
    pub fn tokens(&self, text: &str) -> Result<Vec<i64>, Failure> {
        catch_job_panic(|| {
            let encoding = self.0.encode_fast(text, false).map_err(|why| {
                Failure::bad_file(
                    format!("the tokenizer fails on this text: {why}"),
                    "fetch the tokenizer again; it came with the model",
                )
            })?;
            Ok(encoding.get_ids().iter().copied().map(i64::from).collect())
        })
    }
}

/// The contents of a `tokenizer.json` from the separate files.
fn assembled(folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = folder.join(VOCABULARY);
    let vocabulary: Value = parsed(&path)?;
    let merges = folder.join(MERGES);
    let text = read(&merges)?;
    let text = String::from_utf8(text).map_err(|why| unusable(&merges, &why.to_string()))?;
    let lines = text.lines().filter(|line| !line.starts_with("#version"));
    let pairs: Vec<Vec<&str>> = lines
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split(' ').collect())
        .collect();
    if let Some(other) = pairs.iter().find(|pair| pair.len() != 2) {
        return Err(unusable(
            &merges,
            &format!("has a line that is no pair: {}", other.join(" ")),
        ));
    }
    let settings: Settings = parsed(&folder.join(SETTINGS))?;
    let added = settings.added_tokens_decoder.iter();
    let added = added.map(|(id, token)| added_token(*id, token));
    let whole = json!({
        "version": "1.0",
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": { "type": "NFC" },
        "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
            { "type": "Split", "pattern": { "Regex": WORDS }, "behavior": "Isolated", "invert": false },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false },
        ] },
        "model": { "type": "BPE", "vocab": vocabulary, "merges": pairs, "fuse_unk": false, "byte_fallback": false },
    });
    Ok(whole.to_string().into_bytes())
}

/// An added token as `tokenizer.json` writes it.
fn added_token(id: u32, written: &Map<String, Value>) -> Value {
    let mut token = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("content".to_owned(), json!(written.get("content"))),
    ]);
    for flag in FLAGS {
        let is_set = written.get(flag).and_then(Value::as_bool);
        token.insert(flag.to_owned(), json!(is_set.unwrap_or(false)));
    }
    Value::Object(token)
}

fn parsed<Of: serde::de::DeserializeOwned>(path: &Path) -> Result<Of, Failure> {
    serde_json::from_slice(&read(path)?).map_err(|why| unusable(path, &why.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_small(path, LONGEST_FILE_BYTES)
        .map_err(|why| unusable(path, &format!("cannot be read: {why}")))
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} {why}", path.display()),
        "use the tokenizer files that came with the model",
    )
}
