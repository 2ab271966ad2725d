//! Reads an OTIO timeline. Kinora's own comes back unchanged; others as far as Kinora has equivalents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Loss;
use super::error::ReadError;
use super::json::{
    Object, active_reference, expect_schema, find_rate, is_usual, label, list, object, ours,
    rate_of, schema_of, strip_time_effects, text, time_scalar, without_ours, wrong,
};
use super::write::KEPT_FROM;
use crate::check::check;
use crate::clip::{Clip, Source};
use crate::marker::Marker;
use crate::media::{Extent, Medium, MediumMarks};
use crate::track::{Item, Track, TrackKind};
use crate::transition::{Transition, TransitionKind};
use crate::{
    ClipId, ContentHash, FrameRange, FrameRate, Frames, MarkerId, MediumId, PreservedMetadata,
    Project, Rounding, Size, Speed, SpeedRamp, TrackId,
};

/// The project of an `.otio` text, and the list of what Kinora cannot show.
pub fn read(text: &str) -> Result<(Project, Vec<Loss>), ReadError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ReadError::NotJson {
        line: error.line(),
        column: error.column(),
        why: error.to_string(),
    })?;
    let timeline = object(value, "the file")?;
    expect_schema(&timeline, "Timeline", "the file")?;
    let mut reader = Reader::new(&timeline);
    let project = reader.timeline(timeline)?;
    match check(&project).into_iter().next() {
        Some(problem) => Err(ReadError::Inconsistent(problem)),
        None => Ok((project, reader.losses)),
    }
}

struct Reader {
    project: Project,
    /// Media created for references, by their URLs.
    media: BTreeMap<String, MediumId>,
    losses: Vec<Loss>,
}

impl Reader {
    /// Starts from Kinora's own metadata, if there is any.
    fn new(timeline: &Object) -> Self {
        let ours = timeline
            .get("metadata")
            .and_then(|metadata| metadata.get("kinora"))
            .cloned();
        let project = ours.and_then(|mut ours| {
            ours.as_object_mut()?.insert("tracks".into(), json!([]));
            serde_json::from_value(ours).ok()
        });
        let project = project.unwrap_or_else(|| {
            let rate = find_rate(timeline.get("tracks").unwrap_or(&Value::Null), 0)
                .unwrap_or(FrameRate::FPS_24);
            Project {
                tracks: Vec::new(),
                next_id: 1,
                ..Project::new(rate, Size::COMMON[3])
            }
        });
        Self {
            project,
            media: BTreeMap::new(),
            losses: Vec::new(),
        }
    }

    fn timeline(&mut self, mut timeline: Object) -> Result<Project, ReadError> {
        let mut stack = object(timeline.remove("tracks").unwrap_or_default(), "tracks")?;
        expect_schema(&stack, "Stack", "tracks")?;
        for marker in list(stack.remove("markers"), "tracks > markers")? {
            self.marker(marker)?;
        }
        for (number, child) in list(stack.remove("children"), "tracks")?
            .into_iter()
            .enumerate()
        {
            self.track(child, number)?;
        }
        for kind in [TrackKind::Video, TrackKind::Audio] {
            if !self.project.tracks.iter().any(|track| track.kind == kind) {
                let id = TrackId(self.project.fresh_id());
                let name = if kind == TrackKind::Video { "V1" } else { "A1" };
                self.project
                    .tracks
                    .push(Arc::new(Track::new(id, kind, name)));
            }
        }
        self.project
            .tracks
            .sort_by_key(|track| track.kind == TrackKind::Audio);
        timeline.remove("name");
        let mut preserved = without_ours(timeline);
        let stack = without_ours(stack);
        let stack: Object = stack
            .into_iter()
            .filter(|(key, value)| key != "name" && !is_usual(key, value))
            .collect();
        if !stack.is_empty() {
            preserved.insert("tracks".into(), stack.into());
        }
        preserved.retain(|key, value| !is_usual(key, value));
        self.project.preserved_metadata = PreservedMetadata::of(&preserved);
        // Rebuilt from what was read: the orders of items and the index.
        let stored = serde_json::to_value(&self.project).and_then(serde_json::from_value);
        stored.map_err(|error| wrong("the file", &error.to_string()))
    }

