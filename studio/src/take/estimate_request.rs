//! The request that stands for a shot when an estimate of its clip is requested. Pictures and takes are counted but
//! not named, since the engine reads none for an answer; so it is made without a disk, on the window's thread.

use std::path::PathBuf;

use kinora_timeline::Project;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{End, Origin, Shot};
use kinora_wire::{
    Ability, Clip, ClipInputs, Generation, GenerationSettings, Keyframe, Lora, Makes, ModelInfo,
    Reference, Source, Voice,
};

use super::loras::expert_of;
use super::recipe_builder::{fitted, overlap_frames, stage_of};
use super::shot_settings::settings_of;

/// The letters of a line are counted in steps of so many, so that typing asks few questions.
const LETTERS_COUNTED: usize = 40;

/// The request for a shot, on the device with this id. `None`: the shot has settings that do not exist.
pub fn estimate_request(
    shot: &Shot,
    project: &Project,
    model: &ModelInfo,
    device: Option<&str>,
) -> Option<Generation> {
    let shot = fitted(shot, project, model);
    let frames = shot.length.frames;
    let (rate, _) = shot.length.rate.as_fraction();
    let settings = GenerationSettings {
        negative: String::new(),
        frames,
        rate,
        ..settings_of(&shot.settings, &model.defaults, &model.spec).ok()?
    };
    let is_followed = shot.control.is_some() || stage_of(project, &shot, model).is_some();
    let takes_control = model.abilities.contains(&Ability::Control);
    let loras = shot.loras.iter().filter(|lora| lora.has_effect());
    let loras = loras.map(|lora| Lora {
        file: PathBuf::from(&lora.file),
        strength: lora.strength,
        expert: lora.expert.map(expert_of),
    });
    Some(Generation {
        model: Some(model.id.clone()),
        settings: settings.into(),
        inputs: ClipInputs {
            prompt: letters(&shot),
            keyframes: keyframes(&shot),
            references: references(&shot, project),
            // A given sound changes little, and is none of the engine's before it is written.
            source: source(&shot).filter(|_| !shot.kind.is_sound()),
            loras: loras.collect(),
            makes: match shot.kind.is_sound() {
                true => Makes::Sound,
                false => model.spec.makes(),
            },
            ..ClipInputs::default()
        },
        control: (takes_control && is_followed && !shot.kind.is_sound()).then(|| unnamed(frames)),
        voice: voice(&shot, project),
        device: device.map(str::to_owned),
        ..Generation::default()
    })
}

/// A clip of so many pictures.
pub(crate) fn unnamed(frames: u32) -> Clip {
    Clip {
        frames: vec![PathBuf::new(); frames as usize],
    }
}

/// Letters in place of those of a line, at least as many. Empty: the words do not matter.
fn letters(shot: &Shot) -> String {
    match shot.kind {
        ShotKind::Line(_) => {
            let count = shot.prompt.trim().chars().count().max(1);
            "a".repeat(count.next_multiple_of(LETTERS_COUNTED))
        }
        ShotKind::Picture | ShotKind::Sound => String::new(),
    }
}

/// The voice of a line; its recording is not named. `None`: nobody says the shot.
fn voice(shot: &Shot, project: &Project) -> Option<Voice> {
    let ShotKind::Line(speaker) = shot.kind else {
        return None;
    };
    let speaker = project.character(speaker)?;
    let voice = &speaker.voice;
    Some(Voice {
        name: speaker.name.clone(),
        description: voice.description.clone(),
        language: voice.language.trim().to_lowercase(),
        sample: voice.sample.map(|_| PathBuf::new()),
        consent: speaker.consent.clone(),
    })
}

/// The keyframes of a shot, with the first frame that it continues from.
fn keyframes(shot: &Shot) -> Vec<Keyframe> {
    let own = shot.keyframes.iter().map(|key| key.frame);
    let mut frames: Vec<u32> = own.collect();
    if matches!(shot.origin, Origin::Continues(_)) && !frames.contains(&0) {
        frames.insert(0, 0);
    }
    let keyframes = frames.into_iter().map(|frame| Keyframe {
        frame: i64::from(frame),
        image: PathBuf::new(),
    });
    keyframes.collect()
}

/// The reference pictures of the cast.
fn references(shot: &Shot, project: &Project) -> Vec<Reference> {
    let cast = shot.cast.iter();
    let cast = cast.filter_map(|member| project.character(member.character));
    let pictured = cast.filter(|character| !character.references.is_empty());
    let references = pictured.map(|character| Reference {
        name: character.tag.clone(),
        images: vec![PathBuf::new(); character.references.len()],
    });
    references.collect()
}

