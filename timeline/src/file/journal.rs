//! The journal: a line for each step since the last save, on disk before the step counts as done. After a crash it is
//! replayed on top of the saved project.
//!
//! ```text
//! kinora journal 1 BLAKE3-OF-PROJECT.RON
//! BLAKE3-OF-THE-REST Step(name: "trim", edits: [...])
//! ```
//!
//! A journal whose first line has the hash of another project file is ignored: saving has made it obsolete. A line
//! whose hash is wrong is ignored, and so are all lines after it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::Disk;
use crate::{Amendment, ContentHash, Edit, Project};

/// The journal file, in the project's folder.
pub const JOURNAL_FILE: &str = "journal.ron";
/// A copy of a damaged journal, as it was found.
pub const DAMAGED_FILE: &str = "journal.ron.damaged";
const HEADING: &str = "kinora journal 1 ";

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// A step was done.
    Step {
        /// The name in the undo menu.
        name: String,
        /// The edits of the step.
        edits: Vec<Edit>,
    },
    /// A change that is no step.
    Amend(Amendment),
    /// The last step was undone.
    Undo,
    /// The last undone step was redone.
    Redo,
    /// The whole project: written when undo goes back beyond the last save.
    #[serde(rename = "Film")]
    Whole(Box<Project>),
}

/// What follows the valid lines of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    /// A partial line: a step that was never completed.
    Torn,
    /// A damaged line, and whatever follows it.
    Damaged,
}

/// The journal of a saved project.
#[derive(Debug)]
pub(super) struct Journal {
    file: PathBuf,
    /// All valid lines with the heading, until the file holds exactly them.
    unwritten: Option<String>,
}

impl Journal {
    /// A new journal on top of a project that was just saved. Its file is created with the first record.
    pub(super) fn on_top_of(folder: &Path, project: ContentHash) -> Self {
        Self {
            file: folder.join(JOURNAL_FILE),
            unwritten: Some(format!("{HEADING}{project}\n")),
        }
    }

    /// Reads the journal on top of `project`; also returns what follows the valid lines.
    pub(super) fn read(
        disk: &impl Disk,
        folder: &Path,
        project: ContentHash,
    ) -> io::Result<(Self, Vec<Record>, Rest)> {
        let fresh = Self::on_top_of(folder, project);
        let bytes = match disk.read(&fresh.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((fresh, Vec::new(), Rest::Nothing));
            }
            read => read?,
        };
        let (records, good) = parse(&bytes, project);
        let rest = match &bytes[good..] {
            _ if good == 0 => Rest::Nothing, // it belongs to another project file
            [] => Rest::Nothing,
            rest if rest.contains(&b'\n') => Rest::Damaged,
            _ => Rest::Torn,
        };
        if rest == Rest::Damaged {
            // Valid lines may follow the damaged one; they are kept for recovery by hand.
            disk.write(&folder.join(DAMAGED_FILE), &bytes).ok();
        }
        if records.is_empty() {
            return Ok((fresh, records, rest));
        }
        let counts = String::from_utf8_lossy(&bytes[..good]).into_owned();
        let unwritten = (rest != Rest::Nothing).then_some(counts);
        Ok((Self { unwritten, ..fresh }, records, rest))
    }

    /// Writes a record. When this returns, the record survives a power cut; if it fails, the record does not count.
    pub(super) fn record(&mut self, disk: &impl Disk, record: &Record) -> io::Result<()> {
        let line = line_of(record)?;
        if let Some(lines) = &self.unwritten {
            disk.replace(&self.file, (lines.clone() + &line).as_bytes())?;
            self.unwritten = None;
            return Ok(());
        }
        let appended = disk
            .append(&self.file, line.as_bytes())
            .and_then(|()| disk.sync(&self.file));
        if appended.is_err() {
            // A partial line may be there now; nothing may be written after it.
            let bytes = disk.read(&self.file)?;
            let good = good_length(&bytes, line.as_bytes());
            self.unwritten = Some(String::from_utf8_lossy(&bytes[..good]).into_owned());
        }
        appended
    }
}

/// False if a line of a journal is damaged. A last line without an end does not count: its step was never completed.
pub fn is_whole(bytes: &[u8]) -> bool {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.enumerate().all(|(number, line)| {
        let text = std::str::from_utf8(line).ok();
        let Some(text) = text.and_then(|text| text.strip_suffix('\n')) else {
            return !line.ends_with(b"\n");
        };
        match number {
            0 => text
                .strip_prefix(HEADING)
                .is_some_and(|hash| ContentHash::try_from(hash.to_owned()).is_ok()),
            _ => is_sound(text).is_some(),
        }
    })
}

/// The text of a line, if its hash is right.
fn is_sound(line: &str) -> Option<&str> {
    let (hash, rest) = line.split_once(' ')?;
    (*hash == ContentHash::of(rest.as_bytes()).to_string()).then_some(rest)
}

/// The number of bytes before `line`, or a part of it, was appended.
fn good_length(bytes: &[u8], line: &[u8]) -> usize {
    let text = bytes.strip_suffix(line).unwrap_or(bytes);
    text.iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1)
}

fn line_of(record: &Record) -> io::Result<String> {
    let text = ron::to_string(record).map_err(io::Error::other)?;
    Ok(format!("{} {text}\n", ContentHash::of(text.as_bytes())))
}

/// The records on top of `project`, and the bytes they and the heading take.
fn parse(bytes: &[u8], project: ContentHash) -> (Vec<Record>, usize) {
    let mut records = Vec::new();
    let mut good = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let Some(text) = line
            .strip_suffix(b"\n")
            .and_then(|line| std::str::from_utf8(line).ok())
        else {
            break;
        };
        if number == 0 {
            if text.strip_prefix(HEADING) != Some(project.to_string().as_str()) {
                return (records, 0);
            }
        } else {
            let Some(record) = is_sound(text).and_then(|rest| ron::from_str(rest).ok()) else {
                break;
            };
            records.push(record);
        }
        good += line.len();
    }
    (records, good)
}
