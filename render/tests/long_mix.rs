//! The memory of a long mix: two minutes, and thirty with `cargo xtask test --soak`. A program of its own, because the
//! memory is that of the whole process.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its result")]

#[path = "shared/two_tracks.rs"]
mod two_tracks;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use kinora_render::{LoudnessMeter, Mixer};
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::mixing::TrackSetting;
use kinora_timeline::{Edit, FrameRange, Frames, Project};

use two_tracks::{done, sine, speech_and_music, with_both, with_processors};

const FRAMES_PER_MINUTE: i64 = 24 * 60;
/// How much the memory may grow after the first minute, in bytes.
const MOST_GROWTH: u64 = 8 << 20;

/// Speech on one track and ducked music on another, a clip for each minute, with every processor in use.
fn film(folder: &Path, minutes: i64) -> Project {
    let (mut project, sounds) = speech_and_music(folder, [64, 64], 60, |at| {
        0.5 * sine(180.0, at) * f64::from(u8::from(at % 3.0 < 1.0))
    });
    for minute in 0..minutes {
        let at = Frames(minute * FRAMES_PER_MINUTE);
        project = with_both(&project, sounds, at, Frames(FRAMES_PER_MINUTE));
    }
    let project = with_processors(&project, sounds);
    let pan = MixEdit::Set {
        track: sounds[0].0,
        setting: TrackSetting::Pan,
        value: 0.2,
    };
    let project = done(&project, Edit::Mix(pan));
    done(&project, Edit::Mix(MixEdit::Limit(true)))
}

/// The memory of this process, in bytes; `None` where the system does not say.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn a_long_mix_is_faster_than_real_time_and_its_memory_does_not_grow() {
    let minutes = std::env::var("KINORA_MIX_MINUTES");
    let minutes: i64 = minutes.map_or(2, |text| text.parse().expect("minutes"));
    let folder = tempfile::tempdir().expect("a folder");
    let project = film(folder.path(), minutes);
    let mut mixer = Mixer::new(folder.path()).delivered(3.0);
    let mut loudness = LoudnessMeter::default();
    let since = Instant::now();
    let (mut first, mut most) = (None, 0);
    for minute in 0..minutes {
        for frame in (0..FRAMES_PER_MINUTE).step_by(2) {
            let range = FrameRange {
                start: Frames(minute * FRAMES_PER_MINUTE + frame),
                length: Frames(2),
            };
            let mixed = mixer.mix(&project, range).expect("mixed");
            mixer.take_peaks();
            loudness.add(&mixed);
        }
        let Some(bytes) = resident_bytes() else {
            println!("The memory was not measured: this system does not say it.");
            continue;
        };
        first.get_or_insert(bytes);
        most = most.max(bytes);
    }
    let seconds = since.elapsed().as_secs_f64();
    let first = first.unwrap_or(most);
    println!(
        "{minutes} minutes in {seconds:.1} s; {} MB after the first, at most {} MB",
        first >> 20,
        most >> 20
    );
    assert!(loudness.loudness().integrated.is_finite());
    assert!(since.elapsed() < Duration::from_secs(60 * minutes as u64));
    assert!(most <= first + MOST_GROWTH, "{first} and then {most} bytes");
}
