//! Tests of sound alone: its models, its orders, its lengths, and the consent to a cloned voice.

use kinora_timeline::Edit;
use kinora_timeline::cast::CharacterVoice;
use kinora_timeline::edit::library::Library;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::sound::ShotSound;
use kinora_timeline::{MediumId, ShotId};
use kinora_wire::{FailureKind, FrameRule, ModelSpec};

use super::*;
use crate::generate::queue::OrderId;
use crate::generate::shot_check::tests::model;

pub(crate) fn named(id: &str, makes_pictures: bool, abilities: &[Ability]) -> ModelInfo {
    ModelInfo {
        id: id.into(),
        abilities: abilities.to_vec(),
        spec: ModelSpec {
            makes_sound: true,
            makes_pictures,
            rates: vec![8],
            frame_rule: FrameRule {
                step: 4,
                first: 1,
                longest: 81,
            },
            most_positions: 101,
            ..ModelSpec::default()
        },
        ..model(false)
    }
}

fn all() -> Vec<ModelInfo> {
    vec![
        model(false),
        named("both", true, &[]),
        named("of clip", true, &[Ability::SoundOfClip]),
        named("alone", false, &[]),
        named("speaks", false, &[Ability::Voice]),
        named("clones", false, &[Ability::ClonedVoice]),
    ]
}

#[test]
fn a_sound_is_made_by_the_model_that_suits_it_best() {
    let models = all();
    let chosen = |sound_use: SoundUse, id: &str| {
        let found = sound_use.model(&models, id);
        found.ok().map(|model| model.id.as_str())
    };
    assert_eq!(chosen(SoundUse::Pictures, ""), Some("of clip"));
    assert_eq!(chosen(SoundUse::Alone, ""), Some("alone"));
    let line = |voice| chosen(SoundUse::Line(voice), "");
    assert_eq!(line(None), Some("speaks"));
    assert_eq!(line(Some(LineVoice::Described)), Some("speaks"));
    assert_eq!(line(Some(LineVoice::Cloned)), Some("clones"));
    assert_eq!(chosen(SoundUse::Pictures, "both"), Some("both"));
    assert_eq!(chosen(SoundUse::Alone, "speaks"), None, "it needs a voice");
    assert_eq!(chosen(SoundUse::Line(None), "alone"), None);
    let cloned = SoundUse::Line(Some(LineVoice::Cloned));
    assert_eq!(chosen(cloned, "speaks"), None);
    let without = [models[1].clone(), models[3].clone()];
    let found = SoundUse::Pictures.model(&without, "").expect("one");
    assert_eq!(found.id, "alone", "it makes nothing but sound");
    let silent = [model(false)];
    let why = SoundUse::Pictures.model(&silent, "").expect_err("none");
    assert!(why.cause.contains("makes sound"), "{why}");
}

fn shot() -> Shot {
    let length = ModelLength {
        frames: 48,
        rate: FrameRate::FPS_24,
    };
    Shot {
        model: "pictures".into(),
        sound: ShotSound {
            prompt: "steps".into(),
            model: "sound".into(),
            ..ShotSound::default()
        },
        ..Shot::new("Dusk", "a fox walks", length)
    }
}

fn order(shot: Shot, work: Work) -> Order {
    Order {
        id: OrderId(1),
        shot,
        seed: 7,
        work,
        failed: None,
    }
}

#[test]
fn the_sound_of_a_shot_has_a_prompt_and_a_model_of_its_own() {
    let of = Some(ContentHash::of(b"a take"));
    let none = Project::default();
    let sound = SoundOrder::of(&order(shot(), Work::Sound { of }), &none).expect("sound");
    assert_eq!((sound.sound_use, sound.of), (SoundUse::Pictures, of));
    assert_eq!(sound.shot.prompt, "steps");
    assert_eq!(sound.shot.model, "sound");
    assert!(SoundOrder::of(&order(shot(), Work::Shot), &none).is_none());
    let music = Shot {
        kind: ShotKind::Sound,
        ..shot()
    };
    let music = SoundOrder::of(&order(music, Work::Shot), &none).expect("sound");
    assert_eq!(music.sound_use, SoundUse::Alone);
    assert_eq!(music.shot.prompt, "a fox walks");
    assert_eq!(music.shot.model, "pictures");
}

