//! Writes a project as an OTIO timeline.

mod parts;
mod references;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Loss;
use super::address::url;
use super::kept::{AFTER, BEFORE, LOOKS, WHOLE, taken_offset, taken_transitions};
use super::names::source_name;
use super::seen::{is_within_a_frame, lowest_frame};
use crate::clip::{Clip, InBetweens, Look, Source};
use crate::marker::Marker;
use crate::mixing::TrackMix;
use crate::track::{Item, Track, TrackKind};
use crate::transition::{Transition, TransitionKind};
use crate::{ContentHash, FrameRange, Frames, MediumId, Project, ShotId};

use parts::{colour, fill, taken, time_effect, time_range, with_kinora};

pub(super) use parts::transition_keys;

/// The file of a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeFile {
    /// Its id: the hash of its recipe.
    pub take: ContentHash,
    /// A path or a URL.
    pub path: String,
}

/// Where the files of a project are, as paths or URLs to write: absolute, or relative to the cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectAddresses {
    /// The project's folder, where an import finds what no clip names.
    pub folder: Option<String>,
    /// The files of media. A medium that is not named here is written with its path in the project, or with the reference
    /// that another program gave it.
    pub media: BTreeMap<MediumId, String>,
    /// The takes of shots: the files of their pictures.
    pub takes: BTreeMap<ShotId, Vec<TakeFile>>,
    /// The takes whose sound is heard: the files of that sound.
    pub sounds: BTreeMap<ShotId, Vec<TakeFile>>,
}

/// The text of an `.otio` file, and the list of what other editors will not show. The takes of a shot become the
/// media references of its clips; the chosen take is active. Clips of its sound refer to the files of the sound.
pub fn write(project: &Project, name: &str, addresses: &ProjectAddresses) -> (String, Vec<Loss>) {
    let mut writer = Writer {
        project,
        addresses,
        losses: Vec::new(),
    };
    let timeline = writer.timeline(name);
    writer.note_subtitles();
    let text = serde_json::to_string_pretty(&timeline).unwrap_or_default();
    (text + "\n", writer.losses)
}

/// The metadata key of a clip whose references came from another program: where its medium's time starts.
pub(super) const KEPT_FROM: &str = "otio_offset";
/// The metadata key of a reversed clip whose range begins with its lowest frame. Kinora 0.1 wrote its first one.
pub(super) const FROM_LOWEST: &str = "otio_from_lowest";

/// The metadata key of a track's mix.
pub(super) const MIX: &str = "mix";

