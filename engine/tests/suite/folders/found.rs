//! Where the parts of a model are found: in one file, in a cache of the hub, beside tokenizers, behind indices, and under
//! the endings and marks of other programs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::text::Tokenizer;
use kinora_engine::model::Ability;
use kinora_engine::weights::{MappedFile, view_of};
use tch::{Device, Kind, Tensor};

use super::{
    TEXT, TOKENIZER, TRANSFORMER, VAE, folder_with_model, ids, is_installed, is_refused,
    library_in, listed, move_to, opens, renamed, write,
};
use crate::golden;
use crate::pipeline::write_model;

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
    assert_eq!(ids(&[&hub]), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(&[cache.path()]), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(&[&repository("ann")]), ["ann/tiny"]);
    let snapshots = repository("ann").join("snapshots");
    assert_eq!(ids(&[&snapshots]), ["0f3c"], "as in version 0.1");
    let alone = snapshots.join("0f3c");
    assert_eq!(ids(&[&alone]), ["0f3c"], "a snapshot keeps its own name");
    opens(&repository("bo"));
    library_in(&hub).open(Some("bo/tiny")).expect("by its name");
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
    fs::remove_file(one.join("mine").join(TRANSFORMER)).expect("removed");
    let models = listed(&[one.as_path(), other.as_path()]);
    let named_mine = models.iter().find(|model| model.id == "mine");
    let named_mine = named_mine.expect("one of this name");
    assert!(is_installed(named_mine), "a broken one takes no name away");
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
fn a_tokenizer_in_the_text_encoder_gives_way_to_tokenizer_json_alone() {
    let folder = folder_with_model();
    let path = folder.path().join(TEXT);
    let (mut tensors, words) = renamed(&path, &|key| Some(key.to_owned()));
    let goldens = golden::open("text");
    let model = Tensor::from_slice(goldens.bytes("spiece_model").expect("a model"));
    tensors.push(("spiece_model".to_owned(), view_of(&model).expect("bytes")));
    write(&path, (tensors, words));
    let tokenizer = || {
        let model = opens(folder.path());
        let mut files = model.files().map(Path::to_path_buf);
        files.find(|file| !file.to_string_lossy().ends_with(".safetensors"))
    };
    let usual = folder.path().join(TOKENIZER);
    assert_eq!(tokenizer(), Some(usual.clone()));
    move_to(
        &usual,
        &folder.path().join("google/umt5-xxl/tokenizer.json"),
    );
    fs::write(usual.with_file_name("spiece.model"), "another").expect("written");
    assert_eq!(tokenizer(), None, "that of the text encoder");
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
pub(super) fn write_index(path: &Path, shard: &str) -> PathBuf {
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
fn quantised_parts_count_only_where_there_is_no_other() {
    let folder = folder_with_model();
    let text = folder.path().join(TEXT);
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    for key in ["blocks.0.attn.q.weight._data", "blocks.0.attn.q.weight"] {
        let tensors = vec![(key.to_owned(), view_of(&bytes).expect("bytes"))];
        let path = text.with_file_name("smaller.safetensors");
        write(&path, (tensors, HashMap::new()));
        opens(folder.path());
    }
    fs::remove_file(&text).expect("removed");
    is_refused(folder.path(), &["smaller.safetensors"]);
}
