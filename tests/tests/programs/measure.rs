//! `kinora measure` with clips whose camera is known: a pan over a textured sphere, drawn here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use glam::{DVec3, IVec3};
use image::{GrayImage, Luma};
use kinora_tests::kinora;
use serde_json::Value;

use crate::fixtures;

const SIZE: [u32; 2] = [320, 180];
const FRAMES: usize = 9;
/// The pan from the first frame to the last.
const PAN_DEGREES: f64 = 12.0;
/// Focal length as a share of the width: 28.8 mm.
const FOCAL: f64 = 0.8;

/// A number from 0 to 1 for each corner of a lattice.
fn random(at: IVec3) -> f64 {
    let parts = [at.x, at.y, at.z].map(|part| part as u32);
    let mut hash = 0x9e37_79b9_u32;
    for part in parts {
        hash = (hash ^ part).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        hash ^= hash >> 16;
    }
    f64::from(hash) / f64::from(u32::MAX)
}

/// Random numbers with straight ways between them.
fn noise(at: DVec3) -> f64 {
    let floor = at.floor();
    let part = at - floor;
    let corner = floor.as_ivec3();
    let mut sum = 0.0;
    for x in 0..2 {
        for y in 0..2 {
            for z in 0..2 {
                let share = |along: f64, side: i32| match side {
                    0 => 1.0 - along,
                    _ => along,
                };
                let weight = share(part.x, x) * share(part.y, y) * share(part.z, z);
                sum += weight * random(corner + IVec3::new(x, y, z));
            }
        }
    }
    sum
}

/// The grey of the sphere in a direction, with details of several sizes.
fn texture(direction: DVec3) -> u8 {
    let octaves = [(12.0, 0.4), (35.0, 0.35), (70.0, 0.25)];
    let sum: f64 = octaves
        .iter()
        .map(|(frequency, share)| share * noise(direction * *frequency + 100.0))
        .sum();
    ((sum - 0.5) * 380.0 + 128.0).clamp(0.0, 255.0) as u8
}

/// The right and forward axes of a camera that is turned to the right, in the world: x right, y down, z forward.
fn axes(right_degrees: f64) -> [DVec3; 2] {
    let (sin, cos) = right_degrees.to_radians().sin_cos();
    [DVec3::new(cos, 0.0, -sin), DVec3::new(sin, 0.0, cos)]
}

fn degrees_at(frame: usize) -> f64 {
    PAN_DEGREES * frame as f64 / (FRAMES - 1) as f64
}

/// Draws the pan as PNG files.
fn draw_pan(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let [width, height] = SIZE.map(f64::from);
    for frame in 0..FRAMES {
        let [right, forward] = axes(degrees_at(frame));
        let picture = GrayImage::from_fn(SIZE[0], SIZE[1], |x, y| {
            let across = (f64::from(x) + 0.5 - width / 2.0) / (FOCAL * width);
            let down = (f64::from(y) + 0.5 - height / 2.0) / (FOCAL * width);
            let ray = right * across + DVec3::Y * down + forward;
            Luma([texture(ray.normalize())])
        });
        let path = folder.join(format!("{frame:03}.png"));
        picture.save(path).expect("saved");
    }
}

/// Writes a pan as a RealEstate10K file: world to camera, row by row.
fn write_path(file: &Path, frames: usize, strength: f64) {
    let mut text = String::from("pan\n");
    for frame in 0..frames {
        let [right, forward] = axes(degrees_at(frame) * strength);
        write!(text, "{frame} {FOCAL} {} 0.5 0.5 0 0", FOCAL * 16.0 / 9.0).expect("text");
        for row in [right, DVec3::Y, forward] {
            write!(text, " {} {} {} 0", row.x, row.y, row.z).expect("text");
        }
        text.push('\n');
    }
    fs::write(file, text).expect("written");
}

fn measure(home: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command.arg("measure").args(arguments);
    command.output().expect("kinora starts")
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

fn json(ran: &Output) -> Value {
    assert!(ran.status.success(), "{}", said(ran));
    serde_json::from_slice(&ran.stdout).expect("one JSON value")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain letters")
}

/// A folder with the clip of a pan and its camera file.
fn pan() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let (clip, path) = (home.path().join("clip"), home.path().join("pan.txt"));
    draw_pan(&clip);
    write_path(&path, FRAMES, 1.0);
    (home, clip, path)
}

#[test]
fn a_pan_obeys_its_own_path_and_not_the_mirrored_one() {
    let (home, clip, path) = pan();
    let ran = measure(
        home.path(),
        &[text(&clip), "--camera", text(&path), "--json"],
    );
    let reported = json(&ran);
    assert_eq!(reported["verdict"], "obeyed", "{reported}");
    assert_eq!(reported["measurable"], true);
    assert_eq!(reported["reason"], Value::Null);
    let worst = reported["rotation_error_degrees"]["worst"].as_f64();
    assert!(worst.is_some_and(|worst| worst < 0.5), "{reported}");
    assert!(
        reported["rotation_error_degrees"]["median"].is_f64(),
        "{reported}"
    );
    for which in ["asked", "achieved"] {
        let yaw = reported[which]["yaw"].as_f64().expect("a number");
        assert!((yaw - PAN_DEGREES).abs() < 0.5, "{which}: {reported}");
    }
    assert_eq!(reported["frames"].as_array().map(Vec::len), Some(FRAMES));
    assert_eq!(reported["solver"], kinora_studio::measure::SOLVER);

    let mirrored = home.path().join("mirrored.txt");
    write_path(&mirrored, FRAMES, -1.0);
    let ran = measure(
        home.path(),
        &[text(&clip), "--camera", text(&mirrored), "--json"],
    );
    let reported = json(&ran);
    assert_eq!(reported["verdict"], "not_obeyed", "{reported}");
    // For people: the same words, a fact a line.
    let ran = measure(home.path(), &[text(&clip), "--camera", text(&path)]);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        shown.contains("obeyed") && shown.contains("yaw 12.0°"),
        "{shown}"
    );
}

