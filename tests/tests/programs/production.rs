//! From shots to takes, with an engine that follows a script: from the order to the take on the timeline.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kinora_render::media::probe;
use kinora_render::project::ProjectFiles;
use kinora_render::{Content, Format, FrameReader, Picture, VideoReader, Writer};
use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::exchange::frame_grab::save_first_frame;
use kinora_studio::generate::queue::Vary;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_studio::project::check::check;
use kinora_studio::stage::{CastColours, StageShown};
use kinora_studio::take::take_store::Take;
use kinora_tests::{PATIENCE, fake_engine};
use kinora_timeline::cast::{Character, CharacterVoice};
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::shot::loras::ShotLora;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{ModelLength, Origin, SeedPolicy, Shot};
use kinora_timeline::stage::Stage;
use kinora_timeline::{
    Amendment, Clip, ContentHash, Edit, FrameRate, Frames, Project, ShotId, Source, Speed,
};
use kinora_wire::FailureKind;

fn shot(name: &str, seed: u64) -> Shot {
    let rate = FrameRate::new(8, 1).expect("a rate");
    Shot {
        seed: SeedPolicy::Fixed(seed),
        ..Shot::new(name, "a fox", ModelLength { frames: 9, rate })
    }
}

/// A project with shots of these names, and the production that generates them.
pub struct Set {
    pub session: Session,
    pub production: GenerationScheduler,
    engine: EngineHost,
    root: tempfile::TempDir,
}

impl Set {
    fn new(script: &str, names: &[&str]) -> Self {
        Self::with(names, |folder| fake_engine(script, folder))
    }

    /// With another engine, a program that may be written into the folder.
    pub fn with(names: &[&str], engine: impl FnOnce(&Path) -> PathBuf) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let mut session = Session::create(&folder, &Project::default()).expect("a film");
        for (seed, name) in (1..).zip(names) {
            let add = Edit::Library(Library::AddShot(Box::new(shot(name, seed))));
            session.document_mut().apply(&add).expect("a shot");
        }
        Self {
            production: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(engine(root.path()), || {}),
            root,
        }
    }

    /// The program exits, in any way, and starts again with this engine.
    fn again(self, script: &str) -> Self {
        let Self {
            session,
            production,
            engine,
            root,
        } = self;
        drop((production, engine));
        let folder = session.folder().to_owned();
        drop(session);
        let session = Session::open(&folder).expect("the film");
        Self {
            production: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(fake_engine(script, root.path()), || {}),
            root,
        }
    }

    pub fn project(&self) -> &Project {
        self.session.project()
    }

    pub fn shots(&self) -> Vec<Shot> {
        self.project()
            .shots()
            .map(|shot| Shot::clone(shot))
            .collect()
    }

    pub fn queue_take(&mut self, at: usize) {
        let shot = self.shots().swap_remove(at);
        self.production.queue_take(&shot, 99);
    }

    /// Polls until a condition holds, and chooses takes as they arrive, as the window does.
    pub fn until(
        &mut self,
        mut is_it: impl FnMut(&GenerationEvent, &GenerationScheduler) -> bool,
    ) -> Vec<GenerationEvent> {
        let end = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while Instant::now() < end {
            for news in self
                .production
                .poll(&mut self.engine, self.session.project(), false)
            {
                if let GenerationEvent::Take(shot, take) = news {
                    let amendment = Amendment::FirstTake { shot, take };
                    self.session.document_mut().amend(&amendment).ok();
                }
                if let GenerationEvent::Sound(shot, take) = news {
                    let amendment = Amendment::FirstSound { shot, take };
                    self.session.document_mut().amend(&amendment).ok();
                }
                let is_end = is_it(&news, &self.production);
                all.push(news);
                if is_end {
                    return all;
                }
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it did not happen: {all:?}");
    }

    fn takes(&self) -> Vec<ContentHash> {
        self.production.takes().names()
    }

    fn chosen(&self) -> Vec<Option<ContentHash>> {
        self.project().shots().map(|shot| shot.chosen).collect()
    }

    pub fn folder(&self) -> &Path {
        self.session.folder()
    }
}

fn is_take(news: &GenerationEvent, _: &GenerationScheduler) -> bool {
    matches!(news, GenerationEvent::Take(..))
}

fn is_failure(news: &GenerationEvent, _: &GenerationScheduler) -> bool {
    matches!(news, GenerationEvent::Failed(..))
}

#[test]
fn a_shot_becomes_a_take_with_its_whole_recipe_and_the_take_is_chosen() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    let news = set.until(is_take);
    assert!(
        news.iter()
            .any(|news| matches!(news, GenerationEvent::Progress(..)))
    );
    let [name] = set.takes()[..] else {
        panic!("one take")
    };
    assert_eq!(set.chosen(), [Some(name)]);
    let take = set.production.takes().find(name).expect("the take");
    let recipe = take.recipe.as_ref().expect("readable");
    assert_eq!(
        (
            recipe.inputs.seed,
            recipe.settings.frames,
            recipe.settings.rate,
            recipe.settings.size
        ),
        (1, 9, 8, [32, 16])
    );
    assert_eq!(
        (recipe.inputs.prompt.as_str(), recipe.model.id.as_str()),
        ("a fox", "pretended")
    );
    assert_eq!(recipe.made_with.device_name, "a pretended processor");
    assert_eq!(take.hint.as_deref(), Some("foxes are not known here"));
    let mut reader =
        VideoReader::open(&set.folder().join(format!("takes/{name}/clip.mkv"))).expect("a clip");
    for frame in 0..9 {
        let picture = reader.frame(Frames(frame)).expect("a frame");
        assert_eq!(
            picture.pixel(7, 7),
            [frame as u8, frame as u8, frame as u8, 255],
            "as grey as its number"
        );
    }
    assert!(set.production.takes().poster(name).exists());
    let checked = check(set.folder(), &mut |_| {}).expect("opens");
    assert_eq!((checked.files, checked.wrong.len()), (3, 0), "{checked:?}"); // project, queue, take
}

