//! Pictures that are pasted from the clipboard into a keyframe slot: with the key of the system while the slot has the
//! focus or the pointer, or from its menu.

use std::sync::Arc;

use egui::{ColorImage, Event, Response, Ui, ViewportCommand};
use kinora_studio::timeline::ShotId;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, ShotAction};
use crate::state::view::shot_view::{PasteTarget, ShotView};

/// Requests the clipboard from the system. Its picture arrives in a later frame.
pub fn ask(ui: &Ui, slot: (ShotId, u32), view: &mut ShotView) {
    view.pastes_into = Some(PasteTarget::of(slot));
    ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
    ui.ctx().request_repaint();
}

/// Uses a picture that was pasted in this frame, if the slot is the one that it is meant for.
pub fn receive(
    ui: &Ui,
    cx: &PanelContext,
    response: &Response,
    slot: (ShotId, u32),
    view: &mut ShotView,
) {
    let is_under_pointer = || {
        let has_focus = ui.memory(|memory| memory.focused().is_some());
        response.contains_pointer() && !has_focus
    };
    let is_meant = match view.pastes_into {
        Some(target) => target.slot == slot,
        None => response.has_focus() || is_under_pointer(),
    };
    if !is_meant {
        return;
    }
    if let Some(picture) = pasted(ui) {
        view.pastes_into = None;
        let (shot, frame) = slot;
        let paste = ShotAction::PasteKeyframe(shot, frame, picture);
        cx.send(Action::Shot(paste));
    }
}

/// The picture that was pasted in this frame. It is taken, so that no other slot gets it too.
fn pasted(ui: &Ui) -> Option<Arc<ColorImage>> {
    ui.input_mut(|input| {
        let is_picture = |event: &Event| matches!(event, Event::PasteImage(_));
        let at = input.events.iter().position(is_picture)?;
        match input.events.remove(at) {
            Event::PasteImage(picture) => Some(picture),
            _ => None,
        }
    })
}
