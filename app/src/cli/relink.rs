//! `kinora relink`: lists the missing and changed media of a project, and relinks them to files in other folders, with the
//! same search as the window.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use kinora_studio::Session;
use kinora_studio::exchange::relink::{
    Fault, Found, Lost, Match, Report, bring_in, changes, lost_media, search,
};
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::wire::{Failure, exit_code};
use serde_json::{Value, json};

use super::generate::cancelled_by_ctrl_c;
use super::progress_bar::ProgressBar;
use super::project::failure_of;

/// `relink`.
#[derive(Debug, Args)]
pub struct RelinkArguments {
    /// The project folder.
    project: PathBuf,
    /// The folders to search, with the folders in them. Without one the missing and changed media are listed.
    #[arg(value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// Search, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print progress and a line for each medium as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Relinks media; exit status 0 if nothing is missing afterwards.
pub fn relink(arguments: RelinkArguments) -> ExitCode {
    match relink_all(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => exit_code(Err(failure)),
    }
}

/// False: something is still missing, or it was cancelled.
fn relink_all(arguments: &RelinkArguments) -> Result<bool, Failure> {
    let mut session = Session::open(&arguments.project).map_err(failure_of)?;
    let is_changed = !arguments.folders.is_empty() && !arguments.dry_run;
    if is_changed && !session.can_be_edited() {
        return Err(Failure::refused(
            format!("{} cannot be changed", arguments.project.display()),
            "close it where it is open, or copy it to a folder that can be written to",
        ));
    }
    if let Some(other) = arguments.folders.iter().find(|folder| !folder.is_dir()) {
        return Err(Failure::refused(
            format!("{} is not a folder", other.display()),
            "give a folder that is there",
        ));
    }
    let is_json = arguments.json;
    let cancel = cancelled_by_ctrl_c();
    let is_cancelled = || cancel.load(Ordering::Relaxed);
    let files = ProjectFiles::of(session.folder());
    let lost = with_progress("checked", is_json, |progress| {
        lost_media(session.project(), &files, progress, &is_cancelled)
    });
    let Some(lost) = lost else {
        return Ok(false);
    };
    if lost.is_empty() {
        if !is_json {
            print("nothing is missing");
        }
        return Ok(true);
    }
    if arguments.folders.is_empty() {
        for one in &lost {
            print_lost(one, is_json);
        }
        return Ok(false);
    }
    let found = with_progress("searched", is_json, |progress| {
        search(&arguments.folders, &lost, progress, &is_cancelled)
    });
    let Some(found) = found else {
        return Ok(false);
    };
    if arguments.dry_run {
        for one in &found {
            print_match(one, is_json);
        }
        return Ok(found.iter().all(|one| one.found.file().is_some()));
    }
    let mut reports = bring_in(found, session.folder(), &is_cancelled);
    apply(&mut session, &mut reports)?;
    for report in &reports {
        print_report(report, is_json);
    }
    Ok(reports.iter().all(|report| report.medium.is_some()))
}

/// Relinks media as one step, and saves the project.
fn apply(session: &mut Session, reports: &mut [Report]) -> Result<(), Failure> {
    let edits = changes(session.project(), reports);
    if edits.is_empty() {
        return Ok(());
    }
    let document = session.document_mut();
    document
        .apply_all("relink", &edits)
        .map_err(|error| Failure::refused(error.to_string(), "check the project folder"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_secs = now.map_or(0, |since| since.as_secs());
    document.save(now_secs).map_err(failure_of)
}

/// Does work on files with a progress bar. `None`: it was cancelled.
fn with_progress<T>(
    outcome: &str,
    is_json: bool,
    work: impl FnOnce(&mut dyn FnMut(u64, u64)) -> Option<T>,
) -> Option<T> {
    let mut bar = ProgressBar::new("file", is_json);
    let done = work(&mut |done, all| {
        if all > 0 {
            bar.update(done, all);
        }
    });
    bar.end(match done {
        Some(_) => outcome,
        None => "cancelled",
    });
    done
}

fn print_lost(lost: &Lost, is_json: bool) {
    match is_json {
        true => print(&json_of(lost).to_string()),
        false => print(&format!("{}: {}", fault_name(lost), lost.medium.name)),
    }
}

fn print_match(found: &Match, is_json: bool) {
    match is_json {
        true => print(&json_of_match(found).to_string()),
        false => print(&found.to_string()),
    }
}

fn print_report(report: &Report, is_json: bool) {
    if is_json {
        let mut line = json_of_match(&report.search);
        line["is_relinked"] = json!(report.medium.is_some());
        line["refused"] = json!(report.refused);
        line["notes"] = json!(report.notes);
        return print(&line.to_string());
    }
    print(&report.to_string());
    for note in &report.notes {
        eprintln!("note: {note}");
    }
}

fn fault_name(lost: &Lost) -> &'static str {
    match lost.fault {
        Fault::Missing(_) => "missing",
        Fault::Changed => "changed",
    }
}

fn json_of(lost: &Lost) -> Value {
    json!({
        "event": "medium", "name": lost.medium.name, "id": lost.medium.id, "path": lost.medium.path,
        "fault": fault_name(lost), "reason": lost.fault.to_string(),
    })
}

fn json_of_match(found: &Match) -> Value {
    let by = match &found.found {
        Found::ByContent(_) => "content",
        Found::ByNameAndLength(_) => "name_and_length",
        Found::ByName(_) => "name",
        Found::Several(_) => "several",
        Found::Nothing => "nothing",
    };
    let files: Vec<&Path> = match &found.found {
        Found::Several(files) => files.iter().map(PathBuf::as_path).collect(),
        one => one.file().into_iter().collect(),
    };
    let files = files.iter().map(|file| file.display().to_string());
    let files: Vec<String> = files.collect();
    let mut line = json_of(&found.lost);
    line["found"] = json!(by);
    line["files"] = json!(files);
    line
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print(line: &str) {
    println!("{line}");
}
