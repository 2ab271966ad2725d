//! A model in the one file of its makers' tools, whose keys have other names and whose projections have another order of rows:
//! its networks are those of the same model in the Diffusers layout.

use std::fs;
use std::path::Path;

use kinora_engine::family::stable_audio::{
    Autoencoder, AutoencoderConfig, Component, DurationConfig, DurationEmbedder, SoundSampler,
    Transformer, TransformerConfig,
};
use kinora_engine::library::Library;
use kinora_engine::model::ModelFiles;
use kinora_engine::weights::{Checkpoint, view_of};
use kinora_wire::Installed;
use serde_json::{Value, json};
use tch::Tensor;

use super::{
    Notes, Shapes, autoencoder, drawn, loaded, opened_release, transformer, write_component,
};
use crate::drawn::{normal_like, uniform_tensor};
use crate::golden::{assert_close, parsed};
use crate::tiny::write;

const PROMPT: &str = "conditioner.conditioners.prompt.";
const DURATION: &str = "conditioner.conditioners.seconds_total.embedder.embedding.1.";

/// A key of the transformer in the makers' layout.
fn of_transformer(name: &str) -> String {
    if name == "prompt_padding_embedding" {
        return format!("{PROMPT}padding_embedding");
    }
    let is_outer = name.starts_with("to_") || name.ends_with("process_conv.weight");
    if is_outer {
        return format!("model.model.{name}");
    }
    let name = name.replace("transformer_blocks.", "layers.");
    let name = name.replace("ff.proj_in.", "ff.ff.0.proj.");
    let name = name.replace("ff.proj_out.", "ff.ff.2.");
    let name = match name.strip_prefix("proj_") {
        Some(rest) => format!("project_{rest}"),
        None => name,
    };
    format!("model.model.transformer.{name}")
}

/// A key of an autoencoder of so many levels in the makers' layout.
fn of_autoencoder(name: &str, levels: usize) -> String {
    let name = name.replace("bottleneck.scale", "bottleneck.scaling_factor");
    let name = name.replace("encoder.proj.", &format!("encoder.layers.{}.", levels + 1));
    let name = name.replace("decoder.proj.", "decoder.layers.1.");
    let mut name = name.replace("encoder.blocks.", "encoder.layers.");
    for level in 0..levels {
        let (ours, theirs) = (format!("decoder.blocks.{level}."), level + 3);
        name = name.replace(&ours, &format!("decoder.layers.{theirs}."));
    }
    let renamed = [
        ("norm_attn.", "pre_norm."),
        (".attn.", ".self_attn."),
        ("norm_ff.", "ff_norm."),
        ("ff.proj_in.", "ff.ff.0.proj."),
        ("ff.proj_out.", "ff.ff.2."),
    ];
    let name = renamed
        .iter()
        .fold(name, |name, (ours, theirs)| name.replace(ours, theirs));
    format!("pretransform.model.{name}")
}

/// Rows of a self-attention's projection in the makers' order. That of one map is the same.
fn in_their_order(name: &str, tensor: Tensor) -> Tensor {
    let size = tensor.size();
    let is_differential = name.ends_with("to_qkv.weight") && size[0] == 5 * size[1];
    if !is_differential {
        return tensor;
    }
    let parts = tensor.chunk(5, 0);
    let theirs = [0, 2, 4, 1, 3].map(|at: usize| parts[at].shallow_clone());
    Tensor::cat(&theirs, 0)
}

/// The name of a tensor in the file of its makers.
type Renamed<'f> = &'f dyn Fn(&str) -> String;

