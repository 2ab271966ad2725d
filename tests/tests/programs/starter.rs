//! The bundled starter model as an artist finds it: without downloads or settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use image::{Rgb, RgbImage};
use kinora_render::media::read_sound;
use kinora_tests::kinora;

fn generate(home: &Path, folder: &str, more: &[&str]) -> (Output, PathBuf) {
    let output = home.join(folder);
    let ran = kinora(home)
        .args(["generate", "--model", "starter", "--device", "cpu", "-o"])
        .arg(&output)
        .args(more)
        .output()
        .expect("kinora starts");
    assert!(ran.status.success(), "{}", said(&ran));
    (ran, output)
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// The pictures of all frames, in order.
fn frames(folder: &Path) -> Vec<RgbImage> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("frames")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| image::open(path).expect("a picture").into_rgb8())
        .collect()
}

/// The mean colour of the middle of the first frame.
fn middle(frames: &[RgbImage]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for (x, y) in (40..56).flat_map(|x| (26..48).map(move |y| (x, y))) {
        for (sum, byte) in sum.iter_mut().zip(frames[0].get_pixel(x, y).0) {
            *sum += f64::from(byte) / (16.0 * 22.0);
        }
    }
    sum
}

#[test]
fn a_clip_is_what_was_said_the_same_each_time_and_follows_character_and_camera() {
    let home = tempfile::tempdir().expect("a folder");
    let portrait = home.path().join("hero.png");
    RgbImage::from_fn(48, 64, |x, y| {
        match (14..34).contains(&x) && (10..58).contains(&y) {
            true => Rgb([240, 210, 40]),
            false => Rgb([200, 200, 200]),
        }
    })
    .save(&portrait)
    .expect("saved");
    let hero = format!("hero={}", portrait.display());
    let words = |colour: &str| format!("a {colour} robot walks left in the desert at sunset");
    let with = |colour: &str| {
        let words = words(colour);
        [
            "--prompt",
            &words,
            "--character",
            &hero,
            "--move",
            "orbit-left",
        ]
        .map(str::to_owned)
    };
    let made = |folder: &str, colour: &str| {
        let arguments = with(colour);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        frames(&generate(home.path(), folder, &arguments).1)
    };
    let yellow = made("yellow", "yellow");
    assert_eq!(yellow.len(), 17);
    assert_eq!(yellow[0].dimensions(), (96, 64));
    assert!(
        yellow == made("again", "yellow"),
        "the same to the last bit"
    );
    let ([red, green, blue], [_, _, other]) = (middle(&yellow), middle(&made("blue", "blue")));
    assert!(red > blue && green > blue, "yellow: {red} {green} {blue}");
    assert!(other > blue, "blue is bluer than yellow: {other} {blue}");
}

#[test]
fn a_prompt_from_another_world_is_made_with_a_hint_of_the_words_of_the_model() {
    let home = tempfile::tempdir().expect("a folder");
    let arguments = [
        "--prompt",
        "a lighthouse in the desert",
        "--steps",
        "2",
        "--frames",
        "5",
    ];
    let (ran, folder) = generate(home.path(), "clip", &arguments);
    let said = said(&ran);
    assert!(
        said.contains("does not know: lighthouse. It knows who: robot"),
        "{said}"
    );
    assert_eq!(frames(&folder).len(), 5);
    let arguments = [
        "--prompt",
        "a cat in the desert",
        "--steps",
        "2",
        "--frames",
        "5",
    ];
    let (ran, _) = generate(home.path(), "cat", &arguments);
    assert!(!self::said(&ran).contains("hint"), "{}", self::said(&ran));
}

#[test]
fn a_silent_clip_gets_sound_of_its_length_the_same_for_a_seed() {
    let home = tempfile::tempdir().expect("a folder");
    let arguments = ["--prompt", "a red cat walks right in the snow"];
    let (_, clip) = generate(
        home.path(),
        "clip",
        &[&arguments[..], &["--steps", "2"]].concat(),
    );
    let heard = |name: &str, seed: &str| {
        let output = home.path().join(name);
        let ran = kinora(home.path())
            .args(["sound", "--from", "16", "--seed", seed, "-o"])
            .arg(&output)
            .arg(&clip)
            .output()
            .expect("kinora starts");
        assert!(ran.status.success(), "{}", said(&ran));
        let mut samples = Vec::new();
        read_sound(&output, &mut |piece| {
            samples.extend_from_slice(piece);
            true
        })
        .expect("sound");
        samples
    };
    let first = heard("first.wav", "7");
    assert_eq!(first.len(), 2 * 48_000 * 17 / 16);
    assert!(first.iter().any(|sample| sample.abs() > 0.003));
    assert!(first == heard("again.wav", "7"), "the same for a seed");
    assert!(first != heard("other.wav", "8"));
}
