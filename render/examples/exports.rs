//! Benchmark of exporting a project, next to `melt` and an `ffmpeg` filter graph that make the same edit with the same
//! encoder: a minute of 1080p, three tracks, ten dissolves. `cargo xtask bench export` runs it, optimised.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

mod media;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use kinora_render::compose::Compositor;
use kinora_render::export::{Export, export};
use kinora_render::media::probe;
use kinora_render::{ExportSettings, Format, VideoReader};
use kinora_timeline::clip::{Clip, Look, Transform};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{
    ContentHash, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size, Source, TrackKind,
    TransitionKind,
};

use media::{Result, SIZE};

const MEDIA_FRAMES: i64 = 24 * 24;
/// The clips of the lower track: their number, the length of each, where the first starts in the source, and the
/// distance between their starts in the source.
const CLIPS: i64 = 11;
const LENGTH: i64 = 131;
const FIRST: i64 = 10;
const APART: i64 = 40;
/// Half of a dissolve, before and after its cut, in frames.
const HALF: i64 = 6;
/// The clip above, small in a corner: its length, size and place.
const ABOVE: i64 = 480;
const SMALL: [i64; 2] = [576, 324];
const CORNER: [i64; 2] = [1248, 54];
const ROUNDS: usize = 2;
const BARS: [(&str, f64); 2] = [("melt", 1.5), ("ffmpeg", 0.9)];

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let source = folder.join("media.mp4");
    media::write(&source, MEDIA_FRAMES)?;
    let project = edit(folder, &source)?;
    println!(
        "{} frames of 1080p, composed on: {}",
        project.end().0,
        Compositor::of_this_machine().name()
    );
    let mut peers: Vec<(&str, f64, Vec<f64>)> = Vec::new();
    for (name, bar) in BARS {
        let is_here = Command::new(name).arg("-version").output().is_ok();
        match is_here {
            true => peers.push((name, bar, Vec::new())),
            false => println!("{name} is not installed here"),
        }
    }
    for round in 0..ROUNDS {
        let own = folder.join("ours.mp4");
        let ours = timed(|| ours(&project, folder, &own))?;
        println!("round {round}: Kinora {ours:.1} s");
        for (name, _, ratios) in &mut peers {
            let other = folder.join(format!("{name}.mp4"));
            let theirs = timed(|| match *name {
                "melt" => melt(&source, &other),
                _ => graph(&source, &other),
            })?;
            println!(
                "round {round}: {name} {theirs:.1} s, {:.2} times ours",
                theirs / ours
            );
            ratios.push(theirs / ours);
            if round == 0 {
                alike(&own, &other, name)?;
            }
        }
    }
    for (name, bar, mut ratios) in peers {
        ratios.sort_by(f64::total_cmp);
        println!(
            "Kinora is {:.2} times as fast as {name} ({:.2} to {:.2}; bar {bar})",
            ratios[ratios.len() / 2],
            ratios[0],
            ratios[ratios.len() - 1]
        );
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64())
}

fn ours(project: &Project, folder: &Path, to: &Path) -> Result<()> {
    let wanted = Export {
        format: Format::MP4_QUICK,
        range: FrameRange {
            start: Frames::ZERO,
            length: project.end(),
        },
        path: to.to_owned(),
        settings: ExportSettings::default(),
    };
    export(project, folder, &wanted, &mut |_| true)?;
    Ok(())
}

/// The first source frame of a lower clip and its visible length, including its dissolves.
fn seen(number: i64) -> (i64, i64) {
    let before = if number > 0 { HALF } else { 0 };
    let after = if number + 1 < CLIPS { HALF } else { 0 };
    (FIRST + number * APART - before, LENGTH + before + after)
}

fn melt(source: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new("melt");
    command.args(["-profile", "atsc_1080p_24"]);
    for number in 0..CLIPS {
        let (start, length) = seen(number);
        command.arg(source);
        command.args([format!("in={start}"), format!("out={}", start + length - 1)]);
        if number > 0 {
            let dissolve = (2 * HALF).to_string();
            command.args(["-mix", &dissolve, "-mixer", "luma", "-mixer", "mix:-1"]);
        }
    }
    command.arg("-track").arg(source);
    command.args(["in=0".to_owned(), format!("out={}", ABOVE - 1)]);
    let [left, top] = CORNER;
    let [width, height] = SMALL;
    command.args(["-transition", "composite", "a_track=0", "b_track=1", "in=0"]);
    command.args([
        format!("out={}", ABOVE - 1),
        format!("geometry={left}/{top}:{width}x{height}"),
    ]);
    command.args(["-transition", "mix:-1", "a_track=0", "b_track=1", "in=0"]);
    command.arg(format!("out={}", ABOVE - 1));
    command.args(["sum=1", "-consumer"]);
    command.arg(format!("avformat:{}", to.display()));
    command.args([
        "vcodec=libx264",
        "preset=veryfast",
        "crf=20",
        "profile=high",
    ]);
    command.args([
        "pix_fmt=yuv420p",
        "acodec=aac",
        "ab=320k",
        "movflags=+faststart",
    ]);
    command.args(["real_time=-2", "terminate_on_pause=1"]);
    run(&mut command)
}

