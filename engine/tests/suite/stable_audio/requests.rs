//! Requests of Stable Audio from a folder to sound: detection, what is refused, seeds, given sound, memory, and jobs in the
//! real engine that are cancelled or find damaged files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kinora_engine::family::Family;
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::library::Library;
use kinora_engine::memory::MemoryPlan;
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_wire::{
    Ability, ClipInputs, Event, Failure, FailureKind, Generation, Guidance, JobId, Keyframe, Lora,
    Makes, Outcome, PartialSettings, Progress, Request, Sampler, Source, StepCache,
};
use serde_json::json;
use tch::Device;

use super::{Notes, Release, write_component};
use crate::jobs::{EngineClient, Place};

/// More words than the tokenizer of the goldens has tokens.
const VOCABULARY: i64 = 512;

/// Writes a release whose text encoder knows the tokens of the tokenizer.
fn write_release(folder: &Path) {
    let notes = Notes::read();
    Release::write(folder, &notes, true);
    let mut shapes = notes.shapes["text"].clone();
    let words = shapes
        .get_mut("encoder.embed_tokens.weight")
        .expect("words");
    words[0] = VOCABULARY;
    let config = json!({ "encoder": notes.text, "is_encoder_decoder": false });
    write_component(&folder.join("text_encoder"), &shapes, &config);
}

fn opened(folder: &Path) -> Result<Model, Failure> {
    Model::open_with("tiny", &ModelFiles::in_folder(folder)?, Ok)
}

/// Two seconds and a third in three steps.
fn request() -> Generation {
    Generation {
        settings: PartialSettings {
            frames: Some(235),
            steps: Some(3),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "a red fox".into(),
            seed: 7,
            makes: Makes::Sound,
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

fn with(change: impl FnOnce(&mut Generation)) -> Generation {
    let mut request = request();
    change(&mut request);
    request
}

/// Collects samples, steps, and the parts that were loaded.
#[derive(Debug, Default)]
struct Heard {
    samples: Vec<f32>,
    steps: Vec<(u32, u32)>,
    loaded: Vec<String>,
}

impl Listener for Heard {
    fn receive(&mut self, progress: Progress, bytes: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Sound {
                first_sample,
                sound,
            } => {
                assert_eq!((sound.rate_hz, sound.channels), (48_000, 2));
                assert_eq!(first_sample as usize * 2, self.samples.len());
                self.samples.extend(sound.split(&bytes));
            }
            Progress::Step { done, of, .. } => self.steps.push((done, of)),
            Progress::Loading { part, .. } if !self.loaded.contains(&part) => {
                self.loaded.push(part);
            }
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Makes the sound of a request, with its plan of the memory.
fn heard(folder: &Path, request: &Generation) -> Result<(Heard, MemoryPlan), Failure> {
    let model = opened(folder)?;
    let plan = model.plan(request, &|_| Vec::new())?;
    let mut generator = Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 40),
        embeddings: None,
        speed: SpeedHistory::default(),
    };
    let mut heard = Heard::default();
    let memory = generator.memory_plan(&model, &plan)?;
    generator.generate_by(memory.clone(), &model, &plan, &mut heard)?;
    Ok((heard, memory))
}

fn samples(folder: &Path, request: &Generation) -> Vec<f32> {
    heard(folder, request).expect("a sound").0.samples
}

/// A WAV file of stereo samples in 16 bits.
fn write_wav(path: &Path, rate_hz: u32, samples: &[[i16; 2]]) -> PathBuf {
    let bytes: Vec<u8> = samples
        .iter()
        .flatten()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
    file.extend(rate_hz.to_le_bytes());
    file.extend((rate_hz * 4).to_le_bytes());
    file.extend(b"\x04\0\x10\0data");
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(bytes);
    fs::write(path, file).expect("written");
    path.to_path_buf()
}

#[test]
fn a_folder_is_known_as_a_model_of_sound_alone_with_lengths_in_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(&folder.path().join("tiny"));
    let library = Library::in_folders(vec![folder.path().to_path_buf()]);
    let models = library.models();
    let found = models
        .iter()
        .find(|model| model.id == "tiny")
        .expect("found");
    let sound = found.spec.sound.expect("sound alone");
    assert_eq!((sound.rate_hz, sound.channels), (160, 2));
    assert!(sound.allows(384.0) && !sound.allows(385.0));
    assert!(found.spec.makes_sound && !found.spec.makes_pictures);
    assert_eq!(found.abilities, [Ability::Source]);
    assert_eq!(
        (found.defaults.steps, found.defaults.guidance),
        (8, Guidance::Off)
    );
    assert_eq!(found.spec.frames_lasting(2.35), Ok(235));
    assert!(found.licence.contains("Stability AI"), "{}", found.licence);
    let mut names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), found.files.len(), "each has a name of its own");
}

