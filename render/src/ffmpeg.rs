//! Which FFmpeg libraries are installed. They are looked up, not linked, so that a program on a
//! machine without them still starts and can say which one is missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries Kinora needs and the oldest interface of each that will do: those of FFmpeg 5.1.
pub const NEEDED: [(&str, u32); 6] = [
    ("libavcodec", 59),
    ("libavfilter", 8),
    ("libavformat", 59),
    ("libavutil", 57),
    ("libswresample", 4),
    ("libswscale", 6),
];

/// What was found of FFmpeg.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Library name and version, as "libavcodec" and "59.37.100".
    pub libraries: BTreeMap<&'static str, String>,
    /// What is not there, as "libavcodec.so.59 or newer".
    pub missing: Vec<String>,
}

impl Found {
    /// The FFmpeg release its codec library belongs to, as "5.x".
    pub fn release(&self) -> Option<String> {
        let major: u32 = self
            .libraries
            .get("libavcodec")?
            .split('.')
            .next()?
            .parse()
            .ok()?;
        Some(format!("{}.x", major.checked_sub(54)?)) // 59 came with 5.0, and one with each release since
    }
}

/// Looks where the system's loader looks.
pub fn find() -> Found {
    let mut files = loader_cache();
    for folder in std::env::var_os("LD_LIBRARY_PATH")
        .iter()
        .flat_map(std::env::split_paths)
    {
        files.extend(
            std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path()),
        );
    }
    find_among(&files)
}

/// The libraries the loader knows by name, from its own listing.
fn loader_cache() -> Vec<PathBuf> {
    let listing = ["ldconfig", "/sbin/ldconfig"]
        .iter()
        .find_map(|program| Command::new(program).arg("-p").output().ok())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    listing
        .lines()
        .filter_map(|line| line.split_once(" => "))
        .map(|(_, path)| PathBuf::from(path.trim()))
        .filter(|path| path.exists())
        .collect()
}

fn find_among(files: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for (name, oldest) in NEEDED {
        let newest = files
            .iter()
            .filter_map(|file| version_of(file, name))
            .filter(|version| version.first().is_some_and(|major| *major >= oldest))
            .max();
        match newest {
            Some(version) => {
                let words: Vec<String> = version.iter().map(u32::to_string).collect();
                found.libraries.insert(name, words.join("."));
            }
            None => found.missing.push(format!("{name}.so.{oldest} or newer")),
        }
    }
    found
}

/// The version in the name of the file that `libavcodec.so.59` leads to: `libavcodec.so.59.37.100`.
fn version_of(file: &Path, name: &str) -> Option<Vec<u32>> {
    let prefix = format!("{name}.so.");
    file.file_name()?.to_str()?.strip_prefix(&prefix)?;
    let real = file.canonicalize().unwrap_or_else(|_| file.into());
    let version = real.file_name()?.to_str()?.strip_prefix(&prefix)?;
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<PathBuf> {
        names
            .iter()
            .map(|name| Path::new("/nowhere").join(name))
            .collect()
    }

    #[test]
    fn each_missing_library_is_named() {
        let found = find_among(&files(&[
            "libavcodec.so.59.37.100",
            "libavutil.so.57.28.100",
            "libavformat.so.59.27.100",
            "libavfilter.so.8.44.100",
            "libswscale.so.6.7.100",
        ]));
        assert_eq!(found.missing, ["libswresample.so.4 or newer"]);
        assert_eq!(found.release().as_deref(), Some("5.x"));
    }

    #[test]
    fn a_library_older_than_ffmpeg_5_does_not_count() {
        let found = find_among(&files(&["libavcodec.so.58.134.100"]));
        assert_eq!(found.missing.len(), NEEDED.len());
    }

    #[test]
    fn of_two_versions_the_newer_is_told() {
        let found = find_among(&files(&[
            "libavcodec.so.59.37.100",
            "libavcodec.so.61.3.100",
        ]));
        assert_eq!(found.libraries["libavcodec"], "61.3.100");
        assert_eq!(found.release().as_deref(), Some("7.x"));
    }
}
