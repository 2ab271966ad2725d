//! Lines said by the real engine with a tiny model: by `kinora say`, and as takes of a project.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use kinora_render::media::read_sound;
use kinora_render::{Content, Format, Writer};
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_tests::{kinora, program};
use kinora_timeline::cast::{Character, CharacterVoice};
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{Edit, FrameRate};
use kinora_wire::Makes;

use crate::production::Set;
use crate::speech_model::write_speech_model;

/// A line of a fifth of a second with the model in this folder.
fn say(home: &Path, model: &Path, output: &Path, more: &[&str]) -> Output {
    kinora(home)
        .args(["say", "hello world", "--seconds", "0.2", "--device", "cpu"])
        .arg("--model")
        .arg(model)
        .arg("-o")
        .arg(output)
        .args(more)
        .output()
        .expect("kinora starts")
}

fn reported(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// The samples of a file, left and right in turn.
fn samples(path: &Path) -> Vec<f32> {
    let mut heard = Vec::new();
    let read = read_sound(path, &mut |piece| {
        heard.extend_from_slice(piece);
        true
    });
    read.expect("a sound");
    heard
}

/// A recording of a second, of a kind that the engine does not read.
fn recording(folder: &Path) -> PathBuf {
    let path = folder.join("ada.flac");
    let content = Content {
        size: [2, 2],
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&path, Format::TAKE_SOUND, content).expect("begun");
    let tone = (0..96_000).map(|at| ((at / 2) as f32 / 30.0).sin() * 0.3);
    let tone: Vec<f32> = tone.collect();
    writer.sound(&tone).expect("written");
    writer.finish().expect("whole");
    path
}

#[test]
fn a_line_is_said_the_same_each_time_by_its_seed() {
    let home = tempfile::tempdir().expect("a folder");
    let model = home.path().join("voices/tiny");
    write_speech_model(&model, "voice_design");
    let made = |name: &str, seed: &str| {
        let output = home.path().join(name);
        let more = ["--voice", "low and calm", "--seed", seed];
        let ran = say(home.path(), &model, &output, &more);
        assert!(ran.status.success(), "{}", reported(&ran));
        samples(&output)
    };
    let first = made("one.wav", "1");
    assert_eq!(first.len(), 2 * 9600);
    assert!(first.iter().any(|sample| sample.abs() > 1e-3));
    assert_eq!(made("again.wav", "1"), first);
    assert_ne!(made("two.wav", "2"), first);
    let taken = home.path().join("one.wav");
    let ran = say(home.path(), &model, &taken, &["--voice", "low"]);
    assert!(!ran.status.success(), "it is there");
    let ran = say(
        home.path(),
        &model,
        &home.path().join("line.mp3"),
        &["--voice", "low"],
    );
    assert!(reported(&ran).contains(".wav"), "{}", reported(&ran));
}

#[test]
fn a_voice_is_cloned_by_the_command_with_consent_only() {
    let home = tempfile::tempdir().expect("a folder");
    let model = home.path().join("voices/tiny");
    write_speech_model(&model, "base");
    let ada = recording(home.path()).display().to_string();
    let output = home.path().join("line.wav");
    let ran = say(home.path(), &model, &output, &["--recording", &ada]);
    assert!(!ran.status.success());
    assert!(
        reported(&ran).contains("cannot be cloned"),
        "{}",
        reported(&ran)
    );
    assert!(!output.exists());
    let right = ["--recording", &ada, "--consent", "drawn by me"];
    let ran = say(home.path(), &model, &output, &right);
    assert!(ran.status.success(), "{}", reported(&ran));
    assert_eq!(samples(&output).len(), 2 * 9600);
    let described = home.path().join("other.wav");
    let ran = say(home.path(), &model, &described, &["--voice", "low"]);
    assert!(reported(&ran).contains("VoiceDesign"), "{}", reported(&ran));
}

#[test]
fn a_damaged_model_says_nothing_and_the_file_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let model = home.path().join("voices/tiny");
    write_speech_model(&model, "voice_design");
    let file = model.join("speech_tokenizer/model.safetensors");
    let mut bytes = fs::read(&file).expect("read");
    bytes[..8].fill(0xff);
    fs::write(&file, bytes).expect("written");
    let output = home.path().join("line.wav");
    let ran = say(home.path(), &model, &output, &["--voice", "low"]);
    assert!(!ran.status.success());
    let words = reported(&ran);
    assert!(
        words.contains("speech_tokenizer/model.safetensors"),
        "{words}"
    );
    assert!(!output.exists());
}

/// The real engine as a program that knows only the models in this folder.
fn engine(home: &Path, models: &Path) -> PathBuf {
    let path = home.join("engine");
    let (home, models) = (home.display(), models.display());
    let engine = program("kinora-engine");
    let text = format!(
        "#!/bin/sh\nexport XDG_CONFIG_HOME='{home}/config' XDG_CACHE_HOME='{home}/cache' XDG_DATA_HOME='{home}/data' \
         KINORA_MODELS='{models}'\nexec '{}' \"$@\"\n",
        engine.display()
    );
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made a program");
    path
}

#[test]
fn a_line_of_a_project_is_a_take_with_nothing_but_sound_that_comes_back_bit_for_bit() {
    let models = tempfile::tempdir().expect("a folder");
    for kind in ["base", "voice_design"] {
        write_speech_model(&models.path().join(kind), kind);
    }
    let mut set = Set::with(&["hello"], |home| engine(home, models.path()));
    let mia = Character {
        voice: CharacterVoice {
            description: "low and calm".into(),
            language: "English".into(),
            ..CharacterVoice::default()
        },
        ..Character::new("Mia", "mia")
    };
    let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
    set.session.document_mut().apply(&add).expect("Mia");
    let speaker = set.project().cast().next().expect("Mia").id;
    let rate = FrameRate::new(100, 1).expect("a rate");
    let line = Shot {
        kind: ShotKind::Line(speaker),
        prompt: "hello world".into(),
        length: ModelLength { frames: 20, rate },
        ..set.shots().swap_remove(0)
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(line)));
    set.session.document_mut().apply(&change).expect("changed");
    set.queue_take(0);
    let news = set.until(|news, _| {
        matches!(
            news,
            GenerationEvent::Sound(..) | GenerationEvent::Failed(..)
        )
    });
    let shot = set.shots().swap_remove(0);
    let name = shot.chosen_sound.unwrap_or_else(|| panic!("{news:?}"));
    let take = set.production.takes().find(name).expect("a take");
    let recipe = take.recipe.expect("readable");
    assert_eq!(recipe.model.id, "voice_design", "the one with such a voice");
    assert_eq!(recipe.inputs.makes, Makes::Sound);
    assert!(!recipe.settings.speech.is_neutral());
    assert_eq!(recipe.voice.expect("a voice").language, "english");
    let folder = set.folder().join(format!("takes/{name}"));
    assert!(folder.join("sound.flac").is_file());
    assert!(!folder.join("clip.mkv").exists());
    let heard = samples(&folder.join("sound.flac"));
    assert_eq!(heard.len(), 2 * 9600);
    assert!(heard.iter().any(|sample| sample.abs() > 1e-3));

    set.production.reproduce(&shot, name);
    let news = set.until(|news, _| {
        matches!(
            news,
            GenerationEvent::Reproduced(..) | GenerationEvent::Failed(..)
        )
    });
    let Some(GenerationEvent::Reproduced(_, found)) = news.last() else {
        panic!("{news:?}")
    };
    assert!(found.is_identical(), "{found:?}");
}
