//! Benchmarks of editing as projects grow: `cargo xtask bench timeline`. Prints a table and exits with 1 if a target is
//! missed.

#![expect(clippy::print_stdout, reason = "figures for whoever runs it")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::file::{self, Access, Document, RealDisk};
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{
    Clip, ClipId, ContentHash, Edge, Edit, FrameRate, Frames, History, MediumId, Project, Source,
    TrackKind, otio,
};

const TRACKS: usize = 8;
const CLIP_FRAMES: i64 = 24;
const EDITS: usize = 20_000;

fn main() -> ExitCode {
    let mut bars = Bars(true);
    println!(
        "{:>8} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "clips", "edit p50 us", "edit p99 us", "undo p99 us", "play us", "jump us", "bytes/step"
    );
    let mut rows = Vec::new();
    for clips in [100, 1_000, 10_000] {
        let row = measure(project(clips));
        println!(
            "{clips:>8} {:>12.1} {:>12.1} {:>12.1} {:>12.2} {:>12.2} {:>12.0}",
            row.edit_p50, row.edit_p99, row.undo_p99, row.query, row.jumping, row.bytes
        );
        rows.push(row);
    }
    let (small, large) = (&rows[0], &rows[rows.len() - 1]);
    bars.at_most("edit p99 at 10,000 clips, ms", large.edit_p99 / 1e3, 1.0);
    bars.at_most("undo p99 at 10,000 clips, ms", large.undo_p99 / 1e3, 1.0);
    bars.at_most("query at a frame, us", large.jumping, 20.0);
    bars.at_most("memory per undo step, bytes", large.bytes, 2048.0);
    // With a hundred times the clips a logarithm almost triples: from log2(100/8) to log2(10,000/8).
    let logarithm = (10_000.0_f64 / 8.0).log2() / (100.0_f64 / 8.0).log2();
    bars.at_most(
        "edit p50, 10,000 against 100 clips",
        large.edit_p50 / small.edit_p50,
        logarithm,
    );
    bars.at_most(
        "query while playing, 10,000 against 100 clips",
        large.query / small.query,
        logarithm,
    );
    files(&project(10_000), &mut bars);
    if bars.0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Bars(bool);

impl Bars {
    fn at_most(&mut self, what: &str, is: f64, bar: f64) {
        let holds = is <= bar;
        println!(
            "{what:<46} {is:>10.3}  bar {bar:>9.3}  {}",
            if holds { "holds" } else { "MISSED" }
        );
        self.0 &= holds;
    }
}

/// Microseconds, and bytes.
struct Row {
    edit_p50: f64,
    edit_p99: f64,
    undo_p99: f64,
    query: f64,
    jumping: f64,
    bytes: f64,
}

fn project(clips: usize) -> Project {
    let apply = |project: &Project, edit: Edit| edit.apply(project).expect("possible");
    let mut project = Project::default();
    for kind in [TrackKind::Video, TrackKind::Audio].repeat(TRACKS / 2 - 1) {
        project = apply(
            &project,
            Edit::Track(TrackEdit::Add {
                kind,
                name: String::new(),
                sync_locked: true,
            }),
        );
    }
    let medium = Medium {
        id: MediumId::from(0),
        name: "medium".into(),
        content: ContentHash::of(b"medium"),
        path: "media/medium.mkv".into(),
        extent: Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(100_000),
        },
        has_picture: true,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    project = apply(
        &project,
        Edit::Library(Library::AddMedium(Box::new(medium))),
    );
    let source = Source::Medium(project.media().next().expect("a medium").id);
    let tracks: Vec<_> = project.tracks().iter().map(|track| track.id).collect();
    for number in 0..clips {
        let clip = Clip::new(
            source,
            Frames(1000 + number as i64 % 500),
            Frames(CLIP_FRAMES),
        );
        let piece = Piece {
            track: tracks[number % TRACKS],
            clip,
        };
        project = apply(
            &project,
            Edit::Place(Place::Append {
                pieces: vec![piece],
            }),
        );
    }
    project
}

/// The same edits for every project length: ripples, rolls, slips, razors and moves of clips spread over it.
fn edits(clips: &[ClipId], project: &Project, number: usize) -> Edit {
    let clip = clips[(number * 7919) % clips.len()];
    let by = Frames(if number.is_multiple_of(2) { 1 } else { -1 });
    match number % 5 {
        0 | 1 => Edit::Trim(Trim::Ripple {
            clip,
            edge: if number.is_multiple_of(3) {
                Edge::Head
            } else {
                Edge::Tail
            },
            by,
        }),
        2 => Edit::Trim(Trim::Roll { clip, by }),
        3 => Edit::Trim(Trim::Slip { clip, by }),
        _ => {
            let (_, track, range) = project.clip(clip).expect("there");
            let piece = Piece {
                track: track.id,
                clip: Clip::new(
                    project.clip(clip).expect("there").0.source,
                    Frames(5),
                    Frames(2),
                ),
            };
            Edit::Place(Place::Overwrite {
                at: range.start + Frames(3),
                pieces: vec![piece],
            })
        }
    }
}

fn measure(project: Project) -> Row {
    let clips: Vec<ClipId> = project
        .tracks()
        .iter()
        .flat_map(|track| track.clips())
        .map(|(clip, _)| clip.id)
        .collect();
    let (mut edit_us, mut undo_us) = (Vec::new(), Vec::new());
    let mut steps = 0;
    // Each project is reset after as many edits as it has clips, so that small projects are not cut to pieces.
    let per_project = clips.len().min(EDITS);
    let mut histories = Vec::new();
    let memory_before = resident_bytes();
    for batch in 0..EDITS / per_project {
        let mut history = History::of(project.clone());
        for number in batch * per_project..(batch + 1) * per_project {
            if history
                .project()
                .clip(clips[(number * 7919) % clips.len()])
                .is_none()
            {
                continue; // covered by an overwrite
            }
            let edit = edits(&clips, history.project(), number);
            let start = Instant::now();
            if history.apply(&edit).is_ok() {
                edit_us.push(start.elapsed().as_secs_f64() * 1e6);
                steps += 1;
            }
        }
        histories.push(history);
    }
    let kept_bytes = resident_bytes() - memory_before;
    let mut history = histories.swap_remove(0);
    drop(histories);
    let end = history.project().end().0;
    let asked = |stride: i64| {
        let queries = 200_000;
        let start = Instant::now();
        let layers: usize = (0..queries)
            .map(|number| {
                history
                    .project()
                    .layers(Frames(number * stride % end))
                    .len()
            })
            .sum();
        assert!(layers > 0, "there is something to see");
        start.elapsed().as_secs_f64() * 1e6 / queries as f64
    };
    let (query, jumping) = (asked(1), asked(7919));
    loop {
        let start = Instant::now();
        if history.undo().is_none() {
            break;
        }
        undo_us.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Row {
        edit_p50: percentile(&mut edit_us, 50),
        edit_p99: percentile(&mut edit_us, 99),
        undo_p99: percentile(&mut undo_us, 99),
        query,
        jumping,
        bytes: kept_bytes / f64::from(steps.max(1)),
    }
}

fn files(project: &Project, bars: &mut Bars) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("film.kinora");
    file::create(&RealDisk, &folder, project).expect("create");
    let (mut save_ms, mut open_ms) = (Vec::new(), Vec::new());
    for number in 0..9 {
        let start = Instant::now();
        let (mut document, _) =
            Document::open(RealDisk, &folder, Access::Edit(None)).expect("open");
        open_ms.push(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!(document.project(), project);
        let start = Instant::now();
        document.save(number).expect("save");
        save_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let size = std::fs::metadata(folder.join(file::PROJECT_FILE)).map_or(0, |meta| meta.len());
    println!("project.ron of 10,000 clips: {} kB", size / 1000);
    bars.at_most("save, median of 9, ms", percentile(&mut save_ms, 50), 100.0);
    bars.at_most("open, median of 9, ms", percentile(&mut open_ms, 50), 300.0);
    against_reference(project, home.path(), bars);
}

/// Opening the same project, in turn: Kinora's from `project.ron`, the reference's from the `.otio` we wrote.
fn against_reference(project: &Project, home: &Path, bars: &mut Bars) {
    let Some(python) = std::env::var_os("KINORA_OTIO_PYTHON")
        .filter(|python| !python.is_empty())
        .map(PathBuf::from)
    else {
        println!("KINORA_OTIO_PYTHON is not set: not compared with the reference library");
        return;
    };
    let path = home.join("film.otio");
    std::fs::write(
        &path,
        otio::write(project, "film", &otio::ProjectAddresses::default()).0,
    )
    .expect("write");
    let script = "import sys, time, opentimelineio as otio\nstart = time.perf_counter()\nfilm = otio.adapters.read_from_file(sys.argv[1])\n\
                  assert sum(1 for _ in film.find_clips()) == 10000\nprint(time.perf_counter() - start)";
    let mut ratios: Vec<f64> = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        Document::open(RealDisk, &home.join("film.kinora"), Access::Look).expect("open");
        let ours = start.elapsed().as_secs_f64();
        let output = Command::new(&python)
            .args(["-c", script])
            .arg(&path)
            .output()
            .expect("python");
        let theirs: f64 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        ratios.push(ours / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "open, ours / reference library: min {:.3}, median {:.3}, max {:.3} of 7 pairs",
        ratios[0], ratios[3], ratios[6]
    );
    bars.at_most("open, ours / reference library", ratios[3], 0.2);
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

/// The resident memory of this process.
fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok())
        .unwrap_or(0.0)
        * 4096.0
}
