//! The list of shots: duplicating, renaming and reordering the selected shot.

use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Edit, Project, Refusal, ShotId};

use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::view::layout::Pane;
use crate::state::view::shot_view::ShotField;

/// Adds a copy of the selected shot after it, without its takes, and selects the copy.
pub fn duplicate(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(shot) = open.view.selection.shot else {
        return;
    };
    let copied = copied(open.project(), shot);
    if let Some(copy) = open.edit_planned("duplicate shot", copied, &mut state.notifications) {
        open.view.selection.shot = Some(copy);
        open.view.panels.shot_form = None;
    }
}

fn copied(project: &Project, of: ShotId) -> Result<(EditBatch, ShotId), Refusal> {
    let missing = Refusal::NoSuch { what: "shot" };
    let Some(shot) = project.shot(of) else {
        return Err(missing);
    };
    let copy = Shot {
        name: format!("{} copy", shot.name),
        chosen: None,
        chosen_sound: None,
        ..Shot::clone(shot)
    };
    let mut batch = EditBatch::of(project);
    batch.then(Edit::Library(Library::AddShot(Box::new(copy))))?;
    let added: Option<ShotId> = batch.project.shots().map(|shot| shot.id).max();
    let shot = added.ok_or(missing)?;
    let before = project.shot_after(of);
    if before.is_some() {
        batch.then(Edit::Library(Library::MoveShot { shot, before }))?;
    }
    Ok((batch, shot))
}

/// Shows the shot panel, where the name of the selected shot takes the focus.
pub fn rename(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.view.show(Pane::Shot);
        open.view.panels.shot.field_to_focus = Some(ShotField::Name);
    }
}

/// Moves the selected shot before the one above it.
pub fn move_up(state: &mut AppState) {
    move_selected(state, |open, shot| {
        let before = Some(open.project().shot_before(shot)?);
        Some(Library::MoveShot { shot, before })
    });
}

/// Moves the selected shot after the one below it.
pub fn move_down(state: &mut AppState) {
    move_selected(state, |open, shot| {
        let below = open.project().shot_after(shot)?;
        let before = open.project().shot_after(below);
        Some(Library::MoveShot { shot, before })
    });
}

fn move_selected(
    state: &mut AppState,
    moved: impl FnOnce(&OpenProject, ShotId) -> Option<Library>,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let shot = open.view.selection.shot;
    if let Some(edit) = shot.and_then(|shot| moved(open, shot)) {
        open.edit(&Edit::Library(edit), &mut state.notifications);
    }
}