/// The take that a shot extends or retakes. Its length does not matter, only that frames are kept.
fn source(shot: &Shot) -> Option<Source> {
    let frames = shot.length.frames;
    let overlap = overlap_frames(Makes::Picture, 0).min(frames);
    match shot.origin {
        Origin::Scratch | Origin::Continues(_) => None,
        Origin::Extends { end, .. } => Some(Source {
            clip: unnamed(overlap),
            at: match end {
                End::Tail => 0,
                End::Head => i64::from(frames - overlap),
            },
            retake: None,
        }),
        Origin::Retakes { range, .. } => {
            let frame = |at: i64| u32::try_from(at.max(0)).unwrap_or(u32::MAX);
            Some(Source {
                clip: unnamed(frames),
                at: 0,
                retake: Some([frame(range.start.0), frame(range.end().0)]),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::loras::ShotLora;
    use kinora_timeline::shot::{CastMember, ImageKey, ModelLength};
    use kinora_timeline::{ContentHash, Edit, FrameRate, ShotId};
    use kinora_wire::{FrameRule, ModelSpec};

    use super::*;
    use crate::generate::shot_check::tests;

    /// A model of eight frames a second, whose clips are nine frames long, or seventeen.
    fn model() -> ModelInfo {
        let spec = ModelSpec {
            frame_rule: FrameRule {
                step: 8,
                first: 9,
                longest: 17,
            },
            size_multiple_pixels: 16,
            rates: vec![8],
            ..ModelSpec::default()
        };
        ModelInfo {
            spec,
            ..tests::model(false)
        }
    }

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::new(8, 1).expect("a rate"),
        };
        Shot::new("a", "a fox", length)
    }

    fn asked(shot: &Shot, project: &Project) -> Generation {
        let request = estimate_request(shot, project, &model(), Some("cpu"));
        request.expect("possible settings")
    }

    #[test]
    fn a_shot_is_requested_with_its_size_and_length_and_without_its_words_and_seed() {
        let project = Project::default();
        let mut sized = shot();
        sized.settings.size = Some([64, 32]);
        let request = asked(&sized, &project);
        assert_eq!(request.settings.size, Some([64, 32]));
        assert_eq!(request.settings.frames, Some(17));
        assert_eq!(request.device.as_deref(), Some("cpu"));
        let mut other = sized.clone();
        other.prompt = "the sea".into();
        assert_eq!(asked(&other, &project), request, "the same question");
        sized.settings.size = Some([96, 32]);
        assert_ne!(asked(&sized, &project), request, "another one");
    }

    #[test]
    fn a_line_is_asked_about_with_its_voice_and_as_many_letters_but_not_with_its_words() {
        let mut mia = Character::new("Mia", "mia");
        mia.voice.description = "low and calm".into();
        let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
        let project = add.apply(&Project::default()).expect("added");
        let speaker = project.character_called("mia").expect("she is there").id;
        let line = |text: &str| Shot {
            kind: ShotKind::Line(speaker),
            prompt: text.into(),
            ..shot()
        };
        let request = asked(&line("Who is there?"), &project);
        let said = &request.inputs.prompt;
        assert!(said.len() >= 13 && !said.contains("Who"), "{said}");
        assert_eq!(request.inputs.makes, Makes::Sound);
        let voice = request.voice.as_ref().expect("a voice");
        assert_eq!(
            (voice.description.as_str(), &voice.sample),
            ("low and calm", &None)
        );
        assert_eq!(asked(&line("Who was there?"), &project), request);
        assert_ne!(asked(&line(&"long ".repeat(40)), &project), request);
        assert_eq!(asked(&shot(), &project).voice, None);
    }

    #[test]
    fn keyframes_and_loras_count() {
        let project = Project::default();
        let image = ContentHash::of(b"a picture");
        let mut keyed = shot();
        keyed.keyframes = vec![ImageKey { frame: 16, image }];
        keyed.origin = Origin::Continues(ShotId::from(1));
        let frames = asked(&keyed, &project).inputs.keyframes;
        let frames: Vec<i64> = frames.iter().map(|key| key.frame).collect();
        assert_eq!(frames, [0, 16], "with the frame that it continues from");
        let mut adapted = shot();
        adapted.loras = vec![ShotLora::new("style.safetensors")];
        assert_eq!(asked(&adapted, &project).inputs.loras.len(), 1);
        adapted.loras[0].strength = 0.0;
        let unused = asked(&adapted, &project).inputs.loras.len();
        assert_eq!(unused, 0, "no effect");
    }

    #[test]
    fn frames_of_a_take_are_a_source() {
        let mut extended = shot();
        extended.origin = Origin::Extends {
            take: ContentHash::of(b"a take"),
            end: End::Head,
        };
        let source = asked(&extended, &Project::default()).inputs.source;
        let source = source.expect("a source");
        assert_eq!(source.at + source.clip.frames.len() as i64, 17);
    }

    #[test]
    fn the_cast_counts_by_its_pictures() {
        let image = ContentHash::of(b"a portrait");
        let mia = Character {
            references: vec![image, image],
            ..Character::new("Mia", "mia")
        };
        let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
        let project = add.apply(&Project::default()).expect("added");
        let character = project.character_called("mia").expect("she is there").id;
        let mut cast = shot();
        cast.cast = vec![CastMember {
            character,
            strength: 1.0,
        }];
        let references = asked(&cast, &project).inputs.references;
        let images: Vec<usize> = references.iter().map(|one| one.images.len()).collect();
        assert_eq!(images, [2]);
    }
}
