//! Writes cues as SRT or WebVTT.

use super::SubtitleFormat;
use super::timing::time;
use crate::subtitle::SubtitleTrack;
use crate::{FrameRange, FrameRate, Frames};

/// The text of a subtitle file with the cues of a track within a range of the timeline, counted from the range's start.
pub fn write(
    track: &SubtitleTrack,
    range: FrameRange,
    rate: FrameRate,
    format: SubtitleFormat,
) -> String {
    let mut text = match format {
        SubtitleFormat::Srt => String::new(),
        SubtitleFormat::Vtt if track.language.is_empty() => "WEBVTT\n\n".to_owned(),
        SubtitleFormat::Vtt => format!("WEBVTT\nLanguage: {}\n\n", track.language),
    };
    let at = |frame: Frames| time(frame - range.start, rate, format);
    let shown = track.within(range);
    let shown = shown.filter_map(|cue| Some((cue.range.overlap(range)?, cue)));
    for (number, (shown, cue)) in (1..).zip(shown) {
        let (start, end) = (at(shown.start), at(shown.end()));
        let (head, words) = match format {
            SubtitleFormat::Srt => (format!("{number}\n"), cue.text.clone()),
            SubtitleFormat::Vtt => (String::new(), escaped(&cue.text)),
        };
        for part in [
            &head[..],
            &start[..],
            " --> ",
            &end[..],
            "\n",
            &words[..],
            "\n\n",
        ] {
            text.push_str(part);
        }
    }
    text
}

/// A text without the characters that WebVTT takes for markup.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
