//! Subtitles added, selected, imported from files and exported to them.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;
use kinora_studio::Project;
use kinora_studio::exchange::subtitles::{export_subtitles, read_subtitles};
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_studio::timeline::subtitle::SubtitleTrack;
use kinora_studio::timeline::{CueId, Edit, FrameRange, Frames, Refusal, SubtitleTrackId};
use kinora_studio::wire::Failure;

use super::viewer;
use crate::background::task::{Task, take_all_finished};
use crate::state::action::{Action, ExportAction};
use crate::state::app::AppState;
use crate::state::notification::NotificationButton;
use crate::state::open_project::OpenProject;
use crate::state::tasks::ReadSubtitles;
use crate::state::view::layout::Pane;
use crate::state::view::selection::Selection;
use crate::state::view::subtitle_view::CueForm;

const NEW_TEXT: &str = "Subtitle";
/// The length of a new subtitle.
const SECONDS: u32 = 2;

/// Adds a subtitle at the playhead and selects it, so that its text can be typed at once. Where one is already, that one
/// can be retyped.
pub fn add(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let at = open.media.player.playhead();
    let track = target(open);
    let here = track.and_then(|track| open.project().subtitle_track(track)?.at(at).cloned());
    let cue = if let Some(cue) = here {
        Some(cue.id)
    } else {
        let planned = planned(open.project(), track, at);
        open.edit_planned("add subtitle", planned, &mut state.notifications)
    };
    let Some(cue) = cue else { return };
    viewer::show_timeline(open);
    open.view.show(Pane::Timeline);
    open.view.selection.set_clips([]);
    open.view.selection.cues.insert(cue);
    let project = open.document.session.project();
    let form = project.cue(cue).map(|(cue, _)| CueForm::of(cue));
    open.view.panels.timeline.subtitles.form = form;
}

/// The track for a new subtitle: that of a selected one, or the lowest that is neither locked nor hidden. `None`: there is
/// none.
pub(super) fn target(open: &OpenProject) -> Option<SubtitleTrackId> {
    let project = open.project();
    let selected = open.view.selection.cues.iter();
    let mut selected = selected.filter_map(|cue| Some(project.cue(*cue)?.1));
    let is_free = |track: &&Arc<SubtitleTrack>| !track.locked && !track.hidden;
    let mut tracks = project.subtitle_tracks().iter();
    let track = selected.find(is_free).or_else(|| tracks.find(is_free));
    track.map(|track| track.id)
}

/// A new subtitle up to the next one at the most, on a new track if there is none.
fn planned(
    project: &Project,
    track: Option<SubtitleTrackId>,
    at: Frames,
) -> Result<(EditBatch, CueId), Refusal> {
    let mut batch = EditBatch::of(project);
    let length = batch.seconds(SECONDS);
    let cue = add_line(&mut batch, track, (at, length), NEW_TEXT)?;
    Ok((batch, cue))
}

/// Adds a subtitle of this length at the most: it ends where the next one begins. Where one is already, and where there is
/// no track, it gets a new track.
pub(super) fn add_line(
    batch: &mut EditBatch,
    track: Option<SubtitleTrackId>,
    (at, length): (Frames, Frames),
    text: &str,
) -> Result<CueId, Refusal> {
    let missing = Refusal::NoSuch { what: "subtitle" };
    let is_free = |track: &SubtitleTrackId| {
        let known = batch.project.subtitle_track(*track);
        known.is_some_and(|known| known.at(at).is_none())
    };
    let track = if let Some(track) = track.filter(is_free) {
        track
    } else {
        batch.then(Edit::Subtitle(new_track()))?;
        let added = batch.project.subtitle_tracks().last();
        added.map(|track| track.id).ok_or(missing.clone())?
    };
    let wanted = FrameRange { start: at, length };
    let known = batch.project.subtitle_track(track);
    let next = known.and_then(|known| known.within(wanted).next());
    let end = next.map_or(wanted.end(), |next| next.range.start);
    let cue = NewCue {
        range: FrameRange::between(at, end),
        text: text.to_owned(),
    };
    batch.then(Edit::Subtitle(SubtitleEdit::Add { track, cue }))?;
    let added = batch.project.subtitle_track(track);
    let added = added.and_then(|track| track.at(at)).ok_or(missing)?;
    Ok(added.id)
}

fn new_track() -> SubtitleEdit {
    SubtitleEdit::AddTrack {
        name: String::new(), // the edit gives one
        language: String::new(),
        cues: Vec::new(),
    }
}

pub fn add_track(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let edit = Edit::Subtitle(new_track());
        open.edit(&edit, &mut state.notifications);
    }
}

