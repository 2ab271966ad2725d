//! What is to be fetched: an address, a place in a folder, a size and a hash. Names come from cards that people can
//! write, so they are checked.

use std::path::{Component, Path, PathBuf};

use ureq::http::Uri;

/// A file to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Where it is fetched from: https, or http on this machine.
    pub address: String,
    /// Its place in the folder, such as `vae/name.safetensors`.
    pub place: PathBuf,
    /// Its size in bytes, if known.
    pub size_bytes: Option<u64>,
    /// About its size in bytes, for the progress and the free space until the server reports it. Nothing is refused by it.
    pub about_bytes: Option<u64>,
    /// Its sha256 in hexadecimal, if known.
    pub sha256: Option<String>,
}

impl Order {
    /// Its size in bytes, as well as it is known before the first request.
    pub(crate) fn likely_bytes(&self) -> Option<u64> {
        self.size_bytes.or(self.about_bytes)
    }
}

/// Longest name in a place: with `.part.journal.new` it still is one that file systems take.
const LONGEST_NAME_BYTES: usize = 200;
/// Endings of what lies beside a file while it is fetched, moved, or afterwards.
const OWN_ENDINGS: [&str; 5] = [".part", ".journal", ".source", ".new", ".moving"];

/// Whether a place stays inside its folder: plain names, none of them hidden.
///
/// # Errors
/// The reason in words.
pub fn check_place(place: &Path) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{} {why}", place.display()));
    let text = place.to_string_lossy();
    if text.is_empty() || text.len() > 240 {
        return Err("a place is empty or longer than 240 letters".into());
    }
    if text.contains(['\\', ':']) || text.chars().any(char::is_control) {
        return wrong("has a sign that no file name has");
    }
    for part in place.components() {
        let Component::Normal(name) = part else {
            return wrong("leads out of its folder");
        };
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            return wrong("is hidden");
        }
        if name.len() > LONGEST_NAME_BYTES {
            return wrong("has a name that is too long");
        }
        if OWN_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            return wrong("has the name of a record of a download");
        }
    }
    if text.ends_with('/') || text.contains("//") || text.contains("/./") {
        return wrong("is no plain place of a file");
    }
    Ok(())
}

/// Whether files may be fetched from an address: with https, or with http from this machine itself.
///
/// # Errors
/// The reason in words.
pub fn check_address(address: &str) -> Result<(), String> {
    let uri = address
        .parse::<Uri>()
        .map_err(|error| format!("{address} is no address: {error}"))?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("an address must not hold a name or a password".into()); // it would be written down
    }
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some(host)) if is_this_machine(host) => Ok(()),
        _ => Err(format!("{address} does not begin with https://")),
    }
}

/// Whether a host is this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stays_inside_its_folder() {
        for good in ["a.safetensors", "vae/a.safetensors", "a/b/c d.bin"] {
            assert_eq!(check_place(Path::new(good)), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a/..",
            "C:\\a",
            "a\\b",
            ".hidden",
            "a/.b",
            "./a",
            "a/",
            "a//b",
            "a\nb",
            "a\u{1b}[2Jb",
            "a.bin.part",
            "a.bin.source",
        ] {
            assert!(check_place(Path::new(bad)).is_err(), "{bad:?}");
        }
        assert!(check_place(Path::new(&"a".repeat(201))).is_err());
    }

    #[test]
    fn only_this_machine_may_do_without_encryption() {
        for good in [
            "https://hub.example/a",
            "http://127.0.0.1:8080/a",
            "http://localhost/a",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "http://hub.example/a",
            "ftp://hub.example/a",
            "file:///etc/passwd",
            "https://ada:secret@hub.example/a",
            "hub",
            "",
        ] {
            assert!(check_address(bad).is_err(), "{bad:?}");
        }
    }
}
