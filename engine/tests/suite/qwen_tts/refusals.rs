//! What Qwen3-TTS refuses: lines that cannot be said, and files that are damaged, unknown or of different releases. Also
//! how a release chooses codes.

use std::fs;

use kinora_engine::family::qwen_tts::{Choice, Choices, Component, Networks, Voice, Wanted, say};
use kinora_wire::FailureKind;
use serde_json::{Value, json};

use super::{Client, Notes, Release, cloned, described, wanted, write_json, write_weights};

#[track_caller]
fn check_unsaid(networks: Networks, wanted: Wanted, words: &str) {
    let mut client = Client::default();
    let failure = say(networks, &wanted, &mut client).expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    assert!(failure.to_string().contains(words), "{failure}");
    assert_eq!(client.checks, 0, "before any work");
}

#[test]
fn what_cannot_be_said_is_refused_before_any_work() {
    let notes = Notes::read();
    let (loaded, case) = described(&notes);
    let networks = loaded.networks();
    let good = wanted(case, None);
    let with = |change: fn(&mut Wanted)| {
        let mut changed = good;
        change(&mut changed);
        changed
    };
    check_unsaid(networks, with(|line| line.text = " \n"), "without words");
    check_unsaid(networks, with(|line| line.language = "klingon"), "english");
    check_unsaid(
        networks,
        with(|line| line.language = "beijing_dialect"),
        "unknown",
    );
    check_unsaid(networks, with(|line| line.most_seconds = f64::NAN), "NaN s");
    check_unsaid(networks, with(|line| line.most_seconds = 1e6), "1000000 s");
    check_unsaid(networks, with(|line| line.most_seconds = 0.001), "1 frames");
    check_unsaid(networks, with(|line| line.choices.penalty = 0.0), "penalty");
    let own = |line: &mut Wanted| {
        line.voice = Voice::Own {
            name: "vivian",
            instruction: "",
        };
    };
    check_unsaid(networks, with(own), "CustomVoice");
    let long = "a".repeat(20_000);
    let line = Wanted {
        text: &long,
        ..good
    };
    check_unsaid(networks, line, "20000 letters");
    let cloning = Release::written(&notes, "small", "base").load();
    let voice = cloned(&cloning);
    check_unsaid(cloning.networks(), good, "VoiceDesign");
    let line = Wanted {
        voice: Voice::Cloned(&voice),
        ..good
    };
    check_unsaid(networks, line, "Base");
    let own_voices = Release::written(&notes, "small", "custom_voice").load();
    let unknown = |line: &mut Wanted| {
        line.voice = Voice::Own {
            name: "nobody",
            instruction: "",
        };
    };
    check_unsaid(own_voices.networks(), with(unknown), "dylan, vivian");
}

#[test]
fn the_small_model_of_own_voices_takes_no_instruction() {
    let notes = Notes::read();
    let release = Release::written(&notes, "small", "custom_voice");
    change_json(&release, "config.json", |config| {
        config["tts_model_size"] = json!("0b6");
    });
    let loaded = release.load();
    let case = &notes.said["own"];
    check_unsaid(loaded.networks(), wanted(case, None), "no instruction");
}

#[test]
fn the_release_says_how_codes_are_chosen() {
    let notes = Notes::read();
    let release = Release::written(&notes, "small", "voice_design");
    let choices = || release.open().map(|model| model.choices());
    assert_eq!(choices().expect("opened"), Choices::default());
    let path = release.0.path().join("generation_config.json");
    let written = json!({ "temperature": 0.5, "subtalker_dosample": false, "top_k": 7 });
    write_json(&path, &written);
    let expected = Choices {
        first: Some(Choice {
            temperature: 0.5,
            best: 7,
            share: 1.0,
        }),
        others: None,
        penalty: 1.05,
    };
    assert_eq!(choices().expect("opened"), expected);
    fs::write(&path, "[").expect("written");
    assert_eq!(choices().expect_err("refused").kind, FailureKind::BadFile);
}

fn change_json(release: &Release, name: &str, change: impl Fn(&mut Value)) {
    let path = release.0.path().join(name);
    let text = fs::read_to_string(&path).expect("read");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    write_json(&path, &value);
}

