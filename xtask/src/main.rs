//! `cargo xtask`: a subcommand for every chore, from setting up a fresh machine to benchmarks. Plain Rust without
//! dependencies, so that it builds seconds after `git clone`.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: it prints to stdout"
)]

use std::ffi::OsString;
use std::process::ExitCode;

use xtask::{bench, best_of, card, compiler, reference, run, screenshot, setup, test};

const HELP: &str = "\
Kinora's development tasks.

Usage: cargo xtask <TASK> [OPTIONS]

  setup             Install everything the build needs, and print each step. Safe to repeat
    --cuda            install the CUDA libraries even without an NVIDIA GPU
    --no-cuda         leave them out even with one
  run [ARGS]        Set up, build, and open the studio; without a display, render the sample project
  test              Set up, then check format, clippy, all tests and docs, as CI does
    --soak            long random tests instead: 1,000,000 edits, 200 kills of each kind, 20,000 power cuts,
                      100,000 damaged inputs of each kind, 50 full disks, 200 flipped bits, 50,000 window
                      events, 20 reproduced takes
  bench [NAME]      Run a benchmark: startup (the default), window, timeline, seeks, export, engine
                      (compared with diffusers; --quick), step-cache (seconds and PSNR of the starter model)
                      or spin (GOMP_SPINCOUNT, idle and busy)
  card              Build a small folder that checks and benchmarks the engine on a machine with one NVIDIA card
                      and PyTorch, without Rust; print the command to run there
  best-of           Measure what the best of N takes is worth on the starter model, with the real program
                      (--shots 40, --takes 8, --size WxH); a stopped run goes on where it was
  footage           Print a table of containers, codecs and rates: frames, jumps and sound in their places
  damaged-media [COUNT [FIRST]]
                    Import damaged media (20,000) and print what became of them and how long the longest took
  goldens [PART]    Write the reference outputs of the engine's tests, by diffusers and transformers
  parity [SEED [KIND...]]  Compare `kinora generate` with diffusers on random models
  doctor [ARGS]     Build, then run `kinora doctor`: what works on this machine and what is missing
  screenshot        Take a picture of the welcome page from the real program
  help              Print this help
";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if compiler::is_called(&arguments) {
        return compiler::compile(&arguments);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
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
        ["best-of", options @ ..] => best_of::best_of(options),
        ["card"] => card::card(),
        ["footage"] => test::footage(),
        ["damaged-media"] => test::damaged_media("20000", "0"),
        ["damaged-media", count] => test::damaged_media(count, "0"),
        ["damaged-media", count, first] => test::damaged_media(count, first),
        ["goldens", parts @ ..] => reference::goldens(parts),
        ["parity", seed @ ..] => reference::parity(seed),
        ["doctor", args @ ..] => run::doctor(args),
        ["screenshot"] => screenshot::renew(),
        [word, ..] => {
            eprintln!(
                "error: `cargo xtask {word}` is not a task, or not with these arguments; see `cargo xtask help`"
            );
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|failed| {
        eprintln!("error: {failed}");
        ExitCode::FAILURE
    })
}
