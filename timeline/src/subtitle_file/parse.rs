//! Reads SRT and WebVTT, by the lines with times. Tolerant: numbers, empty lines and hours may be missing, tags are removed,
//! overlapping cues get a second track. What was changed is noted once, with how often.

use super::decode::decoded;
use super::timing::{frame, times};
use super::{MOST_TRACKS, SubtitleError, SubtitleFile};
use crate::edit::subtitles::NewCue;
use crate::subtitle::{is_language_tag, plain, without_tags};
use crate::{FrameRange, FrameRate, Frames};

/// The cues of a file at the most.
const MOST_CUES: usize = 100_000;
/// Blocks of WebVTT that are no cues.
const OTHER_BLOCKS: [&str; 4] = ["WEBVTT", "NOTE", "STYLE", "REGION"];

/// A cue as the file has it.
struct Found<'t> {
    line: usize,
    range: FrameRange,
    lines: Vec<&'t str>,
}

/// Reads the bytes of a `.srt` or `.vtt` file; the first line shows which. Times become the nearest frames.
///
/// # Errors
/// A line with times cannot be read; there is no such line.
pub fn read(bytes: &[u8], rate: FrameRate) -> Result<SubtitleFile, SubtitleError> {
    let (text, encoding) = decoded(bytes);
    let mut file = SubtitleFile::default();
    file.notes.extend(encoding);
    let is_vtt = text.trim_start().starts_with("WEBVTT");
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut parser = Parser {
        rate,
        is_vtt,
        is_skipping: false,
        cues: Vec::new(),
        open: None,
        waiting: Vec::new(),
        stray: Vec::new(),
        language: String::new(),
    };
    for (number, line) in (1..).zip(text.lines()) {
        parser.line(number, line)?;
    }
    parser.close();
    parser.left_out();
    if parser.cues.is_empty() {
        let what =
            "there are no subtitles: no line has times such as 00:00:01,000 --> 00:00:02,500";
        return Err(SubtitleError {
            line: text.lines().count().max(1),
            what: what.into(),
        });
    }
    file.language = std::mem::take(&mut parser.language);
    note_stray(&parser.stray, &mut file.notes);
    let cues = ready(&parser, &mut file.notes);
    file.tracks = on_tracks(cues, &mut file.notes);
    Ok(file)
}

struct Parser<'t> {
    rate: FrameRate,
    is_vtt: bool,
    /// Within the header or another block of WebVTT that is no cue.
    is_skipping: bool,
    cues: Vec<Found<'t>>,
    open: Option<Found<'t>>,
    /// Lines outside of cues. The last one before a line with times is a number or a name.
    waiting: Vec<usize>,
    /// Lines that belong to no cue.
    stray: Vec<usize>,
    language: String,
}

impl<'t> Parser<'t> {
    fn line(&mut self, number: usize, line: &'t str) -> Result<(), SubtitleError> {
        if line.trim().is_empty() {
            self.close();
            self.is_skipping = false;
            return Ok(());
        }
        if line.contains("-->") && line.contains(':') {
            return self.begin(number, line);
        }
        if self.is_skipping {
            if let Some(language) = line.strip_prefix("Language:").map(str::trim)
                && is_language_tag(language)
            {
                language.clone_into(&mut self.language);
            }
            return Ok(());
        }
        if let Some(open) = &mut self.open {
            open.lines.push(line);
        } else if self.is_vtt && is_other_block(line) {
            self.is_skipping = true;
        } else {
            self.waiting.push(number);
        }
        Ok(())
    }

