//! `cargo xtask card`: everything that checks and benchmarks the engine on a machine with one NVIDIA card and PyTorch, without
//! Rust, in one small folder. The command to run there is printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::run::{build_release_engine, target_folder};
use crate::shell::{Failed, timed, workspace_root};

/// The scripts, in engine/benches. The first one is run; it starts or imports the others.
const SCRIPTS: [&str; 3] = ["card.py", "reference.py", "plain.py"];
/// The folder, from the root of the checkout. Git ignores it.
const FOLDER: &str = "target/card";
/// The largest folder, in bytes: small enough to be copied to another machine at each try.
const MOST_BYTES: u64 = 64 << 20;

/// `cargo xtask card`.
pub fn card() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    timed("build (release)", build_release_engine)?;
    let root = workspace_root();
    let folder = root.join(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| Failed::io("clear", &folder, &error))?;
    }
    copy_files(&root.join("assets/starter"), &folder.join("starter"))?;
    for script in SCRIPTS {
        copy(
            &root.join("engine/benches").join(script),
            &folder.join(script),
        )?;
    }
    let built = target_folder().join("release/kinora-engine");
    copy_stripped(&built, &folder.join("kinora-engine"))?;
    let bytes = size_of_files(&folder)?;
    if bytes > MOST_BYTES {
        return Err(Failed(format!(
            "{FOLDER} has {} MiB, more than {} MiB",
            bytes >> 20,
            MOST_BYTES >> 20
        )));
    }
    println!(
        "\n{FOLDER}: {} MiB. On the machine with the card:",
        bytes >> 20
    );
    println!("python3 {FOLDER}/card.py --out card-results --budget 560");
    println!("Results: results.txt (a line each) and results.json, written as they come.");
    Ok(ExitCode::SUCCESS)
}

/// Copies a program without its symbols, or as it is where no `strip` is installed.
fn copy_stripped(from: &Path, to: &Path) -> Result<(), Failed> {
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(to).arg(from);
    match strip.status() {
        Ok(status) if status.success() => Ok(()),
        _ => copy(from, to),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    let copied = fs::copy(from, to);
    copied.map_err(|error| Failed::io("copy", from, &error))?;
    Ok(())
}

/// Copies the files of a folder, without its folders, into a new one.
fn copy_files(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to).map_err(|error| Failed::io("create", to, &error))?;
    for path in files_in(from)? {
        if let Some(name) = path.file_name() {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder).map_err(|error| Failed::io("read", folder, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.is_file()).collect())
}

/// The size of the files in the folder and in its starter.
fn size_of_files(folder: &Path) -> Result<u64, Failed> {
    let mut files = files_in(folder)?;
    files.extend(files_in(&folder.join("starter"))?);
    let sizes = files.iter().filter_map(|path| fs::metadata(path).ok());
    Ok(sizes.map(|meta| meta.len()).sum())
}
