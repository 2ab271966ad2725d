//! Subtitle tracks: timed texts over the picture, one language to a track. A cue has a range of its own and no clip; the
//! cues of a track never overlap.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::stored::{is_default, is_yes, yes};
use crate::{CueId, FrameRange, FrameRate, Frames, Project, SubtitleTrackId};

/// The longest text of a cue, in characters.
pub const LONGEST_TEXT: usize = 1000;
/// More characters a second than this are too many to read.
pub const FASTEST_READING: f64 = 20.0;
/// The longest language tag (RFC 5646, 4.4.1), in characters.
const LONGEST_TAG: usize = 35;
/// Tags within tags that are removed as such; of what is deeper, only the brackets are.
const MOST_ROUNDS: usize = 8;
/// Tags that are longer, in characters, are text.
const LONGEST_MARKUP: usize = 200;
/// The names of the tags that subtitle files have within texts.
const TAGS: [&str; 10] = ["i", "b", "u", "s", "c", "v", "lang", "ruby", "rt", "font"];

/// One subtitle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Unique within the project, and permanent.
    pub id: CueId,
    /// The frames in which it is shown; at least one.
    pub range: FrameRange,
    /// The text, in the form that [`plain`] gives. May have several lines.
    pub text: String,
}

impl Cue {
    /// Its reading speed in characters a second, without line breaks.
    pub fn characters_per_second(&self, rate: FrameRate) -> f64 {
        let characters = self.text.chars().filter(|one| *one != '\n').count();
        characters as f64 / self.range.length.max(Frames::ONE).as_seconds(rate)
    }

    /// Whether it is shown too briefly to be read: more than [`FASTEST_READING`] characters a second.
    pub fn is_too_fast(&self, rate: FrameRate) -> bool {
        self.characters_per_second(rate) > FASTEST_READING
    }
}

/// A row of cues in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleTrack {
    /// Unique within the project, and permanent.
    pub id: SubtitleTrackId,
    /// Its name.
    pub name: Arc<str>,
    /// Its language as a BCP 47 tag, such as "en" or "pt-BR"; empty if it is not known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: Arc<str>,
    /// Nothing on a locked track can be edited.
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked: bool,
    /// A hidden track is neither shown, nor burnt in, nor written beside a video.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hidden: bool,
    /// Its cues move along when an edit moves everything that follows on a track of clips.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub sync_locked: bool,
    /// In the order of their ranges.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) cues: Vec<Arc<Cue>>,
}

impl SubtitleTrack {
    /// An empty, sync-locked track.
    pub(crate) fn new(id: SubtitleTrackId, name: &str, language: &str) -> Self {
        Self {
            id,
            name: name.into(),
            language: language.into(),
            locked: false,
            hidden: false,
            sync_locked: true,
            cues: Vec::new(),
        }
    }

    /// All cues, in order.
    pub fn cues(&self) -> &[Arc<Cue>] {
        &self.cues
    }

    /// True if it has no cues.
    pub fn is_empty(&self) -> bool {
        self.cues.is_empty()
    }

    /// The end of its last cue.
    pub fn end(&self) -> Frames {
        let last = self.cues.last();
        last.map_or(Frames::ZERO, |cue| cue.range.end())
    }

    /// The cue that is shown at a frame.
    pub fn at(&self, frame: Frames) -> Option<&Arc<Cue>> {
        let after = self.first_ending_after(frame);
        self.cues.get(after).filter(|cue| cue.range.contains(frame))
    }

    /// The cues that overlap a range.
    pub fn within(&self, range: FrameRange) -> impl Iterator<Item = &Arc<Cue>> {
        let first = self.first_ending_after(range.start);
        let rest = self.cues.iter().skip(first);
        rest.take_while(move |cue| cue.range.start < range.end())
    }

    /// The cue before and the cue after this one.
    pub fn neighbours(&self, cue: CueId) -> [Option<&Arc<Cue>>; 2] {
        let Some(place) = self.cues.iter().position(|known| known.id == cue) else {
            return [None, None];
        };
        let before = place.checked_sub(1).and_then(|place| self.cues.get(place));
        [before, self.cues.get(place + 1)]
    }

    fn first_ending_after(&self, frame: Frames) -> usize {
        self.cues.partition_point(|cue| cue.range.end() <= frame)
    }

