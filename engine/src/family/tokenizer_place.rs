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

/// The tokenizer, read by `from_file` or by `inside`. It stays in memory for the next clip.
pub fn kept_tokenizer<Tokenizer: 'static>(
    file: Option<&Path>,
    text: &Checkpoint,
    models: &mut LoadedModels,
    from_file: impl FnOnce(&Path) -> Result<Tokenizer, Failure>,
    inside: impl FnOnce(&Checkpoint) -> Result<Tokenizer, Failure>,
) -> Result<Rc<Tokenizer>, Failure> {
    match file {
        Some(path) => models.tokenizer(file_identity(path), || from_file(path)),
        None => models.tokenizer(text.identity(), || inside(text)),
    }
}