    fn marker(&mut self, marker: Value) -> Result<(), ReadError> {
        let marker = object(marker, "tracks > markers")?;
        let id = ours(&marker)
            .and_then(|ours| ours.get("id")?.as_u64())
            .map(MarkerId);
        let id =
            id.filter(|id| id.0 < self.project.next_id && self.project.markers.get(*id).is_none());
        let id = id.unwrap_or_else(|| MarkerId(self.project.fresh_id()));
        let range = self
            .range(marker.get("marked_range"), "tracks > markers")?
            .unwrap_or(FrameRange {
                start: Frames::ZERO,
                length: Frames::ZERO,
            });
        let marker = Marker {
            id,
            range,
            label: label(text(&marker, "color")),
            name: text(&marker, "name").into(),
            note: text(&marker, "comment").into(),
        };
        self.project.markers.insert(id, Arc::new(marker));
        Ok(())
    }

    fn track(&mut self, child: Value, number: usize) -> Result<(), ReadError> {
        let mut track = object(child, &format!("tracks > item {number}"))?;
        let name = text(&track, "name").to_owned();
        let place = format!(
            "tracks > {}",
            if name.is_empty() {
                number.to_string()
            } else {
                name.clone()
            }
        );
        if schema_of(&track) != "Track" {
            let what = format!("a {} beside the tracks is left out", schema_of(&track));
            self.losses.push(Loss { place, what });
            return Ok(());
        }
        let kind = match text(&track, "kind") {
            "Video" | "" => TrackKind::Video,
            "Audio" => TrackKind::Audio,
            other => {
                let what = format!("a track of kind {other} is left out");
                self.losses.push(Loss { place, what });
                return Ok(());
            }
        };
        let ours = ours(&track).cloned().unwrap_or_default();
        let flag = |key: &str| ours.get(key).and_then(Value::as_bool).unwrap_or(false);
        let (locked, solo) = (flag("locked"), flag("solo"));
        let sync_locked = ours.get("sync_locked").and_then(Value::as_bool);
        let sync_locked = sync_locked.unwrap_or(true); // as on every new track
        let muted = track.get("enabled").and_then(Value::as_bool) == Some(false);
        let id = ours
            .get("id")
            .and_then(Value::as_u64)
            .filter(|id| *id < self.project.next_id && self.project.track(TrackId(*id)).is_none());
        let id = TrackId(id.unwrap_or_else(|| self.project.fresh_id()));
        let letter = if kind == TrackKind::Video { 'V' } else { 'A' };
        let name = if name.is_empty() {
            format!("{letter}{}", number + 1)
        } else {
            name
        };
        let children = list(track.remove("children"), &place)?;
        let items = self.items(children, kind, &place)?;
        if let Some(trim) = self.range(track.get("source_range"), &place)? {
            let what = format!(
                "the track is trimmed to {} in the file; here it is whole",
                trim.length
            );
            self.losses.push(Loss {
                place: place.clone(),
                what,
            });
        }
        for key in ["name", "kind", "enabled"] {
            track.remove(key);
        }
        let preserved: Object = without_ours(track)
            .into_iter()
            .filter(|(key, value)| !is_usual(key, value))
            .collect();
        let items = crate::splice::ordered(items);
        self.project.tracks.push(Arc::new(Track {
            id,
            kind,
            name: name.into(),
            locked,
            muted,
            solo,
            sync_locked,
            preserved_metadata: PreservedMetadata::of(&preserved),
            items,
        }));
        Ok(())
    }

