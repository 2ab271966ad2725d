//! Takes: their recipes, the frames that are reproduced from them, and takes that are varied or made larger. Equal
//! recipes are one take.

use std::fs;

use kinora_render::media::probe;
use kinora_render::project::ProjectFiles;
use kinora_render::{Content, Format, Picture, VideoReader, Writer};
use kinora_studio::generate::queue::Vary;
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_studio::project::check::check;
use kinora_studio::take::take_store::Take;
use kinora_timeline::shot::loras::ShotLora;
use kinora_timeline::shot::{SeedPolicy, Shot};
use kinora_timeline::{FrameRate, Frames};

use super::{Set, is_failure, is_take};

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
fn a_take_is_reproduced_to_the_last_bit_and_what_is_off_is_reported() {
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
    let reported = (lora.file.name.as_str(), lora.strength, lora.expert);
    assert_eq!(reported, ("style.safetensors", 0.5, None));

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
