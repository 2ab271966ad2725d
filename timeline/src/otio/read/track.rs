//! The tracks of a cut, and the row of items on each.

use serde_json::{Value, json};

use super::Reader;
use super::time::rounded;
use crate::mixing::TrackMix;
use crate::otio::json::{Object, is_enabled, is_usual, list, ours, schema_of, text, without_ours};
use crate::otio::write::MIX;
use crate::track::{Item, Track, TrackKind};
use crate::{FrameRange, Frames, PreservedMetadata, TrackId};

/// The name of an item in a note: `clip "door" on V1`, or `clip 3 on V1` if it has no name.
pub(super) fn place_of(item: &Object, number: usize, track: &str) -> String {
    let kind = match schema_of(item) {
        "Clip" => "clip",
        "Gap" => "gap",
        "Stack" | "Track" => "compound clip",
        _ => "item",
    };
    match text(item, "name") {
        "" => format!("{kind} {} on {track}", number + 1),
        name => format!("{kind} \"{name}\" on {track}"),
    }
}

impl Reader {
    /// A track; `None` if Kinora has no such tracks. Anything else in its place gets a track of its own.
    pub(super) fn track(&mut self, child: Value, number: usize) -> Option<Track> {
        let Value::Object(child) = child else {
            self.note(
                &format!("track {}", number + 1),
                "it is no track, and left out",
            );
            return None;
        };
        let mut track = match schema_of(&child) {
            "Track" => child,
            _ => track_around(child, TrackKind::Video),
        };
        let kind = match text(&track, "kind") {
            "Video" | "" => TrackKind::Video,
            "Audio" => TrackKind::Audio,
            other => {
                let what = format!("a track of kind {other} is left out");
                self.note(&format!("track {}", number + 1), what);
                return None;
            }
        };
        let letter = if kind == TrackKind::Video { 'V' } else { 'A' };
        let name = match text(&track, "name") {
            "" => format!("{letter}{}", number + 1),
            name => name.to_owned(),
        };
        let place = format!("track {name}");
        let ours = ours(&track).cloned().unwrap_or_default();
        let flag = |key: &str| ours.get(key).and_then(Value::as_bool).unwrap_or(false);
        let (locked, solo) = (flag("locked"), flag("solo"));
        let sync_locked = ours.get("sync_locked").and_then(Value::as_bool);
        let sync_locked = sync_locked.unwrap_or(true); // as on every new track
        let muted = !is_enabled(&track);
        let own_id = ours.get("id").and_then(Value::as_u64);
        let id = TrackId(self.id(own_id));
        self.tracks.extend(own_id.map(|own| (own, id)));
        let mix = self.mix(&ours, kind, &place);
        self.markers_of_row(&mut track, &place);
        self.note_effects(&track, &place);
        let children = self.children(&mut track, &place);
        let items = self.items(children, kind, &name);
        if let Some(trim) = self.range(track.get("source_range"), &place) {
            let length = rounded(trim.length);
            self.note(
                &place,
                format!("the track is trimmed to {length} in the file; here it is whole"),
            );
        }
        for key in ["name", "kind", "enabled"] {
            track.remove(key);
        }
        let preserved: Object = without_ours(track)
            .into_iter()
            .filter(|(key, value)| !is_usual(key, value))
            .collect();
        Some(Track {
            id,
            kind,
            name: name.into(),
            locked,
            muted,
            solo,
            sync_locked,
            mix,
            preserved_metadata: PreservedMetadata::of(&preserved),
            items: crate::splice::ordered(items),
        })
    }

    /// How the sound of a track is processed, as Kinora wrote it.
    fn mix(&mut self, ours: &Object, kind: TrackKind, place: &str) -> TrackMix {
        let stored = ours.get(MIX).filter(|_| kind == TrackKind::Audio);
        let Some(stored) = stored else {
            return TrackMix::default();
        };
        let mix = serde_json::from_value::<TrackMix>(stored.clone()).ok();
        let mix = mix.filter(|mix| mix.check().is_ok());
        mix.unwrap_or_else(|| {
            self.note(place, "its mix cannot be read, and is left out");
            TrackMix::default()
        })
    }

    /// The children of an item, taken out of it.
    pub(super) fn children(&mut self, item: &mut Object, place: &str) -> Vec<Value> {
        list(item.remove("children"), place).unwrap_or_else(|error| {
            self.note(place, format!("it is empty here: {error}"));
            Vec::new()
        })
    }

    /// The items of a row, without a gap at its end.
    pub(super) fn items(
        &mut self,
        children: Vec<Value>,
        kind: TrackKind,
        track: &str,
    ) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut transitions: Vec<Object> = Vec::new();
        let mut end = 0.0_f64;
        for (number, child) in children.into_iter().enumerate() {
            let Value::Object(child) = child else {
                let place = format!("item {} on {track}", number + 1);
                self.note(&place, "it is no item, and left out");
                continue;
            };
            if schema_of(&child) == "Transition" {
                transitions.push(child);
                continue;
            }
            let place = place_of(&child, number, track);
            let start = rounded(end);
            end += self.length_of(&child, &place).unwrap_or_default();
            let range = FrameRange::between(start, rounded(end));
            let new = match schema_of(&child) {
                "Gap" => self.gap(child, range, &place),
                _ if range.length < Frames::ONE => {
                    self.note(&place, "it has no length, and is left out");
                    Vec::new()
                }
                _ => self.item(child, range, kind, track, &place),
            };
            if !new.is_empty() {
                let between = std::mem::take(&mut transitions);
                self.join(&mut items, new, between, track);
            }
        }
        self.join(&mut items, Vec::new(), transitions, track);
        while let Some(Item::Gap(_)) = items.last() {
            items.pop();
        }
        items
    }

    fn gap(&mut self, mut gap: Object, range: FrameRange, place: &str) -> Vec<Item> {
        let inner = self.range(gap.get("source_range"), place);
        let first = inner.unwrap_or_default().start;
        self.markers_of_clip(&mut gap, range, first, crate::Speed::default(), place);
        match range.length > Frames::ZERO {
            true => vec![Item::Gap(range.length)],
            false => Vec::new(),
        }
    }
}

/// A track with one item.
pub(super) fn track_around(child: Object, kind: TrackKind) -> Object {
    let kind = match kind {
        TrackKind::Video => "Video",
        TrackKind::Audio => "Audio",
    };
    let mut track = Object::new();
    track.insert("OTIO_SCHEMA".into(), "Track.1".into());
    track.insert("name".into(), text(&child, "name").into());
    track.insert("kind".into(), kind.into());
    track.insert("children".into(), json!([child]));
    track
}
