//! What made files of every layout are, and which text encoders are refused. The files have headers and no numbers of
//! use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::Dtype;

use super::*;
use crate::weights::TensorBytes;

/// A file with these keys and this metadata.
fn file(path: &Path, keys: &[&str], metadata: &[(&str, &str)]) -> PathBuf {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let tensors = keys
        .iter()
        .map(|key| (*key, TensorBytes::new(Dtype::F32, vec![1], vec![0; 4])));
    let metadata: HashMap<String, String> = metadata
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    safetensors::serialize_to_file(tensors, Some(metadata), path).expect("written");
    path.to_path_buf()
}

const GEMMA: &str = r#"{"ltx_version": "2.5.0", "gemma_version": "gemma4-12b-ltx-v1"}"#;
const GATE: &str = "model.diffusion_model.transformer_blocks.0.attn1.to_gate_logits.weight";

#[test]
fn a_file_with_everything_has_every_component_but_the_text_encoder() {
    use Component::{AudioVae, Connectors, Projection, Transformer, Vae, Vocoder};
    let folder = tempfile::tempdir().expect("a folder");
    let keys = [
        "model.diffusion_model.patchify_proj.weight",
        "model.diffusion_model.video_embeddings_connector.learnable_registers",
        "vae.encoder.conv_in.conv.weight",
        "audio_vae.decoder.conv_in.conv.weight",
        "vocoder.conv_pre.weight",
        "text_embedding_projection.video_aggregate_embed.weight",
        GATE,
    ];
    let path = file(
        &folder.path().join("any.safetensors"),
        &keys,
        &[("model_version", "2.3.0")],
    );
    let identity = Identity::of(&path).expect("read");
    assert_eq!(identity.version, Some(Version::V2_3));
    let all = [Transformer, Connectors, Vae, AudioVae, Vocoder, Projection];
    assert_eq!(identity.components, all);
    assert!(!identity.has(Component::Text));
}

#[test]
fn the_configuration_says_what_a_split_file_without_prefixes_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = r#"{"transformer": null, "vae": {"patch_size": 4}, "audio_vae": null}"#;
    let metadata = [("model_version", "2.5.0"), ("config", config)];
    let path = file(
        &folder.path().join("any.safetensors"),
        &["encoder.conv_in.conv.weight"],
        &metadata,
    );
    let identity = Identity::of(&path).expect("read");
    assert_eq!(identity.components, [Component::Vae]);
    assert_eq!(identity.version, Some(Version::V2_5));
}

#[test]
fn a_transformer_without_a_header_shows_its_version_by_its_parameters() {
    let folder = tempfile::tempdir().expect("a folder");
    let proj = "model.diffusion_model.patchify_proj.weight";
    let positions = "model.diffusion_model.keyframes_abs_pos_embedding";
    for (keys, version) in [
        (vec![proj], Version::V2_0),
        (vec![proj, GATE], Version::V2_3),
        (vec![proj, GATE, positions], Version::V2_5),
    ] {
        let path = file(&folder.path().join("any.safetensors"), &keys, &[]);
        let identity = Identity::of(&path).expect("read");
        assert_eq!(identity.version, Some(version), "{keys:?}");
    }
}

#[test]
fn a_version_that_is_not_known_is_refused_with_the_file_and_a_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    for unknown in ["3.0.0", "2.55", "new"] {
        let keys = ["model.diffusion_model.patchify_proj.weight"];
        let path = file(
            &folder.path().join("any.safetensors"),
            &keys,
            &[("model_version", unknown)],
        );
        let failure = Identity::of(&path).expect_err("refused");
        assert!(
            failure.cause.contains("any.safetensors") && failure.cause.contains(unknown),
            "{failure}"
        );
        assert!(failure.remedy.expect("one").contains("2.0, 2.3, 2.5"));
    }
}

#[test]
fn a_text_encoder_of_another_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let transformer = |name: &str, metadata: &[(&str, &str)]| {
        let keys = ["model.diffusion_model.patchify_proj.weight"];
        Identity::of(&file(&path(name), &keys, metadata)).expect("read")
    };
    let text = |name: &str, metadata: &[(&str, &str)]| {
        let keys = ["model.language_model.layers.0.mlp.up_proj.weight"];
        let identity = Identity::of(&file(&path(name), &keys, metadata)).expect("read");
        assert_eq!(identity.components, [Component::Text]);
        assert_eq!(identity.version, None);
        identity
    };
    let new = transformer(
        "new.safetensors",
        &[
            ("model_version", "2.5.0"),
            ("gemma_source_checkpoint", GEMMA),
        ],
    );
    let bare = transformer("bare.safetensors", &[("model_version", "2.5.0")]);
    let old = transformer("old.safetensors", &[("model_version", "2.3.0")]);
    let four = text("four.safetensors", &[("gemma_config", GEMMA)]);
    let other = text(
        "other.safetensors",
        &[("gemma_config", r#"{"gemma_version": "gemma4-12b-ltx-v2"}"#)],
    );
    let three = text("three.safetensors", &[]);
    assert_eq!(matching(&new, &four), Ok(Version::V2_5));
    assert_eq!(matching(&bare, &four), Ok(Version::V2_5));
    assert_eq!(matching(&old, &three), Ok(Version::V2_3));
    for (transformer, text) in [
        (&new, &three),
        (&new, &other),
        (&bare, &three),
        (&old, &four),
    ] {
        let failure = matching(transformer, text).expect_err("refused");
        let names = [&transformer.path, &text.path].map(|path| path.display().to_string());
        assert!(
            names.iter().all(|name| failure.cause.contains(name)),
            "{failure}"
        );
        assert!(failure.remedy.expect("one").contains("text encoder"));
    }
}

#[test]
fn a_folder_in_the_diffusers_layout_is_one_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |name: &str, key: &str| {
        file(
            &folder.path().join(name).join("model.safetensors"),
            &[key],
            &[],
        );
    };
    part(
        "transformer",
        "transformer_blocks.0.attn1.to_gate_logits.weight",
    );
    part("connectors", "video_connector.learnable_registers");
    part("vae", "encoder.conv_in.conv.weight");
    part("audio_vae", "encoder.conv_in.conv.weight");
    part("vocoder", "conv_in.weight");
    part(
        "text_encoder",
        "model.language_model.layers.0.mlp.up_proj.weight",
    );
    let text = r#"{"gemma_version": "gemma4-12b-ltx-v1"}"#;
    std::fs::write(folder.path().join("text_encoder/config.json"), text).expect("written");
    let identity = Identity::of(folder.path()).expect("read");
    assert_eq!(identity.version, Some(Version::V2_3));
    assert_eq!(identity.components.len(), 6);
    assert!(
        matching(&identity, &identity).is_err(),
        "the encoder is that of 2.5"
    );
}

#[test]
fn a_file_of_no_component_has_no_version_and_makes_no_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder.path().join("any.safetensors"), &["weight"], &[]);
    let identity = Identity::of(&path).expect("read");
    assert_eq!((identity.version, identity.components.len()), (None, 0));
    let failure = matching(&identity, &identity).expect_err("refused");
    assert!(failure.cause.contains("any.safetensors"), "{failure}");
}
