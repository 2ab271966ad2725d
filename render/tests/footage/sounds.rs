//! Where a sound begins, how loud it is, and how long.

use crate::made::{Film, RATE_HZ, Set, clicks, displaced, heard, onsets};

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, one| one.abs().max(peak))
}

#[test]
fn sound_begins_with_the_picture_in_every_container() {
    let set = Set::new();
    let film = |sound| Film {
        frames: 48,
        rate: "24",
        picture: "-c:v libx264 -preset ultrafast -pix_fmt yuv420p",
        sound: Some((clicks(2.0, &[0.5, 1.5]), sound)),
    };
    let pcm = set.film("pcm.mov", &film("-c:a pcm_s16le"));
    let aac = set.film("aac.mp4", &film("-c:a aac"));
    // (name, the film, samples of tolerance)
    let cases = [
        ("p.mov", &pcm, 1),
        ("p.mkv", &pcm, 0),
        ("p.avi", &pcm, 0),
        ("a.mp4", &aac, 1),
        ("a.mkv", &aac, 1),
        ("a.ts", &aac, 1),
    ];
    for (name, film, tolerance) in cases {
        let film = film.display();
        // The picture 0.6 s later than the sound, the sound 0.6 s later than the picture, both together.
        for (picture, sound, expected) in [
            (0.6, 0.0, &[43_200][..]),
            (0.0, 0.6, &[52_800, 100_800]),
            (0.0, 0.0, &[24_000, 72_000]),
        ] {
            if name == "p.avi" && (picture, sound) != (0.0, 0.0) {
                continue; // an AVI file cannot say that a stream begins later
            }
            let options = format!(
                "-itsoffset {picture} -i {film} -itsoffset {sound} -i {film} -map 0:v -map 1:a -c copy"
            );
            let path = set.make(name, &options, Vec::new());
            let heard = heard(&path);
            assert_eq!(onsets(&heard).len(), expected.len(), "{name}");
            // Matroska rounds times to milliseconds, and FFmpeg the beginnings of an MP4 file's streams.
            let tolerance = match (name.rsplit('.').next(), (picture, sound) == (0.0, 0.0)) {
                (Some("mkv"), _) => tolerance + 24,
                (Some("mp4"), false) => 48,
                _ => tolerance,
            };
            for place in expected {
                let off = displaced(&heard, *place).expect("a click near its place");
                assert!(
                    off.abs() <= tolerance,
                    "{name} {picture} {sound}: off by {off} at {place}"
                );
            }
        }
    }
}

#[test]
fn the_end_of_a_sound_is_exact() {
    let set = Set::new();
    for (name, options) in [
        ("a.wav", "-c:a pcm_s16le"),
        ("a.flac", ""),
        ("a.m4a", "-c:a aac"),
        ("a.opus", ""),
        ("a.ogg", "-c:a libvorbis"),
    ] {
        let raw = set.path("a.f32");
        let samples = clicks(1.234, &[0.5, 1.2]);
        let bytes: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
        std::fs::write(&raw, bytes).expect("written");
        let options = format!(
            "-f f32le -ar {RATE_HZ} -ac 2 -i {} {options}",
            raw.display()
        );
        let found = heard(&set.make(name, &options, Vec::new()));
        // An edit list counts in milliseconds.
        let longest = if name.ends_with("m4a") { 48 } else { 0 };
        let longer = found.len() / 2 - samples.len() / 2;
        assert!(longer <= longest, "{name}: {longer}");
        for expected in [24_000, 57_600] {
            assert_eq!(displaced(&found, expected), Some(0), "{name}");
        }
    }
}

#[test]
fn one_channel_is_as_loud_as_it_was_and_six_are_not_cut_off() {
    let set = Set::new();
    let mono = "-f lavfi -i aevalsrc=0.5*sin(440*2*PI*t):d=1:s=48000";
    let mono = heard(&set.make("mono.wav", mono, Vec::new()));
    assert!((peak(&mono) - 0.5).abs() < 0.001);
    assert!(
        mono.chunks_exact(2)
            .all(|pair| pair[0].to_bits() == pair[1].to_bits())
    );
    let channels: Vec<String> = (0..6)
        .map(|channel| format!("0.9*sin({}*2*PI*t)", 200 + 50 * channel))
        .collect();
    let six = format!(
        "-f lavfi -i aevalsrc={}:c=5.1:d=1:s=48000",
        channels.join("|")
    );
    let six = peak(&heard(&set.make("six.wav", &six, Vec::new())));
    assert!((0.5..1.0).contains(&six), "{six}");
    let other_rate = "-f lavfi -i aevalsrc=0.5*sin(440*2*PI*t):d=1:s=22050";
    let other_rate = heard(&set.make("low.wav", other_rate, Vec::new()));
    assert!((peak(&other_rate) - 0.5).abs() < 0.01 && other_rate.len() / 2 == RATE_HZ);
}

#[test]
fn a_sound_shorter_or_longer_than_its_picture_keeps_its_length() {
    let set = Set::new();
    for seconds in [1.0, 3.0] {
        let film = Film {
            frames: 48,
            rate: "24",
            picture: "-c:v libx264 -preset ultrafast -pix_fmt yuv420p",
            sound: Some((clicks(seconds, &[0.5]), "-c:a pcm_s16le")),
        };
        let path = set.film("film.mov", &film);
        assert_eq!(heard(&path).len() / 2, (seconds * RATE_HZ as f64) as usize);
    }
}
