//! `kinora models`: what is installed, and whether its files are sound. The engine knows; this asks it.

use std::path::PathBuf;
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
pub enum ModelsWord {
    /// Installed models, then those that could be.
    List {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Hash a model's files against its card.
    Verify {
        /// The model's id or folder.
        model: String,
    },
    /// Look for models in this folder too, from now on.
    Add {
        /// The folder.
        folder: PathBuf,
    },
}

/// Lists, verifies or adds.
pub fn models(word: ModelsWord) -> ExitCode {
    exit_code(match word {
        ModelsWord::List { json } => list(json),
        ModelsWord::Verify { model } => verify(model),
        ModelsWord::Add { folder } => engine::add_models(&folder),
    })
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn list(json: bool) -> Result<(), Failure> {
    let (models, folders) = BlockingClient::with(&engine::program()).models(None)?;
    if json {
        let text = serde_json::to_string_pretty(&models);
        println!("{}", text.map_err(|error| Failure::bug(error.to_string()))?);
    } else {
        print!("{}", models_table(&models, &folders));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn verify(model: String) -> Result<(), Failure> {
    let mut teller = ProgressReporter::new(false);
    let is_cancelled = cancelled_by_ctrl_c();
    let talk = BlockingClient::with(&engine::program());
    let (outcome, verdicts) = talk.verify(
        model,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, _| {
            teller.progress(progress);
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
