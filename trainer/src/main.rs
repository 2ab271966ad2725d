//! `kinora-trainer`: draws the world, trains the starter model, measures it.

use std::process::ExitCode;

use clap::Parser as _;
use kinora_trainer::cli;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}
