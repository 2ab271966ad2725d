//! Takes with sound: what is written, what is found broken, and what is left of a take that was not finished.

use std::fs;

use kinora_render::media::read_sound;
use kinora_render::project::ProjectFiles;
use kinora_wire::Makes;

use super::*;
use crate::take::based_shot::tests::recipe;
use crate::take::reproduce::Comparison;
use crate::take::take_store::Take;

/// The sample at which the click of a test is.
const CLICK: usize = 18_000;

/// The recipe of nine frames, eight in a second, that consist of this.
fn making(makes: Makes) -> Recipe {
    let mut recipe = recipe();
    recipe.settings.frames = 9;
    recipe.inputs.makes = makes;
    recipe
}

fn frames(recipe: &Recipe) -> (PixelShape, Vec<u8>) {
    let [width, height] = recipe.settings.size;
    let shape = PixelShape {
        frames: recipe.settings.frames,
        width,
        height,
    };
    let bytes = shape.bytes().expect("few");
    (shape, vec![90; bytes])
}

/// Silence with a click of this height, in one channel, as long as nine frames.
fn click(height: f32) -> (SoundShape, Vec<u8>) {
    let mut values = vec![0.0; 54_000];
    values[CLICK] = height;
    let shape = SoundShape::new(54_000, 1);
    (shape, SoundShape::to_bytes(&values))
}

fn store() -> (tempfile::TempDir, TakeStore) {
    let root = tempfile::tempdir().expect("a folder");
    let store = TakeStore::of(root.path());
    (root, store)
}

/// Writes all that a recipe requires.
fn fill(writer: &mut TakeWriter, recipe: &Recipe) {
    if recipe.inputs.makes.has_picture() {
        let (shape, pixels) = frames(recipe);
        writer.add(shape, &pixels).expect("frames");
    }
    if recipe.inputs.makes.has_sound() {
        let (shape, bytes) = click(0.75);
        writer.add_sound(0, shape, &bytes).expect("sound");
    }
}

fn made(store: &TakeStore, recipe: &Recipe) -> ContentHash {
    let begun = store.begin(recipe.clone(), ShotId::from(3));
    let mut writer = begun.expect("begun");
    fill(&mut writer, recipe);
    let finished = writer.finish(Timings::default(), None, 1);
    finished.expect("finished")
}

fn found(store: &TakeStore, name: ContentHash) -> Take {
    assert_eq!(store.fault(name), None);
    assert!(store.is_made(name));
    store.find(name).expect("it is there")
}

#[test]
fn a_take_has_its_picture_its_sound_or_both() {
    let (_root, store) = store();
    let mut names = Vec::new();
    for makes in [Makes::Picture, Makes::Sound, Makes::Both] {
        let recipe = making(makes);
        let name = made(&store, &recipe);
        let take = found(&store, name);
        assert_eq!(take.clip.is_some(), makes.has_picture(), "{makes:?}");
        assert_eq!(take.frames.is_some(), makes.has_picture(), "{makes:?}");
        assert_eq!(take.poster.is_some(), makes.has_picture(), "{makes:?}");
        assert_eq!(take.sound.is_some(), makes.has_sound(), "{makes:?}");
        assert_eq!(take.is_sound_alone(), makes == Makes::Sound);
        assert_eq!(take.recipe, Ok(recipe));
        names.push(name);
    }
    names.dedup();
    assert_eq!(names.len(), 3, "three recipes, three names");
}

#[test]
fn a_silent_take_has_the_name_and_the_file_that_it_had_before_there_was_sound() {
    let (_root, store) = store();
    let name = made(&store, &making(Makes::Picture));
    let text = fs::read_to_string(store.folder(name).join(TAKE_FILE)).expect("text");
    assert!(!text.contains("sound") && !text.contains("makes"), "{text}");
    assert!(text.contains("    clip: \""), "{text}");
    assert!(!store.sound(name).exists());
}

#[test]
fn a_click_is_at_its_sample_on_both_sides() {
    let (_root, store) = store();
    let name = made(&store, &making(Makes::Both));
    let mut heard = Vec::new();
    read_sound(&store.sound(name), &mut |piece| {
        heard.extend_from_slice(piece);
        true
    })
    .expect("read");
    assert_eq!(heard.len(), 2 * 54_000);
    let loud = heard.iter().enumerate().filter(|(_, value)| **value != 0.0);
    let loud: Vec<_> = loud.collect();
    assert_eq!(loud, [(2 * CLICK, &0.75), (2 * CLICK + 1, &0.75)]);
}

