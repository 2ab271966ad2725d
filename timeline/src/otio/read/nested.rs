//! Compound clips: a stack or a track in place of a clip. One with a single row becomes the clips of that row; any other
//! becomes a sequence of the project.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reader;
use super::time::rounded;
use super::track::track_around;
use crate::clip::{Clip, Source};
use crate::otio::json::{
    Object, is_enabled, is_usual, schema_of, strip_time_effects, text, time_scalar, without_ours,
};
use crate::otio::seen::show_from;
use crate::sequence::Sequence;
use crate::track::{Item, TrackKind};
use crate::tree::{Spans as _, Tree};
use crate::{ClipId, ContentHash, FrameRange, Frames, PreservedMetadata, SequenceId};

impl Reader {
    /// The items of a compound clip that lies in `range`.
    pub(super) fn nested(
        &mut self,
        mut child: Object,
        range: FrameRange,
        kind: TrackKind,
        track: &str,
        place: &str,
    ) -> Vec<Item> {
        let inner = self.range(child.get("source_range"), place);
        let first = inner.unwrap_or_default().start;
        let window = FrameRange {
            start: rounded(first).max(Frames::ZERO),
            length: range.length,
        };
        let mut children = self.children(&mut child, place);
        let has_speed = (time_scalar(&child) - 1.0).abs() > 1e-9;
        let row = match has_speed {
            true => None,
            false => self.only_row(&child, &mut children, kind, place),
        };
        if let Some((row, is_shown)) = row {
            let speed = crate::Speed::default();
            self.markers_of_clip(&mut child, range, first, speed, place);
            self.note_effects(&child, place);
            self.note(place, "it is shown as the clips in it, and written so");
            let mut items = self.row_within(row, kind, track, window, range.start);
            if !is_shown || !is_enabled(&child) {
                items.iter_mut().for_each(disable);
            }
            return items;
        }
        if schema_of(&child) == "Track" {
            // With a speed of its own: a sequence with this track.
            let mut inner = child.clone();
            inner.remove("source_range");
            inner.remove("effects");
            inner.insert("children".into(), Value::Array(children));
            children = vec![inner.into()];
        }
        let children = children.into_iter().map(|child| match child {
            Value::Object(child) if schema_of(&child) != "Track" => {
                track_around(child, kind).into()
            }
            child => child,
        });
        let children = children.collect();
        vec![Item::Clip(
            self.compound(child, children, window, range, first, place)
                .into(),
        )]
    }

    /// The children of the only row of a compound clip, and whether the row is switched on. `None`: it has several rows.
    fn only_row(
        &mut self,
        item: &Object,
        children: &mut Vec<Value>,
        kind: TrackKind,
        place: &str,
    ) -> Option<(Vec<Value>, bool)> {
        if schema_of(item) == "Track" {
            return Some((std::mem::take(children), true));
        }
        let mut fitting = children.iter().filter(|child| fits(child, kind));
        let (Some(Value::Object(only)), None) = (fitting.next(), fitting.next()) else {
            return None;
        };
        let mut only = only.clone();
        if schema_of(&only) != "Track" {
            return Some((vec![Value::Object(only)], true));
        }
        // What a track is trimmed to, or does to its clips, only a track can show.
        let has_range = only.get("source_range").is_some_and(Value::is_object);
        let effects = only.get("effects").and_then(Value::as_array);
        if has_range || effects.is_some_and(|effects| !effects.is_empty()) {
            return None;
        }
        let is_shown = is_enabled(&only);
        Some((self.children(&mut only, place), is_shown))
    }

    /// The part of a row that is seen, at a frame of the row outside.
    fn row_within(
        &mut self,
        children: Vec<Value>,
        kind: TrackKind,
        track: &str,
        window: FrameRange,
        at: Frames,
    ) -> Vec<Item> {
        let outside = std::mem::take(&mut self.markers);
        let items = self.items(children, kind, track);
        let inside = std::mem::replace(&mut self.markers, outside);
        for mut marker in inside {
            if window.contains(marker.range.start) {
                marker.range.start = at + (marker.range.start - window.start);
                self.markers.push(marker);
            }
        }
        part_of(items, window)
    }

