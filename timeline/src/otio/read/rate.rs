//! The frame rate of a cut of another program: that of its start timecode, else the one that most picture clips have.

use serde_json::Value;

use crate::FrameRate;
use crate::otio::json::{Object, active_reference, rate_of, schema_of, text};

/// The rates of a timeline, in frames per second. Sound counts in samples; 1, 600 and 1000 are units of time.
const SLOWEST: f64 = 1.0;
const FASTEST: f64 = 480.0;

/// The rate, and what to report about the choice.
pub(super) struct Choice {
    pub(super) rate: FrameRate,
    pub(super) note: Option<String>,
}

/// The rates of clips, in the order in which they are found.
#[derive(Default)]
struct Found {
    pictures: Vec<FrameRate>,
    sounds: Vec<FrameRate>,
}

/// The rate of a timeline.
pub(super) fn choose(timeline: &Object) -> Choice {
    let mut found = Found::default();
    if let Some(tracks) = timeline.get("tracks").and_then(Value::as_object) {
        collect(tracks, false, &mut found);
    }
    let timecode = timeline.get("global_start_time").and_then(rate_in);
    let timecode = timecode.filter(|rate| is_of_pictures(*rate));
    let reasons = [
        (timecode, "the rate of its start timecode"),
        (most(&found.pictures), "as most of its clips"),
        (most(&found.sounds), "as most of its clips"),
    ];
    let mut reasons = reasons.into_iter();
    let chosen = reasons.find_map(|(rate, why)| Some((rate?, why)));
    let (rate, why) = chosen.unwrap_or((
        FrameRate::FPS_24,
        "since none of these is a rate of pictures",
    ));
    let mut rates = Vec::new();
    for one in found.pictures {
        if !rates.contains(&one) {
            rates.push(one);
        }
    }
    let differs = rates.iter().any(|one| *one != rate);
    let note = differs.then(|| {
        let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
        let rates = rates.join(", ");
        format!("its clips count in {rates} frames a second; the project has {rate}, {why}")
    });
    Choice { rate, note }
}

fn collect(item: &Object, is_sound: bool, found: &mut Found) {
    let is_sound = is_sound || text(item, "kind") == "Audio";
    if schema_of(item) == "Clip" {
        let available = active_reference(item);
        let available = available
            .as_ref()
            .and_then(|one| one.get("available_range"));
        let ranges = [item.get("source_range"), available];
        let mut rates = ranges.into_iter().flatten();
        let rate = rates.find_map(|range| rate_in(range.get("duration")?));
        match is_sound {
            true => found.sounds.extend(rate),
            false => found.pictures.extend(rate),
        }
    }
    let children = item.get("children").and_then(Value::as_array);
    for child in children.into_iter().flatten().filter_map(Value::as_object) {
        collect(child, is_sound, found);
    }
}

fn rate_in(time: &Value) -> Option<FrameRate> {
    rate_of(time.get("rate")?.as_f64()?)
}

fn is_of_pictures(rate: FrameRate) -> bool {
    rate.per_second() > SLOWEST && rate.per_second() <= FASTEST
}

/// The rate of pictures that most have; of several the first.
fn most(rates: &[FrameRate]) -> Option<FrameRate> {
    let mut counts: Vec<(FrameRate, usize)> = Vec::new();
    for rate in rates.iter().filter(|rate| is_of_pictures(**rate)) {
        match counts.iter_mut().find(|(known, _)| known == rate) {
            Some((_, count)) => *count += 1,
            None => counts.push((*rate, 1)),
        }
    }
    let highest = counts.iter().map(|(_, count)| *count).max()?;
    let mut counts = counts.into_iter();
    counts.find_map(|(rate, count)| (count == highest).then_some(rate))
}
