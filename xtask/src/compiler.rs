//! The compiler of the check, which cargo calls for each crate of the workspace: clippy's driver, and then rustdoc with the
//! same sources and libraries. `cargo doc` would first check all dependencies again, which takes longer than all the rest of it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::shell::{Failed, workspace_root};

/// Whether cargo calls this program as its compiler: with rustc's path first.
pub fn is_called(arguments: &[OsString]) -> bool {
    let rustc = arguments.first().map(Path::new);
    rustc
        .and_then(Path::file_stem)
        .is_some_and(|name| name == "rustc")
}

/// Copies this program to where cargo can call it: cargo builds it anew while it runs.
///
/// # Errors
/// The copy cannot be written.
pub fn copied() -> Result<PathBuf, Failed> {
    let copy = workspace_root().join("target/check-compiler");
    let own = std::env::current_exe().map_err(|error| Failed(error.to_string()))?;
    let half = copy.with_extension("new");
    fs::copy(own, &half)
        .and_then(|_| fs::rename(&half, &copy))
        .map_err(|error| Failed::io("write", &copy, &error))?;
    Ok(copy)
}

/// Has cargo compile the workspace's crates by this copy. A warning of clippy or rustdoc ends the build. Cargo keeps what it
/// makes apart from what rustc makes, so that every command of one check must be given this.
pub fn through_clippy_and_rustdoc<'c>(copy: &Path, command: &'c mut Command) -> &'c mut Command {
    command
        .env("RUSTC_WORKSPACE_WRAPPER", copy)
        // The driver's own list of arguments, each with this end (cargo-clippy's `main.rs`).
        .env(
            "CLIPPY_ARGS",
            "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
        )
}

/// Compiles a crate: the arguments are rustc's path and what cargo gives it.
pub fn compile(arguments: &[OsString]) -> ExitCode {
    let mut driver = Command::new("clippy-driver");
    if !succeeds(driver.args(arguments)) {
        return ExitCode::FAILURE;
    }
    let Some((rustc, arguments)) = arguments.split_first() else {
        return ExitCode::FAILURE;
    };
    let Some(documented) = Documented::of(arguments) else {
        return ExitCode::SUCCESS;
    };
    let mut rustdoc = Command::new(Path::new(rustc).with_file_name("rustdoc"));
    let folder = format!("target/check-doc/{}", documented.kind);
    rustdoc
        .args(documented.arguments)
        .args([
            "--document-private-items",
            "--deny",
            "warnings",
            "--out-dir",
        ])
        .arg(workspace_root().join(folder));
    match succeeds(&mut rustdoc) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn succeeds(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("error: {}: {error}", command.get_program().display());
            false
        }
    }
}

/// What rustdoc is given for a crate.
#[derive(Debug, PartialEq, Eq)]
struct Documented {
    /// `lib` or `bin`. A library and a program may have the same name.
    kind: String,
    arguments: Vec<OsString>,
}

/// The options of rustc that rustdoc needs too, each with a value.
const SHARED: [&str; 6] = [
    "--crate-name",
    "--crate-type",
    "--cfg",
    "--check-cfg",
    "--extern",
    "-L",
];

impl Documented {
    /// What rustdoc is given, for these arguments of rustc. `None`: tests, examples and build scripts have no documentation,
    /// and questions about the compiler no crate.
    fn of(arguments: &[OsString]) -> Option<Self> {
        let (mut kind, mut source, mut shared) = (None, None, Vec::new());
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let text = argument.to_str()?;
            if text == "--test" {
                return None;
            } else if SHARED.contains(&text) {
                let value = rest.next()?;
                if text == "--crate-type" {
                    kind = Some(value.to_str()?.to_owned());
                } else if text == "--crate-name" && value == "build_script_build" {
                    return None;
                }
                shared.extend([argument.clone(), value.clone()]);
            } else if text.starts_with("--edition") {
                shared.push(argument.clone());
            } else if Path::new(text).extension().is_some_and(|kind| kind == "rs") {
                source = Some(PathBuf::from(text));
            }
        }
        let source = source?;
        if source
            .components()
            .any(|part| part.as_os_str() == "examples")
        {
            return None;
        }
        shared.push(source.into());
        Some(Self {
            kind: kind?,
            arguments: shared,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documented(line: &str) -> Option<(String, String)> {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let documented = Documented::of(&arguments)?;
        let words = documented.arguments.iter();
        let words: Vec<&str> = words.filter_map(|word| word.to_str()).collect();
        Some((documented.kind, words.join(" ")))
    }

    #[test]
    fn rustdoc_gets_the_sources_and_libraries_of_a_crate_and_nothing_else() {
        let line = "--crate-name wire --edition=2024 wire/src/lib.rs --error-format=json --crate-type lib \
            --emit=dep-info,metadata,link -C debuginfo=0 --warn=clippy::all --cfg feature=\"a\" --check-cfg cfg(docsrs) \
            -C metadata=1 --out-dir deps -L dependency=deps --extern serde=deps/libserde.rmeta";
        let given = "--crate-name wire --edition=2024 --crate-type lib --cfg feature=\"a\" --check-cfg cfg(docsrs) \
            -L dependency=deps --extern serde=deps/libserde.rmeta wire/src/lib.rs";
        assert_eq!(documented(line), Some(("lib".into(), given.into())));
    }

    #[test]
    fn tests_examples_build_scripts_and_questions_have_no_documentation() {
        for line in [
            "--crate-name wire --edition=2024 wire/src/lib.rs --crate-type lib --test",
            "--crate-name paint --edition=2024 app/examples/paint.rs --crate-type bin",
            "--crate-name build_script_build --edition=2024 app/build.rs --crate-type bin",
            "-vV",
        ] {
            assert_eq!(documented(line), None, "{line}");
        }
    }
}