#[test]
fn the_same_recipe_is_answered_at_once_and_another_seed_is_another_take() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    set.queue_take(0);
    let news = set.until(is_take);
    assert!(
        !news
            .iter()
            .any(|news| matches!(news, GenerationEvent::Progress(..))),
        "the engine was not asked: {news:?}"
    );
    assert_eq!(set.takes().len(), 1);
    let other = Shot {
        seed: SeedPolicy::Fresh,
        ..set.shots().swap_remove(0)
    };
    set.production.queue_take(&other, 4711);
    set.until(is_take);
    assert_eq!(set.takes().len(), 2);
    let takes = set.production.takes().all();
    let [(_, one), (_, two)] = &takes[..] else {
        panic!("two takes")
    };
    let recipe = |take: &Take| take.recipe.clone().expect("readable");
    let differences = recipe(one).differences(&recipe(two));
    assert_eq!(
        differences
            .iter()
            .map(|(what, ..)| what.as_str())
            .collect::<Vec<_>>(),
        ["seed"]
    );
}

#[test]
fn an_engine_that_dies_fails_its_order_and_the_next_one_makes_it() {
    let mut set = Set::new("die-in-job", &["fox", "hare"]);
    set.queue_take(0);
    let news = set.until(is_failure);
    let Some(GenerationEvent::Failed(order, failure)) = news.last() else {
        panic!("a failure")
    };
    let order = *order;
    assert!(
        failure.cause.contains("CUDNN_STATUS_EXECUTION_FAILED"),
        "{failure}"
    );
    assert!(set.takes().is_empty() && set.production.running().is_none());
    let mut set = set.again("well");
    let waiting = set.production.queue().get(order).expect("it waits");
    assert!(waiting.failed.is_some(), "after a restart it is known why");
    set.queue_take(1);
    set.until(is_take);
    assert_eq!(
        set.chosen()
            .iter()
            .filter(|chosen| chosen.is_some())
            .count(),
        1
    );
    set.production.queue_mut().retry(order);
    set.until(is_take);
    assert_eq!(set.takes().len(), 2);
    assert!(set.production.is_idle() && set.production.queue().orders().is_empty());
}

