//! `cargo xtask`: a subcommand for every chore, from setting up a fresh machine to benchmarks. Plain Rust without
//! dependencies, so that it builds seconds after `git clone`.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: it prints to stdout"
)]

use std::process::ExitCode;

use xtask::{bench, reference, run, screenshot, setup, test};

const HELP: &str = "\
Kinora's chores.

Usage: cargo xtask <WORD> [OPTIONS]

  setup             Bring everything the build needs; say what was done. Safe to repeat.
    --cuda            bring the CUDA libraries even if no NVIDIA GPU is seen here
    --no-cuda         leave them out even if one is
  run [ARGS]        Set up, build, and open the studio (without a display: headless)
  test              Set up, then: format, clippy, all tests, docs. What CI runs
    --soak            random tests instead: a million edits, 500 kills, full disks, 100,000 damaged files of each kind
  bench [NAME]      Measure; names: startup, window, timeline, seeks, export, engine (beside diffusers; --quick)
  goldens [PART]    Write what the engine's tests compare with, from diffusers and transformers
  parity [SEED]     Models drawn anew, saved and run by diffusers, run by `kinora generate`
  doctor [ARGS]     Build, then `kinora doctor`: what works here and what is missing
  screenshot        Renew the picture in README.md from the real program
  help              This page
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        ["setup", options @ ..] => setup::setup(options),
        ["run", args @ ..] => run::run(args),
        ["test"] => test::test(),
        ["test", "--soak"] => test::soak(),
        ["bench"] => bench::bench("startup", &[]),
        ["bench", name, options @ ..] => bench::bench(name, options),
        ["goldens", parts @ ..] => reference::goldens(parts),
        ["parity", seed @ ..] => reference::parity(seed),
        ["doctor", args @ ..] => run::doctor(args),
        ["screenshot"] => screenshot::renew(),
        [word, ..] => {
            eprintln!(
                "error: `cargo xtask {word}` is not a chore, or not with those words; see `cargo xtask help`"
            );
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|failed| {
        eprintln!("error: {failed}");
        ExitCode::FAILURE
    })
}
