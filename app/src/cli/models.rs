//! `kinora models`: lists the installed models, verifies their files, adds folders. The engine does the work.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Subcommand;
use kinora_studio::engine;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::wire::{
    Failure, Outcome, ProgressReporter, exit_code, models_table, verdicts_table,
};

use super::generate::cancelled_by_ctrl_c;

/// `models`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List installed models, then those that can be downloaded, then upscalers and LoRAs.
    List {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Hash a model's files and compare them with its card.
    Verify {
        /// The model's id or folder.
        model: String,
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
        ModelsCommand::Verify { model } => verify(model),
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
fn verify(model: String) -> Result<(), Failure> {
    let mut reporter = ProgressReporter::new(false);
    let is_cancelled = cancelled_by_ctrl_c();
    let client = BlockingClient::with(&engine::program());
    let (outcome, verdicts) = client.verify(
        model,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, _| {
            reporter.progress(progress);
            Ok(())
        },
    );
    print!("{}", verdicts_table(&verdicts));
    match outcome {
        Outcome::Failed { failure } => Err(failure),
        Outcome::Cancelled => Err(Failure::cancelled()),
        Outcome::Done { .. } => verdicts
            .into_iter()
            .find_map(|verdict| verdict.wrong)
            .map_or(Ok(()), Err),
    }
}