#[test]
fn frames_without_their_sound_and_sound_without_its_frames_are_no_take() {
    let (_root, store) = store();
    let recipe = making(Makes::Both);
    for has_picture in [true, false] {
        let begun = store.begin(recipe.clone(), ShotId::from(3));
        let mut writer = begun.expect("begun");
        let part = match has_picture {
            true => making(Makes::Picture),
            false => making(Makes::Sound),
        };
        fill(&mut writer, &part);
        let refused = writer.finish(Timings::default(), None, 1);
        assert!(refused.is_err(), "{has_picture}");
        assert_eq!(store.find(recipe.hash()), None);
    }
    let begun = store.begin(making(Makes::Picture), ShotId::from(3));
    let (shape, bytes) = click(0.5);
    let mut silent = begun.expect("begun");
    assert!(silent.add_sound(0, shape, &bytes).is_err());
    let begun = store.begin(making(Makes::Sound), ShotId::from(3));
    let mut alone = begun.expect("begun");
    let (shape, pixels) = frames(&recipe);
    assert!(alone.add(shape, &pixels).is_err());
}

#[test]
fn what_a_killed_program_leaves_is_no_take_and_is_overwritten() {
    let (root, store) = store();
    let recipe = making(Makes::Both);
    let name = recipe.hash();
    // Killed at each file: half of it, or whole files without `take.ron`.
    fs::create_dir_all(store.folder(name)).expect("made");
    for left in [store.sound(name), store.clip(name), store.poster(name)] {
        fs::write(&left, "half of it").expect("written");
        assert_eq!(store.find(name), None);
        assert!(!store.is_made(name));
        assert!(store.names().is_empty());
    }
    // And what was kept of that sound.
    let key = ProjectFiles::take_sound_key(name);
    let kept = ProjectFiles::of(root.path()).conformed_sound(key);
    fs::create_dir_all(kept.parent().expect("a folder")).expect("made");
    fs::write(&kept, [0; 80]).expect("written");
    assert_eq!(made(&store, &recipe), name);
    assert!(!kept.exists());
    found(&store, name);
    let files = fs::read_dir(store.folder(name)).expect("read").count();
    assert_eq!(files, 4, "clip, sound, poster, take.ron");
}

#[test]
fn a_take_whose_sound_is_gone_or_changed_is_found() {
    let (_root, store) = store();
    for makes in [Makes::Sound, Makes::Both] {
        let name = made(&store, &making(makes));
        let path = store.sound(name);
        let mut bytes = fs::read(&path).expect("bytes");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, bytes).expect("written");
        let (file, fault) = store.fault(name).expect("a fault");
        assert_eq!((&file, fault.as_str()), (&path, "its bytes have changed"));
        assert!(!store.is_made(name));
        fs::remove_file(&path).expect("removed");
        assert_eq!(store.fault(name).map(|(file, _)| file), Some(path));
        assert!(!store.is_made(name));
    }
}

#[test]
fn an_upscaled_take_has_the_sound_of_the_small_one() {
    let (_root, store) = store();
    let small = making(Makes::Both);
    let name = made(&store, &small);
    let upscaled = Recipe {
        upscaled: Some(crate::take::recipe::Upscaled {
            take: name,
            upscaler: small.model.clone(),
            scale: 1,
            guide: None,
        }),
        ..small
    };
    let begun = store.begin(upscaled.clone(), ShotId::from(3));
    let mut writer = begun.expect("begun");
    let (shape, pixels) = frames(&upscaled);
    writer.add(shape, &pixels).expect("frames");
    let large = writer.finish(Timings::default(), None, 1);
    let large = large.expect("finished");
    assert_ne!(large, name);
    assert_eq!(found(&store, large).sound, found(&store, name).sound);
}

#[test]
fn a_repeat_is_compared_with_frames_and_sound() {
    let (root, store) = store();
    for makes in [Makes::Sound, Makes::Both] {
        let recipe = making(makes);
        let name = made(&store, &recipe);
        let repeated = |height: f32| {
            let begun = Comparison::with(root.path(), name, &recipe.settings);
            let mut comparison = begun.expect("begun");
            if makes.has_picture() {
                let (shape, pixels) = frames(&recipe);
                comparison.add(shape, &pixels).expect("frames");
            }
            let (shape, bytes) = click(height);
            comparison.add_sound(0, shape, &bytes).expect("sound");
            comparison.finish().expect("compared")
        };
        assert!(repeated(0.75).is_identical());
        let louder = repeated(0.875);
        assert!(!louder.is_identical());
        let sound = louder.sound.expect("sound");
        assert_eq!((sound.samples, sound.largest_steps), (54_000, 1 << 20));
        let begun = Comparison::with(root.path(), name, &recipe.settings);
        assert!(begun.expect("begun").finish().is_err(), "no sound arrived");
    }
}
