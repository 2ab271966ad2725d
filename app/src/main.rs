//! `kinora`: opens the studio's window, or runs one command.

use std::process::ExitCode;

use clap::Parser as _;
use kinora_app::cli::{self, Arguments, ModelsWord, Word};
use kinora_app::window;

fn main() -> ExitCode {
    let started = window::Started::now();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::refuse(&error),
    };
    cli::start_log();
    match arguments.word {
        Some(Word::New(arguments)) => cli::new(arguments),
        Some(Word::Generate(arguments)) => cli::generate(*arguments),
        Some(Word::Render(arguments)) => cli::render(arguments),
        Some(Word::Export(arguments)) => cli::export(arguments),
        Some(Word::Import(arguments)) => cli::import(arguments),
        Some(Word::Check(arguments)) => cli::check(arguments),
        Some(Word::Models { word }) => {
            cli::models(word.unwrap_or(ModelsWord::List { json: false }))
        }
        Some(Word::Doctor { json }) => cli::doctor(json),
        None => window::open(arguments.window, started),
    }
}
