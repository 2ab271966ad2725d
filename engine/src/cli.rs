//! What can be typed: one file for each command that is more than a line.

mod generate;
mod models;

use std::process::ExitCode;

use clap::{Args, Parser};
use kinora_wire::{Failure, GenerateOptions, exit_code};

/// Kinora's engine: video diffusion on libtorch. The studio starts it by itself.
#[derive(Debug, Parser)]
#[command(name = "kinora-engine", version, arg_required_else_help = true)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Make a clip: frames as PNG files.
    Generate(Box<GenerateArguments>),
    /// List, verify or add models.
    Models {
        /// What to do; lists them if left out.
        #[command(subcommand)]
        subcommand: Option<ModelsSubcommand>,
    },
    /// Measure the networks with made-up weights; prints JSON.
    Bench(crate::bench::Arguments),
    /// Tell what this machine can compute on, as JSON.
    Devices,
    /// Serve one studio over stdin and stdout (the studio starts this).
    #[command(hide = true)]
    Serve,
}

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    options: GenerateOptions,
    /// The folder for the frames.
    #[arg(short, long, value_name = "DIR")]
    output: std::path::PathBuf,
    /// Tell progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// `models`.
#[derive(Debug, clap::Subcommand)]
pub enum ModelsSubcommand {
    /// Installed models, then those that could be.
    List,
    /// Hash a model's files against its card.
    Verify {
        /// The model's id or folder.
        model: String,
    },
    /// Look for models in this folder too, from now on.
    Add {
        /// The folder.
        folder: std::path::PathBuf,
    },
}

/// Runs a command to its end.
pub fn run(subcommand: Subcommand, hello: impl FnOnce() -> kinora_wire::Hello) -> ExitCode {
    match subcommand {
        Subcommand::Generate(arguments) => generate::generate(*arguments),
        Subcommand::Models { subcommand } => {
            exit_code(models::models(subcommand.unwrap_or(ModelsSubcommand::List)))
        }
        Subcommand::Bench(arguments) => exit_code(crate::bench::bench(&arguments)),
        Subcommand::Devices => exit_code(print_json(&hello())),
        Subcommand::Serve => {
            let served =
                crate::serve::serve(&mut std::io::stdin().lock(), std::io::stdout(), hello);
            exit_code(served.map_err(|error| Failure::bug(error.to_string())))
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what such commands are for")]
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    println!("{}", text.map_err(|error| Failure::bug(error.to_string()))?);
    Ok(())
}
