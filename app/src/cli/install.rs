//! `kinora models install`, `available`, `remove` and `move`: models from the hub. The licence comes before any byte.

mod licence;
mod progress;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use clap::Args;
use kinora_studio::engine;
use kinora_studio::folders::Folders;
use kinora_studio::install::catalogue::Catalogue;
use kinora_studio::install::fetch::{Control, Progress, Stop};
use kinora_studio::install::folder_move::move_models;
use kinora_studio::install::release::{Kind, Release};
use kinora_studio::install::settings::{Choices, InstallSettings, Route, mirror_variable};
use kinora_studio::install::state::{FileState, ReleaseState};
use kinora_studio::install::{fetching, removal, verification};
use kinora_studio::wire::{Failure, FailureKind, FileVerdict};

use super::generate::cancelled_by_ctrl_c;
use licence::{ask_for_licence, typed_yes};
use progress::{INTERVAL, Reporter, gigabytes};

/// The arguments of `models install`.
#[derive(Debug, Args)]
pub struct InstallArguments {
    /// The release's id, from `kinora models available`.
    pub id: String,
    /// Accept the licence without a question.
    #[arg(long)]
    pub yes_licence: bool,
    /// The model folder. Default: the one in the settings.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The address of a mirror of the hub.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// The highest rate, in megabytes a second.
    #[arg(long, value_name = "MB/S")]
    pub limit: Option<f64>,
}

/// The user's folders, settings and releases.
struct Context {
    folders: Folders,
    settings: InstallSettings,
    catalogue: Catalogue,
}

impl Context {
    /// # Errors
    /// The settings cannot be used.
    fn of_user() -> Result<Self, Failure> {
        let folders = Folders::of_user();
        let catalogue = Catalogue::load(&folders);
        for bad in &catalogue.bad_cards {
            eprintln!("{bad}");
        }
        Ok(Self {
            settings: InstallSettings::load(&folders.config)?,
            catalogue,
            folders,
        })
    }

    fn folder(&self, given: Option<PathBuf>) -> PathBuf {
        given.unwrap_or_else(|| self.settings.model_folder(&self.folders))
    }
}

/// `models install`.
pub fn install(arguments: InstallArguments) -> Result<(), Failure> {
    let context = Context::of_user()?;
    let release = context.catalogue.get(&arguments.id)?;
    let choices = Choices {
        folder: arguments.folder,
        mirror: arguments.mirror,
        megabytes_per_second: arguments.limit,
    };
    let route = context
        .settings
        .route(&context.folders, &choices, mirror_variable())?;
    ask_for_licence(release, &context.folders.config, arguments.yes_licence)?;
    let is_cancelled = cancelled_by_ctrl_c();
    let outcome = fetch(release, &route, &is_cancelled);
    if let Err(failure) = &outcome
        && failure.kind == FailureKind::Cancelled
    {
        eprintln!("stopped: the same command goes on where it stopped");
    }
    outcome?;
    eprintln!(
        "{} is installed in {}",
        release.name,
        route.folder.display()
    );
    let usual = context.folders.data.join("models");
    notify_engine(&route.folder, &usual);
    Ok(())
}

/// Has the engine look for models in a folder that it does not know by itself.
fn notify_engine(folder: &Path, usual: &Path) {
    if folder != usual
        && let Err(failure) = engine::add_models(folder)
    {
        let folder = folder.display();
        eprintln!("note: `kinora models add {folder}` makes the engine look there ({failure})");
    }
}