    fn items(
        &mut self,
        children: Vec<Value>,
        kind: TrackKind,
        place: &str,
    ) -> Result<Vec<Item>, ReadError> {
        let mut items: Vec<Item> = Vec::new();
        let mut transition: Option<Object> = None;
        for (number, child) in children.into_iter().enumerate() {
            let place = format!("{place} > item {number}");
            let child = object(child, &place)?;
            match schema_of(&child) {
                "Transition" => {
                    transition = Some(child);
                    continue;
                }
                "Gap" => {
                    let length = self
                        .range(child.get("source_range"), &place)?
                        .map_or(Frames::ZERO, |range| range.length);
                    match items.last_mut() {
                        Some(Item::Gap(last)) => *last += length,
                        _ if length > Frames::ZERO => items.push(Item::Gap(length)),
                        _ => {}
                    }
                }
                _ => {
                    let Some(mut clip) = self.clip(child, kind, &place)? else {
                        continue;
                    };
                    if let Some(found) = transition.take() {
                        clip.transition = self.transition(&found, items.last(), &clip, &place)?;
                    }
                    items.push(Item::Clip(clip.into()));
                }
            }
            if let Some(left) = transition.take() {
                let what = format!(
                    "the transition \"{}\" has no clip after it and is left out",
                    text(&left, "name")
                );
                self.losses.push(Loss { place, what });
            }
        }
        while let Some(Item::Gap(_)) = items.last() {
            items.pop();
        }
        Ok(items)
    }

    fn transition(
        &mut self,
        found: &Object,
        before: Option<&Item>,
        clip: &Clip,
        place: &str,
    ) -> Result<Option<Transition>, ReadError> {
        let Some(Item::Clip(previous)) = before else {
            self.losses.push(Loss {
                place: place.into(),
                what: "a transition without a clip before it is left out".into(),
            });
            return Ok(None);
        };
        let offset = |key: &str| self.time(found.get(key), place);
        let kind =
            ours(found).and_then(|ours| serde_json::from_value(ours.get("kind")?.clone()).ok());
        let transition = Transition {
            kind: kind.unwrap_or(TransitionKind::Dissolve),
            from: previous.id,
            before: offset("in_offset")?.unwrap_or(Frames::ZERO),
            after: offset("out_offset")?.unwrap_or(Frames::ZERO),
        };
        let handle = clip.handles(self.project.available(clip.source)).left;
        let tail = previous
            .handles(self.project.available(previous.source))
            .right;
        if transition.before > handle || transition.after > tail {
            self.losses.push(Loss {
                place: place.into(),
                what: "a transition without enough handles is left out".into(),
            });
            return Ok(None);
        }
        Ok(Some(transition))
    }

