//! Compares the image encoder with `CLIPVisionModel`, and its pictures with those of `CLIPImageProcessor`.
//! Also the layouts of its files.

use std::collections::BTreeMap;

use image::{Rgb, RgbImage};
use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::image_encoder::{ImageConfig, ImageEncoder, pixels};
use kinora_engine::weights::{Checkpoint, Survey, Weights, load_checked, view_of};
use serde::Deserialize;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::{Drawn, normal_like, parameter, uniform_tensor};
use crate::golden::{assert_close, number, open, parsed};
use crate::tiny;

#[derive(Deserialize)]
struct Notes {
    config: Value,
    pictures: BTreeMap<String, [i64; 3]>,
    names: Vec<(String, String)>,
}

/// The configuration of the goldens, as the engine's.
pub fn config(theirs: &Value) -> ImageConfig {
    let patch = number(theirs, "patch_size");
    let grid = number(theirs, "image_size") / patch;
    ImageConfig {
        width: number(theirs, "hidden_size"),
        ffn_width: number(theirs, "intermediate_size"),
        heads: number(theirs, "num_attention_heads"),
        layers: number(theirs, "num_hidden_layers") as usize,
        patch,
        positions: grid * grid + 1,
        epsilon: 1e-5,
        is_split: true,
    }
}

/// The image encoder of the goldens, with its configuration.
pub fn written_config() -> ImageConfig {
    let notes: Notes = parsed(&open("image"));
    config(&notes.config)
}

/// A drawn picture, the same as in engine/goldens/image.py.
fn picture(name: &str, width: i64, height: i64) -> RgbImage {
    let numbers = uniform_tensor(&format!("picture.{name}"), &[height * width * 3]);
    let numbers = ((numbers + 1.0) * 127.999).floor().to_kind(Kind::Uint8);
    let bytes = Vec::<u8>::try_from(numbers).expect("bytes");
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let at = 3 * (i64::from(y) * width + i64::from(x)) as usize;
        Rgb([bytes[at], bytes[at + 1], bytes[at + 2]])
    })
}

#[test]
fn the_tokens_are_those_of_the_reference() {
    tch::set_num_threads(1);
    let file = open("image");
    let config = written_config();
    let encoder = ImageEncoder::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    let side = config.side();
    let tokens = encoder.forward(&normal_like("pixels", &[2, 3, side, side]));
    assert_close(
        "tokens",
        &tokens,
        &file.tensor("tokens").expect("golden"),
        1e-4,
    );
}

#[test]
fn pictures_are_scaled_and_cut_as_the_reference_does() {
    let file = open("image");
    let notes: Notes = parsed(&file);
    for (name, [width, height, side]) in notes.pictures {
        let ours = pixels(&picture(&name, width, height), side);
        assert_close(&name, &ours, &file.tensor(&name).expect("golden"), 1e-3);
    }
}

#[test]
fn an_image_encoder_is_the_same_in_the_official_layout_and_in_that_of_transformers() {
    tch::set_num_threads(1);
    let notes: Notes = parsed(&open("image"));
    let split = config(&notes.config);
    let folder = tempfile::tempdir().expect("a folder");
    let words = [("num_attention_heads", split.heads.to_string())];
    let needed = Survey::of(|weights| ImageEncoder::whole(&split, weights)).expect("a survey");
    let drawn = |name: &str| parameter(name, &needed.shapes[name]);

    let unused = (
        "vision_model.post_layernorm.weight",
        drawn("pre_norm.weight"),
    );
    let theirs = notes
        .names
        .iter()
        .map(|(key, name)| (key.clone(), drawn(name)));
    let theirs: Vec<(String, Tensor)> = theirs.chain([(unused.0.to_owned(), unused.1)]).collect();
    assert_eq!(theirs.len(), needed.shapes.len() + 1);
    let transformers = folder.path().join("clip_vision.safetensors");
    tiny::write(&transformers, tiny::bytes_of(&theirs), &words);

    let mut official = vec![(
        "log_scale".to_owned(),
        view_of(&drawn("cls_embedding")).expect("bytes"),
    )];
    for (name, shape) in &needed.shapes {
        let tensor = drawn(name);
        let embedding = name.ends_with("_embedding");
        let (key, tensor) = match name.split_once(".attn.") {
            Some((block, part)) if part.starts_with("q.") => {
                let kind = part.trim_start_matches("q.");
                let all = ["q", "k", "v"].map(|of| drawn(&format!("{block}.attn.{of}.{kind}")));
                (format!("{block}.attn.to_qkv.{kind}"), Tensor::cat(&all, 0))
            }
            Some((_, part)) if part.starts_with("k.") || part.starts_with("v.") => continue,
            _ if embedding => {
                let tokens = if shape.len() == 1 { 1 } else { shape[0] };
                (name.clone(), tensor.view([1, tokens, split.width]))
            }
            _ => (name.clone(), tensor),
        };
        official.push((format!("visual.{key}"), view_of(&tensor).expect("bytes")));
    }
    let path = folder.path().join("models_clip.safetensors");
    tiny::write(&path, official, &words);

    let side = split.side();
    let x = normal_like("pixels", &[1, 3, side, side]);
    let answers = [transformers, path].map(|path| {
        let file = Checkpoint::open(&path, Component::Image).expect("sound");
        let shape = ImageConfig::detect(&file).expect("detected");
        let whole = Survey::of(|weights| ImageEncoder::whole(&shape, weights)).expect("a survey");
        file.check(&whole).expect("complete");
        let encoder = load_checked(
            &file,
            Device::Cpu,
            Kind::Float,
            &mut |_| Ok(()),
            |weights| ImageEncoder::new(&shape, weights),
        );
        encoder.expect("loaded").forward(&x)
    });
    assert_close("layouts", &answers[0], &answers[1], 1e-5);
}