/// Fetches on another thread, and shows the progress on this one.
fn fetch(release: &Release, route: &Route, is_cancelled: &AtomicBool) -> Result<(), Failure> {
    let (control, progress) = (Control::default(), Progress::default());
    let (sender, result) = channel();
    let mut reporter = Reporter::new();
    thread::scope(|scope| {
        let (control, progress) = (&control, &progress);
        scope.spawn(move || {
            let outcome = fetching::install(release, route, control, progress);
            sender.send(outcome).ok();
        });
        loop {
            match result.recv_timeout(INTERVAL) {
                Ok(outcome) => {
                    reporter.end();
                    return outcome;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::bug("the download ended without an outcome"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if is_cancelled.load(Ordering::Relaxed) {
                control.stop(Stop::Pause);
            }
            reporter.show(progress);
        }
    })
}

/// `models available`.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn available(json: bool) -> Result<(), Failure> {
    let context = Context::of_user()?;
    let folder = context.folder(None);
    let releases = context.catalogue.releases().iter();
    let states = releases.map(|release| (release, ReleaseState::of(release, &folder)));
    if !json {
        let states: Vec<_> = states.collect();
        for kind in Kind::ALL {
            let own = states.iter().filter(|(release, _)| release.kind == kind);
            let rows: Vec<String> = own.map(|(release, state)| row(release, state)).collect();
            if !rows.is_empty() {
                println!("{}\n{}\n", kind.heading(), rows.join("\n"));
            }
        }
        println!("Models are installed in {}", folder.display());
        return Ok(());
    }
    let list: Vec<_> = states
        .map(|(release, state)| {
            let size = release.about_bytes();
            let is_installed = state.is_installed();
            serde_json::json!({
                "release": release, "size_bytes": size, "installed": is_installed, "files": state.files,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&list);
    println!("{}", text.map_err(|error| Failure::bug(error.to_string()))?);
    Ok(())
}

fn row(release: &Release, state: &ReleaseState) -> String {
    let is_other = |file: &FileState| matches!(file, FileState::Other { .. });
    let word = match state {
        state if state.is_installed() => "installed",
        state if state.files.iter().any(is_other) => "OTHER FILE",
        state if state.is_begun() => "begun",
        _ => "available",
    };
    let size = release.about_bytes() as f64 / 1e9;
    format!(
        "{:<28}{word:<11}{size:>6.1} GB  {:>2} GB card  {} ({})",
        release.id, release.tier_gb, release.name, release.licence.name
    )
}

/// The verdicts on the files of a release in the model folder; `None` if it is not installed there.
pub fn verify_release(
    id: &str,
    folder: Option<PathBuf>,
    is_cancelled: &AtomicBool,
) -> Option<Result<Vec<FileVerdict>, Failure>> {
    let context = match Context::of_user() {
        Ok(context) => context,
        Err(failure) => return Some(Err(failure)),
    };
    let folder = context.folder(folder);
    let release = context.catalogue.find(id)?;
    if !ReleaseState::of(release, &folder).is_installed() {
        return None;
    }
    let mut last = None;
    Some(verification::verify(release, &folder, &mut |done, all| {
        let tenth = done * 10 / all.max(1);
        if last.replace(tenth) != Some(tenth) {
            eprintln!("hashed {} %", tenth * 10);
        }
        !is_cancelled.load(Ordering::Relaxed)
    }))
}

/// `models remove`.
pub fn remove(id: &str, folder: Option<PathBuf>, is_sure: bool) -> Result<(), Failure> {
    let context = Context::of_user()?;
    let folder = context.folder(folder);
    let release = context.catalogue.get(id)?;
    let removal = removal::plan(release, &context.catalogue, &folder);
    for kept in &removal.kept {
        eprintln!("kept, since another model uses it: {kept}");
    }
    for foreign in &removal.foreign {
        let foreign = foreign.display();
        eprintln!("kept, since Kinora did not fetch it: {foreign}");
    }
    if removal.files.is_empty() {
        return Err(Failure::refused(
            format!(
                "no file of {id} that can be removed is in {}",
                folder.display()
            ),
            "`kinora models available` lists what is installed",
        ));
    }
    for file in &removal.files {
        eprintln!("to be deleted: {}", file.display());
    }
    let question = format!("Type yes to delete {}: ", gigabytes(removal.bytes));
    if !is_sure && !typed_yes(&question) {
        return Err(Failure::refused(
            "nothing was deleted",
            "type yes, or give --yes",
        ));
    }
    removal::remove(&removal, release, &context.catalogue, &folder)?;
    eprintln!("{} was removed", release.name);
    Ok(())
}

/// `models move`: moves the installed files, and records the folder.
pub fn move_folder(to: &Path) -> Result<(), Failure> {
    let mut context = Context::of_user()?;
    let to = std::path::absolute(to).unwrap_or_else(|_| to.to_path_buf());
    let from = context.folder(None);
    let is_cancelled = cancelled_by_ctrl_c();
    let mut last = String::new();
    let moved = move_models(&context.catalogue, &from, &to, &mut |name| {
        if last != name {
            eprintln!("{name}");
            name.clone_into(&mut last);
        }
        !is_cancelled.load(Ordering::Relaxed)
    });
    if let Err(failure) = &moved
        && failure.kind == FailureKind::Cancelled
    {
        eprintln!("stopped: some files are in each folder; the same command moves the others");
    }
    let count = moved?;
    context.settings.folder = Some(to.clone());
    let saved = context.settings.save(&context.folders.config);
    saved.map_err(|error| {
        Failure::bad_file(
            format!("the files were moved, but the folder could not be written: {error}"),
            format!("look at the rights of {}", context.folders.config.display()),
        )
    })?;
    eprintln!(
        "{count} files moved. Models are installed in {} from now on",
        to.display()
    );
    notify_engine(&to, &context.folders.data.join("models"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::progress::time_text;
    use super::*;

    #[test]
    fn times_have_a_unit_that_fits() {
        let texts = [5, 100, 7260].map(|seconds| time_text(Duration::from_secs(seconds)));
        assert_eq!(texts, ["5 s", "2 min", "2 h 1 min"]);
    }

    #[test]
    fn a_row_names_what_is_chosen_by() {
        let catalogue = Catalogue::built_in();
        let release = &catalogue.releases()[0];
        let row = row(
            release,
            &ReleaseState {
                files: vec![FileState::Missing],
            },
        );
        for part in [
            release.id.as_str(),
            "available",
            "GB card",
            &release.licence.name,
        ] {
            assert!(row.contains(part), "{row}");
        }
    }
}