    fn begin(&mut self, number: usize, line: &'t str) -> Result<(), SubtitleError> {
        let failed = |what: String| SubtitleError { line: number, what };
        let (start, end) = times(line).map_err(failed)?;
        if end < start {
            return Err(failed("the subtitle ends before it begins".into()));
        }
        if self.cues.len() >= MOST_CUES {
            return Err(failed(format!("there are more than {MOST_CUES} subtitles")));
        }
        // Without an empty line, the number of this cue is the last line of the one before.
        if let Some(open) = &mut self.open {
            let is_number = |line: &&str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
            if open.lines.last().is_some_and(is_number) {
                open.lines.pop();
            }
        }
        self.close();
        if self.waiting.last() == Some(&(number - 1)) {
            self.waiting.pop();
        }
        self.left_out();
        self.is_skipping = false;
        let (start, end) = (frame(start, self.rate), frame(end, self.rate));
        self.open = Some(Found {
            line: number,
            range: FrameRange {
                start,
                length: (end - start).max(Frames::ONE),
            },
            lines: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) {
        self.cues.extend(self.open.take());
    }

    /// The lines that wait belong to no cue.
    fn left_out(&mut self) {
        self.stray.append(&mut self.waiting);
    }
}

fn is_other_block(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    OTHER_BLOCKS.contains(&first)
}

fn note_stray(stray: &[usize], notes: &mut Vec<String>) {
    if let Some(first) = stray.first() {
        let count = stray.len();
        notes.push(format!(
            "lines without times were left out: {count}, the first is line {first}"
        ));
    }
}

/// The cues with plain texts.
fn ready(parser: &Parser, notes: &mut Vec<String>) -> Vec<NewCue> {
    let mut cues = Vec::new();
    let (mut empty, mut marked) = (Vec::new(), Vec::new());
    for found in &parser.cues {
        let lines = found.lines.iter().map(|line| line.trim());
        let written = lines.collect::<Vec<&str>>().join("\n");
        let text = match parser.is_vtt {
            true => plain(&unescaped(&without_tags(&written))),
            false => plain(&written),
        };
        if text.is_empty() {
            empty.push(found.line);
            continue;
        }
        if written.contains(['<', '{']) && text.len() < written.len() {
            marked.push(found.line);
        }
        cues.push(NewCue {
            range: found.range,
            text,
        });
    }
    let reported = [
        (empty, "subtitles without text were left out"),
        (
            marked,
            "italics, colours and other tags were removed from subtitles",
        ),
    ];
    for (lines, what) in reported {
        if let Some(first) = lines.first() {
            let count = lines.len();
            notes.push(format!("{what}: {count}, the first in line {first}"));
        }
    }
    cues
}

/// A text of WebVTT with its character references replaced.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
        ("&lrm;", "\u{200e}"),
        ("&rlm;", "\u{200f}"),
        ("&amp;", "&"), // the last one, so that no reference comes of it
    ] {
        text = text.replace(reference, character);
    }
    text
}

/// The cues in the order of their times, on as many tracks as they need.
fn on_tracks(mut cues: Vec<NewCue>, notes: &mut Vec<String>) -> Vec<Vec<NewCue>> {
    cues.sort_by_key(|cue| cue.range.start); // stable: equal times stay in the file's order
    let mut tracks: Vec<Vec<NewCue>> = Vec::new();
    let (mut moved, mut left_out) = (0, 0);
    for cue in cues {
        let is_free = |track: &Vec<NewCue>| {
            let last = track.last();
            last.is_none_or(|last| last.range.end() <= cue.range.start)
        };
        match tracks.iter().position(is_free) {
            Some(place) => {
                moved += usize::from(place > 0);
                if let Some(track) = tracks.get_mut(place) {
                    track.push(cue);
                }
            }
            None if tracks.len() < MOST_TRACKS => {
                moved += usize::from(!tracks.is_empty());
                tracks.push(vec![cue]);
            }
            None => left_out += 1,
        }
    }
    if moved > 0 {
        let more = match tracks.len() {
            2 => "a second track".to_owned(),
            count => format!("{} more tracks", count - 1),
        };
        notes.push(format!(
            "subtitles that overlap others are on {more}: {moved}"
        ));
    }
    if left_out > 0 {
        notes.push(format!(
            "subtitles were left out, because {MOST_TRACKS} others are shown at the same time: {left_out}"
        ));
    }
    tracks
}
