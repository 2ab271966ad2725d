//! `kinora render`: missing takes and in-betweens are generated if asked for, then the timeline is exported. Ctrl+C cancels
//! both.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use kinora_studio::exchange::export::{
    Existing, ExportOutcome, ExportRequest, check_export_place, export_prepared, export_range,
    format_of, range_of,
};
use kinora_studio::exchange::export_preparation::{Preparation, Step};
use kinora_studio::folders::Folders;
use kinora_studio::generate::batch::{BatchEvent, BatchOutcome, generate_missing};
use kinora_studio::generate::smooth::kept::{is_made, shown_within};
use kinora_studio::render::ExportSettings;
use kinora_studio::timeline::Frames;
use kinora_studio::wire::{Failure, Progress, exit_code};
use kinora_studio::{Project, Session};

use super::arguments::RenderArguments;
use super::failure_of;
use crate::cli::generate::cancelled_by_ctrl_c;
use crate::cli::progress_bar::ProgressBar;

/// The base of the seeds of shots without a seed of their own, so that the same project gives the same video.
const FIRST_SEED: u64 = 1000;

/// Renders a project; exit status 0 if the video is complete.
pub fn render(arguments: RenderArguments) -> ExitCode {
    let is_cancelled = cancelled_by_ctrl_c();
    let mut session = match open(&arguments) {
        Ok(session) => session,
        Err(failure) => return exit_code(Err(failure)),
    };
    // The place is tried before any work; what will be exported is known only after the generation.
    let place = export_request(&arguments, Some(session.project())).and_then(|request| {
        let project = arguments.subtitles.shown_in(session.project())?;
        check_export_place(&project, session.folder(), &request)
    });
    if let Err(failure) = place {
        return exit_code(Err(failure));
    }
    let mut lacks_takes = false;
    if arguments.generate {
        let made = generate(&mut session, arguments.json, &is_cancelled);
        match made {
            Ok(made) if made.is_cancelled => return ExitCode::FAILURE,
            Ok(made) => lacks_takes = made.failed > 0,
            Err(failure) => return exit_code(Err(failure)),
        }
    }
    // A shot that the film does not show does not keep it from being written; a script must see that one is missing.
    let complete = match lacks_takes {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    };
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
            complete
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
