//! Writes a project as an OTIO timeline.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Loss;
use crate::clip::{Clip, Label, Look, Source};
use crate::marker::Marker;
use crate::track::{Item, Track, TrackKind};
use crate::transition::{Transition, TransitionKind};
use crate::{ContentHash, FrameRange, FrameRate, Frames, Project, ShotId};

/// The file of a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeFile {
    /// Its id: the hash of its recipe.
    pub take: ContentHash,
    /// A path or a URL.
    pub path: String,
}

/// The text of an `.otio` file, and the list of what other editors will not show. The takes of a shot become the
/// media references of its clips; the chosen take is active.
pub fn write(
    project: &Project,
    name: &str,
    takes: &BTreeMap<ShotId, Vec<TakeFile>>,
) -> (String, Vec<Loss>) {
    let mut writer = Writer {
        project,
        takes,
        losses: Vec::new(),
    };
    let timeline = writer.timeline(name);
    let text = serde_json::to_string_pretty(&timeline).unwrap_or_default();
    (text + "\n", writer.losses)
}

/// The metadata key of a clip whose references came from another program: where its medium's time starts.
pub(super) const KEPT_FROM: &str = "otio_offset";

struct Writer<'a> {
    project: &'a Project,
    takes: &'a BTreeMap<ShotId, Vec<TakeFile>>,
    losses: Vec<Loss>,
}

