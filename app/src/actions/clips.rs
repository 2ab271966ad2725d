//! Edits of the selected clips and of the range between in and out.

use std::collections::BTreeMap;

use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::edit::arrange::Arrange;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{
    ClipId, Edge, Edit, FrameRange, Frames, Project, Refusal, Speed, TrackId, TrackKind,
};

use super::subtitles;
use crate::state::app::AppState;
use crate::state::at_playhead::any_gap_at_playhead;
use crate::state::open_project::OpenProject;
use crate::state::view::look_change::look_edit;

/// Ripple-trims one edge of each selected clip under the playhead to the playhead.
pub fn trim_to_playhead(state: &mut AppState, edge: Edge) {
    let Some(open) = &mut state.project else {
        return;
    };
    let at = open.media.player.playhead();
    let project = open.project();
    let is_under = |clip: &&ClipId| {
        let found = project.clip(**clip);
        found.is_some_and(|(.., range)| range.contains(at))
    };
    let clips: Vec<ClipId> = open
        .view
        .selection
        .clips
        .iter()
        .filter(is_under)
        .copied()
        .collect();
    if clips.is_empty() {
        state
            .notifications
            .error("Can't do that: the playhead is not on a selected clip.");
        return;
    }
    edit_groups("trim to playhead", clips, state, |clip, _| {
        let ripple = true;
        Some(Edit::Trim(Trim::ToPlayhead {
            clip,
            edge,
            at,
            ripple,
        }))
    });
}

/// Rolls a cut to the playhead: on each track with a selected clip the nearest one of those clips; without a selection the
/// nearest one of the targeted video track. An edge beside a gap is moved alone.
pub fn extend_edit(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let (project, at) = (open.project(), open.media.player.playhead());
    let mut clips = selected(open);
    if clips.is_empty() {
        let target = open.view.panels.timeline.target(project, TrackKind::Video);
        let track = target.and_then(|track| project.track(track));
        clips.extend(
            track
                .into_iter()
                .flat_map(|track| track.clips().map(|(clip, _)| clip.id)),
        );
    }
    match plan_extension(project, clips, at) {
        Ok(batch) if batch.edits.is_empty() => state
            .notifications
            .error("Nothing to extend: the nearest cut is at the playhead."),
        planned => apply_planned("extend edit", planned, state),
    }
}

fn plan_extension(project: &Project, clips: Vec<ClipId>, at: Frames) -> Result<EditBatch, Refusal> {
    let mut nearest: BTreeMap<TrackId, (Frames, ClipId, Edge)> = BTreeMap::new();
    for clip in clips {
        let Some((_, track, range)) = project.clip(clip) else {
            continue;
        };
        for (edge, place) in [(Edge::Head, range.start), (Edge::Tail, range.end())] {
            let by = at - place;
            let known = nearest.get(&track.id);
            if known.is_none_or(|(known, ..)| by.0.abs() < known.0.abs()) {
                nearest.insert(track.id, (by, clip, edge));
            }
        }
    }
    let mut batch = EditBatch::of(project);
    let mut moved: Vec<ClipId> = Vec::new(); // with those linked to them, which one edit moves
    for (by, clip, edge) in nearest.into_values() {
        if by == Frames::ZERO || moved.contains(&clip) {
            continue;
        }
        moved.extend(project.linked(clip));
        batch.then(Edit::Trim(match (edge, project.neighbours(clip)) {
            (Edge::Head, (Some(_), _)) => Trim::Roll { clip, by },
            (Edge::Tail, (_, Some(next))) => Trim::Roll { clip: next.id, by },
            (edge, _) => Trim::Edge { clip, edge, by },
        }))?;
    }
    Ok(batch)
}

/// Resets the effects, fades and keyframes of the selected clips.
pub fn remove_attributes(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let has_look = |clip: &ClipId| {
        let found = project.clip(*clip);
        found.is_some_and(|(clip, ..)| clip.look != Look::default())
    };
    let changed = selected(open).into_iter().filter(has_look);
    let edits: Vec<Edit> = changed
        .map(|clip| look_edit(clip, Look::default()))
        .collect();
    match edits.is_empty() {
        true => state
            .notifications
            .info("The selected clips have no attributes."),
        false => {
            open.edit_all("remove attributes", &edits, &mut state.notifications);
        }
    }
}

/// Removes the range between in and out from all tracks that are not locked, and leaves a gap.
pub fn lift_range(state: &mut AppState) {
    edit(state, |open| {
        let (range, tracks) = marked(open)?;
        Some(Edit::Remove(Remove::LiftRange { range, tracks }))
    });
}

/// Removes the range between in and out from all tracks that are not locked, and closes the gap.
pub fn extract_range(state: &mut AppState) {
    edit(state, |open| {
        let (range, tracks) = marked(open)?;
        Some(Edit::Remove(Remove::ExtractRange { range, tracks }))
    });
}

fn marked(open: &OpenProject) -> Option<(FrameRange, Vec<TrackId>)> {
    let range = open.project().in_out()?;
    let tracks = open.project().tracks().iter();
    let unlocked = tracks.filter(|track| !track.locked && !track.is_empty());
    Some((range, unlocked.map(|track| track.id).collect()))
}

/// Closes the gap under the playhead.
pub fn close_gap(state: &mut AppState) {
    edit(state, |open| {
        let track = any_gap_at_playhead(open)?;
        let at = open.media.player.playhead();
        Some(Edit::Remove(Remove::CloseGap { track, at }))
    });
}

