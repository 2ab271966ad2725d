//! Sources of clips on the timeline replaced: place, length and effects stay.

use std::collections::BTreeSet;

use kinora_studio::exchange::placement;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::{ClipId, Edit, Frames, Source, TrackKind};

use super::viewer::{self, source_to_place};
use crate::state::app::AppState;
use crate::state::sources::{kinds_of, name_of};

/// Replaces the source of the selected clips with the source that the viewer shows by itself, from its in point on, or with
/// the selected shot. Without a selected clip, that of the clip at the playhead on the targeted track.
pub fn replace_clips(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let Some((source, start, _)) = source_to_place(open) else {
        return;
    };
    let project = open.project();
    let mut clips = open.view.selection.clips.clone();
    if clips.is_empty() {
        let playhead = open.media.player.playhead();
        let kind = kinds_of(project, source).first();
        let view = &open.view.panels.timeline;
        let track = kind.and_then(|kind| view.target(project, *kind));
        let placed = track.and_then(|track| project.track(track)?.at(playhead));
        let clip = placed.and_then(|placed| Some(placed.clip()?.id));
        clips.extend(clip.into_iter().flat_map(|clip| project.linked(clip)));
    }
    replace_source(&clips, (source, start), state);
}

/// Replaces the source of a clip, and of those linked to it.
pub fn replace_source_of(clip: ClipId, source: Source, state: &mut AppState) {
    if let Some(open) = &state.project {
        let clips = open.project().linked(clip).into_iter().collect();
        replace_source(&clips, (source, Frames::ZERO), state);
    }
}

/// Replaces the source of each of these clips that can show or play the new one. Place, length and effects stay.
pub fn replace_source(
    clips: &BTreeSet<ClipId>,
    (source, source_start): (Source, Frames),
    state: &mut AppState,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let kinds = kinds_of(project, source);
    let folder = open.document.session.folder();
    let has_sound =
        matches!(source, Source::Shot(shot) if placement::has_sound(project, folder, shot));
    let is_fitting = |clip: &&ClipId| {
        let found = project.clip(**clip);
        found.is_some_and(|(_, track, _)| {
            kinds.contains(&track.kind) || (track.kind == TrackKind::Audio && has_sound)
        })
    };
    let edits = clips.iter().filter(is_fitting).map(|clip| {
        Edit::Clip(ClipEdit::Replace {
            clip: *clip,
            source,
            source_start,
        })
    });
    let edits: Vec<Edit> = edits.collect();
    if edits.is_empty() {
        let name = name_of(project, source).unwrap_or_default();
        let text = format!("Can't do that: no clip can show or play {name}.");
        return state.notifications.error(text);
    }
    if open.edit_all("replace", &edits, &mut state.notifications) {
        viewer::show_timeline(open);
    }
}
