//! Compares Qwen3-TTS with the package `qwen_tts`: codes token by token, waves, voices, tokens and whole lines. All
//! networks are opened from files in the layout of the release, with exactly the reference's keys.

mod jobs;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use kinora_engine::family::qwen_tts::{
    Cache, Choice, Choices, ClonedVoice, Codec, Consent, Generator, Line, Loaded, Pieces, Prompt,
    SpeechModel, Timing, Tokenizer, Voice, Wanted, Who, generate, penalise, probabilities, say,
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
pub struct Notes {
    models: BTreeMap<String, Value>,
    codec: Value,
    lines: BTreeMap<String, Value>,
    said: BTreeMap<String, Value>,
    logits: BTreeMap<String, Value>,
    pieces: BTreeMap<String, (usize, usize)>,
    shapes: BTreeMap<String, Shapes>,
    pub tokenizer: TokenNotes,
}

#[derive(Deserialize)]
pub struct TokenNotes {
    vocabulary: Value,
    merges: Vec<String>,
    special: BTreeMap<String, u32>,
    texts: Vec<String>,
    tokens: Vec<Vec<i64>>,
}

impl Notes {
    pub fn read() -> Self {
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
pub struct Release(pub tempfile::TempDir);

impl Release {
    /// One of the models, as one of this kind.
    pub fn written(notes: &Notes, model: &str, kind: &str) -> Self {
        let release = Self(tempfile::tempdir().expect("a folder"));
        write_release(release.0.path(), notes, model, kind);
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

/// Writes a release into a folder.
pub fn write_release(folder: &Path, notes: &Notes, model: &str, kind: &str) {
    let at = |name: &str| folder.join(name);
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
    write_tokenizer(folder, &notes.tokenizer);
}

pub fn write_tokenizer(folder: &Path, vocabulary: &TokenNotes) {
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
pub struct Client {
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
            places.extend(done);
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
    // The prompt, five codes of each frame, and the wave with its stages.
    let codec = loaded.networks().codec.config();
    let stages = codec.first_factors.len() + codec.factors.len();
    assert_eq!(all.checks, 1 + 5 * 31 + 1 + stages);
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