/// Links the selected clips.
pub fn link(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Link { clips }))
    });
}

/// Unlinks the selected clips.
pub fn unlink(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Unlink { clips }))
    });
}

/// Groups the selected clips: a click on one selects all.
pub fn group(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Group { clips }))
    });
}

/// Dissolves the groups of the selected clips.
pub fn ungroup(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Ungroup { clips }))
    });
}

/// Swaps the two selected clips.
pub fn swap(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    if let Some((one, other)) = open.view.selection.pair_to_swap(project) {
        let mut batch = EditBatch::of(project);
        let planned = batch.swap(one, other).map(|()| (batch, ()));
        open.edit_planned("swap", planned, &mut state.notifications);
    }
}

/// Enables the selected clips, or disables them if all are enabled.
pub fn toggle_enabled(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        let mut found = clips.iter().filter_map(|clip| open.project().clip(*clip));
        let enabled = !found.all(|(clip, ..)| clip.enabled);
        Some(Edit::Clip(ClipEdit::Enable { clips, enabled }))
    });
}

/// Plays the selected clips in the other direction.
pub fn reverse(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    edit_groups("reverse", selected(open), state, |clip, project| {
        let speed = project.clip(clip)?.0.speed;
        let speed = Speed::new(-speed.source_frames(), speed.record_frames())?;
        let ripple = true;
        Some(Edit::Clip(ClipEdit::Speed {
            clip,
            speed,
            ripple,
        }))
    });
}

/// Holds the frame at the playhead up to the end of the selected video clip.
pub fn freeze_frame(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let at = open.media.player.playhead();
    let project = open.project();
    let mut under = selected(open).into_iter().filter_map(|clip| {
        let (_, track, range) = project.clip(clip)?;
        let is_under = track.kind == TrackKind::Video && range.contains(at);
        is_under.then_some((clip, track.id, range))
    });
    let Some((clip, track, range)) = under.next_back() else {
        state
            .notifications
            .error("Can't do that: the playhead is not on a selected video clip.");
        return;
    };
    let planned = plan_freeze(project, clip, track, (range, at));
    apply_planned("freeze frame", planned, state);
}

fn plan_freeze(
    project: &Project,
    clip: ClipId,
    track: TrackId,
    (range, at): (FrameRange, Frames),
) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(project);
    let clips = vec![clip];
    if batch.project.linked(clip).len() > 1 {
        batch.then(Edit::Clip(ClipEdit::Unlink { clips }))?; // its sound goes on
    }
    if range.start < at {
        let tracks = vec![track];
        batch.then(Edit::Trim(Trim::Razor { at, tracks }))?;
    }
    let there = batch.project.track(track).and_then(|track| track.at(at));
    let held = there.and_then(|placed| Some(placed.clip()?.id));
    let clip = held.ok_or(Refusal::NothingThere)?;
    let speed = Speed::new(0, 1).ok_or(Refusal::NothingThere)?;
    let ripple = false;
    batch.then(Edit::Clip(ClipEdit::Speed {
        clip,
        speed,
        ripple,
    }))?;
    Ok(batch)
}

/// Applies the planned edits as one step, or shows the refusal.
fn apply_planned(name: &str, planned: Result<EditBatch, Refusal>, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let planned = planned.map(|batch| (batch, ()));
        open.edit_planned(name, planned, &mut state.notifications);
    }
}

/// Moves the selected clips by a distance to the right, over what is there, and the selected subtitles.
pub fn nudge(by: Frames, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let clips = selected(open);
    let mut edits: Vec<Edit> = Vec::new();
    if !clips.is_empty() {
        edits.push(Edit::Arrange(Arrange::Move { clips, by, up: 0 }));
    }
    edits.extend(subtitles::nudge(&open.view.selection, by));
    match &edits[..] {
        [edit] => open.edit(edit, &mut state.notifications),
        _ => open.edit_all("nudge", &edits, &mut state.notifications),
    };
}

/// Slips the selected clips: their frames move by a distance to the right, as if they were dragged with the trim tool.
pub fn slip(by: Frames, state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    edit_groups("slip", selected(open), state, |clip, _| {
        Some(Edit::Trim(Trim::Slip { clip, by: -by }))
    });
}

/// Applies an edit for each of these clips as one step. The edits change the linked clips too: of linked clips only one
/// gets its edit. If one edit is refused, none is applied.
fn edit_groups(
    name: &str,
    mut clips: Vec<ClipId>,
    state: &mut AppState,
    make: impl Fn(ClipId, &Project) -> Option<Edit>,
) {
    let Some(open) = &state.project else {
        return;
    };
    let project = open.project();
    let mut plan = || {
        let mut batch = EditBatch::of(project);
        while let Some(clip) = clips.pop() {
            let linked = project.linked(clip);
            clips.retain(|other| !linked.contains(other));
            if let Some(edit) = make(clip, project) {
                batch.then(edit)?;
            }
        }
        Ok(batch)
    };
    let planned = plan();
    apply_planned(name, planned, state);
}

fn selected(open: &OpenProject) -> Vec<ClipId> {
    open.view.selection.clips.iter().copied().collect()
}

/// Applies the edit that `make` returns for the open project, if it returns one.
fn edit(state: &mut AppState, make: impl FnOnce(&OpenProject) -> Option<Edit>) {
    if let Some(open) = &mut state.project
        && let Some(edit) = make(open)
    {
        open.edit(&edit, &mut state.notifications);
    }
}