struct Writer<'a> {
    project: &'a Project,
    addresses: &'a ProjectAddresses,
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

    /// Subtitles are in Kinora's own metadata: OTIO has no text for them.
    fn note_subtitles(&mut self) {
        for track in self.project.all_subtitle_tracks() {
            self.losses.push(Loss {
                place: format!("subtitle track {}", track.name),
                what:
                    "its subtitles travel as Kinora's own note only; export them as SRT or WebVTT"
                        .into(),
            });
        }
    }

    /// The project without its tracks, markers and preserved metadata, which the OTIO objects carry themselves.
    fn project_without_tracks(&self) -> Value {
        let mut project = serde_json::to_value(self.project).unwrap_or_default();
        if let Some(project) = project.as_object_mut() {
            for key in ["tracks", "foreign", "markers"] {
                project.remove(key);
            }
            if let Some(folder) = &self.addresses.folder {
                project.insert("folder".into(), url(folder).into());
            }
        }
        project
    }

    fn track(&mut self, track: &Track) -> Value {
        let items: Vec<&Item> = track.items().map(|placed| placed.item).collect();
        let is_clip = |item: Option<&&Item>| item.is_some_and(|item| item.clip().is_some());
        let mut children = Vec::new();
        for (number, item) in items.iter().enumerate() {
            match item {
                Item::Gap(length) => children.push(self.gap(*length)),
                Item::Clip(clip) => {
                    let previous = number.checked_sub(1).and_then(|before| items.get(before));
                    let follows = is_clip(previous);
                    let is_followed = is_clip(items.get(number + 1));
                    self.clip_with_transitions(clip, track, [follows, is_followed], &mut children);
                }
            }
        }
        let mut kinora = json!({
            "id": track.id,
            "locked": track.locked,
            "solo": track.solo,
            "sync_locked": track.sync_locked,
        });
        if let Some(kinora) = kinora.as_object_mut()
            && track.mix != TrackMix::default()
        {
            let mix = serde_json::to_value(track.mix).unwrap_or_default();
            kinora.insert(MIX.into(), mix);
            self.losses.push(Loss {
                place: format!("track {}", track.name),
                what: "its mix travels as Kinora's own note only".into(),
            });
        }
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

    /// A clip with the transitions at its ends. A fade is one where no clip is beside it.
    fn clip_with_transitions(
        &mut self,
        clip: &Clip,
        track: &Track,
        [follows, is_followed]: [bool; 2],
        children: &mut Vec<Value>,
    ) {
        let (zero, rate) = (Frames::ZERO, self.project.rate());
        let mut written = Look {
            fade_in: zero,
            fade_out: zero,
            ..clip.look.clone()
        };
        let mut keys = clip.preserved_metadata.keys();
        children.extend(taken_transitions(&mut keys, BEFORE));
        let looks = taken(&mut keys, LOOKS);
        if let Some(transition) = clip.transition {
            children.push(self.transition(transition, looks));
        } else if !follows && clip.look.fade_in > zero {
            children.push(parts::fade(zero, clip.look.fade_in, rate));
        } else {
            written.fade_in = clip.look.fade_in;
        }
        let after = taken_transitions(&mut keys, AFTER);
        let is_faded_out = !is_followed && clip.look.fade_out > zero;
        if !is_faded_out {
            written.fade_out = clip.look.fade_out;
        }
        self.note_losses(clip, &written, track);
        children.push(self.clip(clip, keys, track));
        children.extend(after);
        if is_faded_out {
            children.push(parts::fade(clip.look.fade_out, zero, rate));
        }
    }

    /// A transition, with what another program wrote about it while it is a dissolve.
    fn transition(&self, transition: Transition, looks: Map<String, Value>) -> Value {
        let mut keys = transition_keys(transition, self.project.rate());
        if transition.kind == TransitionKind::Dissolve {
            let metadata = looks.get("metadata").and_then(Value::as_object).cloned();
            let mut metadata = metadata.unwrap_or_default();
            metadata.extend(taken(&mut keys, "metadata"));
            keys.extend(looks);
            keys.insert("metadata".into(), metadata.into());
        }
        Value::Object(keys)
    }

    fn clip(&mut self, clip: &Clip, mut keys: Map<String, Value>, track: &Track) -> Value {
        let rate = self.project.rate();
        let offset = taken_offset(&mut keys);
        let range = FrameRange {
            start: lowest_frame(clip) + offset,
            length: clip.length,
        };
        if let Some(Value::Object(mut whole)) = keys.remove(WHOLE) {
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
        if let Some(kinora) = kinora.as_object_mut() {
            if keys.contains_key("media_references") {
                kinora.insert(KEPT_FROM.into(), offset.0.into());
            }
            if clip.speed.source_frames() < 0 {
                kinora.insert(FROM_LOWEST.into(), true.into());
            }
        }
        let metadata = with_kinora(taken(&mut keys, "metadata"), kinora);
        let kept = keys
            .remove("media_references")
            .zip(keys.remove("active_media_reference_key"));
        let kept = kept.and_then(|(kept, active)| self.kept_references(clip.source, kept, active));
        let (references, active) = kept.unwrap_or_else(|| {
            let (references, active) = self.references(clip.source, track.kind);
            (Value::Object(references), active.into())
        });
        let mut effects = keys
            .remove("effects")
            .and_then(|effects| effects.as_array().cloned())
            .unwrap_or_default();
        effects.extend(time_effect(clip));
        let name = keys
            .remove("name")
            .unwrap_or_else(|| source_name(self.project, clip.source).into());
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

    /// Notes what others do not see. `look` is the look without what is written as a transition.
    fn note_losses(&mut self, clip: &Clip, look: &Look, track: &Track) {
        let place = || format!("clip {} on {}", clip.id.number(), track.name);
        if *look != Look::default() {
            let what = "opacity, transform, exposure, fades and their shapes, gain, pan and keyframes travel as Kinora's own notes only";
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
        if clip.in_betweens != InBetweens::None {
            let what = "its in-betweens travel as Kinora's own note only; others show its frames";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
        if clip.selection_group.is_some() {
            let what = "its group travels as Kinora's own note only; others select it alone";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
        if is_within_a_frame(clip) {
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
            let what = "its transition is none that OTIO has; others may show a dissolve or a cut";
            self.losses.push(Loss {
                place: place(),
                what: what.into(),
            });
        }
    }
}
