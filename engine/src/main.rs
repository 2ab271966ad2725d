//! `kinora-engine`: the program a studio starts to compute with, useful alone on a machine that has
//! only a graphics card.

use std::process::ExitCode;

use clap::Parser as _;
use kinora_engine::{cli, device, libtorch};
use kinora_wire::{Hello, PROTOCOL};

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse().word, hello)
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
