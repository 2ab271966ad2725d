//! Lines said by the real engine over the protocol, with a tiny model: sound and progress, seeds, cancelling, consent, and
//! files that are damaged. Also how a release is found among models.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kinora_engine::library::Library;
use kinora_engine::model::{Ability, Model};
use kinora_wire::{
    ClipInputs, Event, Failure, FailureKind, Generation, Installed, JobId, Makes, Outcome,
    PartialSettings, Progress, Request, SoundShape, SpeechSampling, Voice,
};

use super::{Notes, write_release};
use crate::estimates::estimate;
use crate::jobs::{EngineClient, Place};

/// A place with one of the models, of this kind.
fn place(kind: &str) -> Place {
    let notes = Notes::read();
    Place::with(|folder| write_release(folder, &notes, "small", kind))
}

/// A line of a fifth of a second: 200 frames of the tiny codec.
fn line(place: &Place, voice: impl Into<Option<Voice>>, seed: u64) -> Generation {
    Generation {
        model: Some(place.model().display().to_string()),
        device: Some("cpu".into()),
        settings: PartialSettings {
            frames: Some(20),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "hello world".into(),
            seed,
            makes: Makes::Sound,
            ..ClipInputs::default()
        },
        voice: voice.into(),
        ..Generation::default()
    }
}

fn described(description: &str) -> Voice {
    Voice {
        name: "Ada".into(),
        description: description.into(),
        ..Voice::default()
    }
}

