//! Parts of OTIO's JSON: schemas, times, references, and the metadata worth preserving.

use serde_json::{Map, Value};

use super::error::ReadError;
use crate::FrameRate;
use crate::clip::Label;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The exact rate of a floating-point one.
pub(super) fn rate_of(rate: f64) -> Option<FrameRate> {
    let whole = rate.round();
    if !(0.01..=1_000_000.0).contains(&rate) {
        return None;
    }
    if (rate - whole).abs() < 1e-6 {
        return FrameRate::new(whole as u32, 1);
    }
    let nominal = rate.ceil();
    if (rate - nominal * 1000.0 / 1001.0).abs() < 0.005 {
        return FrameRate::new(nominal as u32 * 1000, 1001);
    }
    FrameRate::new((rate * 1000.0).round() as u32, 1000)
}

/// The media reference that an item shows: the active one, or the first if the active one is not there.
pub(super) fn active_reference(child: &Object) -> Option<Object> {
    let by_key = || {
        let key = child
            .get("active_media_reference_key")
            .and_then(Value::as_str)
            .unwrap_or("DEFAULT_MEDIA");
        let references = child.get("media_references")?.as_object()?;
        let first = || references.values().find(|value| value.is_object());
        references.get(key).or_else(first)?.as_object()
    };
    by_key()
        .or_else(|| child.get("media_reference")?.as_object())
        .cloned()
}

/// Whether an item or an effect is switched on.
pub(super) fn is_enabled(object: &Object) -> bool {
    object.get("enabled").and_then(Value::as_bool) != Some(false)
}

/// Whether an effect is a constant speed that is switched on.
pub(super) fn is_speed(effect: &Object) -> bool {
    matches!(schema_of(effect), "LinearTimeWarp" | "FreezeFrame") && is_enabled(effect)
}

/// The speed that results from all time effects of an item.
pub(super) fn time_scalar(child: &Object) -> f64 {
    let effects = child.get("effects").and_then(Value::as_array);
    let scalars = effects.into_iter().flatten().filter_map(|effect| {
        let effect = effect.as_object().filter(|effect| is_speed(effect))?;
        effect.get("time_scalar")?.as_f64()
    });
    scalars.product()
}

pub(super) fn strip_time_effects(child: &mut Object) {
    if let Some(Value::Array(effects)) = child.get_mut("effects") {
        effects.retain(|effect| !effect.as_object().is_some_and(is_speed));
    }
}

/// "Clip" of "Clip.2".
pub(super) fn schema_of(object: &Object) -> &str {
    text(object, "OTIO_SCHEMA")
        .split('.')
        .next()
        .unwrap_or_default()
}

pub(super) fn expect_schema(object: &Object, schema: &str, place: &str) -> Result<(), ReadError> {
    let found = text(object, "OTIO_SCHEMA");
    if schema_of(object) == schema {
        Ok(())
    } else {
        Err(wrong(
            place,
            &format!("a {schema} is expected here, not \"{found}\""),
        ))
    }
}

pub(super) fn ours(object: &Object) -> Option<&Object> {
    object.get("metadata")?.get("kinora")?.as_object()
}

/// The object without its schema and Kinora's metadata.
pub(super) fn without_ours(mut object: Object) -> Object {
    object.remove("OTIO_SCHEMA");
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("kinora");
    }
    object
}

/// Whether a key has its usual value, and need not be preserved.
pub(super) fn is_usual(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => matches!(key, "source_range" | "color" | "global_start_time"),
        Value::Array(list) => list.is_empty() && matches!(key, "effects" | "markers"),
        Value::Object(keys) => keys.is_empty() && key == "metadata",
        Value::Bool(enabled) => *enabled && key == "enabled",
        _ => false,
    }
}

pub(super) fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn object(value: Value, place: &str) -> Result<Object, ReadError> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(wrong(place, "an object is expected here")),
    }
}

pub(super) fn list(value: Option<Value>, place: &str) -> Result<Vec<Value>, ReadError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(wrong(place, "a list is expected here")),
    }
}

pub(super) fn wrong(place: &str, why: &str) -> ReadError {
    ReadError::NotATimeline {
        place: place.into(),
        why: why.into(),
    }
}

pub(super) fn label(colour: &str) -> Label {
    match colour {
        "RED" => Label::Red,
        "ORANGE" => Label::Orange,
        "YELLOW" => Label::Yellow,
        "GREEN" => Label::Green,
        "CYAN" => Label::Cyan,
        "BLUE" => Label::Blue,
        "PURPLE" => Label::Purple,
        "PINK" | "MAGENTA" => Label::Pink,
        _ => Label::None,
    }
}
