//! The commands that work on a project: `new`, `render`, `export`, `import`, `collect`, `check`. The studio does the
//! work; this file parses arguments and prints results.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::exchange::export::{
    Existing, ExportOutcome, ExportRequest, check_export_place, export_prepared, export_range,
    format_of, range_of,
};
use kinora_studio::exchange::export_preparation::{Preparation, Step};
use kinora_studio::exchange::interchange::{self, AddressForm};
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace, media_of};
use kinora_studio::exchange::subtitles::is_subtitle_file;
use kinora_studio::folders::Folders;
use kinora_studio::generate::batch::{BatchEvent, BatchOutcome, generate_missing};
use kinora_studio::generate::smooth::kept::{is_made, shown_within};
use kinora_studio::project::check as checking;
use kinora_studio::project::copy::{CopyContent, CopyOutcome, copy_project};
use kinora_studio::render::{ExportSettings, ExportSize, Quality};
use kinora_studio::timeline::{Frames, otio};
use kinora_studio::wire::{Failure, FailureKind, Progress, exit_code};
use kinora_studio::{FileError, FrameRate, Project, Session, Size, name_of};

use super::generate::cancelled_by_ctrl_c;
use super::progress_bar::ProgressBar;
use super::sound::SoundArguments;
use super::subtitles::{SubtitleArguments, export_file};

/// The base of the seeds of shots without a seed of their own, so that the same project gives the same video.
const FIRST_SEED: u64 = 1000;
const BYTES_PER_MB: u64 = 1_000_000;

/// `new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// The folder to create; ".kinora" is added to its name.
    folder: PathBuf,
    /// Frames per second, such as 24, 25 or 24000/1001.
    #[arg(long, default_value = "24")]
    rate: FrameRate,
    /// The size of the video in pixels.
    #[arg(long, default_value = "1280x720", value_name = "WxH")]
    size: Size,
}

