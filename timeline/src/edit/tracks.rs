//! Tracks added, removed, ordered, named, locked, sync-locked, muted and soloed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::stored::is_default;
use crate::track::{Track, TrackKind};
use crate::{Project, TrackId};

/// Edits of tracks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrackEdit {
    /// Adds a track: video on top, audio at the bottom.
    Add {
        /// The kind.
        kind: TrackKind,
        /// The name; empty for a default such as "V2".
        name: String,
        /// Whether it is sync-locked.
        #[serde(default, skip_serializing_if = "is_default")]
        sync_locked: bool,
    },
    /// Removes an empty track.
    Remove {
        /// The track.
        track: TrackId,
    },
    /// Moves a track among those of its kind.
    Reorder {
        /// The track.
        track: TrackId,
        /// Its new index: 0 is the bottom video track, or the top audio track.
        to: usize,
    },
    /// Renames a track.
    Rename {
        /// The track.
        track: TrackId,
        /// Its new name.
        name: String,
    },
    /// Locks or unlocks a track.
    Lock(TrackId, bool),
    /// Mutes or unmutes a track.
    Mute(TrackId, bool),
    /// Soloes a track: only soloed tracks of its kind are seen or heard.
    Solo(TrackId, bool),
    /// Locks or unlocks the sync of a track: whether it moves along with ripple edits of other tracks.
    SyncLock(TrackId, bool),
}

impl TrackEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add track",
            Self::Remove { .. } => "remove track",
            Self::Reorder { .. } => "reorder tracks",
            Self::Rename { .. } => "rename track",
            Self::Lock(_, true) => "lock track",
            Self::Lock(..) => "unlock track",
            Self::Mute(..) => "mute track",
            Self::Solo(..) => "solo track",
            Self::SyncLock(_, true) => "lock sync",
            Self::SyncLock(..) => "unlock sync",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Add {
                kind,
                name,
                sync_locked,
            } => {
                add(project, *kind, name, *sync_locked);
                Ok(())
            }
            Self::Remove { track } => remove(project, *track),
            Self::Reorder { track, to } => reorder(project, *track, *to),
            Self::Rename { track, name } => {
                change(project, *track, |track| track.name = name.trim().into())
            }
            Self::Lock(track, locked) => change(project, *track, |track| track.locked = *locked),
            Self::Mute(track, muted) => change(project, *track, |track| track.muted = *muted),
            Self::Solo(track, solo) => change(project, *track, |track| track.solo = *solo),
            Self::SyncLock(track, locked) => {
                change(project, *track, |track| track.sync_locked = *locked)
            }
        }
    }
}

fn add(project: &mut Project, kind: TrackKind, name: &str, sync_locked: bool) {
    let id = TrackId(project.fresh_id());
    let of_kind = project
        .tracks
        .iter()
        .filter(|track| track.kind == kind)
        .count();
    let letter = if kind == TrackKind::Video { 'V' } else { 'A' };
    let name = if name.trim().is_empty() {
        format!("{letter}{}", of_kind + 1)
    } else {
        name.trim().to_owned()
    };
    let place = if kind == TrackKind::Video {
        of_kind
    } else {
        project.tracks.len()
    };
    let track = Track {
        sync_locked,
        ..Track::new(id, kind, &name)
    };
    project.tracks.insert(place, Arc::new(track));
}

fn remove(project: &mut Project, track: TrackId) -> Result<(), Refusal> {
    let place = project.place_of(track)?;
    let (kind, clips) = (
        project.tracks[place].kind,
        project.tracks[place].clips().count(),
    );
    if clips > 0 {
        return Err(Refusal::StillUsed {
            what: "the track",
            by: counted(clips, "clip"),
        });
    }
    if project
        .tracks
        .iter()
        .filter(|track| track.kind == kind)
        .count()
        == 1
    {
        return Err(Refusal::LastTrack);
    }
    project.tracks.remove(place);
    forget_key(project, track);
    Ok(())
}

/// Ends the ducking of the tracks that a removed track has ducked.
fn forget_key(project: &mut Project, removed: TrackId) {
    for track in &mut project.tracks {
        if track.mix.ducking.key == Some(removed) {
            Arc::make_mut(track).mix.ducking.key = None;
        }
    }
}

fn reorder(project: &mut Project, track: TrackId, to: usize) -> Result<(), Refusal> {
    let place = project
        .tracks
        .iter()
        .position(|known| known.id == track)
        .ok_or(Refusal::NoSuchTrack)?;
    let kind = project.tracks[place].kind;
    let first = project
        .tracks
        .iter()
        .position(|track| track.kind == kind)
        .unwrap_or(0);
    let count = project
        .tracks
        .iter()
        .filter(|track| track.kind == kind)
        .count();
    let to = first + to.min(count - 1);
    if to == place {
        return Err(Refusal::NoChange);
    }
    let track = project.tracks.remove(place);
    project.tracks.insert(to, track);
    Ok(())
}

/// Changes a track of the open sequence.
pub(super) fn change(
    project: &mut Project,
    track: TrackId,
    change: impl FnOnce(&mut Track),
) -> Result<(), Refusal> {
    let known = project
        .tracks
        .iter_mut()
        .find(|known| known.id == track)
        .ok_or(Refusal::NoSuchTrack)?;
    let mut changed = Track::clone(known);
    change(&mut changed);
    if changed.name.is_empty() {
        return Err(Refusal::InvalidValue("a track needs a name".into()));
    }
    if changed == **known {
        return Err(Refusal::NoChange);
    }
    *known = Arc::new(changed);
    Ok(())
}

/// "1 clip", "2 clips".
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