/// A WAV file of half a second of a tone, mono at 48 kHz with 16 bits.
fn recording(folder: &Path) -> PathBuf {
    let samples = (0..24_000).map(|at: i32| ((f64::from(at) / 30.0).sin() * 9000.0) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend([48_000u32.to_le_bytes(), 96_000u32.to_le_bytes()].concat());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    let path = folder.join("ada.wav");
    fs::write(&path, bytes).expect("written");
    path
}

fn cloned(place: &Place, consent: &str) -> Voice {
    Voice {
        name: "Ada".into(),
        sample: Some(recording(&place.model())),
        consent: consent.into(),
        ..Voice::default()
    }
}

/// The progress of a job, its sound, and how it ended.
fn heard(client: &EngineClient, job: u64) -> (Vec<Progress>, Vec<f32>, Outcome) {
    let (mut received, mut sound) = (Vec::new(), Vec::new());
    loop {
        match client.event() {
            Event::Progress {
                progress, pixels, ..
            } => {
                if let Progress::Sound {
                    first_sample,
                    sound: shape,
                } = progress
                {
                    assert_eq!(shape.channels, 1);
                    assert_eq!(first_sample as usize, sound.len(), "without gaps");
                    sound.extend(shape.split(&pixels));
                }
                received.push(progress);
            }
            Event::Ended {
                job: JobId(of),
                outcome,
            } if of == job => return (received, sound, outcome),
            _ => {}
        }
    }
}

/// A line that was said whole.
fn said(client: &EngineClient, job: u64, line: Generation) -> Vec<f32> {
    client.submit(job, line);
    let (_, sound, outcome) = heard(client, job);
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    sound
}

fn failure_of(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed { failure } => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_most_seconds_of_a_line_are_known_once_another_was_said() {
    let place = place("voice_design");
    let client = place.start();
    let lasting = |frames: u32| Generation {
        settings: PartialSettings {
            frames: Some(frames),
            ..PartialSettings::default()
        },
        ..line(&place, described("low and calm"), 7)
    };
    let before = estimate(&client, 1, lasting(20));
    assert!(before.memory().is_some(), "{before:?}");
    assert_eq!(before.seconds(), None, "no line was said yet");
    said(&client, 1, lasting(20));
    let seconds = |question, frames| estimate(&client, question, lasting(frames)).seconds();
    let (short, long) = (seconds(2, 20), seconds(3, 60));
    let (short, long) = (short.expect("measured"), long.expect("measured"));
    let times_longer = long / short;
    assert!(
        short > 0.0 && (times_longer - 3.0).abs() < 1e-6,
        "{times_longer}"
    );
}

#[test]
fn no_recording_is_read_for_an_estimate_but_nothing_is_said_of_a_clone_without_consent() {
    let place = place("base");
    let client = place.start();
    let unread = |consent: &str| {
        let voice = Voice {
            sample: Some(PathBuf::new()),
            ..cloned(&place, consent)
        };
        line(&place, voice, 7)
    };
    let fits = estimate(&client, 1, unread("recorded by me"));
    assert!(fits.memory().is_some(), "{fits:?}");
    let refused = estimate(&client, 2, unread(" "));
    assert!(refused.memory().is_none(), "{refused:?}");
}

#[test]
fn a_line_is_said_and_its_seed_says_it_again_bit_for_bit() {
    let place = place("voice_design");
    let client = place.start();
    client.submit(1, line(&place, described("low and calm"), 7));
    let (received, sound, outcome) = heard(&client, 1);
    let Outcome::Done { timings } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(timings.denoising > 0.0 && timings.decoding > 0.0);
    assert_eq!(sound.len(), SoundShape::RATE_HZ as usize / 5);
    let loudest = sound
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(loudest > 1e-3 && loudest <= 1.0, "{loudest}");
    let speech = received.iter().find_map(|progress| match progress {
        Progress::Begun { request, .. } => Some(request.settings.speech),
        _ => None,
    });
    let speech = speech.expect("begun");
    assert!((speech.first.temperature - 0.9).abs() < 1e-9 && speech.others.top_k == 50);
    let frames = received
        .iter()
        .filter(|progress| matches!(progress, Progress::Working { what, .. } if what == "speech"));
    assert!(frames.count() > 1, "a message for each frame of codes");
    let loaded = |name: &str| {
        received
            .iter()
            .any(|progress| matches!(progress, Progress::Loading { part, .. } if part == name))
    };
    assert!(loaded("transformer") && loaded("autoencoder of the sound"));
    assert!(!loaded("speaker encoder"));

    let again = said(&client, 2, line(&place, described("low and calm"), 7));
    assert_eq!(again, sound, "by the same engine");
    let other = place.start();
    let again = said(&other, 1, line(&place, described("low and calm"), 7));
    assert_eq!(again, sound, "by another engine");
    let seed = said(&other, 2, line(&place, described("low and calm"), 8));
    assert_ne!(seed, sound);
    let voice = said(&other, 3, line(&place, described("high"), 7));
    assert_ne!(voice, sound);
    let mut best = line(&place, described("low and calm"), 7);
    best.settings.speech = Some(SpeechSampling::default());
    let one = said(&other, 4, best.clone());
    best.inputs.seed = 8;
    assert_eq!(said(&other, 5, best), one, "nothing is drawn");
}

#[test]
fn a_voice_is_cloned_with_consent_only() {
    let place = place("base");
    let client = place.start();
    for (job, empty) in (1..).zip(["", "  ", "-"]) {
        client.submit(job, line(&place, cloned(&place, empty), 7));
        let (received, _, outcome) = heard(&client, job);
        let failure = failure_of(outcome);
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.cause.contains("Ada cannot be cloned"), "{failure}");
        let has_begun = |progress: &Progress| matches!(progress, Progress::Begun { .. });
        assert!(!received.iter().any(has_begun), "before any work");
    }
    let right = "A. Person, agreed on 3 May";
    client.submit(9, line(&place, cloned(&place, right), 7));
    let (received, sound, outcome) = heard(&client, 9);
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let speaker = |progress: &Progress| matches!(progress, Progress::Loading { part, .. } if part == "speaker encoder");
    assert!(received.iter().any(speaker));
    assert!(sound.iter().any(|sample| sample.abs() > 1e-3));
    assert_eq!(
        said(&client, 10, line(&place, cloned(&place, right), 7)),
        sound
    );
}

#[test]
fn a_line_is_cancelled_while_it_is_said_and_the_next_one_is_whole() {
    let place = place("voice_design");
    let client = place.start();
    let long = Generation {
        settings: PartialSettings {
            frames: Some(204),
            // Without the end that a draw may bring.
            speech: Some(SpeechSampling::default()),
            ..PartialSettings::default()
        },
        ..line(&place, described("low"), 7)
    };
    client.submit(1, long);
    let mut cancelled_at = None;
    let outcome = loop {
        match client.event() {
            Event::Progress {
                progress: Progress::Working { .. },
                ..
            } if cancelled_at.is_none() => {
                client.0.send(Request::Cancel { job: JobId(1) });
                cancelled_at = Some(Instant::now());
            }
            Event::Ended { outcome, .. } => break outcome,
            _ => {}
        }
    };
    assert_eq!(outcome, Outcome::Cancelled);
    let took = cancelled_at.expect("speech was seen").elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    said(&client, 2, line(&place, described("low"), 7));
}

#[test]
fn what_a_model_cannot_say_is_refused_with_what_it_can() {
    let check = |kind: &str, voice: &dyn Fn(&Place) -> Option<Voice>, words: &str| {
        let place = place(kind);
        let model = opened(&place.model()).expect("opened");
        let request = line(&place, voice(&place), 7);
        let failure = model.plan(&request, &|_| Vec::new()).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert!(failure.to_string().contains(words), "{failure}");
    };
    check("voice_design", &|_| None, "has no voice");
    check(
        "voice_design",
        &|_| Some(described(" ")),
        "Ada is not described",
    );
    check("base", &|_| Some(described("low")), "VoiceDesign");
    check(
        "voice_design",
        &|place| Some(cloned(place, "mine")),
        "Base model",
    );
    check(
        "custom_voice",
        &|_| Some(described("nobody")),
        "dylan, vivian",
    );
    let klingon = Voice {
        language: "klingon".into(),
        ..described("low")
    };
    check("voice_design", &|_| Some(klingon.clone()), "`klingon`");
    let place = place("custom_voice");
    let model = opened(&place.model()).expect("opened");
    let planned = |change: &dyn Fn(&mut Generation)| {
        let mut request = line(&place, described("Vivian, in a whisper"), 7);
        change(&mut request);
        model.plan(&request, &|_| Vec::new())
    };
    assert!(planned(&|_| {}).is_ok());
    let changes: [&dyn Fn(&mut Generation); 5] = [
        &|line| line.inputs.prompt = " ".into(),
        &|line| line.inputs.makes = Makes::Picture,
        &|line| line.settings.frames = Some(205),
        &|line| line.latents_out = Some("latents".into()),
        &|line| {
            line.settings.speech = Some(SpeechSampling {
                repetition_penalty: 0.0,
                ..SpeechSampling::default()
            });
        },
    ];
    for change in changes {
        let failure = planned(change).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    }
}

/// The model in a folder.
fn opened(folder: &Path) -> Result<Model, Failure> {
    Library::in_folders(Vec::new()).open(Some(&folder.display().to_string()))
}

#[test]
fn a_release_is_found_among_models_by_what_is_in_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = Notes::read();
    for kind in ["base", "voice_design", "custom_voice"] {
        write_release(&folder.path().join(kind), &notes, "small", kind);
    }
    let library = Library::in_folders(vec![folder.path().to_owned()]);
    let models = library.models();
    let found = |id: &str| models.iter().find(|model| model.id == id).expect("found");
    for (id, ability) in [
        ("base", Ability::ClonedVoice),
        ("voice_design", Ability::Voice),
        ("custom_voice", Ability::Voice),
    ] {
        let model = found(id);
        assert!(
            matches!(model.installed, Installed::Yes { .. }),
            "{model:?}"
        );
        assert_eq!(model.abilities, [ability]);
        assert!(model.spec.makes_sound && !model.spec.makes_pictures);
        let names: Vec<&str> = model.files.iter().map(|file| file.name.as_str()).collect();
        let talker = format!("{id}/model.safetensors");
        let expected = [
            talker.as_str(),
            "speech_tokenizer/model.safetensors",
            "vocab.json",
            "merges.txt",
            "tokenizer_config.json",
        ];
        assert_eq!(names, expected);
    }
    assert_eq!(library.models_with(Ability::ClonedVoice), ["base"]);
}

