//! `kinora-engine`: the program a studio starts to compute with, useful alone on a machine that has
//! only a graphics card.

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kinora_engine::{device, libtorch};
use kinora_wire::{Answer, Event, Hello, PROTOCOL, Request, serve};

/// Kinora's engine: video diffusion on libtorch. The studio starts it by itself.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// Tell what this machine can compute on, as JSON.
    Devices,
    /// Serve one studio over stdin and stdout (the studio starts this).
    #[command(hide = true)]
    Serve,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().word {
        Word::Devices => print_devices(),
        Word::Serve => serve_studio(),
    };
    outcome.map_or_else(
        |error| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print_devices() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", serde_json::to_string_pretty(&hello())?);
    Ok(())
}

fn serve_studio() -> Result<(), Box<dyn std::error::Error>> {
    serve(
        &mut io::stdin().lock(),
        &mut io::stdout().lock(),
        hello,
        |request| match request {
            Request::Hello { .. } => Answer::Nothing,
            Request::Devices => Answer::Say(Event::Devices {
                devices: device::find().0,
            }),
        },
    )?;
    Ok(())
}

fn hello() -> Hello {
    let (devices, cuda) = device::find();
    Hello {
        protocol: PROTOCOL,
        engine: env!("CARGO_PKG_VERSION").into(),
        libtorch: libtorch::VERSION.into(),
        libtorch_path: libtorch::cpu_library()
            .map_or_else(String::new, |path| path.display().to_string()),
        devices,
        cuda,
    }
}
