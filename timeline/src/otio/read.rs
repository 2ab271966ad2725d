//! Reads an OTIO timeline. Kinora's own comes back unchanged; others as far as Kinora has equivalents.

mod clip;
mod effects;
mod marker;
mod nested;
mod rate;
mod source;
mod time;
mod track;
mod transition;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::Loss;
use super::error::ReadError;
use super::json::{
    Object, expect_schema, is_usual, list, object, ours, schema_of, text, without_ours, wrong,
};
use super::settle::settled;
use super::text::parsed;
use crate::check::check;
use crate::marker::Marker;
use crate::track::{Track, TrackKind};
use crate::{ContentHash, MediumId, PreservedMetadata, Project, SequenceId, Size, TrackId};

/// A cut that was read.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Its project. Media whose files were not brought in are missing in it.
    pub project: Project,
    /// What Kinora cannot show.
    pub losses: Vec<Loss>,
    /// Where the cut says that its files are.
    pub files: CutFiles,
}

/// The addresses of a cut's files.
#[derive(Clone, Debug, Default)]
pub struct CutFiles {
    /// The folder of the project that Kinora wrote the cut from.
    pub folder: Option<String>,
    /// The addresses of media, the likeliest first.
    pub media: BTreeMap<MediumId, Vec<String>>,
    /// The addresses of the clips of takes.
    pub takes: BTreeMap<ContentHash, Vec<String>>,
}

/// Reads the text of an `.otio` file.
pub fn read(text: &str) -> Result<Cut, ReadError> {
    let timeline = only_timeline(parsed(text)?)?;
    let mut reader = Reader::new(&timeline);
    let project = reader.timeline(timeline)?;
    let project = settled(project, &mut reader.losses);
    match check(&project).into_iter().next() {
        Some(problem) => Err(ReadError::Inconsistent(problem)),
        None => Ok(Cut {
            project,
            losses: reader.losses,
            files: reader.files,
        }),
    }
}

/// The timeline of a file: its root, or the only one in a collection.
fn only_timeline(value: Value) -> Result<Object, ReadError> {
    let root = object(value, "the file")?;
    if schema_of(&root) != "SerializableCollection" {
        expect_schema(&root, "Timeline", "the file")?;
        return Ok(root);
    }
    let mut timelines = Vec::new();
    collect_timelines(root, &mut timelines);
    match timelines.len() {
        0 => Err(wrong("the file", "its collection holds no timeline")),
        1 => Ok(timelines.remove(0)),
        _ => {
            let names = timelines.iter().map(|one| text(one, "name").to_owned());
            Err(ReadError::SeveralTimelines(names.collect()))
        }
    }
}

fn collect_timelines(mut collection: Object, timelines: &mut Vec<Object>) {
    let Some(Value::Array(children)) = collection.remove("children") else {
        return;
    };
    for child in children {
        if let Value::Object(child) = child {
            match schema_of(&child) {
                "Timeline" => timelines.push(child),
                "SerializableCollection" => collect_timelines(child, timelines),
                _ => {}
            }
        }
    }
}

struct Reader {
    project: Project,
    /// Media created for references, by their addresses.
    media: BTreeMap<String, MediumId>,
    /// Media of these whose length the cut does not give.
    open_ended: BTreeSet<MediumId>,
    /// Sequences created for nested stacks, by the hash of their content.
    sequences: BTreeMap<ContentHash, SequenceId>,
    /// The markers of the sequence that is being read.
    markers: Vec<Marker>,
    /// The tracks by their ids in the file.
    tracks: BTreeMap<u64, TrackId>,
    /// Ids that are given.
    taken: BTreeSet<u64>,
    files: CutFiles,
    losses: Vec<Loss>,
}

impl Reader {
    /// Starts from Kinora's own metadata, if there is any.
    fn new(timeline: &Object) -> Self {
        let mut stored = ours(timeline).cloned().unwrap_or_default();
        let mut reader = Self {
            project: Project::default(),
            media: BTreeMap::new(),
            open_ended: BTreeSet::new(),
            sequences: BTreeMap::new(),
            markers: Vec::new(),
            tracks: BTreeMap::new(),
            taken: BTreeSet::new(),
            files: CutFiles::default(),
            losses: Vec::new(),
        };
        let folder = text(&stored, "folder").to_owned();
        let mut own: Option<Project> = None;
        if !stored.is_empty() {
            stored.insert("tracks".into(), json!([]));
            own = serde_json::from_value(Value::Object(stored)).ok();
        }
        if let Some(project) = own {
            reader.taken = ids_of(&project);
            reader.project = project;
            reader.files.folder = Some(folder).filter(|folder| !folder.is_empty());
            return reader;
        }
        let choice = rate::choose(timeline);
        if let Some(note) = choice.note {
            reader.note("the frame rate", note);
        }
        reader.project = Project {
            tracks: Vec::new(),
            next_id: 1,
            ..Project::new(choice.rate, Size::COMMON[3])
        };
        reader
    }