#[test]
fn what_was_running_when_the_program_ended_is_wanted_again_and_leaves_no_take() {
    let mut set = Set::new("slow", &["fox"]);
    set.queue_take(0);
    set.until(|news, _| matches!(news, GenerationEvent::Progress(..)));
    let mut set = set.again("well");
    assert!(set.takes().is_empty());
    set.until(is_take);
    assert_eq!(set.takes().len(), 1);
    let left =
        fs::read_dir(set.folder().join("takes").join(set.takes()[0].to_string())).expect("listed");
    let mut left: Vec<String> = left
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["clip.mkv", "poster.png", "take.ron"]);
}

#[test]
fn frames_of_another_size_than_was_asked_for_are_refused() {
    let mut set = Set::new("wrong-size", &["fox"]);
    set.queue_take(0);
    let news = set.until(is_failure);
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    assert_eq!(failure.kind, FailureKind::Bug);
    assert!(
        failure.cause.contains("34x16") && failure.cause.contains("32x16"),
        "{failure}"
    );
    assert!(set.takes().is_empty());
}

#[test]
fn a_cancelled_order_is_gone_and_the_next_one_is_begun() {
    let mut set = Set::new("slow", &["fox", "hare"]);
    set.queue_take(0);
    set.queue_take(1);
    set.until(|news, _| matches!(news, GenerationEvent::Progress(..)));
    let first = set.production.running().expect("one runs");
    set.production.cancel(&mut set.engine, first);
    set.until(|news, _| matches!(news, GenerationEvent::Begun(_)));
    assert_ne!(set.production.running(), Some(first));
    assert_eq!(set.production.queue().orders().len(), 1);
}

#[test]
fn missing_shots_are_made_in_their_order_and_one_goes_on_where_another_ends() {
    let mut set = Set::new("well", &["first", "second"]);
    let [first, second]: [Shot; 2] = set.shots().try_into().expect("two shots");
    let goes_on = Shot {
        origin: Origin::Continues(first.id),
        ..second
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(goes_on)));
    set.session.document_mut().apply(&change).expect("changed");
    let wanted = {
        let project = set.session.project();
        set.production.queue_missing(project, || 5)
    };
    assert_eq!(wanted, 2);
    set.until(is_take);
    set.until(is_take);
    let chosen = set.chosen();
    let take = set
        .production
        .takes()
        .find(chosen[1].expect("chosen"))
        .expect("the take");
    let keys = format!("{:?}", take.recipe.expect("readable").inputs.keyframes);
    assert!(
        keys.contains(&chosen[0].expect("chosen").to_string()) && keys.contains("frame: 8"),
        "{keys}"
    );
    let project = set.session.project();
    assert_eq!(
        set.production.queue_missing(project, || 5),
        0,
        "nothing is missing any more"
    );
}

#[test]
fn a_shot_that_cannot_be_made_says_why_and_does_not_hold_up_the_others() {
    let mut set = Set::new("well", &["fox", "hare"]);
    let [first, _]: [Shot; 2] = set.shots().try_into().expect("two shots");
    let missing = Shot {
        model: "wan9000".into(),
        ..first
    };
    set.production.queue_take(&missing, 1);
    set.queue_take(1);
    let news = set.until(is_take);
    let failure = news.iter().find_map(|news| match news {
        GenerationEvent::Failed(_, failure) => Some(failure.to_string()),
        _ => None,
    });
    assert!(
        failure.is_some_and(|words| words.contains("wan9000 is not installed")),
        "{news:?}"
    );
    let nobody: Option<ShotId> = set
        .project()
        .shots()
        .find(|shot| shot.name == "fox")
        .filter(|shot| shot.chosen.is_some())
        .map(|shot| shot.id);
    assert_eq!(nobody, None);
}

