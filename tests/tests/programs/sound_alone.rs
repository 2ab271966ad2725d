//! A model of sound alone from its folder to a take, with the real engine: Stable Audio as a tiny release of drawn weights.
//! Faults too: a damaged header, a full disk, an engine that is killed, a job that is cancelled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use kinora_render::media::read_sound;
use kinora_render::{Content, Format, Writer};
use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_tests::{PATIENCE, kinora, program};
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::settings::ShotSettings;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{ModelLength, Origin, RetakeStreams, SeedPolicy, Shot};
use kinora_timeline::{
    Amendment, ContentHash, Edit, FrameRange, FrameRate, Frames, Project, ShotId,
};
use kinora_wire::{Makes, Progress};
use serde_json::{Value, json};

use crate::zero_weights::write_drawn;

/// More words than the tokenizer has tokens.
const VOCABULARY: usize = 512;
/// The value of a given sound, which any change of the rate keeps.
const LEVEL: f32 = 0.25;

/// The notes of a file of goldens: shapes, configurations, a tokenizer.
pub fn notes(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../engine/goldens")
        .join(format!("{name}.safetensors"));
    let bytes = fs::read(path).expect("goldens");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let header: Value = serde_json::from_slice(&bytes[8..8 + length as usize]).expect("a header");
    let notes = header["__metadata__"]["cases"].as_str().expect("notes");
    serde_json::from_str(notes).expect("JSON")
}

/// Writes a release in the Diffusers layout.
fn write_release(folder: &Path) {
    let notes_of_sound = notes("stable_audio");
    let vae = notes_of_sound["autoencoders"]["small"]["config"].clone();
    let text = json!({ "encoder": notes_of_sound["text"], "is_encoder_decoder": false });
    for (component, shapes, config) in [
        ("transformer", "transformer.small", json!({})),
        ("vae", "autoencoder.small", vae),
        ("text_encoder", "text", text),
        (
            "duration_embedder",
            "duration",
            notes_of_sound["duration"].clone(),
        ),
    ] {
        let place = folder.join(component);
        fs::create_dir_all(&place).expect("made");
        let shapes = notes_of_sound["shapes"][shapes]
            .as_object()
            .expect("shapes");
        let shapes = shapes.iter().map(|(name, shape)| {
            let mut shape: Vec<usize> = serde_json::from_value(shape.clone()).expect("a shape");
            if name == "encoder.embed_tokens.weight" {
                shape[0] = VOCABULARY;
            }
            (name.clone(), shape)
        });
        write_drawn(&place.join("model.safetensors"), shapes);
        fs::write(place.join("config.json"), config.to_string()).expect("written");
    }
    let scheduler = json!({
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1,
        "stochastic_sampling": true,
    });
    for (place, content) in [
        ("scheduler/scheduler_config.json", scheduler.to_string()),
        (
            "tokenizer/tokenizer.json",
            notes("ltx2_text")["tokenizer"].to_string(),
        ),
        ("model_index.json", "{}".to_owned()),
    ] {
        let path = folder.join(place);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
}

/// A home with the model "music" in its folder of models.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    write_release(&home.path().join("data/kinora/models/music"));
    home
}

fn model_file(home: &Path) -> PathBuf {
    home.join("data/kinora/models/music/transformer/model.safetensors")
}

