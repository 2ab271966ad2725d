//! `kinora add`: imports files into a project with the same code as the window, and places them on its timeline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use kinora_studio::Session;
use kinora_studio::exchange::import::{Gaps, ImportSource, Imported, SequenceSettings};
use kinora_studio::exchange::placement::{added, placed};
use kinora_studio::exchange::subtitles::is_subtitle_file;
use kinora_studio::timeline::media::Extent;
use kinora_studio::timeline::{FrameRate, Frames, Project, timecode};
use kinora_studio::wire::{Failure, exit_code};

use super::progress_bar::ProgressBar;
use super::project::failure_of;
use super::subtitles;

/// What is done within this time shows no progress.
const UNSEEN: Duration = Duration::from_secs(1);
/// The length of a still picture on the timeline, as in the window.
const STILL_SECONDS: u32 = 3;

/// `add`.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// The project folder.
    project: PathBuf,
    /// Videos, pictures, sounds, and subtitle files (.srt, .vtt). A numbered picture with neighbours stands for its image
    /// sequence, and a folder for all image sequences in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Place them on the timeline, one after the other: at its end, or from this frame or timecode on.
    #[arg(long, value_name = "TIMECODE", num_args = 0..=1, default_missing_value = "end")]
    place: Option<String>,
    /// The frame rate of image sequences, as 25 or 24000/1001; the project's if left out.
    #[arg(long)]
    rate: Option<FrameRate>,
    /// Hold the picture before where a number of an image sequence has no picture.
    #[arg(long)]
    hold: bool,
    /// Import each numbered picture as a still by itself.
    #[arg(long, conflicts_with_all = ["rate", "hold"])]
    stills: bool,
    /// Print a JSON line for each file on stdout.
    #[arg(long)]
    json: bool,
}

/// Imports files; exit status 0 if all of them are in the project.
pub fn add(arguments: AddArguments) -> ExitCode {
    exit_code(add_all(&arguments))
}

fn add_all(arguments: &AddArguments) -> Result<(), Failure> {
    let mut session = Session::open(&arguments.project).map_err(failure_of)?;
    if !session.can_be_edited() {
        return Err(Failure::refused(
            format!("{} cannot be changed", arguments.project.display()),
            "close it where it is open, or copy it to a folder that can be written to",
        ));
    }
    let mut at = match arguments.place.as_deref() {
        None => None,
        Some("end") => Some(session.project().end()),
        Some(text) => Some(frame_of(text, session.project())?),
    };
    let mut refused = Vec::new();
    for source in sources(arguments) {
        let added = source.and_then(|source| {
            let name = source.path();
            let added = add_source(&mut session, &source, &mut at, arguments);
            added.map_err(|failure| (name, failure))
        });
        if let Err((file, failure)) = added {
            eprintln!("error: {failure}");
            refused.push(file.display().to_string());
        }
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_secs = now.map_or(0, |since| since.as_secs());
    session.document_mut().save(now_secs).map_err(failure_of)?;
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Failure::refused(
            format!("not imported: {}", refused.join(", ")),
            "the reasons are above; the other files are in the project",
        )),
    }
}

/// What the arguments name, the files before the folders. A folder without image sequences is refused.
fn sources(arguments: &AddArguments) -> Vec<Result<ImportSource, (PathBuf, Failure)>> {
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = arguments
        .files
        .iter()
        .cloned()
        .partition(|path| path.is_dir());
    let found = folders
        .into_iter()
        .flat_map(|folder| match ImportSource::in_folder(&folder) {
            Ok(sources) => sources.into_iter().map(Ok).collect(),
            Err(failure) => vec![Err((folder, failure))],
        });
    let files = match arguments.stills {
        true => files.into_iter().map(ImportSource::File).collect(),
        false => ImportSource::of_all(&files),
    };
    files.into_iter().map(Ok).chain(found).collect()
}

