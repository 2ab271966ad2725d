//! Edits of the timeline, gestures, undo, and the selection.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edit, Frames, ShotId, Source, TrackId, TrackKind};

use crate::state::action::{Gesture, ShotPlace};
use crate::state::app::AppState;
use crate::state::at_playhead::gap_at_playhead;
use crate::state::open_project::OpenProject;

pub fn apply(edit: &Edit, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.edit(edit, &mut state.notifications);
    }
}

pub fn gesture(gesture: &Gesture, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.gesture(gesture, &mut state.notifications);
    }
}

pub fn undo(state: &mut AppState) {
    step(state, |open| {
        let undone = open.document.session.undo();
        undone.map_err(|error| error.to_string())
    });
}

pub fn redo(state: &mut AppState) {
    step(state, |open| {
        let redone = open.document.session.redo();
        redone.map_err(|error| error.to_string())
    });
}

fn step(state: &mut AppState, go: impl FnOnce(&mut OpenProject) -> Result<Option<String>, String>) {
    let Some(open) = &mut state.project else {
        return;
    };
    let result = go(open);
    open.changed();
    open.view.panels.title_form.text = None;
    open.view.panels.cast.form = None;
    open.view.panels.shot_form = None; // text typed before the step is discarded
    if let Err(error) = result {
        state.notifications.error(format!("Can't do that: {error}"));
    }
}

/// Selects a clip with its linked clips, or nothing. `adds` adds to the selection, or removes from it.
pub fn select_clip(clip: Option<ClipId>, adds: bool, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.document.session.project();
    let selection = &mut open.view.selection;
    let was_selected = clip.is_some_and(|clip| selection.clips.contains(&clip));
    if !adds {
        selection.clips.clear();
    }
    let Some(clip) = clip else { return };
    for one in project.linked(clip) {
        match adds && was_selected {
            true => selection.clips.remove(&one),
            false => selection.clips.insert(one),
        };
    }
    if let Some((clip, ..)) = project.clip(clip)
        && let Source::Shot(shot) = clip.source
    {
        selection.shot = Some(shot);
    }
}

/// Places a shot on the timeline: in its full length, or as much of it as fits into the gap.
pub fn place_shot(shot: ShotId, place: ShotPlace, state: &mut AppState) {
    if let Some(open) = &mut state.project
        && let Some(edit) = placed(open, shot, place)
    {
        open.edit(&edit, &mut state.notifications);
    }
}

fn placed(open: &OpenProject, shot: ShotId, place: ShotPlace) -> Option<Edit> {
    let project = open.project();
    let source = Source::Shot(shot);
    let length = project.available(source)?;
    let mut tracks = project.tracks().iter();
    let first = tracks.find(|track| track.kind == TrackKind::Video)?.id;
    let pieces = |track: TrackId, length: Frames| {
        let clip = Clip::new(source, Frames::ZERO, length);
        vec![Piece { track, clip }]
    };
    Some(Edit::Place(match place {
        ShotPlace::Playhead => Place::Insert {
            at: open.media.player.playhead(),
            pieces: pieces(first, length),
        },
        ShotPlace::End => Place::Append {
            pieces: pieces(first, length),
        },
        ShotPlace::Gap => {
            let (track, gap) = gap_at_playhead(open)?;
            Place::Overwrite {
                at: gap.start,
                pieces: pieces(track, length.min(gap.length)),
            }
        }
    }))
}

/// Splits the clips at the playhead, on the tracks of the selected clips or on all tracks.
pub fn split_at_playhead(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let selected = open.view.selection.clips.iter();
    let selected = selected.filter_map(|clip| project.clip(*clip));
    let mut tracks: Vec<TrackId> = selected.map(|(_, track, _)| track.id).collect();
    if tracks.is_empty() {
        tracks = project.tracks().iter().map(|track| track.id).collect();
    }
    tracks.sort_unstable();
    tracks.dedup();
    let at = open.media.player.playhead();
    let edit = Edit::Trim(Trim::Razor { at, tracks });
    open.edit(&edit, &mut state.notifications);
}

/// Removes the selected clips and leaves gaps.
pub fn lift(state: &mut AppState) {
    remove(state, |clips| Remove::Lift { clips });
}

/// Removes the selected clips and closes the gaps.
pub fn extract(state: &mut AppState) {
    remove(state, |clips| Remove::Extract { clips });
}

fn remove(state: &mut AppState, remove: impl FnOnce(Vec<ClipId>) -> Remove) {
    if let Some(open) = &mut state.project {
        let clips = open.view.selection.clips.iter().copied().collect();
        let edit = Edit::Remove(remove(clips));
        open.edit(&edit, &mut state.notifications);
    }
}

pub fn toggle_snap(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let timeline = &mut open.view.panels.timeline;
    timeline.snaps = !timeline.snaps;
    state.notifications.info(match timeline.snaps {
        true => "Snapping is on.",
        false => "Snapping is off.",
    });
}

pub fn toggle_trim_tool(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let timeline = &mut open.view.panels.timeline;
        timeline.trims = !timeline.trims;
    }
}