fn generate(home: &Path, output: &str, more: &[&str]) -> (Output, PathBuf) {
    let output = home.join(output);
    let ran = kinora(home)
        .args([
            "generate",
            "--sound-only",
            "--prompt",
            "a red fox",
            "--device",
            "cpu",
        ])
        .args(["--steps", "2", "-o"])
        .arg(&output)
        .args(more)
        .output()
        .expect("kinora starts");
    (ran, output)
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// Writes a sound of one value, and returns its path.
fn level(path: &Path, count: usize) -> String {
    let content = Content {
        size: [2, 2], // of pictures, which it has none of
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(path, Format::TAKE_SOUND, content).expect("a writer");
    writer.sound(&vec![LEVEL; 2 * count]).expect("written");
    writer.finish().expect("finished");
    path.display().to_string()
}

/// The samples of a sound file, left and right in turn.
fn samples(path: &Path) -> Vec<f32> {
    let mut all = Vec::new();
    read_sound(path, &mut |samples| {
        all.extend_from_slice(samples);
        true
    })
    .expect("read");
    all
}

#[test]
fn a_sound_is_made_from_text_the_same_for_a_seed_and_continued() {
    let home = home();
    let model = ["--model", "music"];
    let made = |output: &str, more: &[&str]| {
        let (ran, path) = generate(home.path(), output, &[&model[..], more].concat());
        assert!(ran.status.success(), "{}", said(&ran));
        path
    };
    let first = made("a.wav", &["--seconds", "1.5", "--seed", "4"]);
    let again = made("b.wav", &["--seconds", "1.5", "--seed", "4"]);
    let other = made("c.wav", &["--seconds", "1.5", "--seed", "5"]);
    let bytes = |path: &Path| fs::read(path).expect("read");
    assert_eq!(samples(&first).len(), 2 * 72_000);
    assert!(samples(&first).iter().any(|sample| sample.abs() > 0.01));
    assert_eq!(bytes(&first), bytes(&again));
    assert_ne!(bytes(&first), bytes(&other));
    let source = level(&home.path().join("level.flac"), 72_000);
    let longer = made("longer.wav", &["--seconds", "3", "--source", &source]);
    let longer = samples(&longer);
    assert_eq!(longer.len(), 2 * 144_000);
    let is_level = |at: usize| (longer[at] - LEVEL).abs() < 0.02;
    assert!((10_000..130_000).all(is_level), "the given sound is kept");
    assert!(!(160_000..280_000).all(is_level), "and goes on");
    let (ran, path) = generate(
        home.path(),
        "long.wav",
        &["--model", "music", "--seconds", "400"],
    );
    assert!(!ran.status.success() && !path.exists());
    assert!(said(&ran).contains("384 seconds"), "{}", said(&ran));
}

#[test]
fn without_a_name_the_model_of_sound_alone_is_taken_and_pictures_of_it_are_refused() {
    let home = home();
    let (ran, path) = generate(home.path(), "a.wav", &["--frames", "50", "--json"]);
    assert!(ran.status.success() && path.is_file(), "{}", said(&ran));
    let lines = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        lines.contains("\"music\"") && lines.contains("\"step\""),
        "{lines}"
    );
    let ran = kinora(home.path())
        .args(["generate", "--prompt", "a fox", "--model", "music", "-o"])
        .arg(home.path().join("pictures"))
        .output()
        .expect("kinora starts");
    assert!(!ran.status.success());
    assert!(said(&ran).contains("makes no pictures"), "{}", said(&ran));
}

#[test]
fn a_damaged_header_is_refused_with_its_path_and_leaves_no_file() {
    let home = home();
    let file = model_file(home.path());
    let mut bytes = fs::read(&file).expect("read");
    bytes[8..24].fill(0xff);
    fs::write(&file, bytes).expect("written");
    let (ran, path) = generate(home.path(), "a.wav", &["--model", "music"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(!path.exists());
    assert!(said(&ran).contains("transformer"), "{}", said(&ran));
}

#[test]
fn on_a_full_disk_the_sound_is_refused_with_words() {
    let home = home();
    let small = home.path().join("small");
    fs::create_dir(&small).expect("made");
    program("kinora-engine");
    let script = format!(
        "mount -t tmpfs -o size=400k tmpfs '{0}' && '{1}' generate --sound-only --prompt fox --model music --steps 1 \
         --seconds 20 --device cpu -o '{0}/a.wav'; echo \"status $?\"; ls '{0}'",
        small.display(),
        program("kinora").display(),
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    for (name, folder) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
    ] {
        command.env(name, home.path().join(folder));
    }
    let ran = command.output().expect("unshare runs");
    let reported = String::from_utf8_lossy(&ran.stdout).into_owned();
    if !reported.contains("status") || said(&ran).contains("mount:") {
        eprintln!(
            "left out: no disk of one's own can be made here: {}",
            said(&ran)
        );
        return;
    }
    assert!(reported.contains("status 1"), "{reported} {}", said(&ran));
    assert!(!reported.contains("a.wav"), "{reported}");
    assert!(
        said(&ran).contains("cannot be written") || said(&ran).contains("room"),
        "{}",
        said(&ran)
    );
}

/// A film with one shot of music, and the real engine.
struct Studio {
    session: Session,
    production: GenerationScheduler,
    engine: EngineHost,
    home: tempfile::TempDir,
}

impl Studio {
    fn new() -> Self {
        let home = home();
        let mut session =
            Session::create(&home.path().join("film.kinora"), &Project::default()).expect("a film");
        let rate = FrameRate::new(100, 1).expect("a rate");
        let shot = Shot {
            kind: ShotKind::Sound,
            seed: SeedPolicy::Fixed(3),
            model: "music".into(),
            ..Shot::new("Music", "a red fox", ModelLength { frames: 150, rate })
        };
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        session.document_mut().apply(&add).expect("a shot");
        Self {
            production: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(wrapped_engine(home.path()), || {}),
            home,
        }
    }

    fn shot(&self) -> Shot {
        let mut shots = self.session.project().shots();
        Shot::clone(shots.next().expect("a shot"))
    }

    fn queue(&mut self) {
        let shot = self.shot();
        self.production.queue_take(&shot, 99);
    }

    /// Polls until there is news of this kind.
    fn until<T>(&mut self, mut found: impl FnMut(&GenerationEvent) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while Instant::now() < end {
            let news = self
                .production
                .poll(&mut self.engine, self.session.project(), false);
            for news in news {
                if let GenerationEvent::Sound(shot, take) = news {
                    let amendment = Amendment::FirstSound { shot, take };
                    self.session.document_mut().amend(&amendment).ok();
                }
                if let Some(found) = found(&news) {
                    return found;
                }
                all.push(news);
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("it did not happen: {all:?}");
    }

    /// Waits for the first step, and returns the process of the engine.
    fn until_running(&mut self) -> u32 {
        self.until(|news| match news {
            GenerationEvent::Progress(_, Progress::Step { .. }) => Some(()),
            _ => None,
        });
        self.engine.process_id().expect("it runs")
    }

    fn until_sound(&mut self) -> (ShotId, ContentHash) {
        self.until(|news| match news {
            GenerationEvent::Sound(shot, take) => Some((*shot, *take)),
            _ => None,
        })
    }
}

/// The real engine with all its folders in this home.
fn wrapped_engine(home: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = home.join("engine");
    let text = format!(
        "#!/bin/sh\nexport XDG_CONFIG_HOME='{0}/config' XDG_CACHE_HOME='{0}/cache' XDG_DATA_HOME='{0}/data'\nexec '{1}' \"$@\"\n",
        home.display(),
        program("kinora-engine").display()
    );
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    path
}

#[test]
fn a_shot_of_sound_becomes_a_take_of_sound_alone_that_is_reproduced_and_retaken() {
    let mut studio = Studio::new();
    studio.queue();
    let (_, first) = studio.until_sound();
    let take = studio.production.takes().find(first).expect("a take");
    assert!(take.is_sound_alone());
    let recipe = take.recipe.expect("readable");
    assert_eq!(recipe.inputs.makes, Makes::Sound);
    assert_eq!((recipe.settings.frames, recipe.settings.rate), (150, 100));
    assert_eq!(
        recipe.model.files.len(),
        5,
        "{:?}",
        recipe.model.files.keys()
    );
    let folder = studio
        .session
        .folder()
        .join("takes")
        .join(first.to_string());
    let mut files: Vec<String> = fs::read_dir(&folder)
        .expect("a take")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["sound.flac", "take.ron"]);
    assert_eq!(samples(&folder.join("sound.flac")).len(), 2 * 72_000);

    let shot = studio.shot();
    studio.production.reproduce(&shot, first);
    let reproduced = studio.until(|news| match news {
        GenerationEvent::Reproduced(_, found) => Some(*found),
        _ => None,
    });
    assert!(reproduced.is_identical(), "{reproduced:?}");

    let retaken = Shot {
        origin: Origin::Retakes {
            take: first,
            range: FrameRange::between(Frames(40), Frames(90)),
            streams: RetakeStreams::Both,
        },
        ..studio.shot()
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(retaken)));
    studio
        .session
        .document_mut()
        .apply(&change)
        .expect("changed");
    studio.queue();
    let (_, second) = studio.until_sound();
    let take = studio.production.takes().find(second).expect("a take");
    let source = take
        .recipe
        .expect("readable")
        .inputs
        .source
        .expect("the sound");
    assert_eq!((source.clip, source.retake), (first, Some([40, 90])));
    assert_ne!(second, first);
}

#[test]
fn an_engine_that_is_killed_fails_the_sound_and_the_next_one_makes_it() {
    let mut studio = Studio::new();
    let slow = Shot {
        settings: ShotSettings {
            steps: Some(500),
            ..studio.shot().settings
        },
        ..studio.shot()
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(slow.clone())));
    studio
        .session
        .document_mut()
        .apply(&change)
        .expect("changed");
    studio.queue();
    let process = studio.until_running();
    Command::new("kill")
        .args(["-9", &process.to_string()])
        .status()
        .expect("killed");
    studio.until(|news| matches!(news, GenerationEvent::Failed(..)).then_some(()));
    assert!(studio.production.takes().names().is_empty());
    let quick = Shot {
        settings: ShotSettings {
            steps: Some(2),
            ..slow.settings.clone()
        },
        ..slow
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(quick)));
    studio
        .session
        .document_mut()
        .apply(&change)
        .expect("changed");
    studio.queue();
    studio.until_sound();
    assert!(studio.home.path().join("film.kinora").is_dir());
}
