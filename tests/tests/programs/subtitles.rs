//! Subtitles on the command line: added from a file, burnt in, written beside a video, exported.

use std::fs;
use std::path::Path;
use std::process::Output;

use image::{Rgb, RgbImage};
use kinora_studio::Session;
use kinora_tests::kinora;

const TWO: &str =
    "1\n00:00:00,000 --> 00:00:01,000\nHello\n\n2\n00:00:02,000 --> 00:00:09,000\nthere\n\n";

fn run(home: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command
        .current_dir(home)
        .env_remove("DISPLAY")
        .args(arguments)
        .output()
        .expect("kinora starts")
}

/// Runs a command that succeeds; returns what it says on stdout and on stderr.
#[track_caller]
fn done(home: &Path, arguments: &[&str]) -> (String, String) {
    let ran = run(home, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&ran.stderr);
    assert!(ran.status.success(), "{arguments:?}: {said}");
    (text(&ran.stdout), said)
}

#[track_caller]
fn refused(home: &Path, arguments: &[&str]) -> String {
    let ran = run(home, arguments);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{arguments:?}: {said}");
    said
}

/// A film of three seconds that shows one picture.
fn film(home: &Path) {
    done(home, &["new", "Film", "--size", "320x180"]);
    RgbImage::from_pixel(320, 180, Rgb([60, 90, 160]))
        .save(home.join("sky.png"))
        .expect("saved");
    done(home, &["add", "Film.kinora", "sky.png", "--place"]);
    fs::write(home.join("talk.en.srt"), TWO).expect("written");
}

fn png(home: &Path, folder: &str, number: usize) -> RgbImage {
    let path = home.join(folder).join(format!("{number:06}.png"));
    image::open(path).expect("a picture").into_rgb8()
}

#[test]
fn a_subtitle_file_is_added_burnt_in_and_written_beside_the_video() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    film(home);
    let (out, notes) = done(home, &["add", "Film.kinora", "talk.en.srt"]);
    assert!(out.contains("talk.en.srt: 2 subtitles"), "{out}");
    assert!(!notes.contains("left out"), "{notes}");
    let session = Session::open(&home.join("Film.kinora")).expect("the film");
    let track = &session.project().subtitle_tracks()[0];
    assert_eq!((&*track.language, track.cues().len()), ("en", 2));
    drop(session);

    done(
        home,
        &["render", "Film.kinora", "-o", "plain", "--preset", "png"],
    );
    let burnt = [
        "render",
        "Film.kinora",
        "-o",
        "burnt",
        "--preset",
        "png",
        "--subtitles",
        "srt",
        "--burn-subtitles",
    ];
    done(home, &burnt);
    for (number, differs) in [(0, true), (23, true), (24, false), (47, false), (48, true)] {
        let same = png(home, "plain", number) == png(home, "burnt", number);
        assert_eq!(!same, differs, "frame {number}");
    }
    let beside = fs::read_to_string(home.join("burnt.srt")).expect("the subtitles");
    let cut = TWO.replace("00:00:09,000", "00:00:03,000"); // the end of the film
    assert_eq!(beside, cut);
    assert!(!home.join("plain.srt").exists());
}

#[test]
fn the_range_of_a_video_is_the_range_of_its_subtitles() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    film(home);
    done(home, &["add", "Film.kinora", "talk.en.srt"]);
    let render = [
        "render",
        "Film.kinora",
        "-o",
        "part",
        "--preset",
        "png",
        "--range",
        "24..72",
        "--subtitles",
        "vtt",
    ];
    done(home, &render);
    let beside = fs::read_to_string(home.join("part.vtt")).expect("the subtitles");
    assert_eq!(
        beside,
        "WEBVTT\nLanguage: en\n\n00:00:01.000 --> 00:00:02.000\nthere\n\n"
    );
    let again = refused(home, &render);
    assert!(again.contains("part"), "{again}");
}

#[test]
fn a_track_is_exported_by_its_language_and_a_wrong_one_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    film(home);
    let none = refused(home, &["export", "Film.kinora", "-o", "out.srt"]);
    assert!(none.contains("no subtitles"), "{none}");
    done(home, &["add", "Film.kinora", "talk.en.srt", "--json"]);
    done(
        home,
        &["export", "Film.kinora", "-o", "out.srt", "--track", "en"],
    );
    let text = fs::read_to_string(home.join("out.srt")).expect("the subtitles");
    assert_eq!(text, TWO, "times after the end of the film are kept");
    let again = refused(home, &["export", "Film.kinora", "-o", "out.srt"]);
    assert!(again.contains("there already"), "{again}");
    let render = [
        "render",
        "Film.kinora",
        "-o",
        "film.mp4",
        "--burn-subtitles",
        "fr",
    ];
    let wrong = refused(home, &render);
    assert!(wrong.contains("no subtitle track \"fr\""), "{wrong}");
    assert!(wrong.contains("\"talk.en\" (en)"), "{wrong}");
    assert!(!home.join("film.mp4").exists());
}

#[test]
fn a_damaged_subtitle_file_is_refused_with_its_line() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    film(home);
    fs::write(
        home.join("bad.srt"),
        "1\n00:0x:00,000 --> 00:00:01,000\nHello\n",
    )
    .expect("written");
    let said = refused(home, &["add", "Film.kinora", "bad.srt"]);
    assert!(said.contains("bad.srt: line 2:"), "{said}");
}