fn graph(source: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    let mut input = |start: i64, length: i64| {
        let seconds = |frames: i64| format!("{:.6}", frames as f64 / 24.0);
        command.args(["-ss", &seconds(start), "-t", &seconds(length), "-i"]);
        command.arg(source);
    };
    for number in 0..CLIPS {
        let (start, length) = seen(number);
        input(start, length);
    }
    input(0, ABOVE);
    let mut words = String::new();
    let (mut last, mut end) = ("[0:v]".to_owned(), seen(0).1);
    for number in 1..CLIPS {
        let offset = (end - 2 * HALF) as f64 / 24.0;
        let next = format!("[v{number}]");
        let duration = (2 * HALF) as f64 / 24.0;
        write!(
            words,
            "{last}[{number}:v]xfade=transition=fade:duration={duration}:offset={offset:.6}{next};"
        )?;
        (last, end) = (next, end + seen(number).1 - 2 * HALF);
    }
    let [width, height] = SMALL;
    let [left, top] = CORNER;
    write!(
        words,
        "[{CLIPS}:v]scale={width}:{height}[small];{last}[small]overlay={left}:{top}:eof_action=pass[v];"
    )?;
    // The sound of each clip without its dissolves, one after another.
    for number in 0..CLIPS {
        let before = if number > 0 { HALF } else { 0 } as f64 / 24.0;
        let length = LENGTH as f64 / 24.0;
        write!(
            words,
            "[{number}:a]atrim=start={before}:duration={length},asetpts=PTS-STARTPTS[a{number}];"
        )?;
    }
    for number in 0..CLIPS {
        write!(words, "[a{number}]")?;
    }
    write!(words, "concat=n={CLIPS}:v=0:a=1[a]")?;
    command.args(["-filter_complex", &words, "-map", "[v]", "-map", "[a]"]);
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]);
    command.args(["-profile:v", "high", "-pix_fmt", "yuv420p", "-r", "24"]);
    command.args(["-c:a", "aac", "-b:a", "320k", "-movflags", "+faststart"]);
    run(command.arg(to))
}

fn run(command: &mut Command) -> Result<()> {
    let ran = command.stdin(Stdio::null()).output()?;
    match ran.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ran.stderr).into_owned().into()),
    }
}

/// Prints how much two exports differ, and fails if they are not of the same edit.
fn alike(ours: &Path, theirs: &Path, name: &str) -> Result<()> {
    let mut readers = [VideoReader::open(ours)?, VideoReader::open(theirs)?];
    let frames = |path: &Path| -> Result<i64> {
        let picture = probe(path)?.picture.ok_or("no pictures")?;
        Ok(picture.frames.0)
    };
    let (one, other) = (frames(ours)?, frames(theirs)?);
    let mut worst = 0.0_f64;
    // Within clips, in the middle of a dissolve, with and without the small picture.
    for frame in [5, 130, 131, 400, 700, 1000, 1440] {
        let mut mean = || -> Result<f64> {
            let [one, other] = [
                readers[0].frame(Frames(frame))?,
                readers[1].frame(Frames(frame))?,
            ];
            let pairs = one.rgba.iter().zip(&other.rgba);
            let sum: u64 = pairs
                .map(|(one, other)| u64::from(one.abs_diff(*other)))
                .sum();
            Ok(sum as f64 / one.rgba.len() as f64)
        };
        worst = worst.max(mean()?);
    }
    println!(
        "ours has {one} frames, that of {name} {other}; they differ by {worst:.1} of 255 at most"
    );
    let is_alike = worst < 4.0 && (one - other).abs() <= 1;
    if is_alike {
        Ok(())
    } else {
        Err("they are not the same film".into())
    }
}

/// Clips with dissolves below, their sound, and one small clip above.
fn edit(folder: &Path, path: &Path) -> Result<Project> {
    let size = Size::new(SIZE[0], SIZE[1]).ok_or("a size")?;
    let mut project = Project::new(FrameRate::FPS_24, size);
    let mut done = |edit: Edit| -> Result<Project> {
        project = edit.apply(&project)?;
        Ok(project.clone())
    };
    let medium = Medium {
        id: MediumId::from(0),
        name: "media.mp4".into(),
        content: ContentHash::of(b"media"),
        path: path.strip_prefix(folder)?.to_string_lossy().into_owned(),
        extent: Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(MEDIA_FRAMES),
        },
        has_picture: true,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let project = done(Edit::Library(Library::AddMedium(Box::new(medium))))?;
    let source = Source::Medium(project.media().next().ok_or("a medium")?.id);
    let (first, sound) = (
        project.tracks()[0].id,
        project.tracks().last().ok_or("a track")?.id,
    );
    let project = done(Edit::Track(TrackEdit::Add {
        kind: TrackKind::Video,
        name: String::new(),
        sync_locked: true,
    }))?;
    let above = project
        .tracks()
        .iter()
        .rfind(|track| track.kind == TrackKind::Video)
        .ok_or("a track")?
        .id;
    for number in 0..CLIPS {
        let clip = Clip::new(source, Frames(FIRST + number * APART), Frames(LENGTH));
        let pieces = vec![
            Piece {
                track: first,
                clip: clip.clone(),
            },
            Piece { track: sound, clip },
        ];
        done(Edit::Place(Place::Append { pieces }))?;
    }
    let clip = Clip::new(source, Frames::ZERO, Frames(ABOVE));
    let pieces = vec![Piece { track: above, clip }];
    let mut project = done(Edit::Place(Place::Append { pieces }))?;
    let heads: Vec<_> = project
        .track(first)
        .ok_or("a track")?
        .clips()
        .skip(1)
        .map(|(clip, _)| clip.id)
        .collect();
    for clip in heads {
        project = done(Edit::Transition(TransitionEdit::Set {
            clip,
            kind: TransitionKind::Dissolve,
            before: Frames(HALF),
            after: Frames(HALF),
        }))?;
    }
    let clip = project
        .track(above)
        .ok_or("a track")?
        .clips()
        .next()
        .ok_or("a clip")?
        .0
        .id;
    let look = Look {
        transform: Transform {
            scale: 0.3,
            position: (0.3, -0.3),
            ..Transform::default()
        },
        ..Look::default()
    };
    done(Edit::Clip(ClipEdit::Look { clip, look }))
}