/// Opens a release after a field of one of its configurations was changed.
#[track_caller]
fn check_refused(name: &str, path: &str, value: Value, words: &str) {
    let notes = Notes::read();
    let release = Release::written(&notes, "small", "base");
    change_json(&release, name, |config| {
        let (parent, field) = path.rsplit_once('/').expect("a path");
        config.pointer_mut(parent).expect("an object")[field] = value.clone();
    });
    let failure = release.open().expect_err("refused");
    assert_eq!(failure.kind, FailureKind::BadFile, "{failure}");
    assert!(failure.to_string().contains(words), "{failure}");
}

#[test]
fn models_that_are_not_understood_are_refused_by_the_field() {
    let model = |path: &str, value: Value, words: &str| {
        check_refused("config.json", path, value, words);
    };
    model("/tts_model_type", json!("opera"), "`opera`");
    model("/tokenizer_type", json!("qwen3_tts_tokenizer_25hz"), "25hz");
    model("/tts_pad_token_id", json!(300), "`tts_pad_token_id`");
    model("/talker_config/hidden_act", json!("gelu"), "`hidden_act`");
    model(
        "/talker_config/attention_bias",
        json!(true),
        "`attention_bias`",
    );
    model(
        "/talker_config/use_sliding_window",
        json!(true),
        "`use_sliding_window`",
    );
    model(
        "/talker_config/codec_eos_token_id",
        json!(1064),
        "`codec_eos_token_id`",
    );
    model(
        "/talker_config/num_code_groups",
        json!(6),
        "`num_code_groups`",
    );
    model(
        "/talker_config/rope_scaling/rope_type",
        json!("yarn"),
        "`yarn`",
    );
    model(
        "/talker_config/rope_scaling/mrope_section",
        json!([1, 1, 1]),
        "`mrope_section`",
    );
    model("/talker_config/head_dim", json!(-2), "`head_dim`");
    model("/talker_config/intermediate_size", json!(47), "gate_proj");
    model(
        "/talker_config/spk_is_dialect/dylan",
        json!("scots"),
        "`scots`",
    );
    model(
        "/talker_config/code_predictor_config/num_key_value_heads",
        json!(3),
        "`code_predictor_config`",
    );
    model("/speaker_encoder_config/enc_dim", json!(31), "`enc_dim`");
    model("/speaker_encoder_config/mel_dim", json!(80), "`mel_dim`");
    model(
        "/speaker_encoder_config/enc_res2net_scale",
        json!(5),
        "`enc_res2net_scale`",
    );
    model(
        "/speaker_encoder_config/enc_channels",
        json!([16, 16, 16, 24]),
        "`enc_channels`",
    );
}

#[test]
fn codecs_that_are_not_understood_are_refused_by_the_field() {
    let codec = |path: &str, value: Value, words: &str| {
        check_refused("speech_tokenizer/config.json", path, value, words);
    };
    codec(
        "/decode_upsample_rate",
        json!(1920),
        "`decode_upsample_rate`",
    );
    codec("/model_type", json!("mimi"), "`mimi`");
    codec(
        "/decoder_config/upsample_rates",
        json!([3, 2, 0]),
        "`upsample_rates`",
    );
    codec("/decoder_config/decoder_dim", json!(18), "`decoder_dim`");
    codec(
        "/decoder_config/sliding_window",
        json!(0),
        "`sliding_window`",
    );
    codec(
        "/decoder_config/num_quantizers",
        json!(4),
        "rvq_rest.vq.layers.3",
    );
    codec(
        "/decoder_config/num_hidden_layers",
        json!(1_000_000),
        "`num_hidden_layers`",
    );
}

#[test]
fn components_of_different_releases_are_refused() {
    let notes = Notes::read();
    let release = Release::written(&notes, "small", "base");
    let mut shapes = notes.shapes["codec"].clone();
    shapes.retain(|name, _| !name.contains("rvq_rest.vq.layers.3."));
    let folder = release.0.path().join(Component::Codec.folder());
    write_weights(&folder.join("model.safetensors"), shapes.iter());
    change_json(&release, "speech_tokenizer/config.json", |config| {
        config["decoder_config"]["num_quantizers"] = json!(4);
    });
    let failure = release.open().expect_err("refused");
    assert!(failure.cause.contains("4 codes per frame"), "{failure}");
}
