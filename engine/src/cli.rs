//! The command line of `kinora-engine`: arguments and subcommands.
//! A subcommand that takes more than a line has a file of its own.

mod generate;
mod models;

use std::process::ExitCode;

use clap::{Args, Parser};
use kinora_wire::{Failure, GenerateOptions, exit_code};

/// Kinora's engine: video diffusion on libtorch. The studio starts it by itself.
#[derive(Debug, Parser)]
#[command(name = "kinora-engine", version, arg_required_else_help = true)]
pub struct Arguments {
    /// The subcommand.
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Generate a clip, as PNG frames.
    Generate(Box<GenerateArguments>),
    /// List, verify or add models.
    Models {
        /// What to do; lists the models if left out.
        #[command(subcommand)]
        subcommand: Option<ModelsSubcommand>,
    },
    /// Benchmark the networks of a model; prints JSON.
    Bench(crate::bench::Arguments),
    /// List the compute devices of this machine, as JSON.
    Devices,
    /// Serve one studio over stdin and stdout (the studio starts this).
    #[command(hide = true)]
    Serve,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    options: GenerateOptions,
    /// The folder for the frames.
    #[arg(short, long, value_name = "DIR")]
    output: std::path::PathBuf,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Subcommands of `models`.
#[derive(Debug, clap::Subcommand)]
pub enum ModelsSubcommand {
    /// List installed models, then models that can be installed.
    List,
    /// Hash a model's files and compare them with its card.
    Verify {
        /// The model's id or folder.
        model: String,
    },
    /// Convert weights saved by torch.save to safetensors. Nothing in the file is run.
    Convert {
        /// A .pth, .pt, .ckpt, .bin or .pkl file.
        file: std::path::PathBuf,
        /// The new file. Default: the same name with .safetensors.
        #[arg(short, long, value_name = "FILE.safetensors")]
        output: Option<std::path::PathBuf>,
    },
    /// Add a folder to those that are searched for models, and list what is in it.
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
        Subcommand::Devices => {
            let mut hello = hello();
            crate::device::ask_for_attention(&mut hello.devices);
            exit_code(print_json(&hello))
        }
        Subcommand::Serve => {
            let served =
                crate::serve::serve(&mut std::io::stdin().lock(), std::io::stdout(), hello);
            exit_code(served.map_err(|error| Failure::bug(error.to_string())))
        }
    }
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    println!("{}", text.map_err(|error| Failure::bug(error.to_string()))?);
    Ok(())
}