impl Writer<'_> {
    fn timeline(&mut self, name: &str) -> Value {
        let tracks: Vec<Value> = self
            .project
            .tracks()
            .iter()
            .map(|track| self.track(track))
            .collect();
        let markers: Vec<Value> = self
            .project
            .markers()
            .map(|marker| self.marker(marker))
            .collect();
        let mut keys = self.project.preserved_metadata.keys();
        let mut stack = taken(&mut keys, "tracks");
        let metadata = with_kinora(taken(&mut keys, "metadata"), self.project_without_tracks());
        fill(
            &mut stack,
            "Stack.1",
            json!({"name": "tracks", "children": tracks, "markers": markers}),
        );
        fill(
            &mut keys,
            "Timeline.1",
            json!({"name": name, "metadata": metadata, "tracks": stack}),
        );
        keys.entry("global_start_time").or_insert(Value::Null);
        Value::Object(keys)
    }

    /// The project without its tracks, markers and preserved metadata, which the OTIO objects carry themselves.
    fn project_without_tracks(&self) -> Value {
        let mut project = serde_json::to_value(self.project).unwrap_or_default();
        if let Some(project) = project.as_object_mut() {
            for key in ["tracks", "foreign", "markers"] {
                project.remove(key);
            }
        }
        project
    }

    fn track(&mut self, track: &Track) -> Value {
        let mut children = Vec::new();
        for placed in track.items() {
            match placed.item {
                Item::Gap(length) => children.push(self.gap(*length)),
                Item::Clip(clip) => {
                    children.extend(
                        clip.transition
                            .map(|transition| self.transition(transition)),
                    );
                    children.push(self.clip(clip, track));
                }
            }
        }
        let kinora = json!({
            "id": track.id,
            "locked": track.locked,
            "solo": track.solo,
            "sync_locked": track.sync_locked,
        });
        let mut keys = track.preserved_metadata.keys();
        let metadata = with_kinora(taken(&mut keys, "metadata"), kinora);
        let kind = if track.kind == TrackKind::Video {
            "Video"
        } else {
            "Audio"
        };
        fill(
            &mut keys,
            "Track.1",
            json!({"name": &*track.name, "kind": kind, "metadata": metadata, "enabled": !track.muted, "children": children}),
        );
        Value::Object(keys)
    }

    fn gap(&self, length: Frames) -> Value {
        let mut gap = Map::new();
        let range = FrameRange {
            start: Frames::ZERO,
            length,
        };
        fill(
            &mut gap,
            "Gap.1",
            json!({"name": "", "source_range": time_range(range, self.project.rate())}),
        );
        Value::Object(gap)
    }

    fn transition(&self, transition: Transition) -> Value {
        let rate = self.project.rate();
        let kind = if transition.kind == TransitionKind::Dissolve {
            "SMPTE_Dissolve"
        } else {
            "Custom_Transition"
        };
        json!({
            "OTIO_SCHEMA": "Transition.1",
            "metadata": {"kinora": {"kind": transition.kind}},
            "name": "",
            "in_offset": time(transition.before, rate),
            "out_offset": time(transition.after, rate),
            "transition_type": kind,
        })
    }

    fn clip(&mut self, clip: &Clip, track: &Track) -> Value {
        self.note_losses(clip, track);
        let rate = self.project.rate();
        let mut keys = clip.preserved_metadata.keys();
        let offset = keys
            .remove("kinora_offset")
            .and_then(|offset| offset.as_i64())
            .map_or(Frames::ZERO, Frames);
        let range = FrameRange {
            start: clip.source_start + offset,
            length: clip.length,
        };
        if let Some(Value::Object(mut whole)) = keys.remove("kinora_whole") {
            // An item of a schema Kinora does not know: only its range is replaced.
            whole.insert("source_range".into(), time_range(range, rate));
            return Value::Object(whole);
        }
        let own = Clip {
            transition: None,
            preserved_metadata: crate::PreservedMetadata::default(),
            ..clip.clone()
        };
        let mut kinora = serde_json::to_value(own).unwrap_or_default();
        if let Some(kinora) = kinora
            .as_object_mut()
            .filter(|_| keys.contains_key("media_references"))
        {
            kinora.insert(KEPT_FROM.into(), offset.0.into());
        }
        let metadata = with_kinora(taken(&mut keys, "metadata"), kinora);
        let preserved_references = keys
            .remove("media_references")
            .zip(keys.remove("active_media_reference_key"));
        let (references, active) = preserved_references.unwrap_or_else(|| {
            let (references, active) = self.references(clip.source);
            (Value::Object(references), active.into())
        });
        let mut effects = keys
            .remove("effects")
            .and_then(|effects| effects.as_array().cloned())
            .unwrap_or_default();
        effects.extend(time_effect(clip));
        let name = keys
            .remove("name")
            .unwrap_or_else(|| self.name_of(clip.source).into());
        if let Source::Sequence(id) = clip.source {
            let tracks = self.project.tracks_of(id).unwrap_or_default().to_vec();
            let children: Vec<Value> = tracks
                .iter()
                .filter(|inner| inner.kind == track.kind)
                .map(|track| self.track(track))
                .collect();
            let stack = json!({
                "name": name,
                "metadata": metadata,
                "source_range": time_range(range, rate),
                "effects": effects,
                "enabled": clip.enabled,
                "children": children,
            });
            fill(&mut keys, "Stack.1", stack);
            return Value::Object(keys);
        }
        fill(
            &mut keys,
            "Clip.2",
            json!({
                "name": name,
                "metadata": metadata,
                "source_range": time_range(range, rate),
                "effects": effects,
                "enabled": clip.enabled,
                "media_references": references,
                "active_media_reference_key": active,
            }),
        );
        Value::Object(keys)
    }

    fn name_of(&self, source: Source) -> String {
        let name = match source {
            Source::Shot(id) => self.project.shot(id).map(|shot| shot.name.clone()),
            Source::Medium(id) => self.project.medium(id).map(|medium| medium.name.clone()),
            Source::Title(id) => self.project.title(id).map(|title| title.text.clone()),
            Source::Sequence(id) => self.project.sequence_name(id).map(ToString::to_string),
        };
        name.unwrap_or_default()
    }

    /// The media references of a source by their keys, and the active key.
    fn references(&self, source: Source) -> (Map<String, Value>, String) {
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
                let path = medium.map_or("", |medium| medium.path.as_str());
                one(reference(
                    "ExternalReference.1",
                    &self.name_of(source),
                    range,
                    &json!({"target_url": url(path)}),
                ))
            }
            // Written as a stack, not as a clip.
            Source::Sequence(_) => one(reference("MissingReference.1", "", range, &json!({}))),
            Source::Title(_) => {
                let parameters = json!({"generator_kind": "Title", "parameters": {"text": self.name_of(source)}});
                one(reference("GeneratorReference.1", "", range, &parameters))
            }
            Source::Shot(id) => {
                let takes = self.takes.get(&id).map_or(&[][..], Vec::as_slice);
                let chosen = self.project.shot(id).and_then(|shot| shot.chosen);
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
                        &self.name_of(source),
                        range,
                        &json!({}),
                    )),
                }
            }
        }
    }

    fn marker(&self, marker: &Marker) -> Value {
        json!({
            "OTIO_SCHEMA": "Marker.2",
            "metadata": {"kinora": {"id": marker.id}},
            "name": marker.name,
            "color": colour(marker.label),
            "marked_range": time_range(marker.range, self.project.rate()),
            "comment": marker.note,
        })
    }

    fn note_losses(&mut self, clip: &Clip, track: &Track) {
        let place = || format!("clip {} on {}", clip.id.number(), track.name);
        if clip.look != Look::default() {
            let what = "opacity, transform, exposure, fades, gain, pan and keyframes travel as Kinora's own notes only";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
        if !clip.ramp.is_constant() {
            let what =
                "its speed ramp travels as Kinora's own note only; others see its mean speed";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
        if clip.phase != 0 {
            let what = "it begins within a source frame; others begin at the frame";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
        if clip
            .transition
            .is_some_and(|transition| transition.kind != TransitionKind::Dissolve)
        {
            let what =
                "its transition is none that OTIO knows; others may show a dissolve or a cut";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
    }
}

/// The time effect of a clip's speed.
fn time_effect(clip: &Clip) -> Option<Value> {
    let scalar = clip.mean_speed();
    let effect = |schema: &str, name: &str| json!({"OTIO_SCHEMA": schema, "metadata": {}, "name": "", "effect_name": name, "enabled": true, "time_scalar": scalar});
    match clip.speed.source_frames() {
        0 => Some(effect("FreezeFrame.1", "FreezeFrame")),
        _ if clip.speed == crate::Speed::default() && clip.ramp.is_constant() => None,
        _ => Some(effect("LinearTimeWarp.1", "LinearTimeWarp")),
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

/// Adds the keys that every composable has, and Kinora's metadata, to keys that may hold preserved metadata.
fn fill(keys: &mut Map<String, Value>, schema: &str, ours: Value) {
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

fn taken(keys: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match keys.remove(key) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    }
}

fn with_kinora(mut metadata: Map<String, Value>, kinora: Value) -> Value {
    metadata.insert("kinora".into(), kinora);
    Value::Object(metadata)
}

pub(super) fn time(frames: Frames, rate: FrameRate) -> Value {
    json!({"OTIO_SCHEMA": "RationalTime.1", "rate": rate.per_second(), "value": frames.0 as f64})
}

fn time_range(range: FrameRange, rate: FrameRate) -> Value {
    json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(range.start, rate), "duration": time(range.length, rate)})
}

/// A path as a URL: percent-encoded, with `file://` if it is absolute.
fn url(path: &str) -> String {
    if path.contains("://") {
        return path.into();
    }
    let mut url = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}

fn colour(label: Label) -> &'static str {
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
