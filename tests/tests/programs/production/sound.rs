//! Sound: takes with sound, shots of sound alone, sound for a finished take, and lines in the voice of a character. The
//! engine makes clicks at known frames.

use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_timeline::Edit;
use kinora_timeline::cast::{Character, CharacterVoice};
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::Shot;
use kinora_timeline::shot::sound::ShotKind;

use super::{Set, is_take};

#[test]
fn a_take_with_sound_is_made_checked_and_reproduced() {
    for (script, is_alone) in [("sound", false), ("sound-alone", true)] {
        let mut set = Set::new(script, &["steps"]);
        set.queue_take(0);
        set.until(|news, _| matches!(news, GenerationEvent::Take(..) | GenerationEvent::Sound(..)));
        let (shot, name) = (set.shots().swap_remove(0), set.takes()[0]);
        assert_eq!(shot.sound_take(), Some(name), "{script}");
        assert_eq!(shot.chosen.is_none(), is_alone, "{script}");
        let take = set.production.takes().find(name).expect("the take");
        assert_eq!(take.is_sound_alone(), is_alone, "{script}");
        assert_eq!(set.production.takes().fault(name), None);
        let mut heard = Vec::new();
        kinora_render::media::read_sound(&set.production.takes().sound(name), &mut |piece| {
            heard.extend_from_slice(piece);
            true
        })
        .expect("sound");
        // A click at every fourth of nine frames, eight in a second.
        let clicks = heard.iter().step_by(2).enumerate();
        let clicks = clicks.filter(|(_, sample)| **sample > 0.0);
        let clicks: Vec<usize> = clicks.map(|(at, _)| at).collect();
        assert_eq!(clicks, [0, 24_000, 48_000], "{script}");
        assert_eq!(heard.len(), 2 * 54_000, "{script}");
        set.production.reproduce(&shot, name);
        let news = set.until(|news, _| matches!(news, GenerationEvent::Reproduced(..)));
        let Some(GenerationEvent::Reproduced(_, found)) = news.last() else {
            panic!("what came of it")
        };
        assert!(found.is_identical() && found.sound.is_some(), "{found:?}");
    }
}

#[test]
fn a_shot_of_sound_alone_is_not_missing_its_picture() {
    for is_sound in [false, true] {
        let mut set = Set::new("sound-alone", &["music"]);
        let kind = match is_sound {
            true => ShotKind::Sound,
            false => ShotKind::Picture, // its model makes sound alone
        };
        let shot = Shot {
            kind,
            ..set.shots().swap_remove(0)
        };
        if is_sound {
            let change = Edit::Library(Library::ChangeShot(Box::new(shot)));
            set.session.document_mut().apply(&change).expect("changed");
        }
        let project = set.project().clone();
        assert_eq!(set.production.queue_missing(&project, || 9), 1);
        set.until(|news, _| matches!(news, GenerationEvent::Sound(..)));
        let project = set.project().clone();
        assert_eq!(set.production.queue_missing(&project, || 9), 0);
        let lacks_take = set.production.lacks_take(&project, &set.shots()[0]);
        assert!(!lacks_take, "{is_sound}");
    }
}

#[test]
fn sound_is_made_for_the_chosen_take_of_a_shot_and_replaced_alone() {
    let mut set = Set::new("sound", &["steps"]);
    set.queue_take(0);
    set.until(is_take);
    let made = set.chosen()[0].expect("a take");
    let mut shot = set.shots().swap_remove(0);
    shot.sound.prompt = "steps on gravel".into();
    shot.sound.negative = "music".into();
    shot.sound.seed = Some(5);
    set.production.queue_sound(&shot, 99);
    assert!(!set.production.queue().has_take_order(shot.id));
    set.until(|news, _| matches!(news, GenerationEvent::Sound(..)));
    let shot = set.shots().swap_remove(0);
    let sound = shot.chosen_sound.expect("the sound");
    assert_eq!(shot.chosen, Some(made), "the picture stays");
    let take = set.production.takes().find(sound).expect("a take");
    assert!(take.is_sound_alone());
    let recipe = take.recipe.expect("readable");
    assert_eq!(recipe.inputs.prompt, "steps on gravel");
    assert_eq!((recipe.inputs.seed, recipe.settings.frames), (5, 9));
    assert_eq!(recipe.settings.negative, "music");
    assert!(recipe.inputs.source.is_none(), "its model takes no clip");
    set.production.reproduce(&shot, sound);
    let news = set.until(|news, _| matches!(news, GenerationEvent::Reproduced(..)));
    let Some(GenerationEvent::Reproduced(_, found)) = news.last() else {
        panic!("what came of it")
    };
    assert!(found.is_identical(), "{found:?}");
}

#[test]
fn a_model_that_takes_a_finished_clip_is_given_the_pictures_of_the_take() {
    let mut set = Set::new("sound-of-clip", &["steps"]);
    set.queue_take(0);
    set.until(is_take);
    let made = set.chosen()[0].expect("a take");
    let shot = set.shots().swap_remove(0);
    set.production.queue_sound(&shot, 99);
    set.until(|news, _| matches!(news, GenerationEvent::Sound(..)));
    let sound = set.shots()[0].chosen_sound.expect("the sound");
    let take = set.production.takes().find(sound).expect("a take");
    let recipe = take.recipe.expect("readable");
    let source = recipe.inputs.source.expect("the clip");
    assert_eq!((source.clip, source.at, source.retake), (made, 0, None));
}

#[test]
fn a_line_is_said_by_the_voice_of_its_character() {
    let mut set = Set::new("voice", &["hello"]);
    let mia = Character {
        voice: CharacterVoice {
            description: "low and calm".into(),
            language: "german".into(),
            ..CharacterVoice::default()
        },
        ..Character::new("Mia", "mia")
    };
    let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
    set.session.document_mut().apply(&add).expect("Mia");
    let speaker = set.project().cast().next().expect("Mia").id;
    let line = Shot {
        kind: ShotKind::Line(speaker),
        ..set.shots().swap_remove(0)
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(line)));
    set.session.document_mut().apply(&change).expect("changed");
    set.queue_take(0);
    set.until(|news, _| matches!(news, GenerationEvent::Sound(..)));
    let sound = set.shots()[0].chosen_sound.expect("the line");
    let take = set.production.takes().find(sound).expect("a take");
    let voice = take.recipe.expect("readable").voice.expect("a voice");
    assert_eq!((voice.name.as_str(), voice.sample), ("Mia", None));
    assert_eq!(voice.description, "low and calm");
    assert_eq!(voice.language, "german");
}
