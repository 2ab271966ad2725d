//! What a clip keeps of another program, under keys of its preserved metadata, and what it means.

use serde_json::{Value, json};

use super::json::Object;
use crate::clip::Clip;
use crate::{Frames, PreservedMetadata};

/// The frame of the file's time that is frame 0 of the medium.
pub(super) const OFFSET: &str = "kinora_offset";
/// A whole item of a schema that Kinora does not know.
pub(super) const WHOLE: &str = "kinora_whole";
/// Transitions before the clip that are not shown.
pub(super) const BEFORE: &str = "kinora_transitions_before";
/// Transitions after the clip that are not shown.
pub(super) const AFTER: &str = "kinora_transitions_after";
/// What another program wrote about the transition at the clip's head.
pub(super) const LOOKS: &str = "kinora_transition";

/// The offset of a clip's time in the file.
pub(super) fn taken_offset(keys: &mut Object) -> Frames {
    let offset = keys.remove(OFFSET).and_then(|offset| offset.as_i64());
    offset.map_or(Frames::ZERO, Frames)
}

/// Keeps a transition before or after a clip.
pub(super) fn keep_transition(clip: &mut Clip, key: &str, transition: Object) {
    let mut keys = clip.preserved_metadata.keys();
    if let Value::Array(list) = keys.entry(key).or_insert_with(|| json!([])) {
        list.push(transition.into());
    }
    clip.preserved_metadata = PreservedMetadata::of(&keys);
}

/// Takes the kept transitions before or after a clip out of its metadata.
pub(super) fn taken_transitions(keys: &mut Object, key: &str) -> Vec<Value> {
    match keys.remove(key) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}
