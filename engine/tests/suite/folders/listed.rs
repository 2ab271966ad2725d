//! What a library lists: the first model that opens, added folders, the files of cards in several folders, LoRAs, and
//! what it refuses.

use std::fs;
use std::path::Path;

use kinora_engine::library::{Card, CardFile, Library, PartName};
use kinora_engine::weights::view_of;
use kinora_wire::{ClipInputs, Generation, Installed, Lora, ModelInfo};
use tch::{Device, Kind, Tensor};

use super::{
    TEXT, TOKENIZER, TRANSFORMER, VAE, folder_with_model, ids, is_refused, library_in, listed,
    move_to, opens, renamed, write,
};
use crate::pipeline::write_model;
use crate::tiny;

#[test]
fn without_a_name_the_first_model_that_opens_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for model in [&one, &other] {
        write_model(model, "text", 430);
    }
    let library = library_in(folder.path());
    fs::remove_file(one.join(TOKENIZER)).expect("removed");
    assert_eq!(library.open(None).expect("a model").id, "other");
    fs::remove_file(other.join(TOKENIZER)).expect("removed");
    let failure = library.open(None).expect_err("refused");
    let is_of_first = failure.cause.contains(&one.display().to_string());
    assert!(is_of_first, "the reason of the first: {failure}");
}

#[test]
fn an_added_folder_is_a_model_though_some_parts_share_a_subfolder() {
    let folder = folder_with_model();
    for part in [TRANSFORMER, VAE] {
        let at = |name: &str| folder.path().join(name);
        move_to(&at(part), &at(&format!("inner/{part}")));
    }
    assert_eq!(ids(&[folder.path()]).len(), 1, "and `inner` is none");
}

/// Writes the card `carded` of a tiny model.
fn write_card(path: &Path) {
    let file = |part: PartName, path: &str| {
        let name = Path::new(path).file_name().expect("a name");
        CardFile {
            part,
            name: name.to_string_lossy().into_owned(),
            alternatives: Vec::new(),
            size: 0,
            sha256: None,
        }
    };
    let card = Card {
        id: "carded".to_owned(),
        files: vec![
            file(PartName::Transformer, TRANSFORMER),
            file(PartName::Vae, VAE),
            file(PartName::Text, TEXT),
        ],
        ..Card::built_in().remove(0)
    };
    let text = ron::to_string(&card).expect("a card");
    fs::write(path, text).expect("written");
}

#[test]
fn the_files_of_a_card_may_lie_in_several_added_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    let parts = other.join("parts");
    write_model(&parts, "text", 430);
    move_to(&parts.join(TRANSFORMER), &one.join("tiny.safetensors"));
    write_card(&one.join("carded.ron"));
    let both = [one.as_path(), other.as_path()];
    assert_eq!(ids(&both), ["carded"], "and no broken folder");
}

#[test]
fn the_files_of_a_card_may_lie_in_several_snapshots_and_those_of_the_main_one_count() {
    let hub = tempfile::tempdir().expect("a folder");
    let repository = hub.path().join("models--ann--tiny");
    let [old, main] = ["0abc", "1abc"].map(|name| repository.join("snapshots").join(name));
    write_model(&old, "text", 430);
    move_to(&old.join(TRANSFORMER), &main.join(TRANSFORMER));
    fs::write(old.join(TRANSFORMER), "damaged").expect("written");
    fs::create_dir_all(repository.join("refs")).expect("made");
    fs::write(repository.join("refs/main"), "1abc").expect("written");
    write_card(&hub.path().join("carded.ron"));
    assert_eq!(ids(&[hub.path()]), ["carded"]);
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
    is_refused(folder.path(), &["style.safetensors is a LoRA", "--lora"]);
}

#[test]
fn a_folder_that_cannot_be_used_is_listed_with_the_reason() {
    let folder = folder_with_model();
    let transformer = folder.path().join(TRANSFORMER);
    write_adapter(&transformer.with_file_name("style.safetensors"));
    let why = |reason: &str| {
        let library = library_in(folder.path());
        let models = library.list_in(folder.path()).models;
        let [ModelInfo { installed, .. }] = models.as_slice() else {
            panic!("one model, and not {models:?}");
        };
        match installed {
            Installed::Broken { why } => assert!(why.contains(reason), "{why}"),
            other => panic!("{other:?}"),
        }
    };
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
fn loras_are_listed_with_the_model_they_were_trained_on_and_are_no_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    write_adapter(&at("loras/light.safetensors"));
    write_adapter(&at("models/Loras/film/style.safetensors"));
    write_adapter(&at("elsewhere/other.safetensors"));
    let (tensors, mut words) = renamed(&at("loras/light.safetensors"), &|key| Some(key.to_owned()));
    words.insert("ss_base_model_version".to_owned(), "tiny".to_owned());
    write(&at("loras/based.safetensors"), (tensors, words));
    fs::write(at("loras/damaged.safetensors"), "nothing of this kind").expect("written");
    let reported = |folder: &Path| -> Vec<(String, Option<String>)> {
        let loras = library_in(folder).list_in(folder).loras.into_iter();
        loras.map(|lora| (lora.name, lora.base)).collect()
    };
    let own = |name: &str, base: Option<&str>| (name.to_owned(), base.map(str::to_owned));
    let here = [
        own("based.safetensors", Some("tiny")),
        own("light.safetensors", None),
    ];
    let film = own("film/style.safetensors", None);
    let all = [here[0].clone(), film, here[1].clone()];
    assert_eq!(reported(folder.path()), all);
    assert_eq!(
        reported(&at("loras")),
        here,
        "a LoRA folder can be added too"
    );
    assert!(
        listed(&[at("loras").as_path()]).is_empty(),
        "it is no broken model"
    );
    fs::remove_dir_all(at("elsewhere")).expect("removed");
    assert!(listed(&[folder.path()]).is_empty());

    let request = Generation {
        inputs: ClipInputs {
            loras: vec![Lora {
                file: "style".into(),
                strength: 1.0,
                expert: None,
            }],
            ..ClipInputs::default()
        },
        ..Generation::default()
    };
    let request = library_in(folder.path()).with_lora_paths(&request);
    let file = &request.inputs.loras[0].file;
    assert!(file.ends_with("film/style.safetensors"), "{file:?}");
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
