//! GGUF files of whole networks: the axes that converters flatten, the names of llama.cpp, the tokenizer in a header, and
//! folders that hold such files.

use std::fs;
use std::path::Path;

use kinora_engine::family::wan::text::{TextConfig, TextEncoder, Tokenizer};
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::{Component, fallback_defaults};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::weights::{Checkpoint, Weights, load};
use prost::Message as _;
use serde_json::Value;
use tch::{Device, Kind};

use crate::drawn::{Drawn, parameter};
use crate::golden::{Goldens, open, parsed};
use crate::pipeline::write_model;
use crate::stored::Gguf;
use crate::{text, tiny, transformer};

/// Writes a transformer as a GGUF file, with the axes that converters leave.
fn write_gguf(config: &Config, path: &Path) -> usize {
    let mut file = Gguf::default();
    file.text("general.architecture", "wan");
    file.text("num_heads", &config.heads.to_string());
    for (name, size) in &tiny::transformer_survey(config).shapes {
        let drawn = parameter(name, size);
        let stored = match size.as_slice() {
            [width, inputs, rest @ ..] if rest.len() == 3 => {
                drawn.view([width * inputs, rest[0], rest[1], rest[2]])
            }
            [1, rest @ ..] => drawn.view(rest),
            _ => drawn,
        };
        file.plain(name, &stored);
    }
    file.write(path)
}

#[test]
fn a_transformer_in_gguf_is_the_same_though_its_axes_are_flattened() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    let case = goldens.case("controlled");
    let mut config = transformer::config(case);
    if let Some(vace) = &mut config.vace {
        vace.layers = vec![0, 1]; // as they are spread where no file lists them
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tiny.gguf");
    write_gguf(&config, &path);
    let (_, network) = transformer::loaded(&path, &config);
    let drawn = Transformer::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    assert_eq!(
        transformer::run(&network, case),
        transformer::run(&drawn, case)
    );
}

/// The names of llama.cpp.
fn gguf_text_name(original: &str) -> String {
    let pairs = [
        ("token_embedding", "token_embd"),
        ("blocks", "enc.blk"),
        ("pos_embedding.embedding", "attn_rel_b"),
        ("attn.", "attn_"),
        ("norm1", "attn_norm"),
        ("norm2", "ffn_norm"),
        ("ffn.gate.0", "ffn_gate"),
        ("ffn.fc1", "ffn_up"),
        ("ffn.fc2", "ffn_down"),
    ];
    let name = match original {
        "norm.weight" => "enc.output_norm.weight".to_owned(),
        other => other.to_owned(),
    };
    let renamed = |name: String, (ours, theirs): (&str, &str)| name.replace(ours, theirs);
    pairs.into_iter().fold(name, renamed)
}

/// The pieces of the goldens' SentencePiece model.
#[derive(prost::Message)]
struct ModelProto {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerSpec>,
}

#[derive(prost::Message)]
struct Piece {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(float, tag = "2")]
    score: f32,
    #[prost(int32, tag = "3")]
    kind: i32,
}

#[derive(prost::Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", tag = "2")]
    precompiled_charsmap: Vec<u8>,
}

/// Writes a text encoder as a GGUF file, with its tokenizer if wanted. Returns the length of its header, in bytes.
pub fn write_gguf_text(config: &TextConfig, path: &Path, with_tokenizer: bool) -> usize {
    let mut file = Gguf::default();
    file.text("general.architecture", "t5encoder");
    if with_tokenizer {
        let goldens = open("text");
        let model = goldens.bytes("spiece_model").expect("a model");
        let model = ModelProto::decode(model).expect("sound");
        let padding = Piece {
            text: "[PAD]".into(),
            score: -10_000.0,
            kind: 5,
        };
        let pieces: Vec<Piece> = model.pieces.into_iter().chain([padding]).collect();
        let texts: Vec<String> = pieces.iter().map(|piece| piece.text.clone()).collect();
        let scores: Vec<f32> = pieces.iter().map(|piece| piece.score).collect();
        let kinds: Vec<i32> = pieces.iter().map(|piece| piece.kind.max(1)).collect();
        let normalizer = model.normalizer.expect("a normalizer");
        file.text("tokenizer.ggml.model", "t5");
        file.texts("tokenizer.ggml.tokens", &texts);
        file.floats("tokenizer.ggml.scores", &scores);
        file.integers("tokenizer.ggml.token_type", &kinds);
        let charsmap = normalizer.precompiled_charsmap;
        file.bytes("tokenizer.ggml.precompiled_charsmap", &charsmap);
    }
    for (name, size) in &tiny::text_survey(config).shapes {
        file.plain(&gguf_text_name(name), &parameter(name, size));
    }
    file.write(path)
}

