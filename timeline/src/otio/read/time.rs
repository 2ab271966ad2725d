//! Times of an OTIO file, in frames of the project. They are rounded once, at their place on the track, so that the
//! places of many short clips do not drift.

use serde_json::Value;

use super::Reader;
use crate::Frames;
use crate::otio::json::{Object, active_reference, rate_of, schema_of};

/// A range in frames of the project, not yet rounded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExactRange {
    pub(super) start: f64,
    pub(super) length: f64,
}

/// The nearest frame; halves go to the later one.
pub(super) fn rounded(frames: f64) -> Frames {
    // More than the errors of the arithmetic, and less than any rate needs.
    Frames((frames + 0.5 + 1e-6).floor() as i64)
}

impl Reader {
    /// A range; `None` if there is none. One that cannot be read is reported, and counts as none.
    pub(super) fn range(&mut self, value: Option<&Value>, place: &str) -> Option<ExactRange> {
        let range = value.filter(|value| !value.is_null())?;
        let read = || {
            let start = self.time(range.get("start_time"))?;
            let length = self.time(range.get("duration"))?;
            match length < 0.0 {
                true => Err("a time range has a negative duration".to_owned()),
                false => Ok(ExactRange { start, length }),
            }
        };
        match read() {
            Ok(range) => Some(range),
            Err(why) => {
                self.note(place, why);
                None
            }
        }
    }

    /// A time in frames of the project.
    pub(super) fn time(&self, value: Option<&Value>) -> Result<f64, String> {
        let number = |key: &str| {
            let number = value?.get(key)?.as_f64()?;
            (number.is_finite() && number.abs() < 1e12).then_some(number)
        };
        let (Some(count), Some(per_second)) = (number("value"), number("rate")) else {
            return Err("a time needs a value and a rate".into());
        };
        let rate = rate_of(per_second);
        let rate = rate.ok_or_else(|| format!("{per_second} frames a second is no rate"))?;
        if rate == self.project.rate() {
            return Ok(count);
        }
        let (frames, seconds) = rate.as_fraction();
        let (own_frames, own_seconds) = self.project.rate().as_fraction();
        let numerator = f64::from(seconds) * f64::from(own_frames);
        Ok(count * numerator / (f64::from(frames) * f64::from(own_seconds)))
    }

    /// The length of an item on its track; `None` if it has none.
    pub(super) fn length_of(&mut self, item: &Object, place: &str) -> Option<f64> {
        if let Some(range) = self.range(item.get("source_range"), place) {
            return Some(range.length);
        }
        if let Some(reference) = active_reference(item) {
            let range = self.range(reference.get("available_range"), place);
            return range.map(|range| range.length);
        }
        let children = item.get("children")?.as_array()?;
        let mut lengths = Vec::new();
        for child in children.iter().filter_map(Value::as_object) {
            if schema_of(child) != "Transition" {
                lengths.push(self.length_of(child, place).unwrap_or_default());
            }
        }
        Some(match schema_of(item) {
            "Stack" => lengths.into_iter().fold(0.0, f64::max),
            _ => lengths.into_iter().sum(),
        })
    }
}