    /// The clip of an item, or `None` if its length is 0.
    fn clip(
        &mut self,
        mut child: Object,
        kind: TrackKind,
        place: &str,
    ) -> Result<Option<Clip>, ReadError> {
        let known = schema_of(&child) == "Clip";
        let active = active_reference(&child);
        let available = self.range(
            active
                .as_ref()
                .and_then(|reference| reference.get("available_range")),
            place,
        )?;
        let range = self.range(child.get("source_range"), place)?.or(available);
        let range = match range {
            Some(range) => range,
            None if !known => FrameRange {
                start: Frames::ZERO,
                length: self.length_within(&child, 0),
            },
            None => FrameRange {
                start: Frames::ZERO,
                length: Frames::ZERO,
            },
        };
        if range.length < Frames::ONE {
            self.losses.push(Loss {
                place: place.into(),
                what: "an item without a length is left out".into(),
            });
            return Ok(None);
        }
        let own: Option<Clip> =
            ours(&child).and_then(|ours| serde_json::from_value(Value::Object(ours.clone())).ok());
        if let Some(own) = own.filter(|own: &Clip| {
            let is_ours = known || own.source.sequence().is_some();
            is_ours && self.project.has_source(own.source) && own.id.0 < self.project.next_id
        }) {
            return Ok(Some(self.own_clip(own, child, range)));
        }
        let speed = self.speed(&child, place);
        let offset = available.map_or(Frames::ZERO, |available| available.start);
        let start = range.start - offset;
        let start = if start < Frames::ZERO {
            Frames::ZERO
        } else {
            start
        };
        let mut clip = Clip {
            speed,
            ..Clip::new(Source::Medium(MediumId(0)), start, range.length)
        };
        let needed = clip.source_frame(clip.length - Frames::ONE).max(start) + Frames::ONE;
        let frames = available.map_or(needed, |available| available.length.max(needed));
        let medium = self.medium(active.as_ref(), &child, kind, frames);
        clip.id = ClipId(self.project.fresh_id());
        clip.source = Source::Medium(medium);
        clip.enabled = child
            .get("enabled")
            .and_then(Value::as_bool)
            .unwrap_or(true);
        let mut preserved = Object::new();
        if range.start - clip.source_start != Frames::ZERO {
            preserved.insert(
                "kinora_offset".into(),
                (range.start - clip.source_start).0.into(),
            );
        }
        if known {
            child.remove("source_range");
            child.remove("enabled");
            for key in ["media_reference", "OTIO_SCHEMA"] {
                child.remove(key);
            }
            if let Some(reference) = active {
                child
                    .entry("media_references")
                    .or_insert_with(|| json!({"DEFAULT_MEDIA": reference}));
                child
                    .entry("active_media_reference_key")
                    .or_insert_with(|| "DEFAULT_MEDIA".into());
            }
            strip_time_effects(&mut child);
            preserved.extend(
                without_ours(child)
                    .into_iter()
                    .filter(|(key, value)| !is_usual(key, value)),
            );
            if !preserved.contains_key("media_references") {
                preserved.remove("name"); // the medium has it
            }
        } else {
            let what = format!(
                "a {} is shown as a placeholder, and written again as it came",
                schema_of(&child)
            );
            self.losses.push(Loss {
                place: place.into(),
                what,
            });
            preserved.insert("kinora_whole".into(), Value::Object(child));
        }
        clip.preserved_metadata = PreservedMetadata::of(&preserved);
        Ok(Some(clip))
    }

