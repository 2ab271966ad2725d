//! Model folders as people have them: all parts in one file, the hub's cache, tokenizers elsewhere, indices left
//! behind, adapters and modules. Each is opened, or refused by what it is.

mod found;
mod listed;
mod modules;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::library::Library;
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::weights::{MappedFile, TensorBytes, view_of};
use kinora_wire::{Failure, Installed, ModelInfo};

use crate::pipeline::write_model;

const TRANSFORMER: &str = "diffusion_models/tiny.safetensors";

const VAE: &str = "vae/tiny_vae.safetensors";

const TEXT: &str = "text_encoders/tiny_text.safetensors";

const TOKENIZER: &str = "text_encoders/tokenizer.json";

/// A folder with a tiny model with a control branch.
fn folder_with_model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "controlled", 430);
    folder
}

/// The tensors of a file, and the words of its header.
type Contents = (Vec<(String, TensorBytes)>, HashMap<String, String>);

/// The contents of a file under the names that `rename` gives them. Tensors without a name are left out.
fn renamed(path: &Path, rename: &dyn Fn(&str) -> Option<String>) -> Contents {
    let file = MappedFile::open(path).expect("sound");
    let tensors = file.tensors().keys().filter_map(|key| {
        let tensor = file.tensor(key).expect("a tensor");
        Some((rename(key)?, view_of(&tensor).expect("fp32")))
    });
    let words = file.metadata().clone().into_iter().collect();
    (tensors.collect(), words)
}

fn write(path: &Path, (tensors, words): Contents) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    safetensors::serialize_to_file(tensors, Some(words), path).expect("written");
}

fn move_to(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    fs::rename(from, to).expect("moved");
}

fn open(folder: &Path) -> Result<Model, Failure> {
    Model::open("tiny", &ModelFiles::in_folder(folder)?, fallback_defaults())
}

#[track_caller]
fn opens(folder: &Path) -> Model {
    open(folder).expect("a model")
}

/// The folder is refused, with these words in cause or remedy.
#[track_caller]
fn is_refused(folder: &Path, words: &[&str]) {
    let failure = open(folder).expect_err("refused").to_string();
    for word in words {
        assert!(failure.contains(word), "{word}: {failure}");
    }
}

/// The models of a library over these folders, without those that only a card lists.
fn listed(folders: &[&Path]) -> Vec<ModelInfo> {
    let folders = folders.iter().map(|folder| folder.to_path_buf()).collect();
    let mut models = Library::in_folders(folders).models();
    models.retain(|model| !matches!(model.installed, Installed::No { .. }));
    models
}

/// The ids of the models of a library over these folders. All of them are installed.
#[track_caller]
fn ids(folders: &[&Path]) -> Vec<String> {
    let models = listed(folders);
    assert!(models.iter().all(is_installed), "{models:?}");
    models.into_iter().map(|model| model.id).collect()
}

fn library_in(folder: &Path) -> Library {
    Library::in_folders(vec![folder.to_path_buf()])
}

fn is_installed(model: &ModelInfo) -> bool {
    matches!(model.installed, Installed::Yes { .. })
}

/// Moves the control branch of a model into a file of its own beside the transformer.
pub fn split_branch(folder: &Path) -> PathBuf {
    let path = folder.join(TRANSFORMER);
    let is_branch = |key: &str| key.starts_with("vace_");
    let branch = renamed(&path, &|key| is_branch(key).then(|| key.to_owned()));
    let base = renamed(&path, &|key| (!is_branch(key)).then(|| key.to_owned()));
    let module = path.with_file_name("module.safetensors");
    write(&module, branch);
    write(&path, base);
    module
}
