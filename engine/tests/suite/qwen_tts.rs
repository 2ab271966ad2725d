//! Compares Qwen3-TTS with the package `qwen_tts`: codes token by token, waves, voices, tokens and whole lines. All
//! networks are opened from files in the layout of the release, with exactly the reference's keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use kinora_engine::family::qwen_tts::{
    Cache, Choice, Choices, ClonedVoice, Codec, Component, Consent, Generator, Line, Loaded,
    Networks, Pieces, Prompt, SpeechModel, Timing, Tokenizer, Voice, Wanted, Who, generate,
    penalise, probabilities, say,
};
use kinora_engine::job::Listener;
use kinora_engine::weights::view_of;
use kinora_wire::{Failure, FailureKind, Progress};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::drawn::{parameter, uniform_tensor};
use crate::golden::{assert_close, number, numbers, open, parsed};
use crate::tiny::write;

type Shapes = BTreeMap<String, Vec<i64>>;

const ROLE: [i64; 3] = [1, 2, 3];

#[derive(Deserialize)]
struct Notes {
    models: BTreeMap<String, Value>,
    codec: Value,
    lines: BTreeMap<String, Value>,
    said: BTreeMap<String, Value>,
    logits: BTreeMap<String, Value>,
    pieces: BTreeMap<String, (usize, usize)>,
    shapes: BTreeMap<String, Shapes>,
    tokenizer: Vocabulary,
}

#[derive(Deserialize)]
struct Vocabulary {
    vocabulary: Value,
    merges: Vec<String>,
    special: BTreeMap<String, u32>,
    texts: Vec<String>,
    tokens: Vec<Vec<i64>>,
}

impl Notes {
    fn read() -> Self {
        tch::set_num_threads(1);
        parsed(&open("qwen3_tts"))
    }
}

fn golden(name: &str) -> Tensor {
    open("qwen3_tts").tensor(name).expect("a golden")
}

/// A drawn parameter. The last convolution of the codec is quieter, as in the goldens.
fn drawn(name: &str, shape: &[i64]) -> Tensor {
    let is_quiet = name.starts_with("decoder.decoder.4.conv.");
    parameter(name, shape) * if is_quiet { 0.01 } else { 1.0 }
}

fn write_weights<'s>(path: &Path, shapes: impl Iterator<Item = (&'s String, &'s Vec<i64>)>) {
    let tensors = shapes.map(|(name, shape)| {
        let bytes = view_of(&drawn(name, shape)).expect("fp32");
        (name.clone(), bytes)
    });
    write(path, tensors.collect(), &[]);
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).expect("written");
}

/// A release of a small model.
struct Release(tempfile::TempDir);

impl Release {
    /// One of the models, as one of this kind.
    fn written(notes: &Notes, model: &str, kind: &str) -> Self {
        let release = Self(tempfile::tempdir().expect("a folder"));
        let at = |name: &str| release.0.path().join(name);
        let shapes = match model {
            "wide" => &notes.shapes["model.wide"],
            _ => &notes.shapes["model.small"],
        };
        let clones = kind == "base";
        let own = shapes.iter();
        let own = own.filter(|(name, _)| clones || !name.starts_with("speaker_encoder."));
        write_weights(&at("model.safetensors"), own);
        let mut config = notes.models[model].clone();
        config["tts_model_type"] = json!(kind);
        if kind == "custom_voice" {
            config["tts_model_size"] = json!("1b7");
        }
        write_json(&at("config.json"), &config);
        let mut codec = notes.shapes["codec"].clone();
        // The way to codes is in the same file, and not read.
        codec.insert("encoder.downsample.conv.weight".into(), vec![3, 2, 1]);
        write_weights(&at("speech_tokenizer/model.safetensors"), codec.iter());
        write_json(&at("speech_tokenizer/config.json"), &notes.codec);
        write_tokenizer(release.0.path(), &notes.tokenizer);
        release
    }

    fn open(&self) -> Result<SpeechModel, Failure> {
        SpeechModel::open(self.0.path())
    }

