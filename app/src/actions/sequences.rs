//! Sequences: clips nested, sequences made and opened.

use kinora_studio::timeline::edit::sequences::SequenceEdit;
use kinora_studio::timeline::{ClipId, Edit, Frames, Project, SequenceId, Source};

use super::viewer;
use crate::state::action::SequenceAction;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::sequence_name::SequenceNameForm;
use crate::state::open_project::OpenProject;

pub fn apply(action: SequenceAction, state: &mut AppState) {
    match action {
        SequenceAction::Open(sequence) => open(sequence, state),
        SequenceAction::OpenClip(clip) => open_clip(clip, state),
        SequenceAction::AskName(sequence) => ask_name(sequence, state),
        SequenceAction::Rename(sequence, name) => {
            let rename = SequenceEdit::Rename { sequence, name };
            super::edit::apply(&Edit::Sequence(rename), state);
        }
        SequenceAction::Remove(sequence) => {
            let remove = SequenceEdit::Remove(sequence);
            super::edit::apply(&Edit::Sequence(remove), state);
        }
    }
}

/// Moves the selected clips into a new sequence, and selects the clip that takes their place.
pub fn nest(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let nest = SequenceEdit::Nest {
        clips: open.view.selection.clips.iter().copied().collect(),
        name: free_name(open.project(), "Scene"),
    };
    if !open.edit(&Edit::Sequence(nest), &mut state.notifications) {
        return;
    }
    let sequences = open.project().sequences();
    let newest = sequences.last().map(|(id, _)| Source::Sequence(*id));
    let clips = newest.map(|newest| open.project().clips_of(newest));
    open.view.selection.set_clips(clips.unwrap_or_default());
}

/// Replaces the selected nested clip by what it shows.
pub fn unnest(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(clip) = open.view.selection.nested_in(open.project()) {
        let unnest = SequenceEdit::Unnest { clip };
        open.edit(&Edit::Sequence(unnest), &mut state.notifications);
    }
}

/// Adds an empty sequence and opens it.
pub fn add(state: &mut AppState) {
    let Some(open_project) = &mut state.project else {
        return;
    };
    let name = free_name(open_project.project(), "Sequence");
    let add = SequenceEdit::Add { name };
    if open_project.edit(&Edit::Sequence(add), &mut state.notifications) {
        let newest = open_project.project().sequences().last().map(|(id, _)| *id);
        if let Some(newest) = newest {
            open(newest, state);
        }
    }
}

/// "Scene 2" if there is a "Scene" or a "Scene 1".
fn free_name(project: &Project, base: &str) -> String {
    let sequences = project.sequences();
    let is_free = |name: &String| sequences.iter().all(|(_, other)| **other != **name);
    let mut names = (1..).map(|number| format!("{base} {number}"));
    names.find(is_free).unwrap_or_else(|| base.to_owned())
}

/// Opens a sequence where it was left.
fn open(sequence: SequenceId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let left = open.view.panels.timeline.left.get(&sequence).copied();
        open_at(open, sequence, left.unwrap_or_default());
    }
}

/// Opens the sequence of the selected clip.
pub fn open_nested(state: &mut AppState) {
    let open = state.project.as_ref();
    let nested = open.and_then(|open| open.view.selection.nested_in(open.project()));
    if let Some(clip) = nested {
        open_clip(clip, state);
    }
}

/// Opens the sequence of a clip at the frame that the clip shows at the playhead; at its first frame if the playhead is
/// elsewhere.
pub fn open_clip(clip: ClipId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some((clip, _, range)) = open.project().clip(clip) else {
        return;
    };
    let Some(sequence) = clip.source.sequence() else {
        return;
    };
    let playhead = open.media.player.playhead();
    let at = match range.contains(playhead) {
        true => playhead - range.start,
        false => Frames::ZERO,
    };
    let frame = clip.source_frame(at);
    open_at(open, sequence, frame);
}

fn open_at(open: &mut OpenProject, sequence: SequenceId, frame: Frames) {
    let project = open.project();
    if project.open_sequence() == sequence {
        return;
    }
    let before = project.open_sequence();
    let playhead = open.media.player.playhead();
    if open.show_sequence(sequence) {
        open.view.panels.timeline.left.insert(before, playhead);
        open.media.player.go_to(frame);
        viewer::show_timeline(open);
    }
}

/// Opens the dialog for the name of a sequence.
fn ask_name(sequence: SequenceId, state: &mut AppState) {
    let Some(open) = &state.project else { return };
    if let Some(name) = open.project().sequence_name(sequence) {
        let name = name.to_string();
        state.dialog = Some(Dialog::SequenceName(SequenceNameForm { sequence, name }));
    }
}