/// Writes the file of a model with these networks, and its configuration.
fn write_makers(folder: &Path, notes: &Notes, transformer: &str, autoencoder: &str) {
    let shapes = |name: String| &notes.shapes[&name];
    let config = &notes.autoencoders[autoencoder]["config"];
    let levels = config["encoder_strides"].as_array().map_or(0, Vec::len);
    let of_levels = |name: &str| of_autoencoder(name, levels);
    let of_duration = |name: &str| name.replace("linear.", DURATION);
    let parts: [(&Shapes, Renamed<'_>); 3] = [
        (
            shapes(format!("transformer.{transformer}")),
            &of_transformer,
        ),
        (shapes(format!("autoencoder.{autoencoder}")), &of_levels),
        (shapes("duration".into()), &of_duration),
    ];
    let mut tensors = Vec::new();
    for (shapes, theirs) in parts {
        for (name, shape) in shapes.iter().filter(|(name, _)| *name != "freqs") {
            let tensor = in_their_order(name, drawn(name, shape, shapes));
            let bytes = view_of(&tensor.contiguous()).expect("fp32");
            tensors.push((theirs(name), bytes));
        }
    }
    let unused = drawn("unused", &[1], &Shapes::new());
    let name = "pretransform.model.bottleneck.noise_scaling_factor";
    tensors.push((name.to_owned(), view_of(&unused).expect("fp32")));
    fs::create_dir_all(folder).expect("made");
    write(&folder.join("model.safetensors"), tensors, &[]);
    let window = &config["sliding_window"];
    let written = json!({ "model": {
        "pretransform": { "config": {
            "encoder": { "config": {
                "strides": config["encoder_strides"],
                "sliding_window": [window, window],
                "sinusoidal_blocks": config["encoder_sinusoidal_blocks"],
            } },
            "decoder": { "config": { "sinusoidal_blocks": config["decoder_sinusoidal_blocks"] } },
            "io_channels": config["audio_channels"],
        } },
        "diffusion": { "diffusion_objective": "rf_denoiser" },
    } });
    fs::write(folder.join("model_config.json"), written.to_string()).expect("written");
}

#[test]
fn every_transformer_and_autoencoder_is_the_same_in_the_layout_of_its_makers() {
    let notes = Notes::read();
    let of = |component: Component, folder: &Path| {
        Checkpoint::open(&folder.join("model.safetensors"), component).expect("opened")
    };
    let first = notes.autoencoders.keys().next().expect("an autoencoder");
    for (name, case) in &notes.transformers {
        let folder = tempfile::tempdir().expect("a folder");
        write_makers(folder.path(), &notes, name, first);
        let checkpoint = of(Component::Transformer, folder.path());
        let config = TransformerConfig::detect(&checkpoint).expect("a shape");
        let theirs = loaded(&checkpoint, |weights| Transformer::new(&config, weights));
        let velocity = |network: &Transformer| {
            let rows = normal_like("context", &[1, 4, 24]);
            let global = normal_like("global", &[1, 24]);
            let conditioning = network.conditioning(&rows, 2, &global, &mut || Ok(()));
            let length = case["length"].as_i64().expect("a length");
            let latents = normal_like("latents", &[1, 8, length]);
            let conditioning = conditioning.expect("conditioned");
            let velocity = network.forward(&latents, 0.7, &conditioning, None, &mut || Ok(()));
            velocity.expect("a velocity")
        };
        let ours = velocity(&transformer(&notes, name));
        assert_close(name, &velocity(&theirs), &ours, 1e-6);
    }
    let first = notes.transformers.keys().next().expect("a transformer");
    for name in notes.autoencoders.keys() {
        let folder = tempfile::tempdir().expect("a folder");
        write_makers(folder.path(), &notes, first, name);
        let checkpoint = of(Component::Autoencoder, folder.path());
        let config = AutoencoderConfig::detect(&checkpoint).expect("a shape");
        let theirs = loaded(&checkpoint, |weights| Autoencoder::new(&config, weights));
        let ours = autoencoder(&notes, name);
        let wave = uniform_tensor("wave", &[1, 2, 200]);
        let encoded = |network: &Autoencoder| network.encode(&wave, &mut |_| Ok(()));
        let (a, b) = (encoded(&theirs), encoded(&ours));
        assert_close(name, &a.expect("encoded"), &b.expect("encoded"), 1e-6);
        let latents = normal_like("latents", &[1, 8, 5]);
        let decoded = |network: &Autoencoder| network.decode(&latents, &mut |_| Ok(()));
        let (a, b) = (decoded(&theirs), decoded(&ours));
        assert_close(name, &a.expect("decoded"), &b.expect("decoded"), 1e-6);
    }
}

/// Writes the text encoder of a model with its tokenizer.
fn write_text(folder: &Path, notes: &Notes) {
    let text = json!({ "encoder": notes.text, "is_encoder_decoder": false });
    write_component(folder, &notes.shapes["text"], &text);
    let tokenizer: Value = parsed(&crate::golden::open("ltx2_text"));
    let tokenizer = tokenizer["tokenizer"].to_string();
    fs::write(folder.join("tokenizer.json"), tokenizer).expect("written");
}

#[test]
fn the_text_encoder_of_several_models_may_lie_in_a_folder_of_its_own() {
    let notes = Notes::read();
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    for name in ["effects", "music"] {
        write_makers(&at(name), &notes, "small", "small");
    }
    let library = Library::in_folders(vec![root.path().to_path_buf()]);
    let is_installed = |name: &str| {
        let models = library.models();
        let found: Vec<_> = models.iter().filter(|model| model.id == name).collect();
        let [model] = found[..] else {
            panic!("{name}: {found:?}");
        };
        matches!(model.installed, Installed::Yes { .. })
    };
    assert!(!is_installed("effects") && !is_installed("music"));
    let failure = library.open(Some("effects")).expect_err("refused");
    assert!(failure.cause.contains("text encoder"), "{failure}");

    write_text(&at("t5gemma"), &notes);
    assert!(is_installed("effects") && is_installed("music"));
    assert!(library.open(Some("effects")).is_ok());
    let path = at("music").display().to_string();
    assert!(library.open(Some(&path)).is_ok(), "by its folder");
    let files = ModelFiles::with_text_from(&at("music"), root.path()).expect("a model");
    assert!(files.text.starts_with(at("t5gemma")));
    assert!(files.transformer.starts_with(at("music")));
}

/// The models that can be installed.
const RELEASES: &str = include_str!("../../../../assets/releases/stable_audio.ron");

#[test]
fn the_files_of_each_release_are_a_model_with_its_id() {
    let notes = Notes::read();
    let root = tempfile::tempdir().expect("a folder");
    let quoted = |sign: &str| -> Vec<&str> {
        let parts = RELEASES.split(sign).skip(1);
        parts.filter_map(|rest| rest.split('"').next()).collect()
    };
    let (ids, places) = (quoted("(id: \""), quoted("place: \""));
    assert_eq!((ids.len(), places.len()), (3, 15));
    for id in &ids {
        let folder = root.path().join(id);
        write_makers(&folder, &notes, "small", "small");
        write_text(&folder.join("t5gemma-b-b-ul2"), &notes);
    }
    let written = |place: &&str| root.path().join(place).is_file();
    assert!(places.iter().all(written), "{places:?}");
    let library = Library::in_folders(vec![root.path().to_path_buf()]);
    for id in ids {
        assert!(library.open(Some(id)).is_ok(), "{id}");
    }
}

#[test]
fn a_folder_with_the_file_of_the_makers_and_the_text_encoder_is_a_model() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_makers(folder.path(), &notes, "small", "small");
    write_text(&folder.path().join("text_encoder"), &notes);
    let files = ModelFiles::in_folder(folder.path()).expect("a model");
    assert_eq!(files.transformer, files.vae);
    let model = opened_release(folder.path()).expect("opened");
    assert_eq!(model.sampler(), SoundSampler::PingPong);

    fs::remove_file(folder.path().join("model_config.json")).expect("removed");
    let failure = opened_release(folder.path()).expect_err("refused");
    assert!(
        failure.to_string().contains("model_config.json"),
        "{failure}"
    );
}

