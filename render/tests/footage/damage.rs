//! Damaged files: what can be read is shown, and the picture before stands for the rest.

use std::path::{Path, PathBuf};
use std::process::Command;

use kinora_render::VideoReader;
use kinora_render::media::{Conformed, Damage, Survey, probe, survey};
use kinora_timeline::Frames;

use crate::made::{Film, Set, clicks, heard, number_of};

const FRAMES: u32 = 96;

fn film(set: &Set) -> PathBuf {
    let film = Film {
        frames: FRAMES,
        rate: "24",
        picture: "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 2 -x264-params scenecut=0 -movflags +faststart",
        sound: Some((clicks(4.0, &[0.5, 3.5]), "-c:a aac")),
    };
    set.film("whole.mp4", &film)
}

/// Place and size of each packet of the picture.
fn packets(path: &Path) -> Vec<(usize, usize)> {
    let mut command = Command::new("ffprobe");
    command.args([
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_entries",
        "packet=size,pos",
        "-of",
        "csv=p=0",
    ]);
    let listed = command.arg(path).output().expect("ffprobe").stdout;
    let listed = String::from_utf8(listed).expect("text");
    let numbers = |line: &str| {
        let mut numbers = line
            .trim_matches(',')
            .split(',')
            .map(|one| one.parse().expect("a number"));
        let size = numbers.next().expect("a size");
        (numbers.next().expect("a place"), size)
    };
    listed.lines().map(numbers).collect()
}

/// Every frame of a file, as its number; all of them must come.
fn shown(path: &Path) -> (Vec<u32>, usize) {
    let mut reader = VideoReader::open(path).expect("opens");
    let mut numbers = Vec::new();
    for at in 0..i64::from(FRAMES) {
        let picture = reader
            .frame(Frames(at))
            .expect("a frame, or the one before");
        numbers.push(number_of(&picture).unwrap_or(9999));
    }
    (numbers, reader.replaced().len())
}

#[test]
fn a_packet_that_cannot_be_decoded_costs_no_other_group_of_pictures() {
    let set = Set::new();
    let whole = film(&set);
    let packets = packets(&whole);
    for (name, fill) in [("zeroed.mp4", 0_u8), ("filled.mp4", 0xff)] {
        let mut bytes = std::fs::read(&whole).expect("read");
        for (place, size) in &packets[30..33] {
            bytes[*place..place + size].fill(fill);
        }
        let path = set.path(name);
        std::fs::write(&path, bytes).expect("written");
        let (numbers, replaced) = shown(&path);
        assert!((1..=18).contains(&replaced), "{name}: {replaced}");
        for (at, number) in (0..).zip(numbers) {
            // The second group of pictures is the damaged one.
            if !(24..48).contains(&at) {
                assert_eq!(number, at, "{name}");
            }
        }
        // An edit list counts in milliseconds.
        let heard = heard(&path).len() / 2;
        assert!((192_000..=192_048).contains(&heard), "{name}: {heard}");
    }
}

#[test]
fn the_last_picture_stands_for_the_missing_rest_of_a_file() {
    let set = Set::new();
    let bytes = std::fs::read(film(&set)).expect("read");
    let path = set.path("cut.mp4");
    std::fs::write(&path, &bytes[..bytes.len() * 6 / 10]).expect("written");
    let found = probe(&path).expect("probed");
    assert_eq!(found.picture.expect("pictures").frames, Frames(96));
    assert!(
        matches!(found.damage, Some(Damage::CutShort { .. })),
        "{:?}",
        found.damage
    );
    let (numbers, replaced) = shown(&path);
    let last = numbers[95];
    assert!((24..90).contains(&last), "{last}");
    assert!(
        numbers[last as usize..]
            .iter()
            .all(|number| *number == last)
    );
    assert_eq!(replaced, 95 - last as usize);
}

#[test]
fn a_matroska_file_that_was_cut_short_is_as_long_as_what_is_left() {
    let set = Set::new();
    let copy = set.copied("copy.mkv", "", &film(&set), "");
    let bytes = std::fs::read(copy).expect("read");
    let path = set.path("cut.mkv");
    std::fs::write(&path, &bytes[..bytes.len() * 6 / 10]).expect("written");
    let track = probe(&path).expect("probed").picture.expect("pictures");
    assert!((24..95).contains(&track.frames.0), "{:?}", track.frames);
    let mut reader = VideoReader::open(&path).expect("opens");
    let last = reader.frame(track.frames - Frames::ONE).expect("the last");
    assert_eq!(number_of(&last), Some(track.frames.0 as u32 - 1));
}

#[test]
fn what_is_no_media_is_refused_by_name() {
    let set = Set::new();
    for (name, bytes) in [
        ("a.mp4", &b"no film at all\n"[..]),
        ("b.mov", &[]),
        ("c.wav", &[0; 300]),
    ] {
        let path = set.path(name);
        std::fs::write(&path, bytes).expect("written");
        let refused = probe(&path).expect_err("no media").to_string();
        assert!(refused.contains(name), "{refused}");
    }
}