/// Imports a file or an image sequence, and prints what became of it.
fn add_source(
    session: &mut Session,
    source: &ImportSource,
    at: &mut Option<Frames>,
    arguments: &AddArguments,
) -> Result<(), Failure> {
    let file = source.path();
    if is_subtitle_file(&file) {
        return subtitles::add_file(session, &file, arguments.json);
    }
    let settings = SequenceSettings {
        rate: arguments.rate.unwrap_or(session.project().rate()),
        gaps: match arguments.hold {
            true => Gaps::Hold,
            false => Gaps::Refuse,
        },
    };
    let mut bar = None;
    let begun = Instant::now();
    let imported = source.import(settings, session.folder(), &mut |share| {
        // Most files are read at once: a bar for them would only flicker. JSON has a line for each file.
        if begun.elapsed() > UNSEEN && !arguments.json {
            let bar = bar.get_or_insert_with(|| ProgressBar::new("%", false));
            bar.update((share * 100.0) as u64, 100);
        }
        true
    });
    if let Some(bar) = bar {
        bar.end(match imported {
            Ok(_) => "read",
            Err(_) => "refused",
        });
    }
    add_one(session, &file, imported?, at, arguments.json)
}

fn frame_of(text: &str, project: &Project) -> Result<Frames, Failure> {
    let wrong = |why: String| Failure::refused(why, "give a frame or a timecode of the timeline");
    let frame = timecode::parse(text, project.rate()).map_err(wrong)?;
    match frame >= Frames::ZERO {
        true => Ok(frame),
        false => Err(wrong(format!("{text} is before the start of the timeline"))),
    }
}

/// Adds one imported file, places it, and prints what became of it.
fn add_one(
    session: &mut Session,
    file: &Path,
    imported: Imported,
    at: &mut Option<Frames>,
    is_json: bool,
) -> Result<(), Failure> {
    let Imported { medium, notes } = imported;
    let refused = |refusal: kinora_studio::timeline::Refusal| {
        Failure::refused(
            format!("{}: {refusal}", file.display()),
            "choose another place on the timeline",
        )
    };
    let project = session.project();
    let placed_at = *at;
    let batch = match placed_at {
        Some(frame) => placed(project, medium.clone(), frame, STILL_SECONDS),
        None => added(project, medium.clone()).map(|(batch, _)| batch),
    };
    let batch = batch.map_err(refused)?;
    if let Some(frame) = at {
        let length = medium.available(project.rate());
        *frame += length
            .unwrap_or_else(|| batch.seconds(STILL_SECONDS))
            .max(Frames::ONE);
    }
    if !batch.edits.is_empty() {
        session
            .document_mut()
            .apply_all("import", &batch.edits)
            .map_err(|error| Failure::refused(error.to_string(), "check the project folder"))?;
    }
    let mut media = batch.project.media();
    let known = media.find(|known| known.content == medium.content);
    let known = known.map_or(&medium, |known| known.as_ref());
    print(file, known, &notes, placed_at, is_json);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print(
    file: &Path,
    medium: &kinora_studio::timeline::media::Medium,
    notes: &[String],
    placed_at: Option<Frames>,
    is_json: bool,
) {
    if is_json {
        let extent = match medium.extent {
            Extent::Still => serde_json::json!({"kind": "still"}),
            Extent::Video { rate, frames } => {
                let (per, seconds) = rate.as_fraction();
                serde_json::json!({
                    "kind": "video", "rate": [per, seconds], "frames": frames.0,
                    "seconds": frames.as_seconds(rate),
                })
            }
            Extent::Sound { rate_hz, samples } => serde_json::json!({
                "kind": "sound", "rate_hz": rate_hz, "samples": samples,
                "seconds": samples as f64 / f64::from(rate_hz.max(1)),
            }),
        };
        let line = serde_json::json!({
            "file": file.to_string_lossy(), "name": medium.name, "id": medium.id, "path": medium.path,
            "content": medium.content.to_string(), "extent": extent,
            "has_picture": medium.has_picture, "has_sound": medium.has_sound,
            "placed_at": placed_at.map(|frame| frame.0), "notes": notes,
        });
        println!("{line}");
        return;
    }
    let length = match medium.extent {
        Extent::Still => "still picture".to_owned(),
        Extent::Video { rate, frames } => {
            format!(
                "{frames} at {rate} a second, {:.2} s",
                frames.as_seconds(rate)
            )
        }
        Extent::Sound { rate_hz, samples } => format!(
            "sound, {:.2} s at {rate_hz} Hz",
            samples as f64 / f64::from(rate_hz.max(1))
        ),
    };
    println!("{}: {length}", medium.name);
    for note in notes {
        eprintln!("note: {note}");
    }
}