#[test]
fn frequencies_that_a_file_leaves_out_are_those_of_the_reference() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_makers(folder.path(), &notes, "small", "small");
    let path = folder.path().join("model.safetensors");
    let checkpoint = Checkpoint::open(&path, Component::Duration).expect("opened");
    let config = DurationConfig::detect(&checkpoint).expect("a shape");
    let theirs = loaded(&checkpoint, |weights| {
        DurationEmbedder::new(&config, weights)
    });
    let mut shapes = notes.shapes["duration"].clone();
    let count = config.frequencies;
    let frequencies = (0..count).map(|at| {
        let share = at as f64 / (count - 1) as f64;
        (0.5_f64.ln() + share * (20_000.0_f64).ln()).exp() as f32
    });
    let frequencies = Tensor::from_slice(&frequencies.collect::<Vec<f32>>());
    shapes.remove("freqs");
    let tensors = shapes
        .iter()
        .map(|(name, shape)| (name.clone(), drawn(name, shape, &shapes)));
    let all = tensors.chain([("freqs".to_owned(), frequencies)]);
    let all: Vec<_> = all
        .map(|(name, tensor)| (name, view_of(&tensor).expect("fp32")))
        .collect();
    let other = tempfile::tempdir().expect("a folder");
    let path = other.path().join("model.safetensors");
    write(&path, all, &[]);
    let checkpoint = Checkpoint::open(&path, Component::Duration).expect("opened");
    let config = DurationConfig::detect(&checkpoint).expect("a shape");
    let ours = loaded(&checkpoint, |weights| {
        DurationEmbedder::new(&config, weights)
    });
    // Their angles reach thousands of radians, so a short duration is compared.
    assert_close("duration", &theirs.embed(0.01), &ours.embed(0.01), 1e-4);
}
