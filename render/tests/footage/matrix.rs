//! The table of all containers, codecs and rates: `cargo xtask footage` prints it. Takes minutes.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

use kinora_render::VideoReader;
use kinora_render::media::{probe, survey};
use kinora_timeline::{FrameRate, Frames};

use crate::made::{Film, Set, clicks, displaced, heard, number_of, onsets, scattered};
use crate::times::played;

/// Codec, FFmpeg's options, the containers it goes into.
const CODECS: [(&str, &str, &[&str]); 8] = [
    (
        "H.264",
        "-c:v libx264 -preset veryfast -g 48 -bf 3 -pix_fmt yuv420p",
        &["mp4", "mov", "mkv", "ts", "avi"],
    ),
    (
        "HEVC",
        "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params keyint=48:bframes=3:log-level=none",
        &["mp4", "mov", "mkv", "ts"],
    ),
    (
        "VP9",
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 48 -b:v 800k -pix_fmt yuv420p",
        &["mp4", "mkv", "webm"],
    ),
    (
        "AV1",
        "-c:v libsvtav1 -preset 12 -g 48 -pix_fmt yuv420p",
        &["mp4", "mkv", "webm"],
    ),
    (
        "MPEG-2",
        "-c:v mpeg2video -g 15 -bf 2 -b:v 4M -pix_fmt yuv420p",
        &["mp4", "mov", "mkv", "ts", "avi"],
    ),
    (
        "ProRes",
        "-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le",
        &["mov", "mkv"],
    ),
    (
        "FFV1",
        "-c:v ffv1 -g 1 -pix_fmt yuv420p",
        &["mov", "mkv", "avi"],
    ),
    (
        "MJPEG",
        "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p",
        &["mov", "mkv", "avi"],
    ),
];
const RATES: [&str; 7] = [
    "24",
    "24000/1001",
    "25",
    "30000/1001",
    "50",
    "60000/1001",
    "variable",
];
const SECONDS: f64 = 3.0;
const SEEKS: usize = 60;

/// FFmpeg's options of the sound, by container.
fn sound_of(container: &str) -> &'static str {
    match container {
        "webm" => "-c:a libopus",
        "avi" => "-c:a pcm_s16le",
        _ => "-c:a aac",
    }
}

#[test]
#[ignore = "minutes: cargo xtask footage"]
fn every_frame_and_every_click_is_in_its_place() {
    let set = Set::new();
    let mut wrong = Vec::new();
    println!(
        "| codec | container | rate | frames | wrong in play | wrong of {SEEKS} seeks | click off by samples | taken for damaged |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (codec, options, containers) in CODECS {
        for container in containers {
            for rate in RATES {
                let name = format!("{codec} {container} {rate}");
                let line = measured(&set, options, container, rate);
                match line {
                    Some(line) => {
                        let Line {
                            frames,
                            play,
                            seeks,
                            sound,
                            damaged,
                        } = line;
                        println!(
                            "| {codec} | {container} | {rate} | {frames} | {play} | {seeks} | {sound} | {damaged} |"
                        );
                        // FFmpeg writes WebM files whose picture begins 7 ms after the sound, and Matroska files
                        // whose times are rounded to milliseconds.
                        let most = match *container {
                            "webm" => 340,
                            "mkv" => 24,
                            _ => 1,
                        };
                        if play + seeks + damaged > 0 || sound.abs() > most {
                            wrong.push(name);
                        }
                    }
                    None => println!(
                        "| {codec} | {container} | {rate} | - | not made by this FFmpeg | | | |"
                    ),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What was measured of a file.
struct Line {
    frames: i64,
    /// Frames that are wrong in play.
    play: usize,
    /// Frames that are wrong after a jump.
    seeks: usize,
    /// How far the worst click is off, in samples.
    sound: i64,
    /// Places of the whole file that the survey takes for damaged.
    damaged: usize,
}

fn measured(set: &Set, options: &str, container: &str, rate: &str) -> Option<Line> {
    let is_variable = rate == "variable";
    let own = if is_variable { "60" } else { rate };
    let per_second: FrameRate = own.parse().expect("a rate");
    let frames = (SECONDS * per_second.per_second()).round() as u32;
    let select = if is_variable {
        "-vf select='lt(t,1)+not(mod(n,4))' -vsync vfr"
    } else {
        ""
    };
    let picture = format!("{select} {options}");
    let film = Film {
        frames,
        rate: own,
        picture: &picture,
        sound: Some((clicks(SECONDS, &[0.5, 1.5, 2.5]), sound_of(container))),
    };
    let path = std::panic::catch_unwind(|| set.film(&format!("film.{container}"), &film)).ok()?;
    let found = probe(&path).ok()?;
    let damage = survey(&path, &found, &mut |_| {}).expect("decoded");
    let damaged = damage.frames.len() + damage.sounds.len();
    let track = found.picture?;
    let number = |at: i64| match is_variable && at >= 60 {
        true => at / 4 * 4,
        false => at,
    };
    let counted = track.frames.0.min(i64::from(frames));
    let missing = (i64::from(frames) - track.frames.0).unsigned_abs() as usize;
    let missing = if is_variable {
        missing.saturating_sub(4)
    } else {
        missing
    };
    let play = played(&path, per_second, counted);
    let play = play
        .iter()
        .zip(0..)
        .filter(|(shown, at)| i64::from(**shown) != number(*at));
    let play = play.count() + missing;
    let mut reader = VideoReader::open(&path).expect("opens");
    let seeks = scattered(SEEKS, counted).into_iter().filter(|at| {
        let own = reader.timing().shown_at(Frames(*at), per_second);
        let shown = reader
            .frame(own)
            .ok()
            .and_then(|picture| number_of(&picture));
        shown.map(i64::from) != Some(number(*at))
    });
    let seeks = seeks.count();
    let heard = heard(&path);
    let off = [24_000, 72_000, 120_000].map(|expected| displaced(&heard, expected));
    let off: Option<Vec<i64>> = off.into_iter().collect();
    let worst = off.and_then(|off| off.into_iter().max_by_key(|off| off.abs()));
    let sound = match onsets(&heard).len() {
        3 => worst.unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    Some(Line {
        frames: i64::from(frames),
        play,
        seeks,
        sound,
        damaged,
    })
}
