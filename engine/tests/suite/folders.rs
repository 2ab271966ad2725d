//! Model folders as people have them: all parts in one file, the hub's cache, tokenizers elsewhere, indices left
//! behind, adapters and modules. Each is opened, or refused by what it is.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan21::fallback_defaults;
use kinora_engine::family::wan21::text::Tokenizer;
use kinora_engine::library::Library;
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_engine::weights::{MappedFile, TensorBytes, view_of};
use kinora_wire::{Failure, Installed, ModelInfo};
use tch::{Device, Kind, Tensor};

use crate::golden;
use crate::pipeline::write_model;
use crate::tiny;

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

/// The models of a library over these folders, without those that only a card knows.
fn listed(folders: &[&Path]) -> Vec<ModelInfo> {
    let folders = folders.iter().map(|folder| folder.to_path_buf()).collect();
    let mut models = Library::in_folders(folders).models();
    models.retain(|model| !matches!(model.installed, Installed::No { .. }));
    models
}

fn is_installed(model: &ModelInfo) -> bool {
    matches!(model.installed, Installed::Yes { .. })
}

#[test]
fn a_text_encoder_may_name_its_table_as_its_copy_is_named() {
    let folder = folder_with_model();
    let path = folder.path().join(TEXT);
    let tensors = renamed(&path, &|key| {
        Some(match key {
            "token_embedding.weight" => "encoder.embed_tokens.weight".to_owned(),
            other => other.to_owned(),
        })
    });
    write(&path, tensors);
    opens(folder.path());
}

#[test]
fn all_parts_may_lie_in_one_file() {
    let folder = folder_with_model();
    let parts = [
        (TRANSFORMER, "model.diffusion_model."),
        (VAE, "vae."),
        (TEXT, "text_encoders.umt5xxl.transformer."),
    ];
    let (mut all, mut words) = (Vec::new(), HashMap::new());
    for (path, prefix) in parts {
        let path = folder.path().join(path);
        let (tensors, own) = renamed(&path, &|key| Some(format!("{prefix}{key}")));
        all.extend(tensors);
        words.extend(own);
        fs::remove_file(path).expect("removed");
    }
    write(&folder.path().join("all.safetensors"), (all, words));
    let tokenizer = folder.path().join("tokenizer.json");
    move_to(&folder.path().join(TOKENIZER), &tokenizer);
    let model = opens(folder.path());
    assert_eq!(model.files().count(), 2, "each file once");
    assert!(model.spec().abilities.contains(&Ability::Control));
}

#[test]
fn repositories_of_the_hubs_cache_are_models_under_their_names() {
    let cache = tempfile::tempdir().expect("a folder");
    let hub = cache.path().join("hub");
    let repository = |owner: &str| hub.join(format!("models--{owner}--tiny"));
    for owner in ["ann", "bo"] {
        write_model(&repository(owner).join("snapshots/0f3c"), "text", 430);
        fs::create_dir_all(repository(owner).join("refs")).expect("made");
        fs::write(repository(owner).join("refs/main"), "0f3c").expect("written");
    }
    let ids = |folder: &Path| {
        let models = listed(&[folder]);
        assert!(models.iter().all(is_installed), "{models:?}");
        models
            .into_iter()
            .map(|model| model.id)
            .collect::<Vec<String>>()
    };
    assert_eq!(ids(&hub), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(cache.path()), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(&repository("ann")), ["ann/tiny"]);
    assert_eq!(ids(&repository("ann").join("snapshots")), ["ann/tiny"]);
    opens(&repository("bo"));
    let library = Library::in_folders(vec![hub.clone()]);
    library.open(Some("bo/tiny")).expect("by its name");
}

#[test]
fn models_of_the_same_name_are_told_apart_by_their_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for above in [&one, &other] {
        write_model(&above.join("mine"), "text", 430);
    }
    let models = listed(&[one.as_path(), other.as_path(), one.as_path()]);
    let ids: Vec<String> = models.into_iter().map(|model| model.id).collect();
    let long = other.join("mine").display().to_string();
    assert_eq!(ids, ["mine", long.as_str()]);
}

#[test]
fn a_tokenizer_is_found_where_releases_put_it() {
    let folder = folder_with_model();
    let at = |name: &str| folder.path().join(name);
    move_to(&at(TOKENIZER), &at("google/umt5-xxl/tokenizer.json"));
    opens(folder.path());
    fs::remove_dir_all(at("google")).expect("removed");
    is_refused(folder.path(), &["carries no tokenizer", "spiece.model"]);
    assert!(
        !listed(&[folder.path()]).iter().any(is_installed),
        "without a tokenizer it cannot generate"
    );

    let goldens = golden::open("text");
    let model = goldens.bytes("spiece_model").expect("a model");
    let path = at("tokenizer/spiece.model");
    fs::create_dir_all(at("tokenizer")).expect("made");
    fs::write(&path, model).expect("written");
    opens(folder.path());
    let tokens = Tokenizer::from_file(&path).expect("sound");
    assert_eq!(tokens.tokens("a red fox").expect("tokens").last(), Some(&1));
    for damaged in ["", "version https://git-lfs.github.com/spec/v1"] {
        fs::write(&path, damaged).expect("written");
        is_refused(folder.path(), &["spiece.model is no tokenizer"]);
    }
}