    fn timeline(&mut self, mut timeline: Object) -> Result<Project, ReadError> {
        let mut stack = object(timeline.remove("tracks").unwrap_or_default(), "tracks")?;
        expect_schema(&stack, "Stack", "tracks")?;
        for marker in list(stack.remove("markers"), "tracks > markers")? {
            self.marker_of_row(&marker, "the timeline");
        }
        self.note_effects(&stack, "the timeline");
        let mut tracks = Vec::new();
        let children = list(stack.remove("children"), "tracks")?;
        for (number, child) in children.into_iter().enumerate() {
            if let Some(child) = child
                .as_object()
                .filter(|child| schema_of(child) != "Track")
            {
                let place = track::place_of(child, number, "the timeline");
                self.note(
                    &place,
                    "it lies beside the tracks, and has a track of its own here",
                );
            }
            tracks.extend(self.track(child, number).map(Arc::new));
        }
        self.complete(&mut tracks);
        self.settle_keys(&mut tracks);
        self.project.tracks = tracks;
        for marker in std::mem::take(&mut self.markers) {
            self.project.markers.insert(marker.id, Arc::new(marker));
        }
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

    /// Adds a track of each kind that a sequence lacks, and puts pictures before sound.
    fn complete(&mut self, tracks: &mut Vec<Arc<Track>>) {
        for (kind, name) in [(TrackKind::Video, "V1"), (TrackKind::Audio, "A1")] {
            if !tracks.iter().any(|track| track.kind == kind) {
                let id = TrackId(self.id(None));
                tracks.push(Arc::new(Track::new(id, kind, name)));
            }
        }
        tracks.sort_by_key(|track| track.kind == TrackKind::Audio);
    }

    /// Lets the ducking of tracks name the tracks as they are called here. A key that is no audio track beside them is
    /// dropped.
    fn settle_keys(&self, tracks: &mut [Arc<Track>]) {
        let audio = tracks.iter();
        let audio = audio.filter(|track| track.kind == TrackKind::Audio);
        let audio: BTreeSet<TrackId> = audio.map(|track| track.id).collect();
        for track in tracks {
            let Some(key) = track.mix.ducking.key else {
                continue;
            };
            let here = self.tracks.get(&key.number()).copied();
            let here = here.filter(|here| audio.contains(here) && *here != track.id);
            if here != Some(key) {
                Arc::make_mut(track).mix.ducking.key = here;
            }
        }
    }

    /// An id that nothing else has: the wanted one, if it was given by this project and is free.
    fn id(&mut self, wanted: Option<u64>) -> u64 {
        let next = self.project.next_id;
        let free = wanted.filter(|id| *id < next && !self.taken.contains(id));
        let id = free.unwrap_or_else(|| self.project.fresh_id());
        self.taken.insert(id);
        id
    }

    fn note(&mut self, place: &str, what: impl Into<String>) {
        self.losses.push(Loss {
            place: place.into(),
            what: what.into(),
        });
    }
}

/// All ids that a project without tracks has given.
fn ids_of(project: &Project) -> BTreeSet<u64> {
    let library = project
        .cast()
        .map(|character| character.id.number())
        .chain(project.shots.iter().map(|found| found.key.number()))
        .chain(project.media().map(|medium| medium.id.number()))
        .chain(project.titles().map(|title| title.id.number()))
        .chain(project.markers().map(|marker| marker.id.number()));
    let others = project.others.iter();
    let markers = others.flat_map(|found| found.value.markers.iter());
    let clips = project.all_tracks().flat_map(|track| track.clips());
    library
        .chain(markers.map(|found| found.key.number()))
        .chain(clips.map(|(clip, _)| clip.id.number()))
        .chain(project.all_tracks().map(|track| track.id.number()))
        .chain(project.sequences().iter().map(|(id, _)| id.number()))
        .collect()
}
