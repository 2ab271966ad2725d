//! Where the tokenizer of a text encoder is: in a file of its own, or inside the encoder's file. The same for every
//! family.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use kinora_wire::Failure;

use super::contract::ModelFiles;
use crate::model_cache::LoadedModels;
use crate::weights::{Checkpoint, file_identity};

/// The file of the tokenizer: one beside the model's networks before the one inside the text encoder, and another one only
/// if there is neither. `None`: it is inside.
///
/// # Errors
/// There is none: the failure that `missing` makes.
pub fn tokenizer_file(
    files: &ModelFiles,
    is_inside: bool,
    missing: impl FnOnce() -> Failure,
) -> Result<Option<PathBuf>, Failure> {
    match &files.tokenizer {
        Some(path) => Ok(Some(path.clone())),
        None if is_inside => Ok(None),
        None => files.other_tokenizer.clone().map(Some).ok_or_else(missing),
    }
}

/// How a family reads its tokenizer.
pub struct TokenizerReaders<Tokenizer> {
    /// From a file of its own.
    pub from_file: fn(&Path) -> Result<Tokenizer, Failure>,
    /// From the file of the text encoder; `None` if there is none in it.
    pub inside: fn(&Checkpoint) -> Option<Result<Tokenizer, Failure>>,
    /// The failure where there is none.
    pub missing: fn(&Checkpoint) -> Failure,
}

/// The tokenizer: a file of its own, or the one in the text encoder's file. It stays in memory for the next clip.
///
/// # Errors
/// There is none, or it is damaged.
pub fn kept_tokenizer<Tokenizer: 'static>(
    file: Option<&Path>,
    text: &Checkpoint,
    models: &mut LoadedModels,
    readers: &TokenizerReaders<Tokenizer>,
) -> Result<Rc<Tokenizer>, Failure> {
    match file {
        Some(path) => models.tokenizer(file_identity(path), || (readers.from_file)(path)),
        None => models.tokenizer(text.identity(), || {
            (readers.inside)(text).unwrap_or_else(|| Err((readers.missing)(text)))
        }),
    }
}
