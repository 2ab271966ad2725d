//! The releases of Qwen3-TTS: the files that they name, as headers of the released shapes without data, are models of the
//! kinds that are promised, and no broken models of the library.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kinora_engine::family::qwen_tts::{
    Codec, CodecConfig, Component, ModelConfig, ModelKind, SpeakerEncoder, SpeechModel, Talker,
};
use kinora_engine::library::Library;
use kinora_engine::weights::{Checkpoint, Survey};
use kinora_wire::{Failure, Installed};
use serde_json::{Value, json};

use crate::header_only::{Entry, plain, write};
use crate::qwen_tts::{Notes, write_tokenizer};

/// The releases that can be installed.
const RELEASES: &str = include_str!("../../../assets/releases/qwen_tts.ron");
/// Bytes that a header may take beside the data.
const LONGEST_HEADER: i64 = 200_000;

/// A release: its id, its kind, the width of its talker.
const MODELS: [(&str, &str, i64); 3] = [
    ("qwen3-tts-1.7b-voice-design", "voice_design", 2048),
    ("qwen3-tts-0.6b-custom-voice", "custom_voice", 1024),
    ("qwen3-tts-0.6b-base", "base", 1024),
];

/// The `config.json` of a release, as far as it says the shape.
fn config(kind: &str, width: i64) -> Value {
    let layers = |layers: i64, width: i64, codes: i64| {
        json!({
            "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "intermediate_size": 3 * width,
            "hidden_act": "silu",
            "vocab_size": codes,
            "num_code_groups": 16,
            "rope_theta": 1e6,
        })
    };
    let mut talker = layers(28, width, 3072);
    let marks = json!({
        "text_vocab_size": 151_936,
        "text_hidden_size": 2048,
        "codec_bos_id": 2149,
        "codec_eos_token_id": 2150,
        "codec_pad_id": 2148,
        "codec_think_id": 2154,
        "codec_nothink_id": 2155,
        "codec_think_bos_id": 2156,
        "codec_think_eos_id": 2157,
        "codec_language_id": { "chinese": 2055, "english": 2050 },
        "code_predictor_config": layers(5, 1024, 2048),
    });
    for (name, value) in marks.as_object().expect("fields") {
        talker[name] = value.clone();
    }
    json!({
        "model_type": "qwen3_tts",
        "tokenizer_type": "qwen3_tts_tokenizer_12hz",
        "tts_model_size": if width == 1024 { "0b6" } else { "1b7" },
        "tts_model_type": kind,
        "speaker_encoder_config": { "enc_dim": width, "sample_rate": 24_000 },
        "talker_config": talker,
    })
}

/// The `config.json` of a codec of this kind. Only that of the release states its own widths.
fn codec_config() -> Value {
    json!({
        "model_type": "qwen3_tts_tokenizer_12hz",
        "output_sample_rate": 24_000,
        "decode_upsample_rate": 1920,
        "decoder_config": {
            "codebook_size": 2048,
            "codebook_dim": 512,
            "hidden_size": 512,
            "latent_dim": 1024,
            "max_position_embeddings": 8000,
            "rope_theta": 10_000,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
            "head_dim": 64,
            "sliding_window": 72,
            "intermediate_size": 1024,
            "rms_norm_eps": 1e-5,
            "num_hidden_layers": 8,
            "num_quantizers": 16,
            "upsample_rates": [8, 5, 4, 3],
            "upsampling_ratios": [2, 2],
            "decoder_dim": 1536,
        },
    })
}

/// Writes the weights of a component whose configuration lies in the folder. Returns the bytes of the data.
fn write_weights(
    folder: &Path,
    component: Component,
    survey: impl FnOnce(&Checkpoint) -> Vec<Survey>,
) -> i64 {
    let path = folder.join("model.safetensors");
    write(&path, &[Entry::new("any", "BF16", &[1])], &[]);
    let surveys = survey(&Checkpoint::open(folder, component).expect("opened"));
    let entries = surveys.iter().flat_map(|survey| plain("", &survey.shapes));
    let entries: Vec<Entry> = entries.collect();
    write(&path, &entries, &[]);
    entries.iter().map(Entry::size).sum()
}

/// The files of a release in the folder of its model.
fn names_of(id: &str) -> BTreeSet<&'static str> {
    let start = format!("place: \"{id}/");
    let places = RELEASES.split(start.as_str()).skip(1);
    places.filter_map(|rest| rest.split('"').next()).collect()
}

/// Installs a release. Returns its model, and the bytes of its weights.
fn install(root: &Path, notes: &Notes, (id, kind, width): (&str, &str, i64)) -> (SpeechModel, i64) {
    let folder = root.join(id);
    let codec = folder.join("speech_tokenizer");
    fs::create_dir_all(&codec).expect("made");
    let write_text = |path: &Path, value: Value| {
        fs::write(path, value.to_string()).expect("written");
    };
    write_text(&folder.join("config.json"), config(kind, width));
    write_text(
        &folder.join("generation_config.json"),
        json!({ "top_k": 50 }),
    );
    write_text(&codec.join("config.json"), codec_config());
    write_tokenizer(&folder, &notes.tokenizer);
    let survey = |made: Result<Survey, Failure>| made.expect("a survey");
    let bytes = write_weights(&folder, Component::Talker, |checkpoint| {
        let config = ModelConfig::detect(checkpoint).expect("its shape");
        let talker = Survey::of(|weights| Talker::new(&config.talker, weights));
        let speaker = config
            .speaker
            .map(|speaker| survey(Survey::of(|weights| SpeakerEncoder::new(&speaker, weights))));
        [Some(survey(talker)), speaker]
            .into_iter()
            .flatten()
            .collect()
    });
    write_weights(&codec, Component::Codec, |checkpoint| {
        let config = CodecConfig::detect(checkpoint).expect("its shape");
        vec![survey(Survey::of(|weights| Codec::new(&config, weights)))]
    });
    let named = names_of(id);
    for file in ["model.safetensors", "config.json", "generation_config.json"] {
        assert!(named.contains(file), "{id}: {file}");
    }
    for entry in fs::read_dir(&folder).expect("there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = entry.path().is_file();
        assert!(!is_file || named.contains(name.as_str()), "{id}: {name}");
    }
    for file in [
        "speech_tokenizer/model.safetensors",
        "speech_tokenizer/config.json",
    ] {
        assert!(named.contains(file), "{id}: {file}");
    }
    assert_eq!(named.len(), 8, "{id}");
    (SpeechModel::open(&folder).expect(id), bytes)
}

#[test]
fn the_files_of_each_release_are_a_model_of_its_kind_and_no_broken_one() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = [
        ModelKind::Design,
        ModelKind::OwnVoices {
            takes_instructions: false,
        },
        ModelKind::Cloning,
    ];
    let released = [
        3_833_402_552..3_833_402_553,
        1_805_000_000..1_815_000_000,
        1_825_000_000..1_835_000_000,
    ];
    for ((model, kind), released) in MODELS.into_iter().zip(kinds).zip(released) {
        let (opened, bytes) = install(folder.path(), &notes, model);
        assert_eq!(opened.config().kind, kind, "{}", model.0);
        println!("{}: {bytes} bytes", model.0);
        let fitting = bytes..bytes + LONGEST_HEADER;
        let is_near = released.contains(&bytes) || fitting.contains(&released.start);
        assert!(is_near, "{}: {bytes}", model.0);
    }
    for model in Library::in_folders(vec![folder.path().to_path_buf()]).models() {
        if let Installed::Broken { why } = model.installed {
            panic!("{}: {why}", model.id);
        }
    }
}