#[test]
fn components_are_found_by_their_keys_in_folders_of_any_name() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(folder.path());
    let before = samples(folder.path(), &request());
    for (name, other) in [
        ("transformer", "networks"),
        ("vae", "codec"),
        ("text_encoder", "words"),
        ("duration_embedder", "lengths"),
    ] {
        fs::rename(folder.path().join(name), folder.path().join(other)).expect("renamed");
    }
    let files = ModelFiles::in_folder(folder.path()).expect("a model");
    assert_eq!(files.family, Family::StableAudio);
    assert_eq!(samples(folder.path(), &request()), before);
    fs::remove_dir_all(folder.path().join("scheduler")).expect("removed");
    let failure = opened(folder.path()).expect_err("its solver is not known");
    assert!(failure.cause.contains("scheduler_config.json"), "{failure}");
}

#[test]
fn a_seed_makes_a_sound_of_its_length_step_by_step_and_the_same_again() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(folder.path());
    let latents = folder.path().join("latents.safetensors");
    let kept = with(|request| request.latents_out = Some(latents.clone()));
    let (first, _) = heard(folder.path(), &kept).expect("a sound");
    assert_eq!(first.samples.len(), 2 * 48_000 * 235 / 100);
    assert_eq!(first.steps, [(1, 3), (2, 3), (3, 3)]);
    assert_eq!(first.loaded.len(), 4, "{:?}", first.loaded);
    assert!(
        first.samples.iter().any(|sample| sample.abs() > 0.01),
        "it is heard"
    );
    assert!(latents.is_file());
    assert_eq!(samples(folder.path(), &request()), first.samples);
    let others = [
        with(|request| request.inputs.seed = 8),
        with(|request| request.inputs.prompt = "a blue hare".into()),
        with(|request| request.settings.steps = Some(4)),
        with(|request| request.settings.guidance = Some(Guidance::Classifier { scale: 3.0 })),
    ];
    for other in others {
        assert_ne!(samples(folder.path(), &other), first.samples);
    }
}

#[test]
fn a_sound_is_continued_and_retaken_and_keeps_the_given_samples() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(folder.path());
    let given: Vec<[i16; 2]> = (0..48_000).map(|_| [8192, -8192]).collect();
    let given = write_wav(&folder.path().join("given.wav"), 48_000, &given);
    let placed = |at: i64, retake: Option<[u32; 2]>| {
        with(|request| {
            request.sound = Some(Source {
                clip: given.clone(),
                at,
                retake,
            });
        })
    };
    // The edges are smeared by the change of the rate.
    let is_given = |samples: &[f32], seconds: f64| {
        let at = (seconds * 48_000.0) as usize * 2;
        let near = |value: f32, wanted: f32| (value - wanted).abs() < 0.02;
        near(samples[at], 0.25) && near(samples[at + 1], -0.25)
    };
    let continued = samples(folder.path(), &placed(0, None));
    assert!([0.2, 0.5, 0.8].iter().all(|&at| is_given(&continued, at)));
    assert!(!is_given(&continued, 1.5) || !is_given(&continued, 2.0));
    let before = samples(folder.path(), &placed(135, None));
    assert!([1.6, 2.0].iter().all(|&at| is_given(&before, at)));
    let retaken = samples(folder.path(), &placed(0, Some([30, 70])));
    assert!([0.1, 0.85].iter().all(|&at| is_given(&retaken, at)));
    assert_ne!(retaken, continued);
    for (at, retake, words) in [
        (-100, None, "nothing is kept"),
        (0, Some([0, 100]), "nothing is kept"),
        (500, None, "outside"),
        (0, Some([70, 30]), "outside"),
    ] {
        let failure = heard(folder.path(), &placed(at, retake)).expect_err("refused");
        assert!(failure.cause.contains(words), "{failure}");
    }
    let short = with(|request| {
        request.settings.frames = Some(100);
        request.sound = placed(0, None).sound;
    });
    let failure = heard(folder.path(), &short).expect_err("refused");
    assert!(failure.cause.contains("nothing is made anew"), "{failure}");
    fs::write(&given, "no sound").expect("written");
    let failure = heard(folder.path(), &placed(0, None)).expect_err("refused");
    assert_eq!(failure.kind, FailureKind::BadFile, "{failure}");
}

#[test]
fn what_a_model_of_sound_alone_cannot_do_is_refused_with_words() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(folder.path());
    let model = opened(folder.path()).expect("opened");
    let check = |request: &Generation, words: &str| {
        let failure = model.plan(request, &|_| Vec::new()).expect_err(words);
        assert!(failure.cause.contains(words), "{failure}");
        assert!(failure.remedy.is_some());
    };
    let keyframe = Keyframe {
        frame: 0,
        image: "one.png".into(),
    };
    let lora = Lora {
        file: "one.safetensors".into(),
        strength: 1.0,
        expert: None,
    };
    let gone = Source {
        clip: "gone.wav".into(),
        at: 0,
        retake: None,
    };
    check(
        &with(|request| request.inputs.makes = Makes::Picture),
        "makes no pictures",
    );
    check(
        &with(|request| request.settings.frames = Some(0)),
        "0 s cannot be made",
    );
    check(
        &with(|request| request.settings.frames = Some(40_000)),
        "400 s cannot be made",
    );
    check(
        &with(|request| request.settings.rate = Some(0)),
        "cannot be made",
    );
    check(
        &with(|request| request.settings.sampler = Some(Sampler::UniPc)),
        "another sampler",
    );
    check(&with(|request| request.settings.shift = Some(3.0)), "shift");
    check(
        &with(|request| request.settings.step_cache = Some(StepCache::Easy { threshold: 0.1 })),
        "a step cache",
    );
    check(&with(|request| request.inputs.loras = vec![lora]), "a LoRA");
    check(
        &with(|request| request.inputs.keyframes = vec![keyframe]),
        "a first frame",
    );
    check(&with(|request| request.sound = Some(gone)), "is not there");
}

