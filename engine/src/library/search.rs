//! Which folders hold models, and which models: own folders, added folders, several models whose parts lie together, and
//! models with the modules beside them.

use std::collections::BTreeSet;
use std::iter;
use std::path::{Path, PathBuf};

use super::found::{Found, name_of_weights};
use crate::files::{entries, is_lora_folder};
use crate::model::{ModelFiles, is_repository};

/// The folders in a model folder that may be models. A folder of the hub's repositories is looked into; a repository is
/// a model itself.
pub(super) fn candidates(folder: &Path) -> Vec<PathBuf> {
    if is_repository(folder) {
        return vec![folder.to_path_buf()];
    }
    let mut folders = Vec::new();
    for path in folders_in(folder) {
        let inner = folders_in(&path);
        match inner.iter().any(|inner| is_repository(inner)) {
            true => folders.extend(inner),
            false => folders.push(path),
        }
    }
    folders
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let mut folders = entries(folder);
    folders.retain(|path| path.is_dir());
    folders
}

/// Adds a model, unless one in the same folder was found by way of another model folder.
pub(super) fn add_new(found: &mut Vec<Found>, model: Option<Found>) {
    let is_new = |model: &Found| found.iter().all(|known| known.folder != model.folder);
    let new = model.filter(is_new);
    found.extend(new);
}

/// Whether a folder holds a component of a usable model, as folders with the files of a card do.
pub(super) fn is_shared(found: &[Found], folder: &Path) -> bool {
    found.iter().any(|model| model.has_part_in(folder))
}

/// Adds the model that an added folder itself is, or the several models of which it holds the parts, if no folder in it
/// is a model. A folder that cannot be used is added too, for its reason, unless something in it is known.
pub(super) fn add_folder(found: &mut Vec<Found>, folder: &Path) {
    let is_inside = |model: &Found| model.folder.starts_with(folder);
    let is_usable_inside = |model: &Found| model.files.is_ok() && is_inside(model);
    let has_own = |model: &Found| is_usable_inside(model) && model.card.is_none();
    if found.iter().any(has_own) || is_lora_folder(folder) {
        return;
    }
    if found.iter().any(is_usable_inside) {
        add_several(found, folder); // beside the models of cards
        return;
    }
    let Some(model) = Found::of_added(folder) else {
        return;
    };
    if model.files.is_ok() {
        found.retain(|part| !is_inside(part)); // folders of its parts
    } else if add_several(found, folder) || found.iter().any(is_inside) || is_shared(found, folder)
    {
        return;
    }
    add_new(found, Some(model));
}

/// Adds the models of a folder that holds the parts of several, but those that are known. Returns whether there are any.
pub(super) fn add_several(found: &mut Vec<Found>, folder: &Path) -> bool {
    let models = ModelFiles::several_in(folder);
    let are_any = !models.is_empty();
    for files in models {
        let is_known = |model: &Found| {
            let known = model.files.as_ref();
            known.is_ok_and(|known| files.transformer.starts_with(&known.transformer))
        };
        if found.iter().any(is_known) {
            continue;
        }
        let name = name_of_weights(&files.transformer);
        let is_new = found.iter().all(|model| model.id != name);
        found.push(Found {
            id: match is_new {
                true => name,
                false => files.transformer.display().to_string(),
            },
            card: None,
            folder: files.transformer.parent().unwrap_or(folder).to_path_buf(),
            files: Ok(files),
            with_modules: Vec::new(),
        });
    }
    are_any
}

/// Models of the same name are told apart by their folders: the first usable one keeps the name.
pub(super) fn with_own_ids(found: &mut [Found]) {
    let mut known = BTreeSet::new();
    let models = found.iter_mut();
    let (usable, broken): (Vec<_>, Vec<_>) = models.partition(|model| model.files.is_ok());
    for model in usable.into_iter().chain(broken) {
        if !known.insert(model.id.clone()) {
            model.id = model.folder.display().to_string();
        }
    }
}

/// The models, each followed by itself with each module that lies beside it.
pub(super) fn with_variants(found: Vec<Found>) -> Vec<Found> {
    let mut known: BTreeSet<String> = found.iter().map(|model| model.id.clone()).collect();
    let all = found.into_iter().flat_map(|model| {
        let (base, variants) = model.variants(&mut known);
        iter::once(base).chain(variants)
    });
    all.collect()
}
