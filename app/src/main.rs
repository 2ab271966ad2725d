//! `kinora`: opens the studio's window, or runs one command.

use std::process::ExitCode;

use clap::Parser as _;
use kinora_app::cli::{self, Arguments, Command, ModelsCommand};
use kinora_app::window;
use kinora_studio::exchange::first_contact::{MediaReader, use_reader};

fn main() -> ExitCode {
    let started = window::Started::now();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::report_usage_error(&error),
    };
    cli::start_log();
    cli::ensure_runtime_folder();
    let is_reader = matches!(arguments.command, Some(Command::ReadMedia(_)));
    if let Ok(program) = std::env::current_exe()
        && !is_reader
    {
        use_reader(MediaReader::of_program(program)); // this program, as another process
    }
    match arguments.command {
        Some(Command::New(arguments)) => cli::new(arguments),
        Some(Command::Generate(arguments)) => cli::generate(*arguments),
        Some(Command::Interpolate(arguments)) => cli::interpolate(arguments),
        Some(Command::Sound(arguments)) => cli::sound(&arguments),
        Some(Command::Say(arguments)) => cli::say(*arguments),
        Some(Command::Measure(arguments)) => cli::measure(arguments),
        Some(Command::Upscale(arguments)) => cli::upscale(arguments),
        Some(Command::Render(arguments)) => cli::render(arguments),
        Some(Command::Export(arguments)) => cli::export(arguments),
        Some(Command::Import(arguments)) => cli::import(arguments),
        Some(Command::Add(arguments)) => cli::add(arguments),
        Some(Command::Relink(arguments)) => cli::relink(arguments),
        Some(Command::Collect(arguments)) => cli::collect(arguments),
        Some(Command::Check(arguments)) => cli::check(arguments),
        Some(Command::Models { command }) => {
            cli::models(command.unwrap_or(ModelsCommand::List { json: false }))
        }
        Some(Command::ReadMedia(arguments)) => cli::read_media(arguments),
        Some(Command::Doctor { json }) => cli::doctor(json),
        None => window::open(arguments.window, started),
    }
}
