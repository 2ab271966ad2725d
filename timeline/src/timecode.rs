//! Timecode: hours, minutes, seconds and frames. NTSC rates can use drop-frame counting (SMPTE ST 12-1): two numbers
//! are skipped each minute but every tenth, so that timecode and clock agree. No frame is dropped, only its number.

use crate::{FrameRate, Frames};

/// Drop-frame or non-drop-frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Every number is used: "01:00:00:00".
    NonDrop,
    /// For 29.97 and 59.94 only: "01:00:00;00".
    Drop,
}

impl Counting {
    /// Drop-frame where that exists, as editors expect.
    pub fn customary(rate: FrameRate) -> Self {
        if dropped_each_minute(rate) > 0 {
            Self::Drop
        } else {
            Self::NonDrop
        }
    }
}

/// "01:00:00:00", with a semicolon before the frames where numbers are dropped. A time before the
/// start has a minus sign.
pub fn timecode(frame: Frames, rate: FrameRate, counting: Counting) -> String {
    let per_second = nominal(rate);
    let dropped = if counting == Counting::Drop {
        dropped_each_minute(rate)
    } else {
        0
    };
    let mut number = frame.0.saturating_abs();
    if dropped > 0 {
        let per_minute = 60 * per_second - dropped;
        let per_ten = 10 * per_minute + dropped; // every tenth minute keeps its numbers
        let (tens, rest) = (number / per_ten, number % per_ten);
        let later_minutes = if rest < per_minute + dropped {
            0
        } else {
            (rest - dropped) / per_minute
        };
        number += dropped * (9 * tens + later_minutes);
    }
    let (seconds, frames) = (number / per_second, number % per_second);
    let sign = if frame.0 < 0 { "-" } else { "" };
    let mark = if dropped > 0 { ';' } else { ':' };
    format!(
        "{sign}{:02}:{:02}:{:02}{mark}{frames:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Parses what [`timecode`] writes, and shorter forms: "12", "5:00", "1:02:10". A semicolon or point anywhere means
/// drop-frame.
pub fn parse(text: &str, rate: FrameRate) -> Result<Frames, String> {
    let wrong = || {
        format!("\"{text}\" is not a timecode at {rate} frames a second; write it as 00:00:12:05")
    };
    let (sign, digits) = text
        .trim()
        .strip_prefix('-')
        .map_or((1, text.trim()), |rest| (-1, rest));
    let dropped = if digits.contains([';', '.']) {
        dropped_each_minute(rate)
    } else {
        0
    };
    let mut fields = [0_i64; 4];
    let words: Vec<&str> = digits.split([':', ';', '.']).collect();
    if words.len() > 4 {
        return Err(wrong());
    }
    for (field, word) in fields.iter_mut().rev().zip(words.iter().rev()) {
        *field = word.parse::<u32>().map_err(|_| wrong())?.into();
    }
    let [hours, minutes, seconds, frames] = fields;
    let per_second = nominal(rate);
    let alone = words.len() == 1; // a number alone is a number of frames
    if !alone && (frames >= per_second || seconds >= 60 || minutes >= 60) {
        return Err(wrong());
    }
    if dropped > 0 && seconds == 0 && frames < dropped && minutes % 10 != 0 {
        return Err(format!(
            "there is no {text}: numbers 00 and 01 are dropped at that minute"
        ));
    }
    let all_minutes = hours * 60 + minutes;
    let number = (all_minutes * 60 + seconds) * per_second + frames;
    Ok(Frames(
        sign * (number - dropped * (all_minutes - all_minutes / 10)),
    ))
}

/// The rate rounded up to a whole number: 30 for 29.97.
fn nominal(rate: FrameRate) -> i64 {
    let (frames, seconds) = rate.as_fraction();
    i64::from(frames.div_ceil(seconds))
}

/// Numbers dropped per minute: 2 at 29.97, 4 at 59.94, 0 elsewhere.
fn dropped_each_minute(rate: FrameRate) -> i64 {
    match rate.as_fraction() {
        (30_000, 1001) => 2,
        (60_000, 1001) => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(text: &str) -> FrameRate {
        text.parse().expect("a rate")
    }

    #[test]
    fn drop_frame_counts_as_the_standard_says() {
        let at = |frame| timecode(Frames(frame), rate("29.97"), Counting::Drop);
        assert_eq!(at(1799), "00:00:59;29");
        assert_eq!(at(1800), "00:01:00;02");
        assert_eq!(at(17_981), "00:09:59;29");
        assert_eq!(at(17_982), "00:10:00;00");
        assert_eq!(at(107_892), "01:00:00;00");
        assert_eq!(
            timecode(Frames(3600), rate("59.94"), Counting::Drop),
            "00:01:00;04"
        );
    }

    #[test]
    fn what_people_type_is_understood() {
        assert_eq!(parse("12", rate("24")), Ok(Frames(12)));
        assert_eq!(parse("5:00", rate("24")), Ok(Frames(120)));
        assert_eq!(parse("-1:02", rate("25")), Ok(Frames(-27)));
        assert!(parse("00:00:00:24", rate("24")).is_err());
        assert!(parse("00:01:00;00", rate("29.97")).is_err_and(|error| error.contains("dropped")));
        assert!(parse("soon", rate("24")).is_err_and(|error| error.contains("soon")));
    }

    proptest! {
        #[test]
        fn every_frame_reads_back_from_its_timecode(frame in -5_000_000..5_000_000_i64) {
            for text in ["15", "23.976", "24", "25", "29.97", "30", "50", "59.94", "60"] {
                for counting in [Counting::NonDrop, Counting::Drop] {
                    let shown = timecode(Frames(frame), rate(text), counting);
                    prop_assert_eq!(parse(&shown, rate(text)), Ok(Frames(frame)), "{} at {}", shown, text);
                }
            }
        }
    }
}