    /// The clip of a compound clip with several rows.
    fn compound(
        &mut self,
        mut child: Object,
        children: Vec<Value>,
        window: FrameRange,
        range: FrameRange,
        first: f64,
        place: &str,
    ) -> Clip {
        let speed = self.speed(&child, place);
        self.markers_of_clip(&mut child, range, first, speed, place);
        self.note_effects(&child, place);
        let id = self.sequence(text(&child, "name"), children);
        let mut clip = Clip {
            id: ClipId(self.id(None)),
            speed,
            enabled: is_enabled(&child),
            ..Clip::new(Source::Sequence(id), window.start, window.length)
        };
        show_from(&mut clip, window.start);
        strip_time_effects(&mut child);
        for key in ["source_range", "enabled", "name", "kind"] {
            child.remove(key);
        }
        let preserved = without_ours(child).into_iter();
        let preserved: Object = preserved
            .filter(|(key, value)| !is_usual(key, value))
            .collect();
        clip.preserved_metadata = PreservedMetadata::of(&preserved);
        clip
    }

    /// The sequence with this content, created the first time.
    fn sequence(&mut self, name: &str, children: Vec<Value>) -> SequenceId {
        let key = ContentHash::of(json!([name, children]).to_string().as_bytes());
        if let Some(id) = self.sequences.get(&key) {
            return *id;
        }
        let outside = std::mem::take(&mut self.markers);
        let mut tracks = Vec::new();
        for (number, child) in children.into_iter().enumerate() {
            tracks.extend(self.track(child, number).map(Arc::new));
        }
        self.complete(&mut tracks);
        self.settle_keys(&mut tracks);
        let inside = std::mem::replace(&mut self.markers, outside);
        let mut markers = Tree::default();
        for marker in inside {
            markers.insert(marker.id, Arc::new(marker));
        }
        let id = SequenceId(self.id(None));
        let name = if name.is_empty() {
            "Compound clip"
        } else {
            name
        };
        let sequence = Sequence {
            id,
            name: name.into(),
            tracks,
            markers,
            in_out: None,
        };
        self.project.others.insert(id, Arc::new(sequence));
        self.sequences.insert(key, id);
        id
    }
}

/// Whether a child of a compound clip can be shown on a track of this kind.
fn fits(child: &Value, kind: TrackKind) -> bool {
    let own = child
        .as_object()
        .filter(|child| schema_of(child) == "Track");
    own.is_none_or(|track| match text(track, "kind") {
        "Audio" => kind == TrackKind::Audio,
        "Video" | "" => kind == TrackKind::Video,
        _ => false,
    })
}

fn disable(item: &mut Item) {
    if let Item::Clip(clip) = item {
        Arc::make_mut(clip).enabled = false;
    }
}

/// The part of a row within a range, with a gap where the row has ended.
fn part_of(items: Vec<Item>, window: FrameRange) -> Vec<Item> {
    let (mut at, mut covered) = (Frames::ZERO, Frames::ZERO);
    let mut part: Vec<Item> = Vec::new();
    for item in items {
        let whole = FrameRange {
            start: at,
            length: Frames(item.span()),
        };
        at = whole.end();
        let Some(seen) = whole.overlap(window) else {
            continue;
        };
        covered += seen.length;
        part.push(match item {
            Item::Gap(_) => Item::Gap(seen.length),
            Item::Clip(clip) => {
                let (head, tail) = (seen.start - whole.start, whole.end() - seen.end());
                let mut clip = Arc::unwrap_or_clone(clip);
                if tail > Frames::ZERO {
                    clip = clip.trimmed_at_tail(tail);
                }
                if head > Frames::ZERO {
                    clip = clip.trimmed_at_head(head);
                }
                if part.is_empty() {
                    clip.transition = None;
                }
                Item::Clip(clip.into())
            }
        });
    }
    if covered < window.length {
        part.push(Item::Gap(window.length - covered));
    }
    part
}