    fn load(&self) -> Loaded {
        let model = self.open().expect("opened");
        let loaded = model.load(Device::Cpu, Kind::Float, &mut |_, _| Ok(()));
        loaded.expect("loaded")
    }
}

fn write_tokenizer(folder: &Path, vocabulary: &Vocabulary) {
    write_json(&folder.join("vocab.json"), &vocabulary.vocabulary);
    let merges = format!("#version: 0.2\n{}\n", vocabulary.merges.join("\n"));
    fs::write(folder.join("merges.txt"), merges).expect("written");
    let added: serde_json::Map<String, Value> = vocabulary
        .special
        .iter()
        .map(|(word, id)| {
            let token = json!({ "content": word, "special": true, "normalized": false });
            (id.to_string(), token)
        })
        .collect();
    write_json(
        &folder.join("tokenizer_config.json"),
        &json!({ "added_tokens_decoder": added }),
    );
}

/// Counts calls, and stops the work at one of them.
#[derive(Default)]
struct Client {
    checks: usize,
    stop_at: Option<usize>,
    done: Vec<(String, f64)>,
}

impl Listener for Client {
    fn receive(&mut self, progress: Progress, _pixels: Vec<u8>) -> Result<(), Failure> {
        if let Progress::Working { what, done } = progress {
            self.done.push((what, done));
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        self.checks += 1;
        match self.stop_at == Some(self.checks) {
            true => Err(Failure::cancelled()),
            false => Ok(()),
        }
    }
}

/// Always the best code.
fn greedy(penalty: f64) -> Choices {
    Choices {
        first: None,
        others: None,
        penalty,
    }
}

fn consent() -> Consent {
    Consent::of_character("Ada", "drawn by me").expect("consent")
}

fn cloned(loaded: &Loaded) -> ClonedVoice {
    let encoder = loaded.speaker().expect("it clones voices");
    let sample = uniform_tensor("voice", &[4000]) * 0.5;
    encoder.clone_voice(&sample, consent()).expect("a voice")
}

fn is_true(case: &Value, key: &str) -> bool {
    case[key].as_bool() == Some(true)
}

fn penalty(case: &Value) -> f64 {
    case["greedy_penalty"].as_f64().expect("a penalty")
}

#[test]
fn greedy_codes_are_those_of_the_reference_token_by_token() {
    let notes = Notes::read();
    for (name, case) in &notes.lines {
        let model = case["model"].as_str().expect("a model");
        let release = Release::written(&notes, model, "base");
        let config = release.open().expect("opened").config().clone();
        let loaded = release.load();
        let talker = loaded.networks().talker;
        let voice = cloned(&loaded);
        let who = match (is_true(case, "cloned"), case["speaker"].as_str()) {
            (true, _) => Who::Cloned(&voice),
            (false, Some(speaker)) => Who::Own(speaker),
            (false, None) => Who::Described,
        };
        let line = Line {
            role: &ROLE,
            text: &numbers(&case["text"]),
            instruction: &numbers(&case["instruction"]),
            language: case["language"].as_str().expect("a language"),
            who,
            timing: match is_true(case, "beside") {
                true => Timing::Beside,
                false => Timing::Before,
            },
        };
        let prompt = Prompt::new(talker, &config, &line).expect("a prompt");
        let state = talker.forward(&prompt.rows, &mut Cache::default());
        let state = state.squeeze_dim(0);
        assert_close(name, &state, &golden(&format!("state.{name}")), 1e-4);
        let most = number(case, "frames") as usize;
        let choices = greedy(penalty(case));
        let mut client = Client::default();
        let codes = generate(talker, &prompt, choices, 0, most, &mut client).expect("codes");
        let expected = golden(&format!("codes.{name}"));
        assert_eq!(codes.frames, rows(&expected), "{name}");
        assert_eq!(codes.has_ended, codes.frames.len() < most, "{name}");
        assert_eq!(codes.has_ended, name.starts_with("ended"), "{name}");
        assert_eq!(client.done.len(), codes.frames.len());
    }
}

fn rows(codes: &Tensor) -> Vec<Vec<i64>> {
    Vec::<Vec<i64>>::try_from(codes.to_kind(Kind::Int64)).expect("codes")
}

#[test]
fn the_wave_of_codes_is_that_of_the_reference_in_every_cut() {
    let notes = Notes::read();
    let loaded = Release::written(&notes, "small", "base").load();
    let codec: &Codec = loaded.networks().codec;
    let frames = rows(&golden("wave.codes"));
    for (name, &(frames_each, before)) in &notes.pieces {
        let pieces = Pieces {
            frames: frames_each,
            before,
        };
        let mut places = Vec::new();
        let wave = codec.decode(&frames, pieces, &mut |done| {
            places.push(done);
            Ok(())
        });
        let label = format!("wave.{name}");
        assert_close(&label, &wave.expect("a wave"), &golden(&label), 1e-5);
        assert_eq!(places.len(), frames.len().div_ceil(frames_each));
    }
    let none = codec.decode(&[], Pieces::default(), &mut |_| Ok(()));
    assert_eq!(none.expect("nothing").size(), [1, 0]);
    for wrong in [vec![1, 2, 3], vec![1, 2, 3, 4, 40], vec![-1, 2, 3, 4, 5]] {
        let failure = codec.decode(&[wrong], Pieces::default(), &mut |_| Ok(()));
        assert_eq!(failure.expect_err("refused").kind, FailureKind::Refused);
    }
    let failure = codec.decode(&frames, Pieces::default(), &mut |_| {
        Err(Failure::cancelled())
    });
    assert_eq!(failure.expect_err("stopped").kind, FailureKind::Cancelled);
}

#[test]
fn a_voice_is_that_of_the_reference_and_carries_its_consent() {
    let notes = Notes::read();
    let loaded = Release::written(&notes, "small", "base").load();
    let voice = cloned(&loaded);
    assert_close(
        "speaker",
        &voice.row().flatten(0, -1),
        &golden("speaker"),
        1e-4,
    );
    assert_eq!(voice.consent().words(), "drawn by me");
    let encoder = loaded.speaker().expect("it clones voices");
    let options = (Kind::Float, Device::Cpu);
    for shape in [vec![2000], vec![2, 4000], vec![24_000 * 61]] {
        let sample = Tensor::zeros(&shape, options);
        let failure = encoder.clone_voice(&sample, consent());
        assert_eq!(failure.expect_err("refused").kind, FailureKind::Refused);
    }
}

#[test]
fn probabilities_are_those_of_the_reference() {
    let notes = Notes::read();
    let scores = uniform_tensor("logits", &[1, 24]).flatten(0, -1) * 4.0;
    let mut scores = Vec::<f32>::try_from(scores).expect("scores");
    penalise(&mut scores, &BTreeSet::from([3, 7, 20, 99]), 1.4);
    let penalised = Tensor::from_slice(&scores);
    assert_close("penalised", &penalised, &golden("logits.penalised"), 1e-6);
    for (name, case) in &notes.logits {
        let choice = Choice {
            temperature: case["temperature"].as_f64().expect("a temperature"),
            best: case["top_k"].as_u64().unwrap_or(0) as usize,
            share: case["top_p"].as_f64().unwrap_or(1.0),
        };
        let ours = Tensor::from_slice(&probabilities(&scores, choice));
        assert_close(name, &ours, &golden(&format!("logits.{name}")), 1e-6);
    }
}

#[test]
fn texts_are_cut_into_the_tokens_of_the_reference() {
    let vocabulary = Notes::read().tokenizer;
    let folder = tempfile::tempdir().expect("a folder");
    write_tokenizer(folder.path(), &vocabulary);
    let tokenizer = Tokenizer::in_folder(folder.path()).expect("a tokenizer");
    for (text, tokens) in vocabulary.texts.iter().zip(&vocabulary.tokens) {
        assert_eq!(&tokenizer.tokens(text).expect("tokens"), tokens, "{text:?}");
    }
    let line = tokenizer.line("  hello world\n").expect("a line");
    assert_eq!(line.text, vocabulary.tokens[0]);
    assert_eq!(line.role.len(), 3);
    assert!(tokenizer.line(" ").expect("a line").text.is_empty());
    assert!(tokenizer.instruction("\n").expect("tokens").is_empty());
    let check_refused = |name: &str, text: &str, words: &str| {
        let before = fs::read(folder.path().join(name)).expect("read");
        fs::write(folder.path().join(name), text).expect("written");
        let failure = Tokenizer::in_folder(folder.path()).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::BadFile);
        assert!(failure.cause.contains(words), "{failure}");
        fs::write(folder.path().join(name), before).expect("written");
    };
    check_refused("merges.txt", "#version\na b c\n", "no pair: a b c");
    check_refused("merges.txt", "q zz\n", "is damaged");
    check_refused("vocab.json", "{", "vocab.json");
    check_refused("tokenizer_config.json", "{}", "marks");
}

