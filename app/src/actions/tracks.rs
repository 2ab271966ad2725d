//! Adding, removing, muting, soloing and locking tracks.

use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::{Edit, Track, TrackId, TrackKind};

use crate::state::app::AppState;
use crate::state::open_project::OpenProject;

pub fn add(state: &mut AppState, kind: TrackKind) {
    if let Some(open) = &mut state.project {
        let name = String::new(); // the edit gives one
        let edit = Edit::Track(TrackEdit::Add {
            kind,
            name,
            sync_locked: true,
        });
        open.edit(&edit, &mut state.notifications);
    }
}

pub fn toggle_mute(state: &mut AppState) {
    toggle(state, "mute tracks", |track| track.muted, TrackEdit::Mute);
}

pub fn toggle_solo(state: &mut AppState) {
    toggle(state, "solo tracks", |track| track.solo, TrackEdit::Solo);
}

/// Locks the tracks of the selected clips, or unlocks them if all are locked. Without a selection all tracks
/// are unlocked, because a locked track may have no clip to select.
pub fn toggle_lock(state: &mut AppState) {
    let has_selection = |open: &OpenProject| !open.view.selection.clips.is_empty();
    if state.project.as_ref().is_some_and(has_selection) {
        return toggle(state, "lock tracks", |track| track.locked, TrackEdit::Lock);
    }
    let Some(open) = &mut state.project else {
        return;
    };
    let locked = open.project().tracks().iter().filter(|track| track.locked);
    let edits: Vec<Edit> = locked
        .map(|track| Edit::Track(TrackEdit::Lock(track.id, false)))
        .collect();
    if !edits.is_empty() {
        open.edit_all("unlock tracks", &edits, &mut state.notifications);
    }
}

/// Sets a property of the tracks of the selected clips, or clears it where all of them have it.
fn toggle(
    state: &mut AppState,
    name: &str,
    has: fn(&Track) -> bool,
    edit: fn(TrackId, bool) -> TrackEdit,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let selected = open.view.selection.clips.iter();
    let mut tracks: Vec<TrackId> = selected
        .filter_map(|clip| Some(project.clip(*clip)?.1.id))
        .collect();
    tracks.sort_unstable();
    tracks.dedup();
    let all_have = tracks
        .iter()
        .filter_map(|track| project.track(*track))
        .all(|track| has(track));
    let edits: Vec<Edit> = tracks
        .into_iter()
        .map(|track| Edit::Track(edit(track, !all_have)))
        .collect();
    if !edits.is_empty() {
        open.edit_all(name, &edits, &mut state.notifications);
    }
}

/// Removes every track without clips, but leaves one of each kind.
pub fn remove_empty(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let mut edits = Vec::new();
    for kind in [TrackKind::Video, TrackKind::Audio] {
        let of_kind = open.project().tracks().iter();
        let of_kind: Vec<_> = of_kind.filter(|track| track.kind == kind).collect();
        let empty = of_kind.iter().filter(|track| track.is_empty());
        let removable = of_kind.len().saturating_sub(1);
        edits.extend(
            empty
                .rev()
                .take(removable)
                .map(|track| Edit::Track(TrackEdit::Remove { track: track.id })),
        );
    }
    match edits.is_empty() {
        true => state
            .notifications
            .info("No track was removed: at least one of each kind must remain."),
        false => {
            open.edit_all("remove empty tracks", &edits, &mut state.notifications);
        }
    }
}
