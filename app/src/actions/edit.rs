//! Edits of the timeline, gestures, undo, and the selection.

use std::cmp::Ordering;

use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{
    ClipId, Edge, Edit, FrameRange, Frames, Refusal, Source, Track, TrackId, TrackKind,
};

use super::{subtitles, take_place, viewer};
use crate::state::action::Gesture;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;

pub fn apply(edit: &Edit, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    match edit {
        Edit::Library(Library::ChooseTake(shot, Some(_)) | Library::ChooseSound(shot, Some(_))) => {
            take_place::choose(open, edit, *shot, &mut state.notifications)
        }
        _ => open.edit(edit, &mut state.notifications),
    };
}

/// Applies several edits as one step.
pub fn apply_all(name: &str, edits: &[Edit], state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.edit_all(name, edits, &mut state.notifications);
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

/// Undoes or redoes steps until so many are done, or there is none left.
pub fn go_to_step(done: usize, state: &mut AppState) {
    step(state, |open| {
        let session = &mut open.document.session;
        loop {
            let now = session.history().past().count();
            let gone = match now.cmp(&done) {
                Ordering::Greater => session.undo(),
                Ordering::Less => session.redo(),
                Ordering::Equal => return Ok(None),
            };
            if gone.map_err(|error| error.to_string())?.is_none() {
                return Ok(None);
            }
        }
    });
}

fn step(state: &mut AppState, go: impl FnOnce(&mut OpenProject) -> Result<Option<String>, String>) {
    let Some(open) = &mut state.project else {
        return;
    };
    let before = open.project().clone();
    let result = go(open);
    // What a step changes is seen.
    if let Some(changed) = open.project().changed_sequence(&before)
        && changed != open.project().open_sequence()
    {
        open.show_sequence(changed);
    }
    open.changed();
    open.view.panels.discard_typed_text(); // it was typed before the step
    if let Err(error) = result {
        state.notifications.refused(&error);
    }
}

/// Selects a clip with its linked clips and its group, or `alone`, or nothing. `adds` adds to the selection, or removes from it.
pub fn select_clip(clip: Option<ClipId>, (adds, alone): (bool, bool), state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    viewer::show_timeline(open);
    let project = open.document.session.project();
    let selection = &mut open.view.selection;
    let was_selected = clip.is_some_and(|clip| selection.clips.contains(&clip));
    if !adds {
        selection.clips.clear();
        selection.cues.clear();
    }
    selection.gap = None;
    let Some(clip) = clip else { return };
    let clips = match alone {
        true => vec![clip],
        false => project.grouped(clip),
    };
    for one in clips {
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

/// Selects clips with their linked clips and their groups, or adds them to the selection. Their shot is selected if they
/// show a single one.
pub fn select_clips(clips: &[ClipId], adds: bool, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.document.session.project();
    let selection = &mut open.view.selection;
    if !adds {
        selection.clips.clear();
        selection.cues.clear();
    }
    selection.gap = None;
    let grouped = clips.iter().flat_map(|clip| project.grouped(*clip));
    selection.clips.extend(grouped);
    selection.shot = selection.single_shot_in(project).or(selection.shot);
}

pub fn select_gap(track: TrackId, start: Frames, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.view.selection.set_clips([]);
        open.view.selection.gap = Some((track, start));
    }
}

pub fn select_all(state: &mut AppState) {
    select_where(state, |_, _| true);
}

pub fn deselect_all(state: &mut AppState) {
    select_where(state, |_, _| false);
}

/// Selects all clips that begin at the playhead or after it.
pub fn select_forward(state: &mut AppState) {
    select_where(state, |range, playhead| range.start >= playhead);
}

/// Selects the topmost clip under the playhead with its linked clips, and its shot. Without a picture there it selects
/// the sound.
pub fn select_at_playhead(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let playhead = open.media.player.playhead();
    let tracks = open.project().tracks().iter().filter(|track| !track.locked);
    let found = tracks.filter_map(|track| Some((track.kind, track.at(playhead)?.clip()?.id)));
    let found: Vec<_> = found.collect();
    let picture = found.iter().rfind(|(kind, _)| *kind == TrackKind::Video);
    let clip = picture.or(found.first()).map(|(_, clip)| *clip);
    select_clip(clip, (false, false), state);
}

/// Selects the clip before the selected one on its track (`Edge::Head`), or the one after it (`Edge::Tail`). Without a
/// selected clip it selects the one under the playhead.
pub fn select_beside(edge: Edge, state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let Some((start, track)) = outermost_selected(open, edge) else {
        return select_at_playhead(state);
    };
    if let Some(clip) = clip_beside(track, start, edge) {
        select_clip(Some(clip), (false, false), state);
    }
}

/// The start and the track of the first or the last selected clip. Of linked clips the picture counts.
fn outermost_selected(open: &OpenProject, edge: Edge) -> Option<(Frames, &Track)> {
    let project = open.project();
    let selected = open.view.selection.clips.iter();
    let selected = selected.filter_map(|clip| {
        let (_, track, range) = project.clip(*clip)?;
        Some((range.start, &**track))
    });
    let is_picture = |track: &Track| track.kind == TrackKind::Video;
    match edge {
        Edge::Head => selected.min_by_key(|(start, track)| (*start, !is_picture(track))),
        Edge::Tail => selected.max_by_key(|(start, track)| (*start, is_picture(track))),
    }
}

/// The clip of a track that starts before a frame, or after it, next to it.
fn clip_beside(track: &Track, start: Frames, edge: Edge) -> Option<ClipId> {
    let mut clips = track.clips();
    let beside = match edge {
        Edge::Head => clips.take_while(|(_, range)| range.start < start).last(),
        Edge::Tail => clips.find(|(_, range)| range.start > start),
    };
    beside.map(|(clip, _)| clip.id)
}

/// Selects the clips of all unlocked tracks whose range fulfils a condition.
fn select_where(state: &mut AppState, is_wanted: impl Fn(FrameRange, Frames) -> bool) {
    let Some(open) = &mut state.project else {
        return;
    };
    let playhead = open.media.player.playhead();
    let project = open.document.session.project();
    let tracks = project.tracks().iter().filter(|track| !track.locked);
    let clips = tracks.flat_map(|track| track.clips());
    let wanted = clips.filter(|(_, range)| is_wanted(*range, playhead));
    let wanted: Vec<ClipId> = wanted.map(|(clip, _)| clip.id).collect();
    open.view.selection.set_clips(wanted);
}

/// Splits the selected clips under the playhead; without one, the clips of all unlocked tracks.
pub fn split_at_playhead(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let at = open.media.player.playhead();
    if let Some(edits) = subtitles::splits(&open.view.selection, project, at) {
        open.edit_all("split subtitles", &edits, &mut state.notifications);
        return;
    }
    let selected = open.view.selection.clips.iter();
    let selected = selected.filter_map(|clip| project.clip(*clip));
    let under = selected.filter(|(.., range)| range.contains(at) && range.start < at);
    let mut tracks: Vec<TrackId> = under.map(|(_, track, _)| track.id).collect();
    if tracks.is_empty() {
        let unlocked = project.tracks().iter().filter(|track| !track.locked);
        let cut = unlocked.filter(|track| {
            let mut clips = track.clips();
            clips.any(|(_, range)| range.contains(at) && range.start < at)
        });
        tracks = cut.map(|track| track.id).collect();
    }
    if tracks.is_empty() {
        let text = "Nothing to cut: no clip is under the playhead.";
        state.notifications.error(text);
        return;
    }
    tracks.sort_unstable();
    tracks.dedup();
    let edit = Edit::Trim(Trim::Razor { at, tracks });
    open.edit(&edit, &mut state.notifications);
}

/// Removes the selected clips and leaves gaps, and the selected subtitles. A selected gap is closed.
pub fn lift(state: &mut AppState) {
    remove(state, "lift", |batch, clips| {
        batch.then(Edit::Remove(Remove::Lift { clips }))
    });
}

/// Removes the selected clips and closes the gaps, and the selected subtitles. A selected gap is closed.
pub fn extract(state: &mut AppState) {
    remove(state, "extract", EditBatch::extract);
}

/// Removes what is selected. `name` is that of the step if only clips are.
fn remove(
    state: &mut AppState,
    name: &str,
    remove: impl FnOnce(&mut EditBatch, Vec<ClipId>) -> Result<(), Refusal>,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let selection = &open.view.selection;
    let clips: Vec<ClipId> = selection.clips.iter().copied().collect();
    let subtitles = subtitles::removal(selection);
    if let (None, Some((track, at))) = (&subtitles, selection.gap) {
        let edit = Edit::Remove(Remove::CloseGap { track, at });
        open.edit(&edit, &mut state.notifications);
        return;
    }
    let name = match subtitles {
        Some(_) => "delete",
        None => name,
    };
    let mut batch = EditBatch::of(open.project());
    let only_subtitles = subtitles.is_some() && clips.is_empty();
    let removed = subtitles.map_or(Ok(()), |edit| batch.then(edit));
    let removed = removed.and_then(|()| match only_subtitles {
        true => Ok(()),
        false => remove(&mut batch, clips),
    });
    let planned = removed.map(|()| (batch, ()));
    open.edit_planned(name, planned, &mut state.notifications);
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