#[test]
fn with_less_memory_the_networks_are_loaded_in_turn_and_the_sound_is_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    write_release(folder.path());
    let (all, memory) = heard(folder.path(), &request()).expect("a sound");
    assert_eq!(memory.words(), "all in memory");
    let limited = |bytes| with(|request| request.memory_limit_bytes = Some(bytes));
    let less = limited(memory.peak_bytes() - 1);
    let (less, memory) = heard(folder.path(), &less).expect("a sound");
    assert!(memory.words().contains("in turn"), "{}", memory.words());
    assert_eq!(less.samples, all.samples);
    let failure = heard(folder.path(), &limited(1000)).expect_err("refused");
    assert!(failure.cause.contains("may use 1"), "{failure}");
}

fn asked(place: &Place, steps: u32, seconds: u32) -> Generation {
    with(|request| {
        request.model = Some(place.model().display().to_string());
        request.device = Some("cpu".into());
        request.settings.steps = Some(steps);
        request.settings.frames = Some(100 * seconds);
    })
}

/// The samples of a job in an engine, as bytes, and its outcome.
fn made(engine: &EngineClient, job: u64, request: Generation) -> (Vec<u8>, Outcome) {
    engine.submit(job, request);
    let mut samples = Vec::new();
    loop {
        match engine.event() {
            Event::Progress {
                progress: Progress::Sound { .. },
                pixels,
                ..
            } => samples.extend_from_slice(&pixels),
            Event::Ended { outcome, .. } => return (samples, outcome),
            _ => {}
        }
    }
}

#[test]
fn an_engine_makes_the_same_bytes_for_a_seed_and_reports_what_is_damaged() {
    let place = Place::with(write_release);
    let engine = place.start();
    let (first, outcome) = made(&engine, 1, asked(&place, 2, 2));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(first.len(), 2 * 48_000 * 2 * 4);
    assert_eq!(made(&engine, 2, asked(&place, 2, 2)).0, first);
    assert_eq!(
        made(&place.start(), 1, asked(&place, 2, 2)).0,
        first,
        "in another process"
    );
    let file = place.model().join("transformer/model.safetensors");
    let sound = fs::read(&file).expect("a file");
    let mut header = sound.clone();
    header[8..16].fill(0xff);
    for damaged in [header, sound[..sound.len() / 2].to_vec(), Vec::new()] {
        fs::remove_file(&file).expect("removed"); // never written over: the engine has it mapped
        fs::write(&file, damaged).expect("written");
        let (_, outcome) = made(&engine, 3, asked(&place, 2, 2));
        let Outcome::Failed { failure } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(failure.kind, FailureKind::BadFile, "{failure}");
        assert!(failure.cause.contains("transformer"), "{failure}");
        fs::remove_file(&file).expect("removed");
        fs::write(&file, &sound).expect("written");
    }
}

/// Whether a message marks a given moment of a job.
type Sign = fn(&Progress) -> bool;

#[test]
fn a_sound_is_cancelled_wherever_it_is() {
    let place = Place::with(write_release);
    let engine = place.start();
    let signs: [(&str, Sign, u32); 4] = [
        (
            "begun",
            |progress| matches!(progress, Progress::Begun { .. }),
            500,
        ),
        (
            "loading",
            |progress| matches!(progress, Progress::Loading { .. }),
            500,
        ),
        (
            "steps",
            |progress| matches!(progress, Progress::Step { done: 2, .. }),
            500,
        ),
        (
            "sound",
            |progress| matches!(progress, Progress::Working { what, .. } if what == "sound"),
            1,
        ),
    ];
    for (number, (name, sign, steps)) in (1..).zip(signs) {
        engine.submit(number, asked(&place, steps, 100));
        let mut cancelled_at = None;
        let outcome = loop {
            match engine.event() {
                Event::Progress { progress, .. } if cancelled_at.is_none() && sign(&progress) => {
                    engine.0.send(Request::Cancel { job: JobId(number) });
                    cancelled_at = Some(Instant::now());
                }
                Event::Ended { outcome, .. } => break outcome,
                _ => {}
            }
        };
        let took = cancelled_at.expect("the sign was seen").elapsed();
        assert_eq!(outcome, Outcome::Cancelled, "{name}");
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
    }
    let (_, outcome) = made(&engine, 99, asked(&place, 1, 1));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}
