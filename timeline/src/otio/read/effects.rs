//! The effects of items: constant speeds are applied; others are reported and kept.

use serde_json::Value;

use super::Reader;
use crate::Speed;
use crate::otio::json::{Object, is_enabled, is_speed, schema_of, text, time_scalar};

impl Reader {
    /// Reports which effects of an item are not shown.
    pub(super) fn note_effects(&mut self, item: &Object, place: &str) {
        let effects = item.get("effects").and_then(Value::as_array);
        for effect in effects.into_iter().flatten().filter_map(Value::as_object) {
            if is_speed(effect) || !is_enabled(effect) || is_idle(effect) {
                continue;
            }
            let name = name_of(effect);
            let what = match schema_of(effect).contains("Time") {
                true => format!(
                    "its change of speed \"{name}\" is not shown: it plays at a constant speed; the effect is written again as it came"
                ),
                false => {
                    format!("its effect \"{name}\" is not shown, and written again as it came")
                }
            };
            self.note(place, what);
        }
    }

    /// The speed that results from all time effects of an item, as an exact ratio where it is one.
    pub(super) fn speed(&mut self, item: &Object, place: &str) -> Speed {
        let scalar = time_scalar(item);
        let near = |parts: u32| {
            let source = (scalar * f64::from(parts)).round();
            ((source / f64::from(parts) - scalar).abs() < 1e-9)
                .then(|| Speed::new(source as i32, parts))
                .flatten()
        };
        (1..=1000).find_map(near).unwrap_or_else(|| {
            let what = format!("it runs at {scalar} of its speed, which is rounded here");
            self.note(place, what);
            Speed::new((scalar * 100.0).round().clamp(-1000.0, 1000.0) as i32, 100)
                .unwrap_or_default()
        })
    }
}

/// Whether Resolve wrote an effect that changes nothing, as it does for every clip, or one that is off.
fn is_idle(effect: &Object) -> bool {
    let Some(resolve) = resolve_of(effect) else {
        return false;
    };
    let parameters = resolve.get("Parameters").and_then(Value::as_array);
    let is_off = resolve.get("Enabled").and_then(Value::as_bool) == Some(false);
    is_off || parameters.is_some_and(Vec::is_empty)
}

fn resolve_of(effect: &Object) -> Option<&Object> {
    effect.get("metadata")?.get("Resolve_OTIO")?.as_object()
}

/// The name that the artist knows.
fn name_of(effect: &Object) -> String {
    let resolve = resolve_of(effect).map_or("", |resolve| text(resolve, "Effect Name"));
    let names = [resolve, text(effect, "name"), text(effect, "effect_name")];
    let mut names = names.into_iter();
    let name = names.find(|name| !name.is_empty());
    name.unwrap_or_else(|| schema_of(effect)).to_owned()
}
