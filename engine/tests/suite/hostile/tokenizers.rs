//! Damaged tokenizers of Gemma and of Qwen.

use std::fs;

use kinora_engine::family::ltx2::text::{TEXT_LENGTH, Tokenizer as Gemma};
use kinora_engine::family::qwen_tts::Tokenizer as Qwen;
use serde_json::Value;

use super::network::{USUAL, attack_json};
use super::{Dice, attack_with, mutated, scratch_folder, tries};
use crate::golden::{open, parsed};
use crate::qwen_tts;

const TEXT: &str = "a red fox, 12 \u{1F98A}  ran\n";

#[test]
fn no_damaged_gemma_tokenizer_harms() {
    let notes: Value = parsed(&open("ltx2_text"));
    let folder = scratch_folder();
    let path = folder.path().join("tokenizer.json");
    let cuts = |text: &[u8]| {
        fs::write(&path, text).expect("written");
        let tokenizer = Gemma::from_file(&path);
        tokenizer.is_ok_and(|tokenizer| tokenizer.tokens(TEXT, TEXT_LENGTH).is_ok())
    };
    let sound = notes["tokenizer"].to_string();
    let damage = |dice: &mut Dice| mutated(sound.as_bytes(), dice);
    attack_with("Gemma's tokenizer.json", tries(USUAL), damage, |damaged| {
        cuts(damaged)
    });
    attack_json("Gemma's tokenizer.json", &notes["tokenizer"], |damaged| {
        cuts(damaged.to_string().as_bytes())
    });
    let sound = open("ltx2_text").bytes("spiece_model").map(<[u8]>::to_vec);
    let sound = sound.expect("a model");
    let path = folder.path().join("tokenizer.model");
    let damage = |dice: &mut Dice| mutated(&sound, dice);
    attack_with("Gemma's tokenizer.model", tries(USUAL), damage, |damaged| {
        fs::write(&path, damaged).expect("written");
        let tokenizer = Gemma::from_file(&path);
        tokenizer.is_ok_and(|tokenizer| tokenizer.tokens(TEXT, TEXT_LENGTH).is_ok())
    });
}

#[test]
fn a_sentencepiece_model_with_an_endless_piece_is_refused_at_once() {
    let folder = scratch_folder();
    let path = folder.path().join("tokenizer.model");
    let sound = open("ltx2_text").bytes("spiece_model").map(<[u8]>::to_vec);
    // One more piece: field 1 of the message, whose field 1 is the text.
    let long = vec![b'a'; 4 << 20];
    let field = |bytes: &[u8]| {
        let mut length = bytes.len();
        let mut out = vec![0x0A];
        while length > 0x7F {
            out.push((length & 0x7F) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
        out
    };
    fs::write(
        &path,
        [sound.expect("a model"), field(&field(&long))].concat(),
    )
    .expect("written");
    let failure = Gemma::from_file(&path).expect_err("refused");
    assert!(failure.cause.contains("4194304 bytes"), "{failure}");
}

#[test]
fn no_damaged_qwen_tokenizer_harms() {
    let notes = qwen_tts::Notes::read();
    let folder = scratch_folder();
    qwen_tts::write_tokenizer(folder.path(), &notes.tokenizer);
    for name in ["vocab.json", "merges.txt", "tokenizer_config.json"] {
        let path = folder.path().join(name);
        let sound = fs::read(&path).expect("a file");
        let cuts = |text: &[u8]| {
            fs::write(&path, text).expect("written");
            let tokenizer = Qwen::in_folder(folder.path());
            tokenizer.is_ok_and(|tokenizer| tokenizer.line(TEXT).is_ok())
        };
        assert!(cuts(&sound), "{name} is sound before");
        let damage = |dice: &mut Dice| mutated(&sound, dice);
        attack_with(name, tries(USUAL), damage, |damaged| cuts(damaged));
        if let Ok(values) = serde_json::from_slice(&sound) {
            attack_json(name, &values, |damaged| {
                cuts(damaged.to_string().as_bytes())
            });
        }
        fs::write(&path, &sound).expect("written");
    }
}
