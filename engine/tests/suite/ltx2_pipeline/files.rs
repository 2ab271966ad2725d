//! The layouts in which LTX-2 is released: one file beside Gemma, one file for each component, a folder of Diffusers. And
//! files that do not belong together.

use std::path::{Path, PathBuf};

use kinora_engine::weights::TensorBytes;
use kinora_wire::Failure;
use serde_json::{Value, json};

use super::{Notes, bytes, made, opened, planned, request, write_diffusers, write_tokenizer};
use crate::tiny::write;

/// What precedes the names of a component in a file of several. Names of connectors say themselves what they are.
fn prefix(component: &str, name: &str) -> &'static str {
    match component {
        "transformer" => "model.diffusion_model.",
        "vae" => "vae.",
        "audio_vae" => "audio_vae.",
        "vocoder" => "vocoder.",
        "connectors" if !name.starts_with("text_embedding_projection.") => "model.diffusion_model.",
        "connectors" => "",
        _ => "model.language_model.",
    }
}

/// The tensors of components as releases name them.
fn original(notes: &Notes, version: &str, components: &[&str]) -> Vec<(String, TensorBytes)> {
    let parameters = components.iter().flat_map(|component| {
        let parameters = notes.parameters(version, component).into_iter();
        parameters.map(|(_, name, tensor)| {
            let key = format!("{}{name}", prefix(component, &name));
            (key, bytes(&tensor))
        })
    });
    parameters.collect()
}

/// The configuration in the header of a release.
fn header(notes: &Notes, version: &str) -> String {
    let config = |name: &str| notes.component(version, name).config.clone();
    let mut transformer = config("transformer");
    let connectors = config("connectors");
    for (name, value) in connectors.as_object().expect("settings") {
        transformer[name] = value.clone();
    }
    json!({ "transformer": transformer }).to_string()
}

fn gemma_config(notes: &Notes, version: &str, named: Option<&str>) -> String {
    let mut config: Value = notes.component(version, "text_encoder").config.clone();
    if let Some(name) = named {
        config["gemma_version"] = name.into();
    }
    config.to_string()
}

/// Gemma in a file of its own, with its tokenizer beside it. `named`: the name that its header has.
fn write_gemma(folder: &Path, notes: &Notes, version: &str, more: &[&str], named: Option<&str>) {
    let components = [&["text_encoder"], more].concat();
    let mut tensors = original(notes, version, &components);
    if !more.is_empty() {
        tensors.retain(|(key, _)| !key.contains("embeddings_connector."));
    }
    let words = [("gemma_config", gemma_config(notes, version, named))];
    write(&folder.join("text/gemma.safetensors"), tensors, &words);
    write_tokenizer(&folder.join("text/tokenizer.json"));
}

/// A release in one file beside Gemma, as LTX-2.0 and 2.3 have it.
pub(super) fn write_one_file(folder: &Path, notes: &Notes, version: &str) -> PathBuf {
    let components = ["transformer", "vae", "audio_vae", "vocoder", "connectors"];
    let path = folder.join("all.safetensors");
    let words = [
        ("model_version", format!("{version}.0")),
        ("config", header(notes, version)),
    ];
    write(&path, original(notes, version, &components), &words);
    write_gemma(folder, notes, version, &[], None);
    path
}

pub(super) const GEMMA_4: &str = "gemma4-12b-ltx-v1";

/// A release of LTX-2.5: transformer and connectors, both autoencoders with the vocoder beside that of the sound, and Gemma
/// with the projections.
pub(super) fn write_split(folder: &Path, notes: &Notes, named: Option<&str>) {
    let version = "2.5";
    let source = json!({ "gemma_version": GEMMA_4 }).to_string();
    let words = [
        ("model_version", "2.5.0".to_owned()),
        ("config", header(notes, version)),
        ("gemma_source_checkpoint", source),
    ];
    let mut tensors = original(notes, version, &["transformer", "connectors"]);
    tensors.retain(|(key, _)| !key.starts_with("text_embedding_projection."));
    write(&folder.join("dit.safetensors"), tensors, &words);
    let words = &words[..1];
    let vae = original(notes, version, &["vae"]);
    write(&folder.join("vae.safetensors"), vae, words);
    let sound = original(notes, version, &["audio_vae", "vocoder"]);
    write(&folder.join("sound.safetensors"), sound, words);
    write_gemma(folder, notes, version, &["connectors"], named);
}

#[test]
fn a_release_in_one_file_or_in_several_is_the_model_of_the_folder_of_diffusers() {
    let notes = Notes::read();
    for (version, name) in [
        ("2.0", "2.0_guided"),
        ("2.3", "2.3_guided"),
        ("2.5", "2.5_guided"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write_diffusers(&folder.path().join("diffusers"), &notes, version);
        let released = folder.path().join("released");
        match version {
            "2.5" => write_split(&released, &notes, Some(GEMMA_4)),
            _ => {
                write_one_file(&released, &notes, version);
            }
        }
        let request = request(&notes.cases[name]);
        let [expected, found] = ["diffusers", "released"].map(|inside| {
            let model = opened(&folder.path().join(inside)).expect(version);
            let heard = made(&model, &planned(&model, &request));
            (heard.pixels, heard.samples)
        });
        assert_eq!(expected, found, "{version}");
    }
}

#[track_caller]
fn refused(folder: &Path, words: &[&str]) {
    let failure: Failure = opened(folder).expect_err("refused");
    for word in words {
        assert!(failure.cause.contains(word), "{failure}");
    }
    assert!(failure.remedy.is_some(), "{failure}");
}

#[test]
fn a_text_encoder_of_another_version_is_refused_by_name_or_by_its_generation() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_split(folder.path(), &notes, Some("gemma4-12b-other"));
    refused(
        folder.path(),
        &[GEMMA_4, "gemma4-12b-other", "gemma.safetensors"],
    );
    write_split(folder.path(), &notes, None);
    refused(folder.path(), &[GEMMA_4, "gemma.safetensors"]);
    let folder = tempfile::tempdir().expect("a folder");
    write_one_file(folder.path(), &notes, "2.3");
    write_gemma(folder.path(), &notes, "2.5", &[], None);
    refused(folder.path(), &["Gemma 3", "Gemma 4", "gemma.safetensors"]);
}

#[test]
fn parts_of_two_versions_are_refused() {
    let notes = Notes::read();
    for part in ["vae", "vocoder", "connectors", "transformer"] {
        let folder = tempfile::tempdir().expect("a folder");
        write_diffusers(folder.path(), &notes, "2.3");
        let other = tempfile::tempdir().expect("a folder");
        write_diffusers(other.path(), &notes, "2.0");
        std::fs::remove_dir_all(folder.path().join(part)).expect("removed");
        std::fs::rename(other.path().join(part), folder.path().join(part)).expect("moved");
        refused(folder.path(), &[part]);
    }
}