#[test]
fn a_flipped_bit_in_a_take_is_found() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let path = set
        .folder()
        .join(format!("takes/{}/clip.mkv", set.takes()[0]));
    let mut bytes = fs::read(&path).expect("the clip");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&path, bytes).expect("damaged");
    let found = check(set.folder(), &mut |_| {}).expect("opens").wrong;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].path.ends_with("clip.mkv") && found[0].what.contains("have changed"),
        "{found:?}"
    );
    set.queue_take(0);
    set.until(is_take);
    let found = check(set.folder(), &mut |_| {}).expect("opens").wrong;
    assert_eq!(found, [], "generated anew, it is whole again");
}

#[test]
fn a_restarted_engine_makes_what_was_being_made() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(|news, _| matches!(news, GenerationEvent::Begun(_)));
    set.production.restart_engine(&mut set.engine);
    set.until(is_take);
    assert_eq!(set.takes().len(), 1);
}

#[test]
fn a_film_that_somebody_else_has_open_generates_nothing() {
    let mut set = Set::new("well", &["fox"]);
    set.production.queue_mut().pause(true);
    set.queue_take(0);
    let looked = Session::open(set.folder()).expect("to look at");
    let mut production = GenerationScheduler::new(&looked, || {});
    let mut engine = EngineHost::new(fake_engine("well", set.root.path()), || {});
    production.poll(&mut engine, looked.project(), false);
    assert!(!engine.is_running() && production.is_idle());
}

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
        assert!(!set.production.lacks_take(&set.shots()[0]), "{is_sound}");
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

#[test]
fn a_take_is_reproduced_to_the_last_bit_and_what_is_off_is_told() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let (shot, take) = (set.shots().swap_remove(0), set.takes()[0]);
    let reproduced = |set: &mut Set| {
        set.production.reproduce(&shot, take);
        assert!(
            !set.production.queue().has_take_order(shot.id),
            "it is no new take"
        );
        let news = set.until(|news, _| matches!(news, GenerationEvent::Reproduced(..)));
        let Some(GenerationEvent::Reproduced(_, found)) = news.last() else {
            panic!("what came of it")
        };
        *found
    };
    let found = reproduced(&mut set);
    assert!(found.is_identical() && found.frames == 9, "{found:?}");
    assert!(set.production.is_idle());

    // A take with other frames under the same name.
    let clip = set.folder().join(format!("takes/{take}/clip.mkv"));
    fs::remove_file(&clip).expect("gone");
    let content = Content {
        size: [32, 16],
        rate: FrameRate::new(8, 1).expect("a rate"),
        has_sound: false,
    };
    let mut other = Writer::create(&clip, Format::TAKE, content).expect("begun");
    for number in 0..9 {
        let grey = number + 2;
        other
            .picture(&Picture::plain(32, 16, [grey, grey, grey, 255]))
            .expect("written");
    }
    other.finish().expect("whole");
    let found = reproduced(&mut set);
    assert_eq!(
        (found.largest, found.mean),
        (2, 2.0),
        "{}",
        found.sentence()
    );
}

#[test]
fn a_take_finds_its_lora_again_by_content_or_says_that_it_is_gone() {
    let loras = tempfile::tempdir().expect("a folder");
    let at = |name: &str| loras.path().join(name);
    fs::write(at("style.safetensors"), "a style").expect("written");
    let script = format!("loras '{}'", loras.path().display());
    let mut set = Set::new(&script, &["fox"]);
    let shot = Shot {
        loras: vec![ShotLora {
            strength: 0.5,
            ..ShotLora::new("style.safetensors")
        }],
        ..set.shots().swap_remove(0)
    };
    set.production.queue_take(&shot, 99);
    set.until(is_take);
    let take = set.takes()[0];
    let found = set.production.takes().find(take).expect("the take");
    let recipe = found.recipe.expect("readable");
    let [lora] = &recipe.inputs.loras[..] else {
        panic!("one LoRA")
    };
    let told = (lora.file.name.as_str(), lora.strength, lora.expert);
    assert_eq!(told, ("style.safetensors", 0.5, None));

    // Its file has another name now, and another file has its name.
    fs::rename(at("style.safetensors"), at("renamed.safetensors")).expect("renamed");
    fs::write(at("style.safetensors"), "another style").expect("written");
    let mut set = set.again(&script);
    set.production.reproduce(&shot, take);
    set.until(|news, _| matches!(news, GenerationEvent::Reproduced(..)));
    set.production.queue_take(&shot, 99);
    set.until(is_take);
    assert_eq!(set.takes().len(), 2, "other content is another take");

    fs::remove_file(at("renamed.safetensors")).expect("removed");
    let mut set = set.again(&script);
    set.production.reproduce(&shot, take);
    let news = set.until(is_failure);
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    let text = failure.to_string();
    assert!(
        text.contains("style.safetensors of this take is gone") && text.contains("under any name"),
        "{text}"
    );
}