fn surveyed(path: &Path) -> Survey {
    let found = probe(path).expect("probed");
    survey(path, &found, &mut |share| {
        assert!((0.0..=1.0).contains(&share));
    })
    .expect("decoded")
}

/// Writes a copy of a file in which bytes at some places are all the same. A place is its begin and its size.
fn filled(set: &Set, whole: &Path, name: &str, places: &[(usize, usize)], fill: u8) -> PathBuf {
    let mut bytes = std::fs::read(whole).expect("read");
    for (place, size) in places {
        bytes[*place..place + size].fill(fill);
    }
    let path = set.path(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn a_survey_finds_nothing_in_a_whole_file_and_the_damaged_frames_in_another() {
    let set = Set::new();
    let whole = film(&set);
    assert_eq!(surveyed(&whole), Survey::default());
    let lost = filled(&set, &whole, "lost.mp4", &packets(&whole)[30..33], 0xff);
    let survey = surveyed(&lost);
    let (first, last) = (survey.frames.first(), survey.frames.last());
    let (first, last) = (first.expect("damage"), last.expect("damage"));
    assert!((24..48).contains(first.start()), "{survey:?}");
    assert!((24..48).contains(last.end()), "{survey:?}");
    assert!(survey.sounds.is_empty(), "{survey:?}");
    // Frames that refer to a damaged one are disturbed until the next key frame.
    let track = probe(&lost).expect("probed").picture.expect("pictures");
    let [[from, to]] = survey.disturbed_seconds(&track)[..] else {
        panic!("{survey:?}");
    };
    assert!(
        (1.0..2.0).contains(&from) && (to - 2.0).abs() < 1e-3,
        "{from} to {to}"
    );
    // What a viewer sees replaced is known before.
    let (_, replaced) = shown(&lost);
    assert!(survey.damaged_frames() >= replaced as i64, "{survey:?}");
}

#[test]
fn a_frame_of_which_a_part_cannot_be_decoded_is_damaged() {
    let set = Set::new();
    let whole = film(&set);
    let packets = packets(&whole);
    let (place, size) = packets[48];
    let middle = (place + size / 2, size / 4);
    let lost = filled(&set, &whole, "part.mp4", &[middle], 0xff);
    let survey = surveyed(&lost);
    assert_eq!(survey.frames.first(), Some(&(48..=48)), "{survey:?}");
}

#[test]
fn a_survey_goes_on_after_more_damage_than_a_decoder_bears_in_a_row() {
    let set = Set::new();
    let film = Film {
        frames: 300,
        rate: "24",
        picture: "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 0 -x264-params scenecut=0",
        sound: None,
    };
    let whole = set.film("long.mp4", &film);
    let lost = filled(&set, &whole, "hole.mp4", &packets(&whole)[48..200], 0xff);
    let survey = surveyed(&lost);
    assert!(
        survey
            .frames
            .iter()
            .all(|range| (48..216).contains(range.end())),
        "{survey:?}"
    );
    assert!(survey.damaged_frames() >= 152, "{survey:?}");
}

#[test]
fn a_survey_finds_damaged_moments_of_a_sound() {
    let set = Set::new();
    let film = Film {
        frames: 240,
        rate: "24",
        picture: "-c:v libx264 -pix_fmt yuv420p -g 24",
        sound: Some((clicks(10.0, &[0.5]), "-c:a flac")),
    };
    let whole = set.film("sound.mkv", &film);
    assert_eq!(surveyed(&whole), Survey::default());
    let listed = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-select_streams",
            "a",
            "-show_entries",
            "packet=size,pos",
            "-of",
            "csv=p=0",
        ])
        .arg(&whole)
        .output()
        .expect("ffprobe")
        .stdout;
    let listed = String::from_utf8(listed).expect("text");
    let middle = listed
        .lines()
        .nth(listed.lines().count() / 2)
        .expect("a packet");
    let numbers: Vec<usize> = middle
        .trim_matches(',')
        .split(',')
        .map(|one| one.parse().expect("a number"))
        .collect();
    // The packet's own header lies before its bytes.
    let lost = filled(
        &set,
        &whole,
        "noise.mkv",
        &[(numbers[1] + 8, numbers[0])],
        0xff,
    );
    let survey = surveyed(&lost);
    assert!(survey.frames.is_empty(), "{survey:?}");
    let [[from, to]] = survey.sounds[..] else {
        panic!("{survey:?}");
    };
    assert!(from > 4.0 && to < 6.0 && to > from, "{survey:?}");
    // Whoever makes its samples finds the same.
    let (sound, probe) = (set.path("noise.f32"), set.path("noise.probe"));
    for _ in 0..2 {
        let conformed = Conformed::open(&lost, &sound, &probe).expect("made, then opened");
        assert_eq!(conformed.damaged_seconds(), Some(&survey.sounds[..]));
    }
}
