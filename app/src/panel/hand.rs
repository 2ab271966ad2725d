//! A control in the hand: from the press to the release one gesture, what is typed one edit.

use egui::{Key, Response};
use kinora_studio::timeline::Edit;

use crate::film::Gesture;
use crate::run::Ask;

/// Asks for what a control's movement makes of the film: `name` is what undo will call it.
pub fn hand(
    response: &Response,
    name: &str,
    asks: &mut Vec<Ask>,
    made: impl FnOnce() -> Option<Edit>,
) {
    if response.drag_started() {
        asks.push(Ask::Gesture(Gesture::Begin(name.to_lowercase())));
    }
    if let Some(edit) = response.changed().then(made).flatten() {
        let in_hand = response.dragged() || response.drag_started() || response.drag_stopped();
        asks.push(match in_hand {
            true => Ask::Gesture(Gesture::Preview(vec![edit])),
            false => Ask::Edit(edit),
        });
    }
    if response.drag_stopped() {
        let is_left = response.ctx.input(|input| input.key_pressed(Key::Escape));
        asks.push(Ask::Gesture(match is_left {
            true => Gesture::Abort,
            false => Gesture::Commit,
        }));
    }
}