pub fn text_config() -> TextConfig {
    let notes: Value = parsed(&open("text"));
    text::config(&notes["config"])
}

#[test]
fn a_text_encoder_in_gguf_is_the_same_and_carries_its_tokenizer() {
    tch::set_num_threads(1);
    let config = text_config();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text.gguf");
    write_gguf_text(&config, &path, true);
    let checkpoint = Checkpoint::open(&path, Component::Text).expect("sound");
    assert_eq!(TextConfig::detect(&checkpoint).expect("a shape"), config);
    let build = |weights: Weights| TextEncoder::new(&config, weights);
    let encoder = load(
        &checkpoint,
        Device::Cpu,
        Kind::Float,
        &mut |_| Ok(()),
        build,
    );
    let drawn = TextEncoder::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    let encode = |encoder: &TextEncoder| {
        let tokens = [5, 9, 1];
        encoder
            .encode(&tokens, &mut |_, _| Ok(()))
            .expect("encoded")
    };
    assert_eq!(encode(&encoder.expect("whole")), encode(&drawn));

    let goldens = crate::golden::folder().join("text.safetensors");
    let goldens = Checkpoint::open(&goldens, Component::Text).expect("goldens");
    let tokenizer = |checkpoint: &Checkpoint| {
        let tokenizer = Tokenizer::inside(checkpoint).expect("a tokenizer");
        tokenizer.expect("sound")
    };
    let (ours, theirs) = (tokenizer(&checkpoint), tokenizer(&goldens));
    for prompt in ["a red fox", "Ein  Schloß, ﬁn du siècle", "狐", ""] {
        let tokens = |tokenizer: &Tokenizer| tokenizer.tokens(prompt).expect("tokens");
        assert_eq!(tokens(&ours), tokens(&theirs), "{prompt}");
    }
    write_gguf_text(&config, &path, false);
    let without = Checkpoint::open(&path, Component::Text).expect("sound");
    assert!(!Tokenizer::is_inside(&without));
}

#[test]
fn a_folder_may_hold_parts_in_gguf_and_in_eight_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let open = || {
        let files = ModelFiles::in_folder(folder.path())?;
        Model::open("tiny", &files, fallback_defaults())
    };
    let at = |name: &str| folder.path().join(name);
    let goldens = Goldens::of("transformer");
    let config = transformer::config(goldens.case("tiny_9_frames"));
    let gguf = at("diffusion_models/tiny.gguf");
    write_gguf(&config, &gguf);
    let plain = at("diffusion_models/tiny.safetensors");
    fs::remove_file(&plain).expect("removed");
    let model = open().expect("with a transformer in GGUF");
    assert!(model.files().any(|file| file == gguf));

    let mut text = text_config();
    text.vocabulary = 430;
    let path = at("text_encoders/tiny_text.gguf");
    write_gguf_text(&text, &path, false);
    fs::remove_file(at("text_encoders/tiny_text.safetensors")).expect("removed");
    let model = open().expect("with a text encoder in GGUF");
    assert!(model.files().any(|file| file == path));
    fs::remove_file(at("text_encoders/tokenizer.json")).expect("removed");
    let failure = open().expect_err("no tokenizer").to_string();
    assert!(failure.contains("carries no tokenizer"), "{failure}");
}