    /// The track after everything from `at` on has moved by `by`. Below zero, the time before `at` is taken out, and with
    /// it what lies there.
    pub(crate) fn rippled(&self, at: Frames, by: Frames) -> Self {
        let gone = FrameRange::between(at + by.min(Frames::ZERO), at);
        let moved = |cue: &Arc<Cue>| {
            let range = match cue.range {
                range if range.start >= at => range.moved(by),
                range if range.end() <= gone.start || by > Frames::ZERO => range,
                range => {
                    let end = match range.end() > at {
                        true => range.end() + by,
                        false => gone.start,
                    };
                    FrameRange::between(range.start.min(gone.start), end)
                }
            };
            if range == cue.range {
                return Some(Arc::clone(cue));
            }
            let changed = Cue {
                range,
                ..Cue::clone(cue)
            };
            (range.length > Frames::ZERO).then(|| Arc::new(changed))
        };
        Self {
            cues: self.cues.iter().filter_map(moved).collect(),
            ..self.clone()
        }
    }
}

impl Project {
    /// The subtitle tracks of the open sequence. The first one is drawn lowest in the picture.
    pub fn subtitle_tracks(&self) -> &[Arc<SubtitleTrack>] {
        &self.subtitles
    }

    /// The subtitle track with this id.
    pub fn subtitle_track(&self, id: SubtitleTrackId) -> Option<&Arc<SubtitleTrack>> {
        self.subtitles.iter().find(|track| track.id == id)
    }

    /// The subtitle tracks of all sequences, those of the open one first.
    pub fn all_subtitle_tracks(&self) -> impl Iterator<Item = &Arc<SubtitleTrack>> {
        let others = self.others.iter().flat_map(|found| &found.value.subtitles);
        self.subtitles.iter().chain(others)
    }

    /// A cue of the open sequence, and its track.
    pub fn cue(&self, id: CueId) -> Option<(&Arc<Cue>, &Arc<SubtitleTrack>)> {
        self.subtitles.iter().find_map(|track| {
            let cue = track.cues.iter().find(|cue| cue.id == id)?;
            Some((cue, track))
        })
    }

    /// The cues that are shown at a frame of the open sequence, those of the first track first. Subtitles of a nested
    /// sequence are shown while it is open, not where a clip shows it.
    pub fn cues_at(&self, frame: Frames) -> Vec<&Arc<Cue>> {
        let shown = self.subtitles.iter().filter(|track| !track.hidden);
        shown.filter_map(|track| track.at(frame)).collect()
    }

    /// The same project with no other subtitle track than this one shown. Only for a project that is exported, not saved.
    #[must_use]
    pub fn showing_subtitles_of(mut self, track: SubtitleTrackId) -> Self {
        for known in &mut self.subtitles {
            let hidden = known.id != track;
            if known.hidden != hidden {
                Arc::make_mut(known).hidden = hidden;
            }
        }
        self
    }

    /// The numbers of all subtitle tracks and cues.
    pub(crate) fn subtitle_numbers(&self) -> impl Iterator<Item = u64> {
        self.all_subtitle_tracks().flat_map(|track| {
            let cues = track.cues.iter().map(|cue| cue.id.number());
            cues.chain([track.id.number()])
        })
    }
}

/// A text as cues hold it: lines without surrounding spaces, no empty lines, no control characters, and nothing that a
/// subtitle file would take for something else: tags such as `<i>` and `{\an8}` are removed, and `-->` becomes an arrow.
/// Cuts the text at [`LONGEST_TEXT`]. Made of its own result, it changes nothing.
pub fn plain(text: &str) -> String {
    let mut plain = once_plain(text);
    // What is left of a text may be a tag again: "<<i>i>".
    for _ in 0..MOST_ROUNDS {
        let again = once_plain(&plain);
        if again == plain {
            return plain;
        }
        plain = again;
    }
    once_plain(&plain.replace(['<', '{'], ""))
}

fn once_plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().take(4 * LONGEST_TEXT).collect();
    let text = without_tags(&text).replace("-->", "\u{2192}");
    let is_kept = |one: &char| *one == '\n' || !one.is_control();
    let text: String = text
        .chars()
        .map(|one| if one == '\t' { ' ' } else { one })
        .filter(is_kept)
        .collect();
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let text: String = lines.join("\n").chars().take(LONGEST_TEXT).collect();
    text.trim_end().to_owned()
}

/// The text without the tags of subtitle files. Other angle brackets stay.
pub(crate) fn without_tags(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = rest.find(['<', '{']) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        if let Some(length) = tag_length(from) {
            rest = from.get(length..).unwrap_or_default();
        } else {
            let mut characters = from.chars();
            kept.extend(characters.next());
            rest = characters.as_str();
        }
    }
    kept.push_str(rest);
    kept
}

