//! The objects of OTIO that several others are made of: times, transitions, effects, and the keys that all have.

use serde_json::{Map, Value, json};

use crate::clip::{Clip, Label};
use crate::transition::{Transition, TransitionKind};
use crate::{FrameRange, FrameRate, Frames};

/// A transition.
pub(in crate::otio) fn transition_keys(
    transition: Transition,
    rate: FrameRate,
) -> Map<String, Value> {
    let kind = if transition.kind == TransitionKind::Dissolve {
        "SMPTE_Dissolve"
    } else {
        "Custom_Transition"
    };
    let keys = json!({
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {"kinora": {"kind": transition.kind}},
        "name": "",
        "in_offset": time(transition.before, rate),
        "out_offset": time(transition.after, rate),
        "transition_type": kind,
    });
    match keys {
        Value::Object(keys) => keys,
        _ => Map::new(),
    }
}

/// A fade of a clip: a transition to or from nothing.
pub(super) fn fade(before: Frames, after: Frames, rate: FrameRate) -> Value {
    json!({
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {"kinora": {"fade": true}},
        "name": "",
        "in_offset": time(before, rate),
        "out_offset": time(after, rate),
        "transition_type": "SMPTE_Dissolve",
    })
}

/// The time effect of a clip's speed.
pub(super) fn time_effect(clip: &Clip) -> Option<Value> {
    let scalar = clip.mean_speed();
    let effect = |schema: &str, name: &str| json!({"OTIO_SCHEMA": schema, "metadata": {}, "name": "", "effect_name": name, "enabled": true, "time_scalar": scalar});
    match clip.speed.source_frames() {
        0 => Some(effect("FreezeFrame.1", "FreezeFrame")),
        _ if clip.speed == crate::Speed::default() && clip.ramp.is_constant() => None,
        _ => Some(effect("LinearTimeWarp.1", "LinearTimeWarp")),
    }
}

/// Adds the keys that every composable has, and Kinora's metadata, to keys that may hold preserved metadata.
pub(super) fn fill(keys: &mut Map<String, Value>, schema: &str, ours: Value) {
    keys.insert("OTIO_SCHEMA".into(), schema.into());
    if let Value::Object(ours) = ours {
        keys.extend(ours);
    }
    keys.entry("metadata").or_insert_with(|| json!({}));
    if schema != "Timeline.1" {
        keys.entry("source_range").or_insert(Value::Null);
        for list in ["effects", "markers"] {
            keys.entry(list).or_insert_with(|| json!([]));
        }
        keys.entry("enabled").or_insert(true.into());
        keys.entry("color").or_insert(Value::Null);
    }
}

pub(super) fn taken(keys: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match keys.remove(key) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    }
}

pub(super) fn with_kinora(mut metadata: Map<String, Value>, kinora: Value) -> Value {
    metadata.insert("kinora".into(), kinora);
    Value::Object(metadata)
}

pub(super) fn time(frames: Frames, rate: FrameRate) -> Value {
    json!({"OTIO_SCHEMA": "RationalTime.1", "rate": rate.per_second(), "value": frames.0 as f64})
}

pub(super) fn time_range(range: FrameRange, rate: FrameRate) -> Value {
    json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(range.start, rate), "duration": time(range.length, rate)})
}

pub(super) fn colour(label: Label) -> &'static str {
    match label {
        Label::None => "WHITE",
        Label::Red => "RED",
        Label::Orange => "ORANGE",
        Label::Yellow => "YELLOW",
        Label::Green => "GREEN",
        Label::Cyan => "CYAN",
        Label::Blue => "BLUE",
        Label::Purple => "PURPLE",
        Label::Pink => "PINK",
    }
}
