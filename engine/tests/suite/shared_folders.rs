//! A folder that holds the parts of several models side by side, as that of ComfyUI does: each transformer gets the parts
//! that fit it.

use std::fs;
use std::path::Path;

use kinora_engine::library::Library;
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_wire::Installed;

use crate::folders::split_branch;
use crate::large_latents::with_channels;
use crate::pipeline::{write_model, write_networks};

/// The parts of a tiny model of these latent channels, copied into the tree under these names.
fn add(models: &Path, channels: i64, vae: &str, copies: &[(&str, &str)]) {
    let made = tempfile::tempdir().expect("a folder");
    write_networks(made.path(), &with_channels(channels), vae, 430);
    for (part, name) in copies {
        let to = models.join(name);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(made.path().join(part), to).expect("copied");
    }
}

const TRANSFORMER: &str = "diffusion_models/tiny.safetensors";
const VAE: &str = "vae/tiny_vae.safetensors";
const TEXT: &str = "text_encoders/tiny_text.safetensors";
const TOKENIZER: &str = "text_encoders/tokenizer.json";

/// Two models of one transformer with different autoencoders, one of two experts, and an expert without the other.
fn write_tree(models: &Path) {
    let small = [
        (TRANSFORMER, "diffusion_models/wan2.1_t2v.safetensors"),
        (TRANSFORMER, "diffusion_models/x_high_noise.safetensors"),
        (
            TRANSFORMER,
            "diffusion_models/wan/t2v_high_noise.safetensors",
        ),
        (
            TRANSFORMER,
            "diffusion_models/wan/t2v_low_noise.safetensors",
        ),
        (VAE, "vae/another_vae.safetensors"),
        (VAE, "vae/wan_2.1_vae.safetensors"),
        (TEXT, "text_encoders/umt5.safetensors"),
        (TOKENIZER, "text_encoders/tokenizer.json"),
    ];
    add(models, 16, "plain_9_frames", &small);
    let large = [
        (TRANSFORMER, "diffusion_models/wan2.2_ti2v.safetensors"),
        (VAE, "vae/wan2.2_vae.safetensors"),
    ];
    add(models, 48, "residual_9_frames", &large);
}

#[test]
fn each_transformer_of_a_shared_folder_is_a_model_with_the_parts_that_fit_it() {
    let root = tempfile::tempdir().expect("a folder");
    let models = root.path().join("models");
    write_tree(&models);
    for folder in [root.path(), models.as_path()] {
        let library = Library::in_folders(vec![folder.to_path_buf()]);
        let mut found = library.models();
        found.retain(|model| !matches!(model.installed, Installed::No { .. }));
        let is_installed =
            |model: &kinora_wire::ModelInfo| matches!(model.installed, Installed::Yes { .. });
        assert!(found.iter().all(is_installed), "{found:?}");
        let mut ids: Vec<&str> = found.iter().map(|model| model.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["t2v_high_noise", "wan2.1_t2v", "wan2.2_ti2v"]);
        for (id, vae, has_experts) in [
            ("wan2.1_t2v", "wan_2.1_vae.safetensors", false),
            ("wan2.2_ti2v", "wan2.2_vae.safetensors", false),
            ("t2v_high_noise", "wan_2.1_vae.safetensors", true),
        ] {
            let model: Model = library.open(Some(id)).expect("a model");
            let mut files = model.files();
            assert!(files.any(|file| file.ends_with(vae)), "{id}");
            assert_eq!(model.spec().has_experts, has_experts, "{id}");
        }
    }
}

#[test]
fn a_transformer_without_its_autoencoder_is_no_model_of_a_shared_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    write_tree(folder.path());
    fs::remove_file(folder.path().join("vae/wan2.2_vae.safetensors")).expect("removed");
    let found = ModelFiles::several_in(folder.path());
    let names = found.iter().map(|files| {
        let name = files.transformer.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    });
    let names: Vec<String> = names.collect();
    assert_eq!(
        names,
        ["t2v_high_noise.safetensors", "wan2.1_t2v.safetensors"]
    );
}

#[test]
fn a_module_in_a_shared_folder_makes_a_second_model_of_the_base_that_it_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let models = folder.path().join("models");
    let large = [
        (TRANSFORMER, "diffusion_models/wan2.2_ti2v.safetensors"),
        (VAE, "vae/wan2.2_vae.safetensors"),
    ];
    add(&models, 48, "residual_9_frames", &large);
    let made = folder.path().join("made");
    write_model(&made, "controlled", 430);
    let module = split_branch(&made);
    let module_name = "diffusion_models/VACE_module.safetensors";
    let high_name = "diffusion_models/VACE_module_HIGH.safetensors"; // for one expert of two
    for (from, to) in [
        (made.join(TRANSFORMER), "diffusion_models/base.safetensors"),
        (module.clone(), module_name),
        (module, high_name),
        (made.join(VAE), "vae/wan_2.1_vae.safetensors"),
        (made.join(TEXT), "text_encoders/umt5.safetensors"),
        (made.join(TOKENIZER), "text_encoders/tokenizer.json"),
    ] {
        let to = models.join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(from, to).expect("copied");
    }
    fs::remove_dir_all(&made).expect("removed");
    let library = Library::in_folders(vec![folder.path().to_path_buf()]);
    let mut found = library.models();
    found.retain(|model| matches!(model.installed, Installed::Yes { .. }));
    let mut ids: Vec<&str> = found.iter().map(|model| model.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["base", "base + VACE_module", "wan2.2_ti2v"]);
    let second = library.open(Some("base + VACE_module")).expect("with it");
    assert!(second.spec().abilities.contains(&Ability::Control));
    let module = models.join(module_name);
    assert!(second.files().any(|file| file == module));
    let base = library.open(Some("base")).expect("the base");
    assert_eq!(base.spec().abilities, []);
    assert!(
        base.hint_of_modules()
            .expect("a hint")
            .contains("VACE_module")
    );
}
