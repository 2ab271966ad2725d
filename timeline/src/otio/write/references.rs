//! The media references of clips: where their files are.

use serde_json::{Map, Value, json};

use super::Writer;
use super::parts::time_range;
use crate::otio::address::url;
use crate::otio::generator::generated_text;
use crate::otio::json::text;
use crate::otio::names::source_name;
use crate::{FrameRange, Frames, Source, TrackKind};

impl Writer<'_> {
    /// The references that another program gave a clip, leading to the file that the project has. `None`: they no longer
    /// show what the clip shows.
    pub(super) fn kept_references(
        &self,
        source: Source,
        mut references: Value,
        active: Value,
    ) -> Option<(Value, Value)> {
        let key = active.as_str().unwrap_or_default();
        let first = || Some(references.as_object()?.keys().next()?.clone());
        let key = match references.get(key) {
            Some(_) => key.to_owned(),
            None => first().unwrap_or_default(),
        };
        let reference = references.get_mut(&key).and_then(Value::as_object_mut);
        match source {
            Source::Medium(id) => {
                if let Some((reference, path)) = reference.zip(self.addresses.media.get(&id)) {
                    let earlier = text(reference, "target_url").to_owned();
                    let address = url(path);
                    if !earlier.is_empty() && earlier != address {
                        note_address(reference, &earlier);
                    }
                    reference.insert("OTIO_SCHEMA".into(), "ExternalReference.1".into());
                    reference.insert("target_url".into(), address.into());
                }
            }
            Source::Title(_) => {
                let shown = source_name(self.project, source);
                let kept = reference.and_then(|reference| generated_text(reference));
                if kept.as_deref() != Some(shown.as_str()) {
                    return None;
                }
            }
            Source::Shot(_) | Source::Sequence(_) => {}
        }
        Some((references, active))
    }

    /// The media references of a source on a track of this kind by their keys, and the active key.
    pub(super) fn references(
        &self,
        source: Source,
        kind: TrackKind,
    ) -> (Map<String, Value>, String) {
        let rate = self.project.rate();
        let range = self.project.available(source).map(|length| {
            time_range(
                FrameRange {
                    start: Frames::ZERO,
                    length,
                },
                rate,
            )
        });
        let one = |reference: Value| {
            (
                Map::from_iter([("DEFAULT_MEDIA".to_owned(), reference)]),
                "DEFAULT_MEDIA".to_owned(),
            )
        };
        match source {
            Source::Medium(id) => {
                let medium = self.project.medium(id);
                let inside = medium.map_or("", |medium| medium.path.as_str());
                let known = self.addresses.media.get(&id);
                let path = known.map_or(inside, String::as_str);
                one(reference(
                    "ExternalReference.1",
                    &source_name(self.project, source),
                    range,
                    &json!({"target_url": url(path)}),
                ))
            }
            // Written as a stack, not as a clip.
            Source::Sequence(_) => one(reference("MissingReference.1", "", range, &json!({}))),
            Source::Title(_) => {
                let parameters = json!({"generator_kind": "Title", "parameters": {"text": source_name(self.project, source)}});
                one(reference("GeneratorReference.1", "", range, &parameters))
            }
            Source::Shot(id) => {
                let shot = self.project.shot(id);
                let (files, chosen) = match kind {
                    TrackKind::Video => (&self.addresses.takes, shot.and_then(|shot| shot.chosen)),
                    TrackKind::Audio => {
                        let heard = shot.and_then(|shot| shot.sound_take());
                        (&self.addresses.sounds, heard)
                    }
                };
                let takes = files.get(&id).map_or(&[][..], Vec::as_slice);
                let mut references = Map::new();
                for take in takes {
                    let target = json!({"target_url": url(&take.path)});
                    references.insert(
                        take.take.to_string(),
                        reference(
                            "ExternalReference.1",
                            &take.take.to_string(),
                            range.clone(),
                            &target,
                        ),
                    );
                }
                let active = chosen
                    .map(|take| take.to_string())
                    .filter(|take| references.contains_key(take));
                match active.or_else(|| {
                    references
                        .keys()
                        .next()
                        .cloned()
                        .filter(|_| chosen.is_none())
                }) {
                    Some(active) => (references, active),
                    None => one(reference(
                        "MissingReference.1",
                        &source_name(self.project, source),
                        range,
                        &json!({}),
                    )),
                }
            }
        }
    }
}

/// Keeps the address that another program gave, unless an earlier one is kept.
fn note_address(reference: &mut Map<String, Value>, address: &str) {
    let metadata = reference.entry("metadata").or_insert_with(|| json!({}));
    if let Value::Object(metadata) = metadata {
        let kinora = metadata.entry("kinora").or_insert_with(|| json!({}));
        if let Value::Object(kinora) = kinora {
            kinora.entry("address").or_insert_with(|| address.into());
        }
    }
}

fn reference(schema: &str, name: &str, available_range: Option<Value>, more: &Value) -> Value {
    let mut reference = json!({
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "available_range": available_range,
        "available_image_bounds": null,
    });
    if let (Some(reference), Some(more)) = (reference.as_object_mut(), more.as_object()) {
        reference.extend(more.clone());
    }
    reference
}
