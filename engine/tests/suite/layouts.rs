//! The same weights in every supported file layout: results are equal to the bit.
//! Single files, shards with an index, ComfyUI, Diffusers and Transformers.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_engine::family::PartName;
use kinora_engine::family::wan::text::TextEncoder;
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::vae::{Memory, Vae, VaeConfig};
use kinora_engine::family::wan::{Component, parts_of};
use kinora_engine::weights::{Checkpoint, Survey, TensorBytes, load};
use serde::Deserialize;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::normal_like;
use crate::golden::{open, parsed};
use crate::{text, tiny, transformer, vae};

/// Pairs of a key in diffusers' or transformers' layout and its original name.
#[derive(Deserialize)]
struct Notes {
    transformer: Vec<(String, String)>,
    seeing: Vec<(String, String)>,
    vae: Vec<(String, String)>,
    residual_vae: Vec<(String, String)>,
    text: Vec<(String, String)>,
}

/// Writes the drawn parameters under other names.
fn write_renamed(
    path: &Path,
    needed: &Survey,
    names: &[(String, String)],
    words: &[(&str, String)],
) {
    let tensors = names.iter().map(|(theirs, ours)| {
        let shape = &needed.shapes[ours];
        let drawn = crate::drawn::parameter(ours, shape);
        (
            theirs.clone(),
            kinora_engine::weights::view_of(&drawn).expect("fp32"),
        )
    });
    tiny::write(path, tensors.collect(), words);
}

/// Writes one component in each layout, loads it and runs it.
fn answers(
    component: Component,
    needed: &Survey,
    renamed: &[(String, String)],
    prefix: &str,
    words: &[(&str, String)],
    run: impl Fn(&Checkpoint) -> Tensor,
) -> BTreeMap<&'static str, Tensor> {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).join("weights.safetensors");
    let prefixed = |(name, bytes): (String, TensorBytes)| (format!("{prefix}{name}"), bytes);
    tiny::write(&at("original"), tiny::drawn_tensors(needed), words);
    let comfy = tiny::drawn_tensors(needed)
        .into_iter()
        .map(prefixed)
        .collect();
    tiny::write(&at("comfyui"), comfy, words);
    write_renamed(&at("diffusers"), needed, renamed, words);
    write_shards(&folder.path().join("sharded"), needed, words);
    ["original", "comfyui", "diffusers", "sharded"]
        .into_iter()
        .map(|layout| {
            let path = folder.path().join(layout);
            let checkpoint = Checkpoint::open(&path, component).expect(layout);
            (layout, run(&checkpoint))
        })
        .collect()
}

/// Two shards and an index, as large models are released.
fn write_shards(folder: &Path, needed: &Survey, words: &[(&str, String)]) {
    let mut first = tiny::drawn_tensors(needed);
    let second = first.split_off(first.len() / 2);
    let mut map = serde_json::Map::new();
    for (shard, tensors) in [("a-00001-of-00002", first), ("a-00002-of-00002", second)] {
        let file = format!("{shard}.safetensors");
        for (name, _) in &tensors {
            map.insert(name.clone(), file.clone().into());
        }
        tiny::write(&folder.join(&file), tensors, words);
    }
    let index = serde_json::json!({ "metadata": { "total_size": 0 }, "weight_map": map });
    std::fs::write(folder.join("a.safetensors.index.json"), index.to_string()).expect("written");
}

#[track_caller]
fn assert_all_equal(answers: &BTreeMap<&'static str, Tensor>) {
    let original = &answers["original"];
    assert!(original.abs().max().double_value(&[]) > 0.01);
    for (layout, answer) in answers {
        assert_eq!(answer, original, "{layout}");
    }
}

fn loaded<Network>(
    checkpoint: &Checkpoint,
    build: impl Fn(kinora_engine::weights::Weights) -> Result<Network, kinora_wire::Failure>,
) -> Network {
    load(checkpoint, Device::Cpu, Kind::Float, &mut |_| Ok(()), build).expect("loaded")
}

#[test]
fn a_transformer_is_the_same_in_every_layout() {
    tch::set_num_threads(1);
    let notes: Notes = parsed(&open("layouts"));
    let cases: BTreeMap<String, Value> = parsed(&open("transformer"));
    let prefix = "model.diffusion_model.";
    for (name, names) in [
        ("controlled", &notes.transformer),
        ("two_pictures", &notes.seeing),
    ] {
        let case = &cases[name];
        let config = transformer::config(case);
        let words = tiny::transformer_words(&config);
        let needed = tiny::transformer_survey(&config);
        let run = |file: &Checkpoint| {
            let detected = Config::detect(file).expect("detected");
            assert_eq!(detected, config);
            let network = loaded(file, |weights| Transformer::new(&detected, weights));
            transformer::run(&network, case)
        };
        let answers = answers(Component::Transformer, &needed, names, prefix, &words, run);
        assert_all_equal(&answers);
    }
}

#[track_caller]
fn check_autoencoder(case: &str, names: &[(String, String)]) {
    tch::set_num_threads(1);
    let cases: BTreeMap<String, Value> = parsed(&open("vae"));
    let config = vae::config(&cases[case]);
    let needed = tiny::vae_survey(&config);
    let latents = normal_like("latents", &[1, config.channels, 2, 2, 3]);
    let prefix = "first_stage_model.";
    let answers = answers(Component::Vae, &needed, names, prefix, &[], |file| {
        let detected = VaeConfig::detect(file).expect("detected");
        assert_eq!(detected, config);
        let vae = loaded(file, |weights| Vae::new(&detected, weights));
        vae.decoder.decode_chunk(&latents, &mut Memory::default())
    });
    assert_all_equal(&answers);
    let keys: Vec<&str> = names.iter().map(|(theirs, _)| theirs.as_str()).collect();
    assert_eq!(parts_of(&keys), [PartName::Vae]);
    let keys: Vec<&str> = needed.shapes.keys().map(String::as_str).collect();
    assert_eq!(parts_of(&keys), [PartName::Vae]);
}

#[test]
fn an_autoencoder_is_the_same_in_every_layout() {
    let notes: Notes = parsed(&open("layouts"));
    check_autoencoder("lopsided_9_frames", &notes.vae);
}

#[test]
fn the_autoencoder_of_wan_2_2_is_the_same_in_every_layout() {
    let notes: Notes = parsed(&open("layouts"));
    check_autoencoder("residual_9_frames", &notes.residual_vae);
}

#[test]
fn a_text_encoder_is_the_same_in_every_layout() {
    tch::set_num_threads(1);
    let notes: Notes = parsed(&open("layouts"));
    let texts: Value = parsed(&open("text"));
    let config = text::config(&texts["config"]);
    let needed = tiny::text_survey(&config);
    // transformers ties a second copy of the token embedding to the first.
    let answers = answers(Component::Text, &needed, &notes.text, "", &[], |file| {
        let detected =
            kinora_engine::family::wan::text::TextConfig::detect(file).expect("detected");
        assert_eq!(detected, config);
        let encoder = loaded(file, |weights| TextEncoder::new(&detected, weights));
        encoder
            .encode(&[5, 9, 1], &mut |_, _| Ok(()))
            .expect("encoded")
    });
    assert_all_equal(&answers);
}
