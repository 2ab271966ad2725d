//! Edits made with a control: a drag is one gesture from press to release; typed values are one edit each.

use crate::state::action::{Action, EditAction, Gesture};
use egui::{Key, Pos2, Response, Ui};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;

use crate::panels::context::PanelContext;

/// Sends the edit of a control whose value has changed: as a preview of a gesture during a drag, otherwise at
/// once. `name` in lower case names the gesture's undo step. `made` returns the edit for the new value.
pub fn edit_with_gesture(
    cx: &PanelContext,
    response: &Response,
    name: &str,
    made: impl FnOnce() -> Option<Edit>,
) {
    let at_once = |mut edits: Vec<Edit>| edits.pop().map(EditAction::Apply);
    gesture_with(cx, response, name, || made().into_iter().collect(), at_once);
}

/// The same for a control that changes several things at once. `name` also names the step of typed values.
pub fn edit_all_with_gesture(
    cx: &PanelContext,
    response: &Response,
    name: &'static str,
    made: impl FnOnce() -> Vec<Edit>,
) {
    let at_once = |mut edits: Vec<Edit>| match edits.len() {
        0 | 1 => edits.pop().map(EditAction::Apply),
        _ => Some(EditAction::ApplyAll(name, edits)),
    };
    gesture_with(cx, response, name, made, at_once);
}

/// `at_once` makes the action for edits that are no preview.
fn gesture_with(
    cx: &PanelContext,
    response: &Response,
    name: &str,
    made: impl FnOnce() -> Vec<Edit>,
    at_once: impl FnOnce(Vec<Edit>) -> Option<EditAction>,
) {
    if response.drag_started() {
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Begin(
            name.to_lowercase(),
        ))));
    }
    let edits = response.changed().then(made);
    if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
        let in_hand = response.dragged() || response.drag_started() || response.drag_stopped();
        let action = match in_hand {
            true => Some(EditAction::Gesture(Gesture::Preview(edits))),
            false => at_once(edits),
        };
        if let Some(action) = action {
            cx.send(Action::Edit(action));
        }
    }
    if response.drag_stopped() {
        let is_left = response.ctx.input(|input| input.key_pressed(Key::Escape));
        cx.send(Action::Edit(EditAction::Gesture(match is_left {
            true => Gesture::Abort,
            false => Gesture::Commit,
        })));
    }
}

/// Sends the edit of a thing that is dragged: `made` returns it for the place of the pointer.
pub fn edit_by_drag(
    cx: &PanelContext,
    response: &mut Response,
    name: &str,
    made: impl FnOnce(Pos2) -> Edit,
) {
    let pointer = response.interact_pointer_pos();
    let pointer = pointer.filter(|_| response.dragged());
    let edit = pointer.map(|pointer| {
        response.mark_changed();
        made(pointer)
    });
    edit_with_gesture(cx, response, name, || edit);
}

/// Edits a colour. A colour picker has several controls: one gesture lasts from the first change until no pointer
/// button is pressed. `is_dragged` says whether it has begun.
pub fn edit_colour(
    ui: &Ui,
    cx: &PanelContext,
    name: &str,
    (is_dragged, has_changed): (&mut bool, bool),
    made: impl FnOnce() -> Edit,
) {
    if has_changed {
        if !*is_dragged {
            cx.send(Action::Edit(EditAction::Gesture(Gesture::Begin(
                name.into(),
            ))));
        }
        *is_dragged = true;
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Preview(vec![
            made(),
        ]))));
    }
    if *is_dragged && !ui.input(|input| input.pointer.any_down()) {
        *is_dragged = false;
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Commit)));
    }
}

/// The same for a change of a shot.
pub fn change_shot_with_gesture(
    cx: &PanelContext,
    response: &Response,
    name: &str,
    shot: &Shot,
    change: impl FnOnce() -> ShotChange,
) {
    // A drag changes the shot as it was at the start: what a preview has removed comes back.
    let ctx = &response.ctx;
    if response.drag_started() {
        ctx.data_mut(|data| data.insert_temp(response.id, shot.clone()));
    }
    let at_start = ctx.data(|data| data.get_temp::<Shot>(response.id));
    let at_start = at_start.filter(|start| response.dragged() && start.id == shot.id);
    edit_with_gesture(cx, response, name, || {
        let shot = change().of(at_start.as_ref().unwrap_or(shot), cx.project());
        Some(Edit::Library(Library::ChangeShot(Box::new(shot))))
    });
}
