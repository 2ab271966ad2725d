//! Branches and modules in files of their own: added to their base as a second model, or listed with the reason why not.
//! The base stays a model.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use kinora_engine::model::Ability;
use kinora_engine::weights::view_of;
use kinora_wire::{Installed, ModelInfo};
use tch::{Device, Kind, Tensor};

use super::found::write_index;
use super::{
    TRANSFORMER, folder_with_model, ids, is_installed, is_refused, library_in, listed, move_to,
    opens, renamed, split_branch, write,
};
use crate::pipeline::write_model;

#[test]
fn a_branch_in_a_file_of_its_own_is_added_to_the_transformer() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let is_branch = |key: &str| key.starts_with("vace_");
    let branch = renamed(&path, &|key| is_branch(key).then(|| key.to_owned()));
    let base = renamed(&path, &|key| (!is_branch(key)).then(|| key.to_owned()));
    let module = path.with_file_name("module.safetensors");
    write(&module, branch);
    is_refused(folder.path(), &["tiny.safetensors", "module.safetensors"]); // the branch twice
    fs::remove_file(&path).expect("removed");
    is_refused(folder.path(), &["module.safetensors is a branch"]);
    write(&path, base);
    let model = opens(folder.path());
    assert!(model.spec().abilities.contains(&Ability::Control));
    assert!(model.files().any(|file| file == module));
    fs::remove_file(&module).expect("removed");
    assert_eq!(opens(folder.path()).spec().abilities, []);
}

#[test]
fn a_model_with_a_module_beside_it_is_a_second_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let module = split_branch(&mine);
    assert_eq!(ids(&[folder.path()]), ["mine", "mine + module"]);
    let abilities: Vec<Vec<Ability>> = listed(&[folder.path()])
        .into_iter()
        .map(|model| model.abilities)
        .collect();
    assert_eq!(abilities[0], []);
    assert!(abilities[1].contains(&Ability::Control));
    let library = library_in(folder.path());
    let path = mine.display().to_string();
    for wanted in [None, Some("mine"), Some(path.as_str())] {
        let base = library.open(wanted).expect("the base");
        assert_eq!(base.id, "mine");
        assert!(base.files().all(|file| file != module), "{wanted:?}");
        let hint = base.hint_of_modules().expect("a hint");
        assert!(hint.contains("mine + module"), "{hint}");
    }
    let second = library.open(Some("mine + module")).expect("with it");
    assert!(second.files().any(|file| file == module));
    assert_eq!(second.hint_of_modules(), None);
    let elsewhere = library_in(&mine.join("vae")).models_and(Some(path.as_str()));
    let named: Vec<&ModelInfo> = elsewhere.iter().filter(|model| model.id == path).collect();
    assert_eq!(named.len(), 1);
    assert!(named[0].abilities.is_empty());
}

#[test]
fn a_module_may_be_in_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let shard = "module-00001-of-00001.safetensors";
    let path = mine.join("module").join(shard);
    move_to(&split_branch(&mine), &path);
    write_index(&path, shard);
    assert_eq!(ids(&[folder.path()]), ["mine", "mine + tiny"]);
}

/// Lists the models: the base is installed, and the one with the module is not, for this reason.
#[track_caller]
fn module_is_refused(folder: &Path, words: &[&str]) {
    let models = listed(&[folder]);
    let [base, second] = models.as_slice() else {
        panic!("two models, and not {models:?}");
    };
    assert_eq!(base.id, "mine");
    assert!(is_installed(base), "{base:?}");
    let Installed::Broken { why } = &second.installed else {
        panic!("{second:?}");
    };
    for word in words {
        assert!(why.contains(word), "{word}: {why}");
    }
}

#[test]
fn a_module_that_does_not_fit_is_listed_with_the_reason_and_its_base_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let transformer = mine.join(TRANSFORMER);
    let whole = || renamed(&transformer, &|key| Some(key.to_owned()));
    let complete = whole();
    let module = split_branch(&mine);
    let base = whole();
    let with = |changed: &str, tensor: &Tensor| {
        let (mut tensors, words) =
            renamed(&module, &|key| (key != changed).then(|| key.to_owned()));
        tensors.push((changed.to_owned(), view_of(tensor).expect("written")));
        (tensors, words)
    };
    let sound = renamed(&module, &|key| Some(key.to_owned()));

    let narrower = Tensor::zeros([3], (Kind::Float, Device::Cpu));
    let narrower = with("vace_patch_embedding.bias", &narrower);
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    let bytes = with("vace_blocks.0.ffn.0.weight", &bytes);
    write(&module, narrower);
    module_is_refused(folder.path(), &["`vace_patch_embedding.bias` is [3]"]);
    write(&module, bytes);
    module_is_refused(folder.path(), &["module.safetensors has weights of"]);
    write(&module, sound);
    write(&transformer, complete);
    module_is_refused(
        folder.path(),
        &["module.safetensors", "take one of the two"],
    );
    write(&transformer, base);
    fs::copy(&module, module.with_file_name("other.safetensors")).expect("copied");
    let all = ["mine", "mine + module", "mine + other"];
    assert_eq!(ids(&[folder.path()]), all);
}

#[test]
fn a_module_is_not_added_to_an_image_to_video_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let [other, mine] = ["other", "mine"].map(|name| folder.path().join(name));
    write_model(&other, "controlled", 430);
    let (tensors, _) = renamed(&split_branch(&other), &|key| Some(key.to_owned()));
    fs::remove_dir_all(other).expect("removed");
    write_model(&mine, "given", 430);
    let module = mine.join("diffusion_models/module.safetensors");
    write(&module, (tensors, HashMap::new())); // its layers are spread over those of this base
    module_is_refused(folder.path(), &["belongs to a text-to-video model"]);
}