#[test]
fn one_thing_of_a_take_is_varied_and_all_else_stays() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let (shot, first) = (set.shots().swap_remove(0), set.takes()[0]);
    let other = Shot {
        prompt: "something else by now".into(),
        ..shot.clone()
    };
    for (change, what) in [
        (Vary::Seed, "seed"),
        (Vary::Steps(31), "steps"),
        (Vary::Guidance(1.0), "guidance"),
    ] {
        set.production.vary(&other, first, change, 77);
        let news = set.until(is_take);
        let Some(GenerationEvent::Take(of, take)) = news.last() else {
            panic!("a take")
        };
        let takes = set.production.takes();
        let recipe = |take| {
            takes
                .find(take)
                .expect("the take")
                .recipe
                .expect("readable")
        };
        let differences = recipe(first).differences(&recipe(*take));
        let what_differs: Vec<_> = differences.iter().map(|(what, ..)| what.as_str()).collect();
        assert_eq!((*of, what_differs), (shot.id, vec![what]));
    }
}

#[test]
fn a_take_is_made_larger_repeated_and_varied_small() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let (shot, small) = (set.shots().swap_remove(0), set.takes()[0]);
    let new_take = |news: Vec<GenerationEvent>| match news.last() {
        Some(GenerationEvent::Take(_, take)) => *take,
        other => panic!("a take: {other:?}"),
    };
    set.production.upscale(&shot, small, "twofold");
    let large = new_take(set.until(is_take));
    let found = set.production.takes().find(large).expect("the take");
    let recipe = found.recipe.expect("readable");
    assert_eq!(
        (recipe.settings.size, recipe.picture_size()),
        ([32, 16], [64, 32])
    );
    let upscaled = recipe.upscaled.as_ref().expect("made larger");
    assert_eq!(
        (upscaled.take, upscaled.upscaler.id.as_str()),
        (small, "twofold")
    );
    assert_eq!(
        recipe.inputs.prompt, "a fox",
        "the rest is as in the small take"
    );
    let clip = ProjectFiles::of(set.session.folder()).take_clip(large);
    let track = probe(&clip).expect("a clip").picture.expect("pictures");
    assert_eq!((track.width, track.height, track.frames.0), (64, 32, 9));

    set.production.upscale(&shot, small, "twofold");
    let again = new_take(set.until(is_take));
    assert_eq!(again, large, "what was made is not made twice");
    set.production.reproduce(&shot, large);
    let news = set.until(|news, _| matches!(news, GenerationEvent::Reproduced(..)));
    let Some(GenerationEvent::Reproduced(_, result)) = news.last() else {
        panic!("a result")
    };
    assert!(result.is_identical() && result.frames == 9);
    set.production.upscale(&shot, large, "twofold");
    let largest = new_take(set.until(is_take));
    let largest = set.production.takes().find(largest).expect("the take");
    assert_eq!(largest.recipe.expect("readable").picture_size(), [128, 64]);
    set.production.vary(&shot, large, Vary::Seed, 5);
    let varied = new_take(set.until(is_take));
    let varied = set.production.takes().find(varied).expect("the take");
    let varied = varied.recipe.expect("readable");
    assert_eq!((varied.picture_size(), varied.upscaled), ([32, 16], None));
    set.production.upscale(&shot, small, "threefold");
    let news = set.until(|news, _| matches!(news, GenerationEvent::Failed(..)));
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    assert!(
        failure.cause.contains("threefold is not installed"),
        "{failure}"
    );
    let Set {
        session,
        root: _root,
        ..
    } = set;
    let folder = session.folder().to_owned();
    drop(session);
    let found = check(&folder, &mut |_| {}).expect("opens");
    assert!(found.wrong.is_empty(), "{:?}", found.wrong);
}