/// `render`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RenderArguments {
    /// The project folder.
    #[arg(required_unless_present = "sample")]
    project: Option<PathBuf>,
    /// Render your copy of the sample project.
    #[arg(long, conflicts_with = "project")]
    sample: bool,
    /// Generate a take of each shot that has none, and in-betweens that are missing, first.
    #[arg(long)]
    generate: bool,
    /// Make takes that are smaller than the video larger with this upscaler, first.
    #[arg(long, value_name = "MODEL")]
    upscale: Option<String>,
    /// The video (.mp4, .mov) or sound file (.wav), or a folder for PNG files.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Replace a file that is there. A folder that holds pictures is never replaced.
    #[arg(long)]
    overwrite: bool,
    /// h264, h264-quick, h265, av1, prores, prores4444, wav, png, tiff or exr; from the name of the output if left out.
    #[arg(long)]
    preset: Option<String>,
    /// The range in frames or timecodes, B not included; from in to out if left out.
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    range: Option<String>,
    /// project, half, or a height such as 1080p, in the project's aspect ratio.
    #[arg(long, default_value = "project")]
    size: ExportSize,
    /// draft, standard or high; for H.264.
    #[arg(long, default_value = "standard")]
    quality: Quality,
    #[command(flatten)]
    sound: SoundArguments,
    #[command(flatten)]
    subtitles: SubtitleArguments,
    /// The frame rate, if not the project's: frames are repeated or left out. Length, cuts and sound stay.
    #[arg(long, value_name = "RATE")]
    rate: Option<FrameRate>,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The project folder.
    project: PathBuf,
    /// The OpenTimelineIO file to write (.otio), or a subtitle file (.srt, .vtt).
    #[arg(short, long, value_name = "CUT.otio")]
    output: PathBuf,
    /// The subtitle track to write, by its name or language; the first one that is shown if left out.
    #[arg(long, value_name = "TRACK")]
    track: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    overwrite: bool,
    /// Name the files relative to the cut, so that cut and project can be moved together.
    #[arg(long)]
    relative: bool,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The OpenTimelineIO file to read (.otio), or a package (.otioz, or the folder .otiod).
    cut: PathBuf,
    /// The project folder to create.
    #[arg(short, long, value_name = "PROJECT")]
    output: PathBuf,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArguments {
    /// The project folder.
    project: PathBuf,
    /// The project folder to create; ".kinora" is added to its name.
    to: PathBuf,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The project folder.
    project: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Creates a project.
pub fn new(arguments: NewArguments) -> ExitCode {
    let project = Project::new(arguments.rate, arguments.size);
    let created = Session::create(&with_extension(&arguments.folder), &project);
    let created = created.map_err(failure_of);
    exit_code(created.map(|session| eprintln!("created {}", session.folder().display())))
}

/// Renders a project; exit status 0 if the video is complete.
pub fn render(arguments: RenderArguments) -> ExitCode {
    let is_cancelled = cancelled_by_ctrl_c();
    let mut session = match open(&arguments) {
        Ok(session) => session,
        Err(failure) => return exit_code(Err(failure)),
    };
    // The place is tried before any work; what will be exported is known only after the generation.
    let place = export_request(&arguments, None).and_then(|request| {
        let project = arguments.subtitles.shown_in(session.project())?;
        check_export_place(&project, session.folder(), &request)
    });
    if let Err(failure) = place {
        return exit_code(Err(failure));
    }
    if arguments.generate {
        let made = generate(&mut session, arguments.json, &is_cancelled);
        match made {
            Ok(made) if made.is_cancelled || made.failed > 0 => return ExitCode::FAILURE,
            Ok(_) => {}
            Err(failure) => return exit_code(Err(failure)),
        }
    }
    let mut bar = ProgressBar::new("frame", arguments.json);
    let request = match export_request(&arguments, Some(session.project())) {
        Ok(request) => request,
        Err(failure) => return exit_code(Err(failure)),
    };
    let preparation = Preparation {
        upscaler: arguments.upscale.clone(),
        makes_in_betweens: arguments.generate,
        ..Preparation::default()
    };
    if !arguments.generate {
        note_in_betweens(&session, &request);
    }
    let project = match arguments.subtitles.shown_in(session.project()) {
        Ok(project) => project,
        Err(failure) => return exit_code(Err(failure)),
    };
    arguments.subtitles.note_missing(&project);
    let mut steps: Option<ProgressBar> = None;
    let mut on_step = |step: Step| {
        let bar = steps.get_or_insert_with(|| ProgressBar::new("percent prepared", arguments.json));
        let percent = (step.done * 100.0) as u64;
        bar.update(
            (step.number as u64 - 1) * 100 + percent,
            step.of as u64 * 100,
        );
    };
    let mut on_frame = |done: Frames, of: Frames| {
        bar.update(done.0.unsigned_abs(), of.0.unsigned_abs());
        !is_cancelled.load(Ordering::Relaxed)
    };
    let exported = export_prepared(
        &project,
        session.folder(),
        (&request, &preparation),
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut on_step,
        &mut on_frame,
    );
    match exported {
        Ok(ExportOutcome::Done {
            replaced,
            not_beside,
            ..
        }) => {
            bar.end("done");
            for note in &replaced {
                eprintln!("note: {note}");
            }
            if let Some(failure) = not_beside {
                eprintln!("error: the video is complete; its subtitle files are not: {failure}");
                return ExitCode::FAILURE; // a script must see that a file is missing
            }
            ExitCode::SUCCESS
        }
        Ok(ExportOutcome::Cancelled | ExportOutcome::Exists) => {
            bar.end("cancelled");
            ExitCode::FAILURE
        }
        Err(failure) => exit_code(Err(failure)),
    }
}

/// Says how many clips play the frames of their sources because their in-betweens are not made.
fn note_in_betweens(session: &Session, request: &ExportRequest) {
    let project = session.project();
    let range = request.range.unwrap_or_else(|| export_range(project));
    let mut missing = shown_within(project, range);
    missing.retain(|smooth| !is_made(session.folder(), smooth));
    if !missing.is_empty() {
        let count = missing.len();
        eprintln!("note: in-betweens that are not made: {count}; --generate makes them");
    }
}

/// The export. Its range is left out without a project.
fn export_request(
    arguments: &RenderArguments,
    project: Option<&Project>,
) -> Result<ExportRequest, Failure> {
    let range = project.zip(arguments.range.as_deref());
    Ok(ExportRequest {
        path: arguments.output.clone(),
        format: format_of(&arguments.output, arguments.preset.as_deref())?,
        range: range
            .map(|(project, text)| range_of(project, text))
            .transpose()?,
        existing: match arguments.overwrite {
            true => Existing::Replace,
            false => Existing::Refuse,
        },
        settings: arguments.subtitles.of(arguments.sound.of(ExportSettings {
            size: arguments.size,
            quality: arguments.quality,
            rate: arguments.rate,
            ..ExportSettings::default()
        })),
    })
}

fn open(arguments: &RenderArguments) -> Result<Session, Failure> {
    let opened = match &arguments.project {
        Some(project) => Session::open(project),
        None => Session::open_sample(&Folders::of_user()),
    };
    opened.map_err(failure_of)
}

/// Generates missing takes, and prints a line for each.
fn generate(
    session: &mut Session,
    is_json: bool,
    is_cancelled: &AtomicBool,
) -> Result<BatchOutcome, Failure> {
    let mut bar = ProgressBar::new("step", is_json);
    let mut on_event = |event: BatchEvent| match event {
        BatchEvent::Progress(.., Progress::Step { done, of, .. }) => {
            bar.update(u64::from(*done), u64::from(*of));
        }
        BatchEvent::Progress(..) => {}
        BatchEvent::Made(name) => bar.line(&format!("generated {name}")),
        BatchEvent::Failed(name, failure) => bar.line(&format!("error: {name}: {failure}")),
    };
    generate_missing(
        session,
        FIRST_SEED,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut on_event,
    )
}

/// Exports the timeline of a project.
pub fn export(arguments: ExportArguments) -> ExitCode {
    let form = match arguments.relative {
        true => AddressForm::Relative,
        false => AddressForm::Absolute,
    };
    let session = Session::open(&arguments.project).map_err(failure_of);
    if is_subtitle_file(&arguments.output) {
        let (output, track) = (&arguments.output, arguments.track.as_deref());
        let replaces = arguments.overwrite;
        return exit_code(
            session.and_then(|session| export_file(&session, output, track, replaces)),
        );
    }
    let losses = session.and_then(|session| {
        let place = OutputPlace {
            path: &arguments.output,
            kind: OutputKind::File,
            may_exist: arguments.overwrite,
            inputs: media_of(session.project(), session.folder()),
            film: Some(session.folder()),
        };
        place.check()?;
        interchange::export(&session, &arguments.output, form)
    });
    exit_code(losses.map(|losses| print_losses(&losses)))
}

/// Imports a timeline into a new project.
pub fn import(arguments: ImportArguments) -> ExitCode {
    let is_cancelled = cancelled_by_ctrl_c();
    let mut on_file = |_: usize, _: usize| !is_cancelled.load(Ordering::Relaxed);
    let folder = with_extension(&arguments.output);
    match interchange::import(&arguments.cut, &folder, &mut on_file) {
        Ok(Some((session, losses))) => {
            print_losses(&losses);
            eprintln!("created {}", session.folder().display());
            ExitCode::SUCCESS
        }
        Ok(None) => {
            eprintln!("cancelled");
            ExitCode::FAILURE
        }
        Err(failure) => exit_code(Err(failure)),
    }
}

/// Collects a project; exit status 0 if the copy has every file that the project needs.
pub fn collect(arguments: CollectArguments) -> ExitCode {
    let is_cancelled = cancelled_by_ctrl_c();
    let session = match Session::open(&arguments.project) {
        Ok(session) => session,
        Err(error) => return exit_code(Err(failure_of(error))),
    };
    let mut bar = ProgressBar::new("MB", arguments.json);
    let mut on_progress = |done: u64, all: u64| {
        bar.update(done / BYTES_PER_MB, all / BYTES_PER_MB);
        !is_cancelled.load(Ordering::Relaxed)
    };
    let outcome = copy_project(
        session.folder(),
        session.project(),
        &with_extension(&arguments.to),
        CopyContent::Needed,
        &mut on_progress,
    );
    match outcome {
        Ok(CopyOutcome::Done { missing, .. }) => {
            for name in &missing {
                bar.line(&format!("missing: {name}"));
            }
            let (end, code) = match missing.is_empty() {
                true => ("done", ExitCode::SUCCESS),
                false => ("incomplete", ExitCode::FAILURE),
            };
            bar.end(end);
            code
        }
        Ok(CopyOutcome::Cancelled) => {
            bar.end("cancelled");
            ExitCode::FAILURE
        }
        Err(failure) => exit_code(Err(failure)),
    }
}

/// Checks a project; exit status 1 if anything is wrong.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn check(arguments: CheckArguments) -> ExitCode {
    let found = match checking::check(&arguments.project, &mut |_| {}) {
        Ok(found) => found,
        Err(error) => return exit_code(Err(failure_of(error))),
    };
    if arguments.json {
        let listed = |findings: &[checking::Finding]| {
            let lines = findings.iter().map(
                |one| serde_json::json!({"path": one.path, "what": one.what, "remedy": one.remedy}),
            );
            lines.collect::<Vec<serde_json::Value>>()
        };
        println!(
            "{}",
            serde_json::json!({
                "files": found.files, "wrong": listed(&found.wrong), "damaged": listed(&found.damaged),
            })
        );
    } else {
        for one in &found.wrong {
            println!("{}: {}\n  {}", one.path.display(), one.what, one.remedy);
        }
        for one in &found.damaged {
            println!("note: {}", one.what);
        }
        let files = found.files;
        match found.wrong.len() {
            0 => println!(
                "{} is sound: the project and its {files} files",
                name_of(&arguments.project)
            ),
            wrong => println!("{files} files checked, problems: {wrong}"),
        }
    }
    match found.wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The folder of a project of this name. A slash at its end, as shells add, and "." are no part of the name.
fn with_extension(folder: &Path) -> PathBuf {
    let extension = kinora_studio::FOLDER_EXTENSION;
    let folder: PathBuf = match folder.file_name() {
        Some(_) => folder.components().collect(),
        None => fs::canonicalize(folder).unwrap_or_else(|_| folder.into()),
    };
    if folder.extension().is_some_and(|has| has == extension) {
        folder
    } else {
        let mut name = folder.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        name.into()
    }
}

fn print_losses(losses: &[otio::Loss]) {
    for loss in losses {
        eprintln!("note: {loss}");
    }
}

pub(super) fn failure_of(error: FileError) -> Failure {
    Failure {
        kind: FailureKind::BadFile,
        cause: error.to_string(),
        remedy: None, // the message has it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_after_its_folder_however_it_is_written() {
        let named = |folder: &str| with_extension(Path::new(folder));
        for folder in [
            "a/Night",
            "a/Night/",
            "a/Night//",
            "a/Night.kinora",
            "a/Night.kinora/",
        ] {
            assert_eq!(named(folder).as_os_str(), "a/Night.kinora", "{folder}");
        }
        assert_eq!(named("./x.y/").file_name(), Some("x.y.kinora".as_ref()));
        let here = named(".");
        assert_ne!(here.file_stem(), Some(".".as_ref()), "{here:?}");
        assert!(here.is_absolute());
    }
}
