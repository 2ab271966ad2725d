//! The memory of a long mix: two minutes, and thirty with `cargo xtask test --soak`. A program of its own, because the
//! memory is that of the whole process.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its result")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use kinora_render::encode::{Content, Writer};
use kinora_render::{Format, LoudnessMeter, Mixer};
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::mixing::TrackSetting;
use kinora_timeline::{
    Clip, ContentHash, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size, Source,
    TrackId, TrackKind,
};

const FRAMES_PER_MINUTE: i64 = 24 * 60;
const SAMPLES_PER_MINUTE: u64 = 48_000 * 60;
/// How much the memory may grow after the first minute, in bytes.
const MOST_GROWTH: u64 = 8 << 20;

#[track_caller]
fn done(project: &Project, edit: Edit) -> Project {
    edit.apply(project).expect("an edit")
}

/// Adds a minute of sound to the project.
fn with_sound(
    project: &Project,
    folder: &Path,
    name: &str,
    sample: impl Fn(f64) -> f64,
) -> (Project, MediumId) {
    fs::create_dir_all(folder.join("media")).expect("a folder");
    let path = format!("media/{name}");
    let content = Content {
        size: [2, 2],
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let file = folder.join(&path);
    let mut writer = Writer::create(&file, Format::WAV, content).expect("a writer");
    for second in 0..60 {
        let at = |number: u32| f64::from(second) + f64::from(number) / 48_000.0;
        let samples = (0..48_000).flat_map(|number| [sample(at(number)) as f32; 2]);
        let samples: Vec<f32> = samples.collect();
        writer.sound(&samples).expect("sound");
    }
    writer.finish().expect("finished");
    let medium = Medium {
        id: MediumId::from(0),
        path,
        name: name.into(),
        content: ContentHash::of(name.as_bytes()),
        extent: Extent::Sound {
            rate_hz: 48_000,
            samples: SAMPLES_PER_MINUTE,
        },
        has_picture: false,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let project = done(project, Edit::Library(Library::AddMedium(Box::new(medium))));
    let medium = project.media().last().expect("the medium").id;
    (project, medium)
}

/// Speech on one track and ducked music on another, a clip for each minute, with every processor in use.
fn film(folder: &Path, minutes: i64) -> Project {
    let sine = |hz: f64, at: f64| (at * hz * std::f64::consts::TAU).sin();
    let size = Size::new(64, 64).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let (project, speech) = with_sound(&project, folder, "speech.wav", |at| {
        0.5 * sine(180.0, at) * f64::from(u8::from(at % 3.0 < 1.0))
    });
    let (project, music) = with_sound(&project, folder, "music.wav", |at| {
        0.25 * sine(110.0, at) + 0.2 * sine(1320.0, at) * sine(0.5, at)
    });
    let track = TrackEdit::Add {
        kind: TrackKind::Audio,
        name: "Music".into(),
        sync_locked: false,
    };
    let mut project = done(&project, Edit::Track(track));
    let audio = project.playing_tracks(TrackKind::Audio);
    let audio: Vec<TrackId> = audio.map(|track| track.id).collect();
    for minute in 0..minutes {
        let sources = audio.iter().zip([speech, music]);
        let pieces = sources.map(|(track, medium)| Piece {
            track: *track,
            clip: Clip::new(
                Source::Medium(medium),
                Frames::ZERO,
                Frames(FRAMES_PER_MINUTE),
            ),
        });
        let place = Place::Overwrite {
            at: Frames(minute * FRAMES_PER_MINUTE),
            pieces: pieces.collect(),
        };
        project = done(&project, Edit::Place(place));
    }
    let duck = MixEdit::DuckBy {
        track: audio[1],
        key: Some(audio[0]),
    };
    let project = done(&project, Edit::Mix(duck));
    let project = [
        (audio[1], TrackSetting::DuckAmount, 9.0),
        (audio[1], TrackSetting::Ratio, 3.0),
        (audio[1], TrackSetting::HighGain, 6.0),
        (audio[0], TrackSetting::LowGain, -3.0),
        (audio[0], TrackSetting::Pan, 0.2),
    ]
    .into_iter()
    .fold(project, |project, (track, setting, value)| {
        let set = MixEdit::Set {
            track,
            setting,
            value,
        };
        done(&project, Edit::Mix(set))
    });
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
