//! The two experts of a model in every layout of files: in folders, behind cards, in fewer bits, in several folders.
//! One without the other is refused by name.

use std::fs;
use std::path::Path;

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::library::{Card, Library, PartName};
use kinora_engine::model::{Model, ModelFiles};
use kinora_wire::Installed;
use serde_json::json;

use super::{HIGH, LOW, folder_with_experts, move_to, open_model};
use crate::pipeline::write_model;

#[test]
fn two_experts_are_found_in_every_layout() {
    let opens = |folder: &Path, high: &str| {
        let files = ModelFiles::in_folder(folder).expect("files");
        assert!(
            files.transformer.starts_with(folder.join(high)),
            "{files:?}"
        );
        let model = Model::open("tiny", &files, fallback_defaults()).expect("a model");
        assert!(model.spec().has_experts);
    };
    let folder = folder_with_experts("text");
    let folder = folder.path();
    opens(folder, HIGH);
    move_to(folder, HIGH, "HighNoise/b.safetensors");
    move_to(folder, LOW, "LowNoise/a.safetensors");
    opens(folder, "HighNoise");
    let name = "diffusion_pytorch_model.safetensors";
    move_to(
        folder,
        "HighNoise/b.safetensors",
        &format!("high_noise_model/{name}"),
    );
    move_to(
        folder,
        "LowNoise/a.safetensors",
        &format!("low_noise_model/{name}"),
    );
    opens(folder, "high_noise_model");
    move_to(folder, "high_noise_model", "transformer");
    move_to(folder, "low_noise_model", "transformer_2");
    move_to(folder, "text_encoders", "text_encoder");
    opens(folder, "transformer/");
}

#[test]
fn a_card_of_two_experts_needs_both_files() {
    let folder = folder_with_experts("text");
    let folder = folder.path();
    let mut cards = Card::built_in().into_iter();
    let card = cards.find(|card| card.id == "wan2.2-t2v-a14b");
    let mut card = card.expect("a card");
    card.id = "carded".to_owned();
    for file in &mut card.files {
        let name = match file.part {
            PartName::Transformer => "tiny_high_noise",
            PartName::LowNoise => "tiny_low_noise",
            PartName::Vae => "tiny_vae",
            _ => "tiny_text",
        };
        file.name = format!("{name}.safetensors");
    }
    let text = ron::to_string(&card).expect("a card");
    fs::write(folder.join("carded.ron"), text).expect("written");
    let open = || Library::in_folders(vec![folder.to_path_buf()]).open(Some("carded"));
    let model = open().expect("installed");
    assert!(model.spec().has_experts);
    assert_eq!(model.defaults, card.defaults);
    fs::remove_file(folder.join(LOW)).expect("removed");
    let failure = open().expect_err("one is missing");
    let is_named = failure.cause.contains("tiny_low_noise.safetensors missing");
    assert!(is_named, "{failure}");
}

#[test]
fn files_in_fewer_bits_do_where_those_of_the_card_are_not_there() {
    let mut cards = Card::built_in().into_iter();
    let card = cards.find(|card| card.id == "wan2.2-i2v-a14b");
    let card = card.expect("a card");
    let named = |names: &[&str]| {
        let paths = names.iter().map(|name| ((*name).to_owned(), name.into()));
        card.locate(&paths.collect())
    };
    let mut names = vec![
        "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors",
        "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
        "umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        "wan_2.1_vae.safetensors",
    ];
    let files = named(&names).expect("installed");
    assert_eq!(files.transformer.to_str(), Some(names[0]));
    assert_eq!(
        files.low_noise.as_deref().and_then(|path| path.to_str()),
        Some(names[1])
    );
    assert_eq!(files.text.to_str(), Some(names[2]));
    let full = "wan2.2_i2v_high_noise_14B_fp16.safetensors";
    names.push(full);
    let files = named(&names).expect("installed");
    assert_eq!(files.transformer.to_str(), Some(full), "the first counts");
    let missing = named(&names[..3]).expect_err("no autoencoder");
    assert_eq!(missing, ["wan_2.1_vae.safetensors"]);
}

#[test]
fn files_of_the_same_name_are_listed_with_their_folders_in_models_with_two_experts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "text", 430);
    let name = "diffusion_pytorch_model.safetensors";
    move_to(
        &mine,
        "diffusion_models/tiny.safetensors",
        &format!("transformer/{name}"),
    );
    move_to(&mine, "vae/tiny_vae.safetensors", &format!("vae/{name}"));
    move_to(&mine, "text_encoders", "text_encoder");
    let names = || {
        let models = Library::in_folders(vec![folder.path().to_path_buf()]).models();
        let model = models.into_iter().find(|model| model.id == "mine");
        let model = model.expect("a model");
        assert!(
            matches!(model.installed, Installed::Yes { .. }),
            "{model:?}"
        );
        let files = model.files.into_iter();
        files.map(|file| file.name).collect::<Vec<String>>()
    };
    let others = ["tiny_text.safetensors", "tokenizer.json"];
    assert_eq!(names(), [[name; 2], others].concat(), "as before");
    fs::create_dir_all(mine.join("transformer_2")).expect("made");
    let second = mine.join("transformer_2").join(name);
    fs::copy(mine.join("transformer").join(name), second).expect("copied");
    let with_folders = ["transformer", "transformer_2", "vae"].map(|part| format!("{part}/{name}"));
    let all: Vec<String> = with_folders
        .into_iter()
        .chain(others.map(str::to_owned))
        .collect();
    assert_eq!(names(), all);
}

#[test]
fn one_expert_without_the_other_is_refused_by_the_name_of_the_missing_one() {
    let refused = |folder: &Path, words: &[&str]| {
        let failure = open_model(folder).expect_err("refused").to_string();
        for word in words {
            assert!(failure.contains(word), "{word}: {failure}");
        }
    };
    for (gone, there) in [(HIGH, LOW), (LOW, HIGH)] {
        let folder = folder_with_experts("text");
        fs::remove_file(folder.path().join(gone)).expect("removed");
        let name = |path: &str| path.replace("diffusion_models/", "");
        refused(folder.path(), &[&name(there), &name(gone), "is missing"]);
    }
    let folder = folder_with_experts("text");
    let folder = folder.path();
    fs::copy(folder.join(LOW), folder.join("third_low_noise.safetensors")).expect("copied");
    refused(folder, &["more than one transformer"]);
    fs::remove_file(folder.join("third_low_noise.safetensors")).expect("removed");

    move_to(folder, HIGH, "transformer/a.safetensors");
    fs::remove_file(folder.join(LOW)).expect("removed");
    move_to(folder, "text_encoders", "text_encoder");
    let index = json!({ "transformer_2": ["diffusers", "A"], "boundary_ratio": 0.7 });
    fs::write(folder.join("model_index.json"), index.to_string()).expect("written");
    refused(folder, &["has no folder transformer_2"]);
    let index = json!({ "transformer_2": [null, null], "boundary_ratio": null });
    fs::write(folder.join("model_index.json"), index.to_string()).expect("written");
    assert!(!open_model(folder).expect("a model").spec().has_experts);
}

#[test]
fn experts_of_different_shapes_are_refused_by_both_names() {
    let folder = folder_with_experts("text");
    let other = folder_with_experts("given");
    fs::copy(other.path().join(LOW), folder.path().join(LOW)).expect("copied");
    let failure = open_model(folder.path()).expect_err("refused");
    let both = ["tiny_high_noise", "tiny_low_noise", "no pair"];
    assert!(
        both.iter().all(|word| failure.cause.contains(word)),
        "{failure}"
    );
}
