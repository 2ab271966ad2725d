//! The commands that work on a project: `new`, `render`, `export`, `import`, `collect`, `check`. The studio does the
//! work; this file parses arguments and prints results.

mod arguments;
mod render;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use kinora_studio::exchange::interchange::{self, AddressForm};
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace, media_of};
use kinora_studio::exchange::subtitles::is_subtitle_file;
use kinora_studio::project::check as checking;
use kinora_studio::project::copy::{CopyContent, CopyOutcome, copy_project};
use kinora_studio::timeline::otio;
use kinora_studio::wire::{Failure, FailureKind, exit_code};
use kinora_studio::{FileError, Project, Session, name_of};

use super::generate::cancelled_by_ctrl_c;
use super::progress_bar::ProgressBar;
use super::subtitles::export_file;

pub use arguments::{
    CheckArguments, CollectArguments, ExportArguments, ImportArguments, NewArguments,
    RenderArguments,
};
pub use render::render;

const BYTES_PER_MB: u64 = 1_000_000;

/// Creates a project.
pub fn new(arguments: NewArguments) -> ExitCode {
    let project = Project::new(arguments.rate, arguments.size);
    let created = Session::create(&with_extension(&arguments.folder), &project);
    let created = created.map_err(failure_of);
    exit_code(created.map(|session| eprintln!("created {}", session.folder().display())))
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