/// Selects a subtitle. `adds` adds it to the selection, or removes it.
pub fn select(cue: CueId, adds: bool, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    viewer::show_timeline(open);
    let selection = &mut open.view.selection;
    if !adds {
        selection.set_clips([]);
        selection.cues.insert(cue);
    } else if !selection.cues.remove(&cue) {
        selection.cues.insert(cue);
    }
}

/// The edit that removes the selected subtitles.
pub fn removal(selection: &Selection) -> Option<Edit> {
    let cues: Vec<CueId> = selection.cues.iter().copied().collect();
    (!cues.is_empty()).then_some(Edit::Subtitle(SubtitleEdit::Remove(cues)))
}

/// The edit that moves the selected subtitles.
pub fn nudge(selection: &Selection, by: Frames) -> Option<Edit> {
    let cues: Vec<CueId> = selection.cues.iter().copied().collect();
    (!cues.is_empty()).then_some(Edit::Subtitle(SubtitleEdit::Move { cues, by }))
}

/// The edits that split the selected subtitles at a frame. `None`: none of them is there.
pub fn splits(selection: &Selection, project: &Project, at: Frames) -> Option<Vec<Edit>> {
    let is_inside = |cue: &&CueId| {
        let found = project.cue(**cue);
        found.is_some_and(|(cue, _)| cue.range.contains(at) && cue.range.start < at)
    };
    let cues = selection.cues.iter().filter(is_inside);
    let split = |cue: &CueId| Edit::Subtitle(SubtitleEdit::Split { cue: *cue, at });
    let edits: Vec<Edit> = cues.map(split).collect();
    (!edits.is_empty()).then_some(edits)
}

/// Reads a subtitle file, on another thread.
pub fn import(file: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let project = open.project().clone();
    let task = Task::start(ctx, move || {
        let subtitles = read_subtitles(&file, &project)?;
        Ok(ReadSubtitles {
            folder,
            file,
            subtitles,
        })
    });
    state.tasks.importing_subtitles.push(task);
}

/// Adds the subtitles that were read, as one step, and reports what was changed of them.
pub fn imported(read: Result<ReadSubtitles, Failure>, state: &mut AppState) {
    let ReadSubtitles {
        folder,
        file,
        subtitles,
    } = match read {
        Ok(read) => read,
        Err(failure) => return state.notifications.error(failure.to_string()),
    };
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile
    };
    let name = "import subtitles";
    if !open.edit_all(name, &subtitles.edits, &mut state.notifications) {
        return;
    }
    let file = file.file_name().unwrap_or_default().to_string_lossy();
    let text = format!("{file}: {} subtitles imported.", subtitles.count);
    state.notifications.info(text);
    for note in subtitles.notes {
        let note = format!("{file}: {note}");
        state.notifications.result(note, Vec::new());
    }
}

/// The track to export: that of a selected subtitle, or the first one that has any.
pub fn to_export(state: &AppState) -> Option<SubtitleTrackId> {
    let open = state.project.as_ref()?;
    let project = open.project();
    let mut selected = open.view.selection.cues.iter();
    let selected = selected.find_map(|cue| Some(project.cue(*cue)?.1));
    let mut tracks = project.subtitle_tracks().iter();
    let track = selected.or_else(|| tracks.find(|track| !track.is_empty()));
    track.map(|track| track.id)
}

/// Writes a track to a file, on another thread. An earlier file is kept, unless it may be replaced.
pub fn export(
    track: SubtitleTrackId,
    file: PathBuf,
    replaces: bool,
    state: &mut AppState,
    ctx: &Context,
) {
    let Some(open) = &state.project else {
        return;
    };
    let project = open.project().clone();
    let folder = open.document.session.folder().to_owned();
    let task = Task::start(ctx, move || {
        export_subtitles(&project, &folder, track, &file, replaces)
    });
    state.tasks.exporting_subtitles.push(task);
}

/// Shows the files that were written.
pub fn poll_exports(state: &mut AppState) {
    for result in take_all_finished(&mut state.tasks.exporting_subtitles) {
        match result {
            Ok(file) => {
                let folder = file.parent().unwrap_or(&file).to_owned();
                let show = NotificationButton {
                    text: "Show in folder",
                    action: Action::Export(ExportAction::OpenWithSystem(folder)),
                };
                let text = format!("Subtitles exported: {}", file.display());
                state.notifications.result(text, vec![show]);
            }
            Err(failure) => {
                let text = format!("The subtitles were not exported: {failure}");
                state.notifications.error(text);
            }
        }
    }
}
