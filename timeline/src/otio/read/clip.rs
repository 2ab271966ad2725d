//! The clips of a cut: Kinora's own as they were, others from what their references and effects say.

use serde_json::{Value, json};

use super::Reader;
use super::source::addresses_of;
use super::time::rounded;
use crate::clip::{Clip, Source};
use crate::otio::json::{
    Object, active_reference, is_enabled, is_usual, ours, schema_of, strip_time_effects,
    time_scalar, without_ours,
};
use crate::otio::kept::{OFFSET, WHOLE};
use crate::otio::seen::{lowest_frame, show_from};
use crate::otio::write::{FROM_LOWEST, KEPT_FROM};
use crate::track::{Item, TrackKind};
use crate::{ClipId, ContentHash, FrameRange, Frames, MediumId, PreservedMetadata, SpeedRamp};

impl Reader {
    /// The items that an item of a cut becomes.
    pub(super) fn item(
        &mut self,
        child: Object,
        range: FrameRange,
        kind: TrackKind,
        track: &str,
        place: &str,
    ) -> Vec<Item> {
        let clip = match self.own(&child) {
            Some(own) => self.own_clip(own, child, range, place),
            None if matches!(schema_of(&child), "Stack" | "Track") => {
                return self.nested(child, range, kind, track, place);
            }
            None => self.foreign_clip(child, range, kind, place),
        };
        vec![Item::Clip(clip.into())]
    }

    /// The clip that Kinora wrote as this item.
    fn own(&self, child: &Object) -> Option<Clip> {
        let own: Clip = serde_json::from_value(Value::Object(ours(child)?.clone())).ok()?;
        let is_ours = schema_of(child) == "Clip" || own.source.sequence().is_some();
        let is_known = self.project.has_source(own.source) && own.id.0 < self.project.next_id;
        (is_ours && is_known).then_some(own)
    }

    fn foreign_clip(
        &mut self,
        mut child: Object,
        range: FrameRange,
        kind: TrackKind,
        place: &str,
    ) -> Clip {
        let is_known = schema_of(&child) == "Clip";
        let active = active_reference(&child);
        let available = active.as_ref().and_then(|one| one.get("available_range"));
        let available = self.range(available, place);
        let own_range = self.range(child.get("source_range"), place);
        let first = own_range.or(available).unwrap_or_default().start;
        let start = rounded(first - available.unwrap_or_default().start);
        if start < Frames::ZERO && is_known {
            let what = format!(
                "it begins {} before its file; here it begins with the file",
                -start
            );
            self.note(place, what);
        }
        let start = start.max(Frames::ZERO);
        let speed = self.speed(&child, place);
        let mut clip = Clip {
            speed,
            ..Clip::new(Source::Medium(MediumId(0)), start, range.length)
        };
        show_from(&mut clip, start);
        let last = clip.source_frame(clip.length - Frames::ONE);
        let needed = clip.source_start.max(last) + Frames::ONE;
        let frames = available.map_or(needed, |available| rounded(available.length).max(needed));
        clip.source = if let Some(title) = self.title(active.as_ref(), kind) {
            let what = "its text is shown as a title; font, place and style of the other program are kept, but not shown";
            self.note(place, what);
            Source::Title(title)
        } else {
            let is_end_known = available.is_some();
            self.note_reference(active.as_ref(), place);
            let medium = self.medium(active.as_ref(), &child, kind, frames, is_end_known);
            Source::Medium(medium)
        };
        clip.id = ClipId(self.id(None));
        clip.enabled = is_enabled(&child);
        self.markers_of_clip(&mut child, range, first, speed, place);
        let mut preserved = Object::new();
        let offset = rounded(first) - start;
        if offset != Frames::ZERO {
            preserved.insert(OFFSET.into(), offset.0.into());
        }
        if is_known {
            self.note_effects(&child, place);
            preserved.extend(kept_keys(child, active));
        } else {
            let schema = schema_of(&child);
            let what =
                format!("a {schema} is shown as a placeholder, and written again as it came");
            self.note(place, what);
            preserved.insert(WHOLE.into(), Value::Object(child));
        }
        clip.preserved_metadata = PreservedMetadata::of(&preserved);
        clip
    }

    /// Reports references to what Kinora cannot show.
    fn note_reference(&mut self, reference: Option<&Object>, place: &str) {
        let what = match reference.map(schema_of) {
            Some("ImageSequenceReference") => "its numbered pictures",
            Some("GeneratorReference") => "its generator",
            _ => return,
        };
        let what = format!(
            "{what} cannot be shown; a placeholder stands in, and it is written again as it came"
        );
        self.note(place, what);
    }

