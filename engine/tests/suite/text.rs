//! Compares the text encoder with UMT5EncoderModel, the cleaning with ftfy, and the tokenizer with SentencePiece and
//! transformers.

use std::collections::BTreeMap;

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::text::{TextConfig, TextEncoder, Tokenizer, cleaned};
use kinora_engine::weights::{Checkpoint, Weights};
use serde::Deserialize;
use serde_json::Value;

use crate::drawn::Drawn;
use crate::golden::{assert_close, number, open, parsed};
use crate::tiny::tokenizer_json;

#[derive(Deserialize)]
struct Notes {
    config: Value,
    cases: BTreeMap<String, Vec<u32>>,
    prompts: Vec<Prompt>,
}

#[derive(Deserialize)]
struct Prompt {
    #[serde(rename = "prompt")]
    words: String,
    cleaned: String,
    sentencepiece: Vec<u32>,
    transformers: Vec<u32>,
}

pub fn config(theirs: &Value) -> TextConfig {
    let heads = number(theirs, "num_heads");
    TextConfig {
        vocabulary: number(theirs, "vocab_size"),
        width: number(theirs, "d_model"),
        attention_width: heads * number(theirs, "d_kv"),
        heads,
        ffn_width: number(theirs, "d_ff"),
        layers: number(theirs, "num_layers") as usize,
        buckets: number(theirs, "relative_attention_num_buckets"),
        longest_distance: number(theirs, "relative_attention_max_distance"),
        epsilon: 1e-6,
    }
}

#[test]
fn the_text_encoder_is_equal_to_the_reference() {
    tch::set_num_threads(1);
    let file = open("text");
    let notes: Notes = parsed(&file);
    let encoder = TextEncoder::new(&config(&notes.config), Weights::of(&mut Drawn)).expect("drawn");
    for (name, tokens) in &notes.cases {
        let ours = encoder.encode(tokens, &mut |_, _| Ok(())).expect("encoded");
        assert_close(name, &ours, &file.tensor(name).expect("golden"), 1e-5);
    }
}

#[test]
fn prompts_are_cleaned_as_the_reference_cleans_them() {
    let notes: Notes = parsed(&open("text"));
    for prompt in &notes.prompts {
        assert_eq!(cleaned(&prompt.words), prompt.cleaned, "{:?}", prompt.words);
    }
}

#[test]
fn the_tokenizer_inside_a_text_encoder_cuts_as_sentencepiece_does() {
    let file = crate::golden::folder().join("text.safetensors");
    let checkpoint = Checkpoint::open(&file, Component::Text).expect("goldens");
    let tokenizer = Tokenizer::inside(&checkpoint)
        .expect("a tokenizer")
        .expect("sound");
    let notes: Notes = parsed(&open("text"));
    for prompt in &notes.prompts {
        let ours = tokenizer.tokens(&prompt.words).expect("tokens");
        assert_eq!(ours, prompt.sentencepiece, "{:?}", prompt.words);
    }
}

#[test]
fn a_tokenizer_json_cuts_as_transformers_does() {
    let notes: Notes = parsed(&open("text"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    std::fs::write(&path, tokenizer_json()).expect("written");
    let tokenizer = Tokenizer::from_json(&path).expect("a tokenizer");
    for prompt in &notes.prompts {
        let ours = tokenizer.tokens(&prompt.words).expect("tokens");
        assert_eq!(ours, prompt.transformers, "{:?}", prompt.words);
    }
}