#[test]
fn damaged_files_are_named_and_the_engine_goes_on() {
    let place = place("voice_design");
    let client = place.start();
    let damages: [(&str, &[u8]); 3] = [
        ("model.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{"),
        (
            "speech_tokenizer/model.safetensors",
            b"\x08\0\0\0\0\0\0\0{\"a\":[1]",
        ),
        ("vocab.json", b"{"),
    ];
    for (job, (name, damage)) in (1..).zip(damages) {
        let path = place.model().join(name);
        let whole = fs::read(&path).expect("read");
        fs::remove_file(&path).expect("removed"); // never written over: the engine may have it mapped
        fs::write(&path, damage).expect("written");
        client.submit(job, line(&place, described("low"), 7));
        let (_, _, outcome) = heard(&client, job);
        let failure = failure_of(outcome);
        assert_eq!(failure.kind, FailureKind::BadFile, "{failure}");
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        assert!(failure.cause.contains(file.as_ref()), "{failure}");
        fs::remove_file(&path).expect("removed");
        fs::write(&path, whole).expect("written");
    }
    fs::remove_file(place.model().join("merges.txt")).expect("removed");
    client.submit(8, line(&place, described("low"), 7));
    let (_, _, outcome) = heard(&client, 8);
    let failure = failure_of(outcome);
    assert!(failure.cause.contains("merges.txt is missing"), "{failure}");
}

#[test]
fn a_line_that_no_memory_fits_is_refused_with_numbers() {
    let place = place("base");
    let client = place.start();
    let limited = Generation {
        memory_limit_bytes: Some(10_000),
        ..line(&place, cloned(&place, "mine"), 7)
    };
    client.submit(1, limited);
    let (_, _, outcome) = heard(&client, 1);
    let failure = failure_of(outcome);
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.cause.contains("and may use"), "{failure}");
}
