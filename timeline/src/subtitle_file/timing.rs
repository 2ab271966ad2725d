//! The times of subtitle files: `00:01:02,500` (SRT) and `01:02.500` (WebVTT), to the nearest frame and back. A frame that
//! is written and read again is the same, at rates up to 1000 frames a second.

use super::SubtitleFormat;
use crate::{FrameRate, Frames, Rounding};

/// Later times are taken for mistakes, in hours.
const MOST_HOURS: u64 = 9999;
/// The parts of a second that are read, in digits.
const DIGITS: usize = 3;

/// The text of a frame's start.
pub(super) fn time(frame: Frames, rate: FrameRate, format: SubtitleFormat) -> String {
    let milliseconds = match thousand() {
        Some(thousand) => frame.rescaled(rate, thousand, Rounding::Nearest).0.max(0),
        None => 0,
    };
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mark = match format {
        SubtitleFormat::Srt => ',',
        SubtitleFormat::Vtt => '.',
    };
    format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{milliseconds:03}")
}

/// The frame at a time, in milliseconds.
pub(super) fn frame(milliseconds: u64, rate: FrameRate) -> Frames {
    let milliseconds = Frames(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    match thousand() {
        Some(thousand) => milliseconds.rescaled(thousand, rate, Rounding::Nearest),
        None => Frames::ZERO,
    }
}

/// Milliseconds, as a frame rate.
fn thousand() -> Option<FrameRate> {
    FrameRate::new(1000, 1)
}

/// A line with the times of a cue: its start and its end in milliseconds. What follows the end, such as the settings of
/// WebVTT, is left out.
///
/// # Errors
/// One of the times cannot be read.
pub(super) fn times(line: &str) -> Result<(u64, u64), String> {
    let (start, rest) = line.split_once("-->").unwrap_or((line, ""));
    let end = rest.split_whitespace().next().unwrap_or_default();
    let start = start.trim();
    Ok((milliseconds(start)?, milliseconds(end)?))
}

/// The milliseconds of `01:02:03,456`. The hours may be left out; the mark is a comma or a point.
fn milliseconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{}\" is not a time such as 00:01:02,500", shortened(text));
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, ""));
    let is_number = |text: &str| (1..=6).contains(&text.len()) && is_digits(text);
    let mut fields = Vec::new();
    for field in whole.split(':') {
        let number = Some(field).filter(|field| is_number(field));
        let number = number.and_then(|field| field.parse::<u64>().ok());
        fields.push(number.ok_or_else(wrong)?);
    }
    let (hours, minutes, seconds) = match fields[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => (0, minutes, seconds),
        _ => return Err(wrong()),
    };
    let is_part = part.is_empty() || (part.len() <= 9 && is_digits(part));
    if hours > MOST_HOURS || minutes > 59 || seconds > 59 || !is_part {
        return Err(wrong());
    }
    Ok(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths(part))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The thousandths of a second that digits after the mark mean: "5" is 500.
fn thousandths(part: &str) -> u64 {
    let digits = part
        .bytes()
        .map(|digit| u64::from(digit.wrapping_sub(b'0')));
    let digits = digits.chain(std::iter::repeat(0)).take(DIGITS);
    digits.fold(0, |sum, digit| sum * 10 + digit)
}

/// The beginning of a text, for an error.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_usual_forms() {
        for (text, is) in [
            ("00:00:01,000 --> 00:00:02,500", (1000, 2500)),
            (
                "00:01.5 --> 01:00:00.25 align:start line:0%",
                (1500, 3_600_250),
            ),
            ("1:02:03,4567-->1:02:04", (3_723_456, 3_724_000)),
        ] {
            assert_eq!(times(text), Ok(is), "{text}");
        }
        for text in [
            "00:00:61,000 --> 00:00:02,000",
            "00:00:01 --> ",
            "-->",
            "1 --> 2",
            "00:00:01,5x --> 00:00:02,000",
            "99999:00:00,000 --> 00:00:02,000",
            "99999999999999999999:00 --> 00:01",
        ] {
            assert!(times(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_frame_comes_back_from_its_time() {
        let rates = [
            (24, 1),
            (24_000, 1001),
            (25, 1),
            (30_000, 1001),
            (120, 1),
            (1000, 1),
        ];
        for (frames, seconds) in rates {
            let rate = FrameRate::new(frames, seconds).expect("a rate");
            for number in (0..20_000).chain((0..40_000_000).step_by(99_991)) {
                for format in SubtitleFormat::ALL {
                    let text = time(Frames(number), rate, format);
                    let again = milliseconds(&text).expect("a time");
                    assert_eq!(frame(again, rate), Frames(number), "{text} at {rate}");
                }
            }
        }
    }
}
