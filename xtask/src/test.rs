//! `cargo xtask test`: the whole check, in the order that fails soonest. CI runs exactly this.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::compiler::{copied, through_clippy_and_rustdoc};
use crate::shell::{Failed, cargo, run, timed, works};

/// Set for tests whose programs were built just before, so that no test requests them from cargo.
pub const PROGRAMS_ARE_BUILT: &str = "KINORA_PROGRAMS_ARE_BUILT";

/// The variables set by `--soak`: the numbers of random edits, kills (`KILLS`: of an editing process, and of an
/// engine; `FILM_KILLS`: of the whole program; `SOUND_KILLS`: while the sound of a take is written; `INSTALL_KILLS`: of an
/// installation), power cuts, damaged inputs, full disks, flipped bits, window events, reproduced takes, minutes of a
/// film in step, and minutes of a mix.
const SOAK: [(&str, &str); 13] = [
    ("KINORA_EDITS", "1000000"),
    ("KINORA_KILLS", "200"),
    ("KINORA_POWER_CUTS", "20000"),
    ("KINORA_MUTATIONS", "100000"),
    ("KINORA_FILM_KILLS", "200"),
    ("KINORA_SOUND_KILLS", "100"),
    ("KINORA_INSTALL_KILLS", "200"),
    ("KINORA_FULL_DISKS", "50"),
    ("KINORA_FLIPS", "200"),
    ("KINORA_EVENTS", "50000"),
    ("KINORA_TAKES", "20"),
    ("KINORA_STEP_MINUTES", "10"),
    ("KINORA_MIX_MINUTES", "30"),
];

/// `cargo xtask footage`: the table of containers, codecs and rates.
pub fn footage() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let mut command = cargo();
    command.args(["test", "--package", "kinora-render", "--test", "footage"]);
    command.args(["--", "--ignored", "--nocapture"]);
    run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask damaged-media`: imports this many damaged media, from this number on.
pub fn damaged_media(count: &str, first: &str) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    run(cargo().args(["build", "--package", "kinora", "--bins"]))?;
    let mut command = cargo();
    command.args(["test", "--package", "kinora-tests", "--test", "programs"]);
    command.args(["--", "damaged_media::", "--nocapture"]);
    command.envs([("KINORA_DAMAGED", count), ("KINORA_DAMAGED_FIRST", first)]);
    run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask test --soak`: the random tests of the timeline and the engine, long and optimised.
pub fn soak() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let mut command = cargo();
    command.args([
        "test",
        "--release",
        "--package",
        "kinora-timeline",
        "--tests",
        "--",
        "--nocapture",
    ]);
    timed("film", || run(command.envs(SOAK).envs(python_with_otio()?)))?;
    let mut command = cargo();
    command.args([
        "test",
        "--release",
        "--package",
        "kinora-engine",
        "--test",
        "suite",
        "--",
    ]);
    command.args(["--nocapture", "--test-threads", "2", "hostile", "killed"]);
    timed("engine", || run(command.envs(SOAK)))?;
    let mut command = cargo();
    command.args(["test", "--package", "kinora-render", "--test", "exact"]);
    command.args(["--test", "long_mix", "--", "--nocapture"]);
    command.args(["in_step::", "a_long_mix"]);
    timed("sound", || run(command.envs(SOAK)))?;
    let mut command = cargo();
    command.args(["test", "--package", "kinora-tests", "--test", "programs"]);
    command.args([
        "--test",
        "window",
        "--",
        "faults::",
        "install::killed",
        "monkey::",
        "whole_film::",
    ]);
    timed("faults", || run(command.envs(SOAK)))?;
    Ok(ExitCode::SUCCESS)
}

/// A Python environment with the OTIO reference library, for the tests that compare with it.
pub fn python_with_otio() -> Result<[(&'static str, PathBuf); 1], Failed> {
    let folder = crate::setup::cache_folder()?.join("opentimelineio-0.18.1");
    let python = folder.join("bin/python");
    if !works(&python.to_string_lossy(), &["-c", "import opentimelineio"]) {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder))?;
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--only-binary=:all:",
            "opentimelineio==0.18.1",
        ]))?;
    }
    Ok([("KINORA_OTIO_PYTHON", python)])
}

/// `cargo xtask test`.
pub fn test() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let otio = timed("OTIO, for comparison", python_with_otio)?;
    timed("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    // One build of everything, through clippy and rustdoc: checking first and then building would compile all but the machine
    // code of every crate twice. The whole-program tests run its programs.
    let compiler = copied()?;
    timed("clippy, docs and build", || {
        let arguments = ["build", "--workspace", "--all-targets"];
        let mut build = cargo();
        run(through_clippy_and_rustdoc(&compiler, build.args(arguments)))
    })?;
    // Flushes what the builds wrote; every test that syncs files would wait for it.
    if works("sync", &["--version"]) {
        timed("disk", || run(&mut Command::new("sync")))?;
    }
    timed("tests", || {
        let has_nextest = works("cargo", &["nextest", "--version"]);
        let arguments: &[&str] = match has_nextest {
            true => &["nextest", "run", "--workspace"],
            false => &["test", "--workspace"],
        };
        let mut tests = cargo();
        let tests = through_clippy_and_rustdoc(&compiler, tests.args(arguments));
        let outcome = run(tests.env(PROGRAMS_ARE_BUILT, "1").envs(otio));
        if has_nextest {
            print_slowest();
        }
        outcome
    })?;
    println!("\nAll checks passed.");
    Ok(ExitCode::SUCCESS)
}

/// Where nextest writes the report of a run (`.config/nextest.toml`).
const REPORT: &str = "target/nextest/default/junit.xml";

/// Prints the tests that lasted longest.
fn print_slowest() {
    let report =
        fs::read_to_string(crate::shell::workspace_root().join(REPORT)).unwrap_or_default();
    println!("The slowest tests, in seconds:");
    for (seconds, name) in durations(&report).into_iter().take(10) {
        println!("{seconds:8.1}  {name}");
    }
}

/// Seconds and names of the tests in a `JUnit` report, the slowest first.
fn durations(report: &str) -> Vec<(f64, String)> {
    let mut tests: Vec<(f64, String)> = report
        .split("<testcase ")
        .skip(1)
        .filter_map(|test| {
            let seconds = attribute(test, "time")?.parse().ok()?;
            let (suite, name) = (attribute(test, "classname")?, attribute(test, "name")?);
            Some((seconds, format!("{suite} {name}")))
        })
        .collect();
    tests.sort_by(|a, b| b.0.total_cmp(&a.0));
    tests
}

/// The value of an attribute of the tag that `text` is the rest of.
fn attribute(text: &str, name: &str) -> Option<String> {
    let tag = format!(" {}", text.split('>').next()?);
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_tests_of_a_report_come_first() {
        let report = r#"<testsuite name="kinora" tests="2">
            <testcase name="a::quick" classname="kinora" timestamp="2026-01-01" time="0.017"/>
            <testcase name="a::slow" classname="kinora" timestamp="2026-01-01" time="12.5"><failure/></testcase>"#;
        let expected = [
            (12.5, "kinora a::slow".into()),
            (0.017, "kinora a::quick".into()),
        ];
        assert_eq!(durations(report), expected);
    }
}