#[test]
fn a_sound_lasts_at_least_as_long_as_what_it_is_for() {
    let model = named("alone", false, &[]);
    let frames = |frames, rate| {
        let rate = FrameRate::new(rate, 1).expect("a rate");
        covering(&model, ModelLength { frames, rate }).frames
    };
    assert_eq!([frames(24, 24), frames(27, 24), frames(8, 8)], [9, 9, 9]);
    assert_eq!(frames(28, 24), 13);
    assert_eq!(frames(100_000, 24), 101, "it makes none that is longer");
    let project = FrameRate::FPS_24;
    let covered = |frames| length_covering(&model, Frames(frames), project);
    assert_eq!(covered(48).map(|length| length.frames), Some(17));
    assert_eq!(covered(1000), None);
}

#[test]
fn a_line_has_time_to_be_said() {
    assert!(line_seconds("") >= 1.0);
    let long = "It was a dark and stormy night, and nobody had closed the windows.";
    assert!((5.0..9.0).contains(&line_seconds(long)));
    let model = named("speaks", false, &[Ability::Voice]);
    let length = length_lasting(&model, 2.0).expect("possible");
    assert_eq!(length.frames, 17);
    assert!(length_lasting(&model, 600.0).is_err());
}

/// A project with a character that has this voice and this text about consent, and with a recording.
pub(crate) fn with_voice(
    description: &str,
    is_cloned: bool,
    consent: &str,
) -> (Project, CharacterId) {
    let recording = Medium {
        id: MediumId::from(0),
        name: "mia.wav".into(),
        content: ContentHash::of(b"mia"),
        path: "media/mia.wav".into(),
        extent: Extent::Sound {
            rate_hz: 48_000,
            samples: 96_000,
        },
        has_picture: false,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let add = Edit::Library(Library::AddMedium(Box::new(recording)));
    let project = add.apply(&Project::default()).expect("added");
    let sample = project.media().next().map(|medium| medium.id);
    let mia = Character {
        voice: CharacterVoice {
            description: description.into(),
            sample: sample.filter(|_| is_cloned),
            ..CharacterVoice::default()
        },
        consent: consent.into(),
        ..Character::new("Mia", "mia")
    };
    let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
    let project = add.apply(&project).expect("added");
    let id = project.cast().next().expect("Mia").id;
    (project, id)
}

#[test]
fn a_voice_is_not_cloned_without_consent() {
    let voice = |description, is_cloned, consent| {
        let (project, mia) = with_voice(description, is_cloned, consent);
        voice_of(&project, mia)
    };
    for empty in ["", "  \n", "-"] {
        let failure = voice("", true, empty).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.cause.contains("Mia cannot be cloned"), "{failure}");
        let failure = voice("a low voice", true, empty).expect_err("refused");
        assert!(failure.cause.contains("cannot be cloned"), "{failure}");
    }
    let cloned = voice("", true, "Mia agreed on 3 May").expect("allowed");
    assert_eq!(cloned.sample, Some(ContentHash::of(b"mia")));
    assert_eq!(cloned.consent, "Mia agreed on 3 May");
    let described = voice("a low voice", false, "").expect("nobody's");
    assert_eq!(described.sample, None);
    assert!(voice("", false, "Mia agreed").is_err(), "there is none");
}

#[test]
fn a_recording_that_is_a_voice_stays_in_the_project() {
    let (project, _) = with_voice("", true, "Mia agreed");
    let id = project.media().next().expect("one").id;
    let remove = Edit::Library(Library::RemoveMedium(id));
    assert!(remove.apply(&project).is_err());
}

#[test]
fn a_speaker_stays_in_the_cast() {
    let (project, mia) = with_voice("a low voice", false, "");
    let line = Shot {
        id: ShotId::from(0),
        kind: ShotKind::Line(mia),
        ..shot()
    };
    let add = Edit::Library(Library::AddShot(Box::new(line)));
    let project = add.apply(&project).expect("added");
    let remove = Edit::Library(Library::RemoveCharacter(mia));
    assert!(remove.apply(&project).is_err());
}