    /// A clip that Kinora wrote; another program may have moved or trimmed it since.
    fn own_clip(&mut self, own: Clip, mut child: Object, range: FrameRange, place: &str) -> Clip {
        let ours = ours(&child).cloned().unwrap_or_default();
        let offset = ours.get(KEPT_FROM).and_then(Value::as_i64).map(Frames);
        let mut clip = own;
        clip.id = ClipId(self.id(Some(clip.id.0)));
        self.own_addresses(clip.source, &child);
        let is_ramp_kept = !clip.ramp.is_constant()
            && clip.length == range.length
            && (time_scalar(&child) - clip.mean_speed()).abs() < 1e-9;
        let speed = match is_ramp_kept {
            true => clip.speed,
            false => self.speed(&child, place),
        };
        if !is_ramp_kept && !clip.ramp.is_constant() {
            (clip.ramp, clip.phase) = (SpeedRamp::default(), 0);
            let what = "another program changed it, and its speed ramp became its mean speed";
            self.note(place, what);
        }
        let inner = self.range(child.get("source_range"), place);
        let first = inner.map(|range| range.start);
        let start = first.map(|first| rounded(first) - offset.unwrap_or(Frames::ZERO));
        // Kinora 0.1 wrote the first frame of a reversed clip, not the lowest.
        let was_forwards = clip.speed.source_frames() >= 0;
        let is_from_lowest = was_forwards || ours.contains_key(FROM_LOWEST);
        let written = match is_from_lowest {
            true => lowest_frame(&clip),
            false => clip.source_start,
        };
        let start = start.unwrap_or(written);
        let is_as_long = clip.length == range.length || speed.source_frames() >= 0;
        let is_same = written == start && clip.speed == speed && is_as_long;
        (clip.length, clip.speed) = (range.length, speed);
        if !is_same {
            clip.phase = 0;
            match is_from_lowest {
                true => show_from(&mut clip, start),
                false => clip.source_start = start,
            }
        }
        clip.enabled = is_enabled(&child);
        let first = first.unwrap_or_default();
        self.markers_of_clip(&mut child, range, first, speed, place);
        self.note_effects(&child, place);
        strip_time_effects(&mut child);
        if clip.source.sequence().is_some() {
            child.remove("children"); // the sequence itself travels with the project
        }
        let written_by_us: &[&str] = if offset.is_some() {
            &[]
        } else {
            &["media_references", "active_media_reference_key", "name"]
        };
        for key in ["source_range", "enabled"].iter().chain(written_by_us) {
            child.remove(*key);
        }
        let mut preserved: Object = without_ours(child)
            .into_iter()
            .filter(|(key, value)| !is_usual(key, value))
            .collect();
        if let Some(offset) = offset.filter(|offset| *offset != Frames::ZERO) {
            preserved.insert(OFFSET.into(), offset.0.into());
        }
        clip.preserved_metadata = PreservedMetadata::of(&preserved);
        clip.with_fades_that_fit()
    }

    /// Collects the addresses of the file or the takes of a clip.
    fn own_addresses(&mut self, source: Source, child: &Object) {
        match source {
            Source::Medium(id) => {
                let reference = active_reference(child);
                let known = self.files.media.entry(id).or_default();
                for address in reference.as_ref().map_or_else(Vec::new, addresses_of) {
                    if !known.contains(&address) {
                        known.push(address);
                    }
                }
            }
            Source::Shot(_) => {
                let references = child.get("media_references").and_then(Value::as_object);
                for (key, reference) in references.into_iter().flatten() {
                    let take = ContentHash::try_from(key.clone()).ok();
                    if let Some((take, reference)) = take.zip(reference.as_object()) {
                        // Picture and sound of a take are two files.
                        let known = self.files.takes.entry(take).or_default();
                        for address in addresses_of(reference) {
                            if !known.contains(&address) {
                                known.push(address);
                            }
                        }
                    }
                }
            }
            Source::Title(_) | Source::Sequence(_) => {}
        }
    }
}

/// What a clip of another program keeps, to be written again.
fn kept_keys(mut child: Object, active: Option<Object>) -> Object {
    for key in ["source_range", "enabled", "media_reference", "OTIO_SCHEMA"] {
        child.remove(key);
    }
    if let Some(reference) = active {
        let references = || json!({"DEFAULT_MEDIA": reference});
        child.entry("media_references").or_insert_with(references);
        let key = || "DEFAULT_MEDIA".into();
        child
            .entry("active_media_reference_key")
            .or_insert_with(key);
    }
    strip_time_effects(&mut child);
    let kept = without_ours(child).into_iter();
    let mut kept: Object = kept.filter(|(key, value)| !is_usual(key, value)).collect();
    if !kept.contains_key("media_references") {
        kept.remove("name"); // the medium has it
    }
    kept
}
