//! `kinora-engine`: the program that a studio starts to run models.
//! It also works on its own, such as on a GPU server without a display.

use std::process::ExitCode;

use clap::Parser as _;
use kinora_engine::{cli, device, libtorch};
use kinora_wire::{Hello, NICE_VARIABLE, PROTOCOL};

fn main() -> ExitCode {
    let nice = std::env::var(NICE_VARIABLE).ok();
    if let Some(nice) = nice.and_then(|nice| nice.parse().ok()) {
        kinora_engine::lower_priority(nice);
    }
    cli::run(cli::Arguments::parse().subcommand, hello)
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