#[test]
fn stills_are_takes_of_one_frame_that_are_not_chosen_and_survive_the_program() {
    let mut set = Set::new("subjects", &["fox"]);
    let robot = Shot {
        prompt: "a red robot walks left".into(),
        ..set.shots().swap_remove(0)
    };
    set.production.queue_stills(&robot, 2, 99);
    let is_still = |news: &GenerationEvent, _: &GenerationScheduler| {
        matches!(news, GenerationEvent::Still(..))
    };
    set.until(is_still);
    assert!(!set.production.queue().has_take_order(robot.id));
    let mut set = set.again("subjects"); // the second one is still in the queue
    set.until(is_still);
    assert_eq!(set.chosen(), [None], "a still is no take of the film");
    let takes = set.production.takes().all();
    let recipes = takes.iter().filter_map(|(_, take)| take.readable());
    let mut seeds: Vec<u64> = recipes
        .map(|recipe| {
            assert!(recipe.is_still && recipe.settings.frames == 1);
            let stage = recipe.stage.as_ref().expect("the stage of the prompt");
            assert_eq!(stage.stand_ins[0].colours, Some([(219, 36, 33); 2]));
            recipe.inputs.seed
        })
        .collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [1, 2], "from the seed of the shot on");
    for (name, _) in &takes {
        let picture = save_first_frame(*name, set.folder()).expect("saved");
        let files = ProjectFiles::of(set.folder());
        assert!(files.picture(picture).is_some());
    }
    set.production.queue_stills(&robot, 1, 99);
    set.until(is_still);
    assert_eq!(set.takes().len(), 2, "an equal recipe returns the still");
    let found = check(set.folder(), &mut |_| {}).expect("opens");
    assert!(found.wrong.is_empty(), "{:?}", found.wrong);
}

#[test]
fn a_shot_without_a_cast_is_staged_from_its_prompt_and_a_built_stage_comes_first() {
    let mut set = Set::new("subjects", &["fox"]);
    let robot = Shot {
        prompt: "a red robot and a blue cat".into(),
        ..set.shots().swap_remove(0)
    };
    let own = Shot {
        stage: Stage::of_cast(&[("tree".into(), None)]),
        ..robot.clone()
    };
    let plain = set.shots().swap_remove(0);
    let mut names = |shot: &Shot, seed: u64| -> Vec<String> {
        let shot = Shot {
            seed: SeedPolicy::Fixed(seed),
            ..shot.clone()
        };
        set.production.queue_take(&shot, seed);
        let news = set.until(is_take);
        let Some(GenerationEvent::Take(_, take)) = news.last() else {
            panic!("a take");
        };
        let found = set.production.takes().find(*take).expect("the take");
        let stage = found.recipe.expect("readable").stage;
        let stand_ins = stage.map(|stage| stage.stand_ins).unwrap_or_default();
        stand_ins.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names(&robot, 1), ["robot", "cat"]);
    assert_eq!(names(&own, 2), ["tree"]);
    assert!(names(&plain, 3).is_empty(), "the model knows no fox");
}

#[test]
fn a_model_that_follows_pictures_of_the_stage_gets_the_cast_in_its_colours_of_that_moment() {
    let mut set = Set::new("stage-pictures", &["fox"]);
    let ada = Character {
        colours: [(200, 30, 40), (20, 30, 200)],
        ..Character::new("Ada", "ada")
    };
    let add = Edit::Library(Library::AddCharacter(Box::new(ada)));
    set.session.document_mut().apply(&add).expect("a character");
    let ada = set.project().cast().next().expect("Ada").id;
    let staged = Shot {
        stage: Stage::of_cast(&[("Ada".into(), Some(ada)), ("tree".into(), None)]),
        ..set.shots().swap_remove(0)
    };
    set.production.queue_take(&staged, 99);
    set.until(is_take);
    let take = set.takes()[0];
    let found = set.production.takes().find(take).expect("the take");
    let expected = CastColours {
        character: ada,
        body: [200, 30, 40],
        limbs: [20, 30, 200],
    };
    let recipe = found.recipe.expect("readable");
    assert_eq!(recipe.stage_shown, StageShown::Picture(vec![expected]));

    let mut set = set.again("well");
    set.production.queue_take(&staged, 98);
    set.until(is_take);
    let others = set.takes().into_iter().filter(|name| *name != take);
    for name in others {
        let found = set.production.takes().find(name).expect("the take");
        let shown = found.recipe.expect("readable").stage_shown;
        assert_eq!(shown, StageShown::Depth, "as the other model wants it");
    }
}

