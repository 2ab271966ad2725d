//! The files of Stable Audio 3: refusals by what is wrong, and the encoder of a whole `T5Gemma`.

use std::fs;
use std::path::Path;

use kinora_engine::family::stable_audio::Component;
use kinora_engine::model::ModelFiles;
use kinora_wire::FailureKind;
use serde_json::{Value, json};

use super::{Notes, Release, Shapes, opened, write_component};

/// Opens a release after one of its files was changed.
#[track_caller]
fn check_refused(change: impl Fn(&Path, &Notes), words: &str) {
    let notes = Notes::read();
    let release = Release::written(&notes, true);
    change(release.0.path(), &notes);
    let failure = release.open().expect_err("refused");
    assert_eq!(failure.kind, FailureKind::BadFile, "{failure}");
    assert!(failure.to_string().contains(words), "{failure}");
}

fn with_config(folder: &Path, component: &str, change: impl Fn(&mut Value)) {
    let path = folder.join(component).join("config.json");
    let text = fs::read_to_string(&path).expect("read");
    let mut config: Value = serde_json::from_str(&text).expect("a configuration");
    change(&mut config);
    fs::write(path, config.to_string()).expect("written");
}

#[test]
fn files_that_do_not_fit_are_refused_by_what_is_wrong() {
    let of_vae =
        |change: fn(&mut Value)| move |folder: &Path, _: &Notes| with_config(folder, "vae", change);
    let of_text = |change: fn(&mut Value)| {
        move |folder: &Path, _: &Notes| {
            with_config(folder, "text_encoder", |config| {
                change(&mut config["encoder"]);
            });
        }
    };
    check_refused(
        |folder, _| fs::remove_file(folder.join("vae/config.json")).expect("removed"),
        "`encoder_strides` is missing",
    );
    check_refused(
        of_vae(|vae| vae["encoder_strides"] = json!([4, 4])),
        "1 levels",
    );
    check_refused(of_vae(|vae| vae["encoder_strides"] = json!([-4])), "[-4.0]");
    check_refused(
        of_vae(|vae| vae["sliding_window"] = json!(0)),
        "`sliding_window`",
    );
    check_refused(
        of_vae(|vae| vae["decoder_sinusoidal_blocks"] = json!([1, 2])),
        "`decoder_sinusoidal_blocks`",
    );
    check_refused(
        |folder, _| fs::remove_file(folder.join("text_encoder/config.json")).expect("removed"),
        "text_encoder/config.json",
    );
    check_refused(of_text(|text| text["head_dim"] = json!(7)), "`head_dim`");
    check_refused(
        of_text(|text| text["hidden_activation"] = json!("relu")),
        "relu",
    );
    check_refused(
        of_text(|text| text["layer_types"] = json!(["full_attention"])),
        "1 layer types",
    );
    check_refused(
        |folder, notes| {
            let mut shapes = notes.shapes["transformer.small"].clone();
            shapes.remove("transformer_blocks.2.cross_attn.q_norm.gamma");
            write_component(&folder.join("transformer"), &shapes, &json!({}));
        },
        "`transformer_blocks.2.cross_attn.q_norm.gamma` [8] is missing",
    );
    check_refused(
        |folder, _| {
            let shapes: Shapes = [("freqs", vec![8]), ("linear.weight", vec![20, 16])]
                .into_iter()
                .chain([("linear.bias", vec![20])])
                .map(|(name, shape)| (name.to_owned(), shape))
                .collect();
            write_component(&folder.join("duration_embedder"), &shapes, &json!({}));
        },
        "has 20 channels where the transformer needs 24",
    );
}

#[test]
fn the_layout_of_other_tools_is_refused_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let shapes: Shapes = [
        "model.model.transformer.layers.0.self_attn.to_qkv.weight",
        "pretransform.model.encoder.layers.0.weight_v",
        "conditioner.conditioners.seconds_total.embedder.embedding.1.weight",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), vec![4, 4]))
    .collect();
    write_component(folder.path(), &shapes, &json!({}));
    let failure = ModelFiles::in_folder(folder.path()).expect_err("refused");
    assert!(failure.cause.contains("makers' own tools"), "{failure}");
}

#[test]
fn a_whole_t5gemma_gives_its_encoder() {
    let notes = Notes::read();
    let mut shapes: Shapes = notes.shapes["text"]
        .iter()
        .map(|(name, shape)| (format!("model.{name}"), shape.clone()))
        .collect();
    shapes.insert("model.decoder.norm.weight".into(), vec![24]);
    shapes.insert("lm_head.out_proj.weight".into(), vec![60, 24]);
    let config = json!({ "encoder": notes.text, "decoder": notes.text });
    let checkpoint = opened(Component::Text, &shapes, &config);
    let names: Vec<&str> = checkpoint.names().collect();
    let expected: Vec<&str> = notes.shapes["text"].keys().map(String::as_str).collect();
    assert_eq!(names, expected);
}