#[test]
fn a_named_lens_replaces_that_of_the_path() {
    let (home, clip, _) = pan();
    let wrong = home.path().join("wrong lens.txt");
    let own = fs::read_to_string(home.path().join("pan.txt")).expect("text");
    let wide = format!(" {FOCAL} {} ", FOCAL * 16.0 / 9.0);
    let long = format!(" {} {} ", FOCAL * 2.0, FOCAL * 2.0 * 16.0 / 9.0);
    assert!(own.contains(&wide));
    fs::write(&wrong, own.replace(&wide, &long)).expect("written");
    let with = |arguments: &[&str]| {
        let named = [text(&clip), "--camera", text(&wrong), "--json"];
        let all = [arguments, &named[..]].concat();
        json(&measure(home.path(), &all))
    };
    assert_ne!(with(&[])["verdict"], "obeyed", "twice the focal length");
    assert_eq!(with(&["--focal", "28.8"])["verdict"], "obeyed");
    for focal in ["0", "-3", "nan", "wide"] {
        let ran = measure(
            home.path(),
            &[text(&clip), "--camera", text(&wrong), "--focal", focal],
        );
        assert_eq!(ran.status.code(), Some(2), "{focal}: {}", said(&ran));
    }
}

#[test]
fn a_grey_clip_is_refused_with_its_reason_and_that_is_no_error() {
    let home = tempfile::tempdir().expect("a folder");
    let (clip, path) = (home.path().join("grey"), home.path().join("pan.txt"));
    fs::create_dir(&clip).expect("a folder");
    write_path(&path, FRAMES, 1.0);
    for frame in 0..FRAMES {
        let picture = GrayImage::from_pixel(SIZE[0], SIZE[1], Luma([120]));
        picture
            .save(clip.join(format!("{frame}.png")))
            .expect("saved");
    }
    let arguments = [text(&clip), "--camera", text(&path), "--json"];
    let reported = json(&measure(home.path(), &arguments));
    assert_eq!(reported["measurable"], false);
    assert_eq!(reported["verdict"], "not_measurable");
    assert_eq!(reported["reason"], "too_few_tracks", "{reported}");
    assert_eq!(reported["rotation_error_degrees"], Value::Null);
    let ran = measure(home.path(), &arguments[..3]);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(shown.contains("too few points"), "{shown}");
}

#[test]
fn wrong_files_are_named_and_another_length_is_reported() {
    let (home, clip, path) = pan();
    let fails = |arguments: &[&str], words: &[&str]| {
        let ran = measure(home.path(), arguments);
        assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
        let said = said(&ran);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    fails(
        &[text(&clip), "--camera", "/nowhere.txt"],
        &["/nowhere.txt", "RealEstate10K"],
    );
    fails(
        &["/nowhere.mp4", "--camera", text(&path)],
        &["/nowhere.mp4"],
    );
    fails(&[text(&clip)], &["is not a project folder", "--camera"]);
    let short = home.path().join("short.txt");
    write_path(&short, 5, 1.0);
    let reported = json(&measure(
        home.path(),
        &[text(&clip), "--camera", text(&short), "--json"],
    ));
    let notes = reported["notes"].to_string();
    assert!(notes.contains("5 poses for 9 frames"), "{notes}");
    GrayImage::new(20, 20)
        .save(clip.join("other.png"))
        .expect("saved");
    fails(
        &[text(&clip), "--camera", text(&path)],
        &["picture 10 is 20 x 20", "of one size"],
    );
}

#[test]
fn the_takes_of_a_project_are_measured_and_kept_only_when_that_is_asked() {
    let (root, folder) = fixtures::copy("0.1.kinora");
    let takes = folder.join("takes");
    let kept = || {
        let entries = fs::read_dir(&takes).expect("takes").flatten();
        let kept = entries.filter(|entry| entry.path().join("measures.ron").exists());
        kept.count()
    };
    let reported = json(&measure(root.path(), &[text(&folder), "--json"]));
    let list = reported["takes"].as_array().expect("a list");
    let shots: Vec<&str> = list
        .iter()
        .filter_map(|take| take["shot"].as_str())
        .collect();
    assert_eq!(shots, ["Morning", "On the way"]);
    assert!(
        list.iter().all(|take| take["verdict"].is_string()),
        "{reported}"
    );
    assert!(
        list.iter()
            .all(|take| take["steadiness"].is_object() && take["characters"].is_array()),
        "{reported}"
    );
    assert!(reported["joins"].is_array() && reported["characters"].is_array());
    assert_eq!(kept(), 0, "nothing is written unasked");

    let ran = measure(root.path(), &[text(&folder), "--save"]);
    assert!(ran.status.success(), "{}", said(&ran));
    let table = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        table.starts_with("take") && table.contains("Morning") && table.contains("flicker"),
        "{table}"
    );
    assert_eq!(kept(), 2);
    let mut check = kinora(root.path());
    let ran = check.arg("check").arg(&folder).output().expect("starts");
    assert!(ran.status.success(), "{}", said(&ran));
    let copy = root.path().join("copy.kinora");
    let mut collect = kinora(root.path());
    collect.arg("collect").arg(&folder).arg(&copy);
    let ran = collect.output().expect("starts");
    assert!(copy.join("takes").is_dir(), "{}", said(&ran));
    for take in list {
        let name = take["take"].as_str().expect("a name");
        let file = copy.join("takes").join(name).join("measures.ron");
        assert!(file.exists(), "a copy carries it");
    }
}