/// The grey in the middle of a frame of the timeline.
fn grey(set: &Set, frame: i64) -> u8 {
    let mut reader = FrameReader::new(set.session.folder());
    let picture = reader
        .picture(set.project(), Frames(frame))
        .expect("a frame");
    let middle = (picture.height / 2 * picture.width + picture.width / 2) * 4;
    picture.rgba[middle as usize]
}

#[test]
fn a_slow_clip_shows_in_betweens_once_they_are_made_and_the_same_ones_again() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let shot = set.shots().swap_remove(0);
    let clip = Clip {
        speed: Speed::new(1, 2).expect("half speed"),
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot.id), Frames(0), Frames(50))
    };
    let track = set.project().tracks()[0].id;
    let pieces = vec![Piece { track, clip }];
    let place = Edit::Place(Place::Append { pieces });
    set.session.document_mut().apply(&place).expect("placed");
    let (clip, _) = set.project().tracks()[0].clips().next().expect("the clip");
    let clip = Clip::clone(clip);
    // Eight frames a second at half speed are a new one every six frames; a frame's grey is its number.
    assert_eq!([0, 3, 6, 45].map(|frame| grey(&set, frame)), [0, 0, 1, 7]);
    let make = |set: &mut Set| {
        let project = set.project().clone();
        set.production.smooth(&project, &clip).expect("an order");
        set.until(|news, _| matches!(news, GenerationEvent::Smoothed(_)))
    };
    let news = make(&mut set);
    let progress = news.iter().filter_map(|news| match news {
        GenerationEvent::Progress(_, kinora_wire::Progress::Working { done, .. }) => Some(*done),
        _ => None,
    });
    let progress: Vec<f64> = progress.collect();
    assert!(progress.is_sorted() && progress.last().is_some_and(|done| *done > 0.99));
    // The way to the next frame counts a hundred.
    assert_eq!([0, 3, 6, 45].map(|frame| grey(&set, frame)), [0, 50, 1, 57]);
    let Some(GenerationEvent::Smoothed(smooth)) = news.last() else {
        panic!("in-betweens")
    };
    let files = ProjectFiles::of(set.session.folder());
    let (file, recipe) = (
        files.smooth_clip(smooth),
        files.smooth(smooth).join("smooth.ron"),
    );
    let read = || [&file, &recipe].map(|path| fs::read(path).expect("there"));
    let first = read();
    assert!(String::from_utf8_lossy(&first[1]).contains("between.safetensors"));
    fs::remove_dir_all(files.smooth(smooth)).expect("removed");
    assert_eq!(grey(&set, 3), 0, "its own frames while there are none");
    make(&mut set);
    assert!(read() == first, "the same bytes");
    let takes = set.takes().len();
    assert_eq!(takes, 1, "no take was made");
}

#[test]
fn in_betweens_without_an_interpolator_fail_with_the_remedy() {
    let mut set = Set::new("experts", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let shot = set.shots().swap_remove(0);
    let clip = Clip {
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot.id), Frames(0), Frames(20))
    };
    let project = set.project().clone();
    set.production.smooth(&project, &clip).expect("an order");
    let news = set.until(|news, _| matches!(news, GenerationEvent::Failed(..)));
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    let remedy = failure.remedy.as_deref().unwrap_or_default();
    assert!(remedy.contains("kinora models install"), "{failure}");
}
