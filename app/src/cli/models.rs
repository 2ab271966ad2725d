//! `kinora models`: lists the installed models, verifies their files, adds folders; the engine does this work. Models
//! from the hub are in `install.rs`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Subcommand;
use kinora_studio::engine;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::wire::{
    Failure, FileVerdict, Outcome, ProgressReporter, exit_code, models_table, verdicts_table,
};

use super::generate::cancelled_by_ctrl_c;
use super::install::{self, InstallArguments};

/// `models`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List installed models, then those that can be downloaded, then upscalers and LoRAs.
    List {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what can be installed from the hub, with tier, size and licence.
    Available {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Install a model: shows its licence, and fetches its files. An interrupted one goes on where it stopped.
    #[command(after_help = "Example:\n  kinora models install ID --limit 20")]
    Install(InstallArguments),
    /// Hash a model's files and compare them with its card.
    Verify {
        /// The model's id or folder.
        model: String,
        /// The folder in which it was installed. Default: the one in the settings.
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Delete an installed model's files, but not those that another model uses.
    Remove {
        /// The release's id.
        id: String,
        /// Delete without a question.
        #[arg(long)]
        yes: bool,
        /// The folder in which it was installed. Default: the one in the settings.
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Move the installed models to another folder, and install there from now on.
    Move {
        /// The folder.
        folder: PathBuf,
    },
    /// Convert weights saved by torch.save (.pth, .pt, .ckpt, .bin, .pkl) to safetensors. Nothing in the file is run.
    #[command(after_help = "Example:\n  kinora models convert RealESRGAN_x4plus.pth")]
    Convert {
        /// The file.
        file: PathBuf,
        /// The new file. Default: the same name with .safetensors.
        #[arg(short, long, value_name = "FILE.safetensors")]
        output: Option<PathBuf>,
    },
    /// Add a folder in which to look for models, and list what is in it.
    Add {
        /// The folder.
        folder: PathBuf,
    },
}

/// Runs a subcommand.
pub fn models(command: ModelsCommand) -> ExitCode {
    exit_code(match command {
        ModelsCommand::List { json } => list(json),
        ModelsCommand::Available { json } => install::available(json),
        ModelsCommand::Install(arguments) => install::install(arguments),
        ModelsCommand::Verify { model, folder } => verify(model, folder),
        ModelsCommand::Remove { id, yes, folder } => install::remove(&id, folder, yes),
        ModelsCommand::Move { folder } => install::move_folder(&folder),
        ModelsCommand::Convert { file, output } => convert(&file, output.as_deref()),
        ModelsCommand::Add { folder } => add(&folder),
    })
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn list(json: bool) -> Result<(), Failure> {
    let list = BlockingClient::with(&engine::program()).models(None)?;
    if json {
        let text = serde_json::to_string_pretty(&list);
        println!("{}", text.map_err(|error| Failure::bug(error.to_string()))?);
    } else {
        print!("{}", models_table(&list));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn convert(file: &Path, output: Option<&Path>) -> Result<(), Failure> {
    print!("{}", engine::convert_weights(file, output)?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn add(folder: &Path) -> Result<(), Failure> {
    print!("{}", engine::add_models(folder)?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn verify(model: String, folder: Option<PathBuf>) -> Result<(), Failure> {
    let is_cancelled = cancelled_by_ctrl_c();
    let (outcome, verdicts) = match install::verify_release(&model, folder, &is_cancelled) {
        Some(Ok(verdicts)) => (None, verdicts),
        Some(Err(failure)) => return Err(failure),
        None => {
            let (outcome, verdicts) = verify_by_engine(model, &is_cancelled);
            (Some(outcome), verdicts)
        }
    };
    print!("{}", verdicts_table(&verdicts));
    match outcome {
        Some(Outcome::Failed { failure }) => Err(failure),
        Some(Outcome::Cancelled) => Err(Failure::cancelled()),
        Some(Outcome::Done { .. }) | None => verdicts
            .into_iter()
            .find_map(|verdict| verdict.wrong)
            .map_or(Ok(()), Err),
    }
}

fn verify_by_engine(model: String, is_cancelled: &AtomicBool) -> (Outcome, Vec<FileVerdict>) {
    let mut reporter = ProgressReporter::new(false);
    let client = BlockingClient::with(&engine::program());
    client.verify(
        model,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, _| {
            reporter.progress(progress);
            Ok(())
        },
    )
}
