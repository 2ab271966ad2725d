//! The imports of the project: renaming and removing them, showing where they are used, and using them in clips and shots.

use std::collections::BTreeSet;

use kinora_studio::exchange::first_contact::new_refusals;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::media::{Medium, MediumMarks, PictureSettings};
use kinora_studio::timeline::{ClipId, Edit, Frames, MediumId, Project, Refusal, Source};

use super::{replace, shot, viewer};
use crate::state::action::{Action, MediaAction};
use crate::state::app::AppState;
use crate::state::at_playhead::clip_to_match;
use crate::state::form::medium_form::MediumForm;
use crate::state::notification::NotificationButton;
use crate::state::view::layout::Pane;

pub fn rename(form: &MediumForm, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.rename_medium(form, &mut state.notifications);
    }
}

/// Sets the marks of an import: favourite and label.
pub fn mark(medium: MediumId, marks: MediumMarks, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(medium) = open.project().medium(medium) {
        let medium = Medium {
            marks,
            ..Medium::clone(medium)
        };
        let change = Library::ChangeMedium(Box::new(medium));
        open.edit(&Edit::Library(change), &mut state.notifications);
    }
}

/// Sets how the pictures of an import are read: deinterlacing, tone curve and colours.
pub fn set_picture(medium: MediumId, picture: PictureSettings, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(medium) = open.project().medium(medium) {
        let medium = Medium {
            picture,
            ..Medium::clone(medium)
        };
        let change = Edit::Library(Library::ChangeMedium(Box::new(medium)));
        open.edit_all("picture settings", &[change], &mut state.notifications);
    }
}

/// Shows the source of the clip at the playhead: its shot, its import, or the title itself.
pub fn match_frame(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(clip) = clip_to_match(open) else {
        return;
    };
    let pane = match clip.source {
        Source::Shot(shot) => {
            open.view.selection.shot = Some(shot);
            Pane::Shot
        }
        Source::Medium(medium) => {
            open.view.panels.media.reveal(medium);
            Pane::Media
        }
        Source::Sequence(_) => return super::sequences::open_clip(clip.id, state),
        Source::Title(_) => {
            open.view.selection.set_clips([clip.id]);
            Pane::Clip
        }
    };
    open.view.show(pane);
}

/// Selects the clips of a source and moves the playhead to the first one. If they are selected already, it moves to the
/// next one.
pub fn show_in_timeline(source: Source, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let clips = project.clips_of(source);
    let linked = clips.iter().flat_map(|clip| project.linked(*clip));
    let linked: BTreeSet<ClipId> = linked.collect();
    let found = clips.iter().filter_map(|clip| project.clip(*clip));
    let starts: BTreeSet<Frames> = found.map(|(.., range)| range.start).collect();
    let is_again = linked == open.view.selection.clips;
    let playhead = open.media.player.playhead();
    let next = starts.iter().find(|start| is_again && **start > playhead);
    let Some(to) = next.or(starts.first()).copied() else {
        return;
    };
    open.view.selection.set_clips(linked);
    viewer::show_timeline(open);
    open.media.player.go_to(to);
}

/// Replaces the source of each selected clip that can show or play the import.
pub fn replace_clips(medium: MediumId, state: &mut AppState) {
    if let Some(open) = &state.project {
        let clips = open.view.selection.clips.clone();
        replace::replace_source(&clips, (Source::Medium(medium), Frames::ZERO), state);
    }
}

/// Uses a picture as the first frame of the selected shot. Its file is in the project already.
pub fn use_as_first_frame(medium: MediumId, state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let medium = open.project().medium(medium);
    let content = medium.map(|medium| medium.content);
    if let Some((shot, content)) = open.view.selection.shot.zip(content) {
        shot::change(shot, ShotChange::SetKeyframe(0, content), state);
    }
}

/// Removes an import. While it is used it stays, and its removal with its clips is offered.
pub fn remove(medium: MediumId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(name) = open.project().medium(medium).map(|one| one.name.clone()) else {
        return;
    };
    let edit = Edit::Library(Library::RemoveMedium(medium));
    if let Err(Refusal::StillUsed { by, .. }) = edit.apply(open.project()) {
        let with_clips = NotificationButton {
            text: "Remove with its clips",
            action: Action::Media(MediaAction::RemoveWithClips(medium)),
        };
        let text = format!("{name} was not removed: it is still used by {by}.");
        state.notifications.result(text, vec![with_clips]);
        return;
    }
    open.edit(&edit, &mut state.notifications);
}

/// Removes an import in one step with its clips, and from the shots that it controls.
pub fn remove_with_clips(medium: MediumId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let planned = removal(open.project(), medium).map(|batch| (batch, ()));
    open.edit_planned("remove import", planned, &mut state.notifications);
}

fn removal(project: &Project, medium: MediumId) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(project);
    let clips = project.clips_of(Source::Medium(medium));
    if !clips.is_empty() {
        batch.then(Edit::Remove(Remove::Lift { clips }))?;
    }
    for shot in project.shots().filter(|shot| shot.control == Some(medium)) {
        let shot = ShotChange::Control(None).of(shot, project);
        batch.then(Edit::Library(Library::ChangeShot(Box::new(shot))))?;
    }
    batch.then(Edit::Library(Library::RemoveMedium(medium)))?;
    Ok(batch)
}

/// Reports which imports are not opened, since reading them fails as a whole: of projects that were made elsewhere.
pub fn report_refused(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    for (content, error) in new_refusals() {
        let found = open.project().medium_with_content(content);
        let Some(medium) = found.cloned() else {
            continue; // of a project that was closed meanwhile
        };
        open.media.files.check(&medium);
        open.changed(); // the viewer shows the slate
        let remedy = error.remedy.clone();
        let error = error.of_clip(medium.name.clone());
        state.notifications.error(format!(
            "{error}. A slate with its name is shown; {remedy}."
        ));
    }
}

/// Looks again which files are missing. The pictures of those that were missing are read again.
pub fn check_files(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    for medium in open.document.session.project().media() {
        match open.media.files.get(medium).is_missing {
            true => open.media.read_again(medium),
            false => open.media.files.check(medium),
        }
    }
}
