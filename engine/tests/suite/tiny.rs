//! Tiny models of drawn weights, written to disk in the layouts of released models.
//! Also their tokenizer.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use kinora_engine::family::wan::image_encoder::{ImageConfig, ImageEncoder};
use kinora_engine::family::wan::text::{TextConfig, TextEncoder};
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::vae::{Vae, VaeConfig};
use kinora_engine::weights::{Survey, TensorBytes, view_of};
use serde_json::Value;
use tch::Tensor;

use crate::drawn;
use crate::golden::{open, parsed};

/// All parameters of a network, drawn by name.
pub fn drawn_tensors(needed: &Survey) -> Vec<(String, TensorBytes)> {
    let shapes = needed.shapes.iter();
    shapes
        .map(|(name, shape)| {
            let bytes = view_of(&drawn::parameter(name, shape)).expect("fp32");
            (name.clone(), bytes)
        })
        .collect()
}

/// Tensors as bytes, ready to be written.
pub fn bytes_of(tensors: &[(String, Tensor)]) -> Vec<(String, TensorBytes)> {
    let bytes = |tensor| view_of(tensor).expect("a format that can be written");
    tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), bytes(tensor)))
        .collect()
}

/// Writes tensors with metadata in the header.
pub fn write(path: &Path, tensors: Vec<(String, TensorBytes)>, words: &[(&str, String)]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let words: HashMap<String, String> = words
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    safetensors::serialize_to_file(tensors, Some(words), path).expect("written");
}

pub fn transformer_survey(config: &Config) -> Survey {
    Survey::of(|weights| Transformer::new(config, weights)).expect("a survey")
}

pub fn vae_survey(config: &VaeConfig) -> Survey {
    Survey::of(|weights| Vae::new(config, weights)).expect("a survey")
}

pub fn text_survey(config: &TextConfig) -> Survey {
    Survey::of(|weights| TextEncoder::new(config, weights)).expect("a survey")
}

/// A file of the image encoder in a folder of its own, as ComfyUI has it.
pub fn write_image_encoder(folder: &Path, config: &ImageConfig) {
    let survey = Survey::of(|weights| ImageEncoder::whole(config, weights)).expect("a survey");
    let theirs = |(name, bytes): (String, TensorBytes)| {
        let key = match name.strip_prefix("transformer.") {
            Some(rest) => {
                let pairs = [
                    (".attn.q.", ".self_attn.q_proj."),
                    (".attn.k.", ".self_attn.k_proj."),
                    (".attn.v.", ".self_attn.v_proj."),
                    (".attn.proj.", ".self_attn.out_proj."),
                    (".norm", ".layer_norm"),
                    (".mlp.0.", ".mlp.fc1."),
                    (".mlp.2.", ".mlp.fc2."),
                ];
                let renamed = |key: String, (ours, theirs): (&str, &str)| key.replace(ours, theirs);
                format!(
                    "encoder.layers.{}",
                    pairs.into_iter().fold(rest.to_owned(), renamed)
                )
            }
            None => match name.as_str() {
                "cls_embedding" => "embeddings.class_embedding".into(),
                "pos_embedding" => "embeddings.position_embedding.weight".into(),
                "patch_embedding.weight" => "embeddings.patch_embedding.weight".into(),
                _ => name.replace("pre_norm", "pre_layrnorm"),
            },
        };
        (format!("vision_model.{key}"), bytes)
    };
    let tensors = drawn_tensors(&survey).into_iter().map(theirs).collect();
    let words = [("num_attention_heads", config.heads.to_string())];
    let path = folder.join("clip_vision/tiny_clip.safetensors");
    write(&path, tensors, &words);
}

/// The metadata that a transformer's file needs.
pub fn transformer_words(config: &Config) -> Vec<(&'static str, String)> {
    let mut words = vec![("num_heads", config.heads.to_string())];
    if let Some(vace) = &config.vace {
        words.push(("vace_layers", format!("{:?}", vace.layers)));
    }
    words
}

/// A folder of single files in the original layout.
pub fn write_model(folder: &Path, transformer: &Config, vae: &VaeConfig, text: &TextConfig) {
    let name = match transformer.takes_subjects {
        true => "tiny_phantom",
        false => "tiny",
    };
    write(
        &folder.join(format!("diffusion_models/{name}.safetensors")),
        drawn_tensors(&transformer_survey(transformer)),
        &transformer_words(transformer),
    );
    write(
        &folder.join("vae/tiny_vae.safetensors"),
        drawn_tensors(&vae_survey(vae)),
        &[],
    );
    let text_folder = folder.join("text_encoders");
    write(
        &text_folder.join("tiny_text.safetensors"),
        drawn_tensors(&text_survey(text)),
        &[],
    );
    fs::write(text_folder.join("tokenizer.json"), tokenizer_json()).expect("written");
}

/// Gives a model of `write_model` a low-noise expert, drawn under other names. The files of both are named as in releases.
pub fn add_low_noise_expert(folder: &Path, transformer: &Config) {
    let at = |noise: &str| folder.join(format!("diffusion_models/tiny_{noise}_noise.safetensors"));
    fs::rename(folder.join("diffusion_models/tiny.safetensors"), at("high")).expect("renamed");
    let needed = transformer_survey(transformer);
    let drawn = needed.shapes.iter().map(|(name, shape)| {
        let tensor = drawn::parameter(&format!("low_noise.{name}"), shape);
        (name.clone(), tensor)
    });
    let drawn: Vec<(String, Tensor)> = drawn.collect();
    write(
        &at("low"),
        bytes_of(&drawn),
        &transformer_words(transformer),
    );
}

/// The tokenizer of the text goldens. Its character table is stored once, in the SentencePiece model next to it (field
/// 3, field 2 of the message).
pub fn tokenizer_json() -> String {
    let file = open("text");
    let mut notes: Value = parsed(&file);
    let table = charsmap(file.bytes("spiece_model").expect("a model"));
    let table = base64::engine::general_purpose::STANDARD.encode(table);
    notes["tokenizer"]["normalizer"]["precompiled_charsmap"] = table.into();
    notes["tokenizer"].to_string()
}

#[derive(prost::Message)]
struct ModelProto {
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerSpec>,
}

#[derive(prost::Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", tag = "2")]
    precompiled_charsmap: Vec<u8>,
}

fn charsmap(proto: &[u8]) -> Vec<u8> {
    use prost::Message as _;
    let model = ModelProto::decode(proto).expect("a SentencePiece model");
    model.normalizer.expect("a normalizer").precompiled_charsmap
}