/// The length in bytes of the tag that a text begins with.
fn tag_length(text: &str) -> Option<usize> {
    let end_of = |close: char| {
        let mut near = text.char_indices().take(LONGEST_MARKUP);
        near.find(|(_, one)| *one == close).map(|(at, _)| at)
    };
    if text.starts_with("{\\") {
        return end_of('}').map(|end| end + 1);
    }
    let end = end_of('>').filter(|_| text.starts_with('<'))?;
    let inner = text.get(1..end)?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = inner.split([' ', '.', '\n']).next().unwrap_or_default();
    let is_time = inner.contains(':')
        && inner
            .chars()
            .all(|one| one.is_ascii_digit() || [':', '.', ','].contains(&one));
    let is_tag = TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name));
    (is_tag || is_time).then_some(end + 1)
}

/// Whether a text can be a language tag: letters, digits and hyphens. An empty one says that the language is not known.
pub fn is_language_tag(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.chars().all(|one| one.is_ascii_alphanumeric())
    };
    text.is_empty() || (text.len() <= LONGEST_TAG && text.split('-').all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(number: u64, start: i64, end: i64) -> Arc<Cue> {
        Arc::new(Cue {
            id: CueId(number),
            range: FrameRange::between(Frames(start), Frames(end)),
            text: "Hello".into(),
        })
    }

    fn ranges(track: &SubtitleTrack) -> Vec<(i64, i64)> {
        let ranges = track.cues.iter().map(|cue| cue.range);
        ranges.map(|range| (range.start.0, range.end().0)).collect()
    }

    fn track(cues: &[(i64, i64)]) -> SubtitleTrack {
        let cues = (2..).zip(cues);
        let cues = cues.map(|(number, (start, end))| cue(number, *start, *end));
        SubtitleTrack {
            cues: cues.collect(),
            ..SubtitleTrack::new(SubtitleTrackId(1), "English", "en")
        }
    }

    #[test]
    fn a_cue_is_found_at_its_frames_and_not_beside_them() {
        let track = track(&[(2, 4), (4, 6), (8, 9)]);
        let at = |frame| track.at(Frames(frame)).map(|cue| cue.id.number());
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(at),
            [
                None,
                None,
                Some(2),
                Some(2),
                Some(3),
                Some(3),
                None,
                None,
                Some(4),
                None
            ]
        );
        let within = |start, end| {
            let range = FrameRange::between(Frames(start), Frames(end));
            track.within(range).count()
        };
        assert_eq!((within(3, 5), within(6, 8), within(0, 99)), (2, 0, 3));
    }

    #[test]
    fn time_that_is_taken_out_takes_what_was_said_in_it() {
        let track = track(&[(0, 4), (5, 7), (8, 12), (20, 22)]);
        let rippled = |at, by| ranges(&track.rippled(Frames(at), Frames(by)));
        assert_eq!(rippled(10, -7), [(0, 3), (3, 5), (13, 15)]);
        assert_eq!(rippled(7, -2), [(0, 4), (6, 10), (18, 20)]);
        assert_eq!(rippled(11, -2), [(0, 4), (5, 7), (8, 10), (18, 20)]);
        assert_eq!(rippled(6, 3), [(0, 4), (5, 7), (11, 15), (23, 25)]);
    }

    #[test]
    fn a_text_is_plain_without_losing_what_only_looks_like_a_tag() {
        for (text, is) in [
            ("<i>Where</i> are\r\nyou?", "Where are\nyou?"),
            ("{\\an8}Up here", "Up here"),
            ("<v Ada>Hi</v> <00:00:01.000>you", "Hi you"),
            ("<font color=\"#fff\">white</font>", "white"),
            ("a < b, c > d and <3", "a < b, c > d and <3"),
            ("one\n\n  two \n", "one\ntwo"),
            ("a --> b", "a \u{2192} b"),
            ("<<i>i>deep", "deep"),
            ("bell\u{7}\tand tab", "bell and tab"),
        ] {
            let is = is.to_owned();
            assert_eq!(plain(text), is, "{text:?}");
            assert_eq!(plain(&is), is);
        }
        let long = "x".repeat(5000);
        assert_eq!(plain(&long).len(), LONGEST_TEXT);
    }

    #[test]
    fn a_language_is_a_tag_or_unknown() {
        for tag in ["", "en", "pt-BR", "zh-Hant-TW"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for text in ["-", "en_GB", "a language", "en-", "abcdefghi"] {
            assert!(!is_language_tag(text), "{text}");
        }
    }

    #[test]
    fn a_long_text_in_a_short_time_is_too_fast() {
        let mut cue = Cue::clone(&cue(1, 0, 24));
        cue.text = "x".repeat(20) + "\n";
        assert!(!cue.is_too_fast(FrameRate::FPS_24));
        cue.text.push('x');
        assert!(cue.is_too_fast(FrameRate::FPS_24));
    }
}