#[test]
fn endings_and_marks_of_other_programs_do_not_matter() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let (mut tensors, words) = renamed(&path, &|key| Some(key.to_owned()));
    for name in ["scaled_fp8", "some_mark"] {
        let empty = Tensor::zeros([0], (Kind::Float, Device::Cpu));
        tensors.push((name.to_owned(), view_of(&empty).expect("fp32")));
    }
    fs::remove_file(&path).expect("removed");
    write(&path.with_file_name("TINY.SAFETENSORS"), (tensors, words));
    opens(folder.path());
}

/// Writes an index of one shard beside a file.
fn write_index(path: &Path, shard: &str) -> PathBuf {
    let file = MappedFile::open(path).expect("sound");
    let map: serde_json::Map<_, _> = file
        .tensors()
        .keys()
        .map(|key| (key.clone(), shard.into()))
        .collect();
    let index = path.with_file_name("tiny.safetensors.index.json");
    let text = serde_json::json!({ "weight_map": map }).to_string();
    fs::write(&index, text).expect("written");
    index
}

#[test]
fn an_index_may_carry_folders_or_be_left_behind() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let shard = "tiny-00001-of-00001.safetensors";
    let index = write_index(&path, shard);
    opens(folder.path()); // the merged file; none of the shards is there
    move_to(&path, &path.with_file_name(shard));
    opens(folder.path());
    let shard_path = path.with_file_name(shard);
    write_index(&shard_path, &format!("./{shard}"));
    opens(folder.path());
    fs::remove_file(&shard_path).expect("removed");
    is_refused(folder.path(), &["index.json", "none is there"]);
    fs::remove_file(index).expect("removed");
    is_refused(folder.path(), &["holds no transformer"]);
}

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

/// Writes an adapter.
fn write_adapter(path: &Path) {
    let names = ["lora_A", "lora_B"].map(|name| format!("blocks.0.self_attn.q.{name}.weight"));
    let numbers = Tensor::zeros([2, 2], (Kind::Float, Device::Cpu));
    let tensors = names.map(|name| (name, numbers.shallow_clone()));
    tiny::write(path, tiny::bytes_of(&tensors), &[]);
}

#[test]
fn adapters_and_weights_of_eight_bits_are_refused_by_name() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let adapter = path.with_file_name("style.safetensors");
    write_adapter(&adapter);
    opens(folder.path()); // beside a model it is left alone
    let (mut tensors, words) = renamed(&path, &|key| {
        (key != "blocks.0.ffn.0.weight").then(|| key.to_owned())
    });
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    let key = "blocks.0.ffn.0.weight._data".to_owned();
    tensors.push((key, view_of(&bytes).expect("bytes")));
    write(&path, (tensors, words));
    is_refused(folder.path(), &["as quanto writes them", "fp16 or bf16"]);
    fs::remove_file(&path).expect("removed");
    is_refused(folder.path(), &["style.safetensors is a LoRA"]);
}

#[test]
fn a_folder_that_cannot_be_used_is_listed_with_the_reason() {
    let folder = folder_with_model();
    let transformer = folder.path().join(TRANSFORMER);
    write_adapter(&transformer.with_file_name("style.safetensors"));
    fs::copy(
        &transformer,
        transformer.with_file_name("other.safetensors"),
    )
    .expect("copied");
    let why = |reason: &str| {
        let library = Library::in_folders(vec![folder.path().to_path_buf()]);
        let models = library.list_in(folder.path()).models;
        let [ModelInfo { installed, .. }] = models.as_slice() else {
            panic!("one model, and not {models:?}");
        };
        match installed {
            Installed::Broken { why } => assert!(why.contains(reason), "{why}"),
            other => panic!("{other:?}"),
        }
    };
    why("more than one transformer");
    fs::remove_file(transformer.with_file_name("other.safetensors")).expect("removed");
    fs::remove_file(&transformer).expect("removed");
    why("is a LoRA");
    fs::remove_dir_all(folder.path().join("diffusion_models")).expect("removed");
    why("holds no transformer");
    for rest in ["vae", "text_encoders"] {
        fs::remove_dir_all(folder.path().join(rest)).expect("removed");
    }
    assert!(listed(&[folder.path()]).is_empty(), "an empty folder");
}

#[test]
fn a_file_is_not_added_as_a_folder() {
    let folder = folder_with_model();
    let failure = Library::add(&folder.path().join(VAE)).expect_err("a file");
    assert!(failure.cause.contains("is a file"), "{failure}");
    let remedy = failure.remedy.expect("a remedy");
    assert!(remedy.ends_with("vae"), "{remedy}");
    let failure = Library::add(&folder.path().join("nothing")).expect_err("nothing");
    assert!(failure.cause.contains("cannot be added"), "{failure}");
}
