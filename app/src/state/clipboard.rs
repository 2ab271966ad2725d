//! The clips that were copied.

use std::collections::BTreeSet;

use kinora_studio::timeline::{Clip, ClipId, Frames, Project, TrackId, TrackKind};

use super::sources::name_of;

/// Copied clips with their places relative to each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clipboard {
    pub clips: Vec<CopiedClip>,
}

/// A copied clip.
#[derive(Clone, Debug, PartialEq)]
pub struct CopiedClip {
    pub clip: Clip,
    /// The track it was copied from, and its kind.
    pub track: TrackId,
    pub kind: TrackKind,
    /// Its start, counted from the start of the first copied clip.
    pub offset: Frames,
}

impl Clipboard {
    /// Copies of these clips.
    pub fn of(project: &Project, clips: &BTreeSet<ClipId>) -> Self {
        let found = clips.iter().filter_map(|clip| project.clip(*clip));
        let found: Vec<_> = found.collect();
        let first = found.iter().map(|(.., range)| range.start).min();
        let first = first.unwrap_or(Frames::ZERO);
        let copied = found.into_iter().map(|(clip, track, range)| CopiedClip {
            clip: Clip::clone(clip),
            track: track.id,
            kind: track.kind,
            offset: range.start - first,
        });
        Self {
            clips: copied.collect(),
        }
    }

    /// From the start of the first clip to the end of the last one.
    pub fn length(&self) -> Frames {
        let ends = self.clips.iter().map(|one| one.offset + one.clip.length);
        ends.max().unwrap_or(Frames::ZERO)
    }

    /// The names of the clips, one per line: the text for other programs.
    pub fn text(&self, project: &Project) -> String {
        let names = self.clips.iter();
        let names = names.filter_map(|one| name_of(project, one.clip.source));
        let names: Vec<String> = names.collect();
        names.join("\n")
    }
}