/// The line of a case, with the voice that it asks for.
fn wanted<'w>(case: &'w Value, voice: Option<&'w ClonedVoice>) -> Wanted<'w> {
    let instruction = case["instruction"].as_str().unwrap_or_default();
    let voice = match (voice, case["speaker"].as_str()) {
        (Some(voice), _) => Voice::Cloned(voice),
        (None, Some(name)) => Voice::Own { name, instruction },
        (None, None) => Voice::Described(instruction),
    };
    Wanted {
        text: case["words"].as_str().expect("words"),
        language: case["language"].as_str().expect("a language"),
        voice,
        choices: greedy(penalty(case)),
        seed: 0,
        most_seconds: (number(case, "frames") as f64 + 0.5) * 24.0 / 24_000.0,
    }
}

#[test]
fn whole_lines_are_those_of_the_reference() {
    let notes = Notes::read();
    for (name, case) in &notes.said {
        let kind = case["kind"].as_str().expect("a kind");
        let loaded = Release::written(&notes, "small", kind).load();
        let voice = is_true(case, "cloned").then(|| cloned(&loaded));
        let wanted = wanted(case, voice.as_ref());
        let mut client = Client::default();
        let said = say(loaded.networks(), &wanted, &mut client).expect("said");
        let label = format!("said.{name}");
        assert_close(&label, &said.wave.samples, &golden(&label), 1e-4);
        assert_eq!(said.wave.rate_hz, 24_000);
        assert!(!said.is_whole, "it was cut");
        let (what, done) = client.done.last().expect("progress");
        assert_eq!((what.as_str(), *done), ("sound", 0.0));
    }
}

