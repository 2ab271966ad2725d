//! Which frame is on screen at a time, in play and after jumps.

use std::path::Path;

use kinora_render::VideoReader;
use kinora_render::media::probe;
use kinora_timeline::{FrameRate, Frames};

use crate::made::{Film, Set, number_of, scattered};

const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

fn rate(text: &str) -> FrameRate {
    text.parse().expect("a rate")
}

/// The numbers that a film of some rate shows, frame by frame.
pub fn played(path: &Path, rate: FrameRate, frames: i64) -> Vec<u32> {
    let mut reader = VideoReader::open(path).expect("opens");
    let shown = (0..frames).map(|at| {
        let own = reader.timing().shown_at(Frames(at), rate);
        let picture = reader.frame(own).expect("a frame");
        number_of(&picture).unwrap_or(9999)
    });
    shown.collect()
}

#[track_caller]
fn assert_every_frame(path: &Path, frames: i64) {
    let name = path.file_name().expect("a name").to_string_lossy();
    let track = probe(path).expect("probed").picture.expect("pictures");
    assert_eq!(track.frames, Frames(frames), "{name}");
    let shown = played(path, track.rate, frames);
    let expected: Vec<u32> = (0..frames as u32).collect();
    assert_eq!(shown, expected, "{name} in play");
    let mut reader = VideoReader::open(path).expect("opens");
    for at in scattered(30, frames) {
        let picture = reader.frame(Frames(at)).expect("a frame");
        assert_eq!(number_of(&picture), Some(at as u32), "{name} after a jump");
    }
}

#[test]
fn open_groups_of_pictures_are_exact_in_every_container() {
    let set = Set::new();
    let film = |picture| Film {
        frames: 120,
        rate: "24",
        picture,
        sound: None,
    };
    let avc = "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3 -x264-params open-gop=1:scenecut=0";
    let hevc = "-c:v libx265 -pix_fmt yuv420p -tag:v hvc1 -x265-params open-gop=1:keyint=24:min-keyint=24:bframes=4:log-level=none";
    for (name, codec) in [("avc", avc), ("hevc", hevc)] {
        let first = set.film(&format!("{name}.mp4"), &film(codec));
        assert_every_frame(&first, 120);
        for extension in ["mkv", "ts", "mov"] {
            let copy = set.copied(&format!("{name}.{extension}"), "", &first, "");
            assert_every_frame(&copy, 120);
        }
    }
}

#[test]
fn a_transport_stream_that_begins_in_the_middle_shows_only_what_can_be_decoded() {
    let set = Set::new();
    let picture = "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 2 -x264-params scenecut=0";
    let film = Film {
        frames: 96,
        rate: "24",
        picture,
        sound: None,
    };
    let whole = std::fs::read(set.film("whole.ts", &film)).expect("read");
    // Without the packets of the first key frame; tables and the rest stay.
    let packets: Vec<&[u8]> = whole.chunks(188).collect();
    let cut: Vec<u8> = [&packets[..3], &packets[packets.len() / 8..]]
        .concat()
        .concat();
    let path = set.path("cut.ts");
    std::fs::write(&path, cut).expect("written");
    let track = probe(&path).expect("probed").picture.expect("pictures");
    let shown = played(&path, track.rate, track.frames.0);
    let first = i64::from(shown[0]);
    assert!(
        first > 0 && first % 24 == 0,
        "it begins with a key frame: {first}"
    );
    assert_eq!(shown, (first as u32..96).collect::<Vec<u32>>());
}

#[test]
fn frames_that_say_only_when_they_are_decoded_are_counted_from_their_key_frame() {
    let set = Set::new();
    let codecs = [
        "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3",
        "-c:v mpeg2video -pix_fmt yuv420p -g 15 -bf 2 -b:v 4M",
        "-c:v mpeg4 -pix_fmt yuv420p -g 24 -bf 2 -q:v 3",
    ];
    for picture in codecs {
        let film = Film {
            frames: 96,
            rate: "25",
            picture,
            sound: None,
        };
        assert_every_frame(&set.film("film.avi", &film), 96);
    }
}

#[test]
fn streams_without_a_container_are_counted_through() {
    let set = Set::new();
    let film = |picture| Film {
        frames: 60,
        rate: "24",
        picture,
        sound: None,
    };
    let avc = set.film(
        "raw.h264",
        &film("-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3"),
    );
    let hevc = "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=none";
    for path in [avc, set.film("raw.hevc", &film(hevc))] {
        assert_every_frame(&path, 60);
        assert!(
            probe(&path)
                .expect("probed")
                .picture
                .expect("pictures")
                .is_counted()
        );
    }
}