    /// A clip that Kinora wrote; another program may have moved or trimmed it since.
    fn own_clip(&mut self, own: Clip, mut child: Object, range: FrameRange) -> Clip {
        let offset = ours(&child)
            .and_then(|ours| ours.get(KEPT_FROM)?.as_i64())
            .map(Frames);
        let start = range.start - offset.unwrap_or(Frames::ZERO);
        let mut clip = own;
        let is_ramp_kept = !clip.ramp.is_constant()
            && clip.length == range.length
            && (time_scalar(&child) - clip.mean_speed()).abs() < 1e-9;
        let speed = match is_ramp_kept {
            true => clip.speed,
            false => self.speed(&child, ""),
        };
        if !is_ramp_kept && !clip.ramp.is_constant() {
            (clip.ramp, clip.phase) = (SpeedRamp::default(), 0);
            self.losses.push(Loss {
                place: format!("clip {}", clip.id.number()),
                what: "another program changed it, and its speed ramp became its mean speed".into(),
            });
        }
        if clip.source_start != start || clip.speed != speed {
            clip.phase = 0;
        }
        (clip.source_start, clip.length, clip.speed) = (start, range.length, speed);
        clip.enabled = child
            .get("enabled")
            .and_then(Value::as_bool)
            .unwrap_or(true);
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
            preserved.insert("kinora_offset".into(), offset.0.into());
        }
        clip.preserved_metadata = PreservedMetadata::of(&preserved);
        clip.with_fades_that_fit()
    }

    /// The medium of a reference, created the first time.
    fn medium(
        &mut self,
        reference: Option<&Object>,
        child: &Object,
        kind: TrackKind,
        frames: Frames,
    ) -> MediumId {
        let address = reference.map_or("", |reference| text(reference, "target_url"));
        let name = if text(child, "name").is_empty() {
            address
        } else {
            text(child, "name")
        };
        let key = if address.is_empty() {
            format!("{name}?")
        } else {
            address.to_owned()
        };
        let (picture, sound) = (kind == TrackKind::Video, kind == TrackKind::Audio);
        let rate = self.project.rate();
        if let Some(medium) = self.media.get(&key).and_then(|id| self.project.medium(*id)) {
            let mut medium = Medium::clone(medium);
            let known = medium.available(rate).unwrap_or(frames);
            medium.extent = Extent::Video {
                rate,
                frames: known.max(frames),
            };
            (medium.has_picture, medium.has_sound) =
                (medium.has_picture || picture, medium.has_sound || sound);
            let id = medium.id;
            self.project.media.insert(id, medium.into());
            return id;
        }
        let id = MediumId(self.project.fresh_id());
        let medium = Medium {
            id,
            name: name.into(),
            content: ContentHash::of(key.as_bytes()), // a placeholder, until the medium is relinked
            path: address.into(),
            extent: Extent::Video { rate, frames },
            has_picture: picture,
            has_sound: sound,
            marks: MediumMarks::default(),
        };
        self.project.media.insert(id, medium.into());
        self.media.insert(key, id);
        id
    }

    /// The speed that results from all time effects of an item, as an exact ratio where it is one.
    fn speed(&mut self, child: &Object, place: &str) -> Speed {
        let scalar = time_scalar(child);
        let near = |parts: u32| {
            let source = (scalar * f64::from(parts)).round();
            ((source / f64::from(parts) - scalar).abs() < 1e-9)
                .then(|| Speed::new(source as i32, parts))
                .flatten()
        };
        (1..=1000).find_map(near).unwrap_or_else(|| {
            let what = format!("it runs at {scalar} of its speed, which is rounded here");
            self.losses.push(Loss {
                place: place.into(),
                what,
            });
            Speed::new((scalar * 100.0).round().clamp(-1000.0, 1000.0) as i32, 100)
                .unwrap_or_default()
        })
    }

    /// The length of an item of an unknown schema: that of its children.
    fn length_within(&self, item: &Object, depth: usize) -> Frames {
        if depth > 20 {
            return Frames::ZERO;
        }
        if let Ok(Some(range)) = self.range(item.get("source_range"), "") {
            return range.length;
        }
        let children = item
            .get("children")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let lengths = children
            .filter_map(Value::as_object)
            .map(|child| self.length_within(child, depth + 1));
        if schema_of(item) == "Stack" {
            lengths.max().unwrap_or(Frames::ZERO)
        } else {
            lengths.sum()
        }
    }

    fn range(&self, value: Option<&Value>, place: &str) -> Result<Option<FrameRange>, ReadError> {
        let Some(range) = value.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let start = self.time(range.get("start_time"), place)?;
        let length = self.time(range.get("duration"), place)?;
        let range = start
            .zip(length)
            .ok_or_else(|| wrong(place, "a time range needs a start and a duration"))?;
        if range.1 < Frames::ZERO {
            return Err(wrong(place, "a time range has a negative duration"));
        }
        Ok(Some(FrameRange {
            start: range.0,
            length: range.1,
        }))
    }

    /// A time, in frames of the timeline.
    fn time(&self, value: Option<&Value>, place: &str) -> Result<Option<Frames>, ReadError> {
        let Some(time) = value.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let number = |key: &str| {
            time.get(key)
                .and_then(Value::as_f64)
                .filter(|number| number.is_finite() && number.abs() < 1e12)
        };
        let (Some(count), Some(rate)) = (number("value"), number("rate")) else {
            return Err(wrong(place, "a time needs a value and a rate"));
        };
        let rate = rate_of(rate)
            .ok_or_else(|| wrong(place, &format!("{rate} frames a second is no rate")))?;
        if rate == self.project.rate() {
            return Ok(Some(Frames(count.round() as i64)));
        }
        // In thousandths of a frame, so that a fractional time is rounded once, here.
        let (frames, seconds) = rate.as_fraction();
        let fine = FrameRate::new(frames.saturating_mul(1000), seconds).unwrap_or(rate);
        Ok(Some(Frames((count * 1000.0).round() as i64).rescaled(
            fine,
            self.project.rate(),
            Rounding::Nearest,
        )))
    }
}