/// A described line, its network, and the case.
fn described(notes: &Notes) -> (Loaded, &Value) {
    let case = &notes.said["described"];
    let loaded = Release::written(notes, "small", "voice_design").load();
    (loaded, case)
}

#[test]
fn a_seed_decides_a_line() {
    let notes = Notes::read();
    let (loaded, case) = described(&notes);
    let made = |seed: u64| {
        let wanted = Wanted {
            choices: Choices::default(),
            seed,
            ..wanted(case, None)
        };
        let said = say(loaded.networks(), &wanted, &mut Client::default());
        Vec::<f32>::try_from(said.expect("said").wave.samples.flatten(0, -1)).expect("samples")
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    let mut generator = Generator::new(5);
    assert!((0..1000).all(|_| (0.0..1.0).contains(&generator.uniform())));
}

#[test]
fn a_line_is_cancelled_between_codes_and_before_the_wave() {
    let notes = Notes::read();
    let (loaded, case) = described(&notes);
    let wanted = wanted(case, None);
    let mut all = Client::default();
    say(loaded.networks(), &wanted, &mut all).expect("said");
    // The prompt, five codes of each frame, and the wave.
    assert_eq!(all.checks, 1 + 5 * 31 + 1);
    for stop_at in [1, 2, 9, all.checks] {
        let mut client = Client {
            stop_at: Some(stop_at),
            ..Client::default()
        };
        let failure = say(loaded.networks(), &wanted, &mut client).expect_err("stopped");
        assert_eq!(failure.kind, FailureKind::Cancelled);
        assert_eq!(client.checks, stop_at, "nothing runs after it");
    }
}

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