#[test]
fn a_variable_rate_is_followed_in_every_container() {
    let set = Set::new();
    // Sixty a second for one second, then ten a second for two.
    let select = "-vf select='lt(t,1)+not(mod(n,6))' -vsync vfr";
    let mjpeg = "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p";
    for (name, codec) in [
        ("a.mp4", X264),
        ("a.mkv", X264),
        ("a.mov", X264),
        ("a.avi", mjpeg),
    ] {
        let picture = format!("{select} {codec} -g 30");
        let film = Film {
            frames: 180,
            rate: "60",
            picture: &picture,
            sound: None,
        };
        let path = set.film(name, &film);
        let track = probe(&path).expect("probed").picture.expect("pictures");
        assert!(!track.timing.is_constant(), "{name}");
        assert_eq!(track.rate, rate("60"), "{name}");
        // What follows the last frame is not in every file.
        assert!(
            (175..=180).contains(&track.frames.0),
            "{name}: {:?}",
            track.frames
        );
        let expected: Vec<u32> = (0..175)
            .map(|at| if at < 60 { at } else { at / 6 * 6 })
            .collect();
        assert_eq!(played(&path, rate("60"), 175), expected, "{name}");
    }
}

#[test]
fn a_variable_rate_of_reordered_frames_is_followed_in_avi_files() {
    let set = Set::new();
    // Sixty a second for one second, then fifteen a second for two: AVI files say only when frames are decoded.
    let select = "-vf select='lt(t,1)+not(mod(n,4))' -vsync vfr";
    let codecs = [
        "-c:v libx264 -preset veryfast -g 24 -bf 3 -pix_fmt yuv420p",
        "-c:v mpeg2video -g 15 -bf 2 -b:v 4M -pix_fmt yuv420p",
        "-c:v mpeg4 -g 24 -bf 2 -q:v 3 -pix_fmt yuv420p",
    ];
    let number = |at: i64| {
        let stored = if at < 60 { at } else { at / 4 * 4 };
        stored as u32
    };
    for codec in codecs {
        let picture = format!("{select} {codec}");
        let film = Film {
            frames: 180,
            rate: "60",
            picture: &picture,
            sound: None,
        };
        let path = set.film("reordered.avi", &film);
        let track = probe(&path).expect("probed").picture.expect("pictures");
        assert!(!track.timing.is_constant(), "{codec}");
        assert_eq!(track.timing.count(), Some(90), "{codec}");
        let expected: Vec<u32> = (0..176).map(number).collect();
        assert_eq!(played(&path, rate("60"), 176), expected, "{codec}");
        let mut reader = VideoReader::open(&path).expect("opens");
        for at in scattered(30, 176) {
            let own = reader.timing().shown_at(Frames(at), rate("60"));
            let picture = reader.frame(own).expect("a frame");
            assert_eq!(number_of(&picture), Some(number(at)), "{codec} at {at}");
        }
    }
}

#[test]
fn single_missing_frames_of_a_phone_are_no_change_of_rate() {
    let set = Set::new();
    let picture = format!("-vf select='not(eq(mod(n,37),5))' -vsync vfr {X264}");
    let film = Film {
        frames: 90,
        rate: "30",
        picture: &picture,
        sound: None,
    };
    let path = set.film("phone.mp4", &film);
    let expected: Vec<u32> = (0..90)
        .map(|at| if at % 37 == 5 { at - 1 } else { at })
        .collect();
    assert_eq!(played(&path, rate("30"), 90), expected);
    let track = probe(&path).expect("probed").picture.expect("pictures");
    assert_eq!((track.rate, track.frames), (rate("30"), Frames(90)));
}

#[test]
fn a_cut_without_encoding_shows_what_its_edit_list_shows() {
    let set = Set::new();
    let picture = "-c:v libx264 -pix_fmt yuv420p -g 48 -bf 2 -x264-params scenecut=0";
    let film = Film {
        frames: 120,
        rate: "24",
        picture,
        sound: None,
    };
    let whole = set.film("whole.mp4", &film);
    for name in ["cut.mp4", "cut.mov"] {
        let path = set.copied(name, "-ss 1.5", &whole, "-t 2");
        let track = probe(&path).expect("probed").picture.expect("pictures");
        let shown = played(&path, rate("24"), track.frames.0);
        let expected: Vec<u32> = (36..36 + shown.len() as u32).collect();
        assert_eq!(shown, expected, "{name}");
        assert!((48..=50).contains(&shown.len()), "{name}: {}", shown.len());
    }
}

#[test]
fn a_fragmented_film_and_one_without_an_index_are_exact() {
    let set = Set::new();
    let picture = "-c:v libx264 -pix_fmt yuv420p -g 30";
    let film = Film {
        frames: 90,
        rate: "30",
        picture,
        sound: None,
    };
    let whole = set.film("whole.mp4", &film);
    let fragmented = "-movflags frag_keyframe+empty_moov";
    assert_every_frame(&set.copied("fragments.mp4", "", &whole, fragmented), 90);
    let live = "-f matroska -live 1";
    assert_every_frame(&set.copied("live.mkv", "", &whole, live), 90);
}
