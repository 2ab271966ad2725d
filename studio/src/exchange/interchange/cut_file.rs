//! Reads the file of a cut as text. What is no OpenTimelineIO file is named, with the way to one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kinora_timeline::otio;
use kinora_wire::Failure;

/// The cut inside an unpacked package.
pub(super) const CONTENT: &str = "content.otio";
/// More bytes than any cut has: the text is kept in memory.
pub(super) const MOST_BYTES: u64 = 512 << 20;
/// The first bytes of an AAF file.
const AAF: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// The remedy of files of other formats.
const AS_OTIO: &str =
    "export the timeline as OpenTimelineIO (.otio), or convert it with the program otioconvert";

/// The file with the cut, and its text. In a package that is a folder, it is the file inside.
pub(super) fn read(cut: &Path) -> Result<(PathBuf, String), Failure> {
    let file = match cut.is_dir() {
        true => within(cut)?,
        false => cut.to_owned(),
    };
    let refused = |what: &str, remedy: &str| {
        let cause = format!("{} is {what}", file.display());
        Failure::bad_file(cause, remedy)
    };
    let found = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
    if found.len() > MOST_BYTES {
        let remedy = "choose the .otio file that the other editor has written";
        return Err(refused("too large for a cut", remedy));
    }
    let bytes = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
    if bytes.starts_with(AAF) {
        return Err(refused("an AAF file", AS_OTIO));
    }
    if bytes.is_empty() {
        return Err(refused("empty", "export it from the other editor again"));
    }
    let text = otio::decoded(&bytes);
    let text = text.map_err(|error| refused(&format!("no cut: {error}"), AS_OTIO))?;
    match other_format(&text) {
        Some(format) => Err(refused(format, AS_OTIO)),
        None => Ok((file, text)),
    }
}

/// The cut in a folder.
fn within(folder: &Path) -> Result<PathBuf, Failure> {
    let content = folder.join(CONTENT);
    if content.is_file() {
        return Ok(content);
    }
    let cause = format!(
        "{} is a folder, and no OpenTimelineIO package: there is no {CONTENT} in it",
        folder.display()
    );
    let remedy = match folder.join("project.ron").exists() {
        true => "it is a Kinora project already: open it",
        false => "name the .otio file in it",
    };
    Err(Failure::bad_file(cause, remedy))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    let name = file.display();
    match error.kind() {
        ErrorKind::NotFound => Failure::bad_file(
            format!("{name} is not there"),
            "check the name and the folder of the cut",
        ),
        _ => Failure::bad_file(
            format!("{name} cannot be read: {error}"),
            "check that it is a file that you may read",
        ),
    }
}

/// The format of a text that is no JSON, if it is a known one.
fn other_format(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    let head: String = start.chars().take(2000).collect();
    if start.starts_with(['{', '[']) {
        return None;
    }
    if head.contains("<fcpxml") {
        return Some("a Final Cut Pro XML file (FCPXML)");
    }
    if head.contains("<xmeml") {
        return Some("a Final Cut Pro 7 XML file (XMEML)");
    }
    if start.starts_with('<') {
        return Some("an XML file");
    }
    let is_event = |line: &str| {
        let mut words = line.split_whitespace();
        let number = words.next().unwrap_or_default();
        number.len() >= 3
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && line.matches(':').count() >= 12
    };
    let mut lines = start.lines().take(50);
    let is_edl = start.starts_with("TITLE:") || lines.any(is_event);
    is_edl.then_some("an edit decision list (EDL)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_is_named_with_a_way_out() {
        let root = tempfile::tempdir().expect("a folder");
        let said = |name: &str, bytes: &[u8]| {
            let file = root.path().join(name);
            fs::write(&file, bytes).expect("written");
            read(&file).expect_err(name).to_string()
        };
        let cases: [(&str, &[u8], &str); 7] = [
            ("a.aaf", AAF, "AAF"),
            ("a.edl", b"TITLE: reel\r\nFCM: NON-DROP FRAME\r\n", "EDL"),
            (
                "b.edl",
                b"001  AX V C 01:00:00:00 01:00:01:00 00:00:00:00 00:00:01:00",
                "EDL",
            ),
            (
                "a.fcpxml",
                b"<?xml version=\"1.0\"?>\n<fcpxml version=\"1.9\">",
                "FCPXML",
            ),
            (
                "a.xml",
                b"\xef\xbb\xbf<?xml?><!DOCTYPE xmeml><xmeml version=\"4\">",
                "XMEML",
            ),
            ("a.otio", b"", "empty"),
            ("b.otio", b"{\"\xff", "UTF-8"),
        ];
        for (name, bytes, word) in cases {
            let said = said(name, bytes);
            assert!(said.contains(word) && said.contains(name), "{said}");
        }
        let none = read(&root.path().join("none.otio"))
            .expect_err("none")
            .to_string();
        assert!(
            none.contains("none.otio is not there; check the name"),
            "{none}"
        );
        let folder = read(root.path()).expect_err("a folder").to_string();
        assert!(folder.contains("content.otio"), "{folder}");
    }

    #[test]
    fn a_file_that_is_too_large_for_a_cut_is_not_read() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("long.otio");
        let file = fs::File::create(&path).expect("made");
        file.set_len(MOST_BYTES + 1).expect("lengthened"); // it takes no space
        let said = read(&path).expect_err("too large").to_string();
        assert!(said.contains("long.otio is too large for a cut"), "{said}");
    }

    #[test]
    fn a_package_that_is_a_folder_is_read() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join(CONTENT), "{}").expect("written");
        let (file, text) = read(root.path()).expect("read");
        assert!(file.ends_with(CONTENT) && text == "{}");
    }
}
