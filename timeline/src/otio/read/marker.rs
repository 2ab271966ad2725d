//! Markers of a cut. Those of clips, gaps and tracks become markers of the timeline, at the same picture.

use serde_json::Value;

use super::Reader;
use super::time::rounded;
use crate::marker::Marker;
use crate::otio::json::{Object, label, ours, text};
use crate::{FrameRange, Frames, MarkerId, Speed};

impl Reader {
    /// A marker of a track or of the whole timeline, whose frames are those of the timeline.
    pub(super) fn marker_of_row(&mut self, marker: &Value, place: &str) {
        let Some(marker) = marker.as_object() else {
            self.note(place, "one of its markers cannot be read, and is left out");
            return;
        };
        let range = self.range(marker.get("marked_range"), place);
        let range = range.unwrap_or_default();
        let range = FrameRange {
            start: rounded(range.start),
            length: rounded(range.length),
        };
        self.marker(marker, range);
    }

    /// The markers of a track, taken out of it.
    pub(super) fn markers_of_row(&mut self, row: &mut Object, place: &str) {
        if let Some(Value::Array(markers)) = row.remove("markers") {
            for marker in markers {
                self.marker_of_row(&marker, place);
            }
        }
    }

    /// The markers of an item that lies in `range` and whose source is seen from the frame `first` on. Those that are
    /// not at a frame that is seen stay with the item.
    pub(super) fn markers_of_clip(
        &mut self,
        item: &mut Object,
        range: FrameRange,
        first: f64,
        speed: Speed,
        place: &str,
    ) {
        let Some(Value::Array(markers)) = item.remove("markers") else {
            return;
        };
        let scale = f64::from(speed.source_frames()) / f64::from(speed.record_frames());
        let (mut unseen, mut moved) = (Vec::new(), 0);
        for marker in markers {
            let Some(found) = marker.as_object() else {
                continue;
            };
            let marked = self.range(found.get("marked_range"), place);
            let marked = marked.unwrap_or_default();
            let way = match scale.abs() < 1e-9 {
                true => Frames::ZERO, // of a still picture
                false => Frames(((marked.start - first) / scale.abs() + 1e-6).floor() as i64),
            };
            let at = match scale < 0.0 {
                true => range.length - Frames::ONE - way,
                false => way,
            };
            if at < Frames::ZERO || at >= range.length {
                let name = text(found, "name");
                let what = format!(
                    "its marker \"{name}\" is at a frame that is not seen; it is not shown, and written again as it came"
                );
                self.note(place, what);
                unseen.push(marker);
                continue;
            }
            let length = match scale.abs() < 1e-9 {
                true => Frames::ZERO,
                false => rounded(marked.length / scale.abs()),
            };
            let marked = FrameRange {
                start: range.start + at,
                length: length.min(range.length - at),
            };
            self.marker(found, marked);
            moved += 1;
        }
        if moved > 0 {
            self.note(
                place,
                "its markers lie on the timeline now, as Kinora's clips have none",
            );
        }
        if !unseen.is_empty() {
            item.insert("markers".into(), unseen.into());
        }
    }

    fn marker(&mut self, marker: &Object, range: FrameRange) {
        let wanted = ours(marker).and_then(|ours| ours.get("id")?.as_u64());
        let id = MarkerId(self.id(wanted));
        self.markers.push(Marker {
            id,
            range,
            label: label(text(marker, "color")),
            name: text(marker, "name").into(),
            note: text(marker, "comment").into(),
        });
    }
}
