//! A picture of the media beside the frame of the film, or wiped against it: to match its light and its colours.

use egui::{Rect, TextureHandle, Ui};

use super::beside::{PAIR_MODES, Pair, modes_ui, on_bar, pair_ui};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, ViewerAction};
use crate::state::view::viewer_view::Reference;
use crate::ui::fonts::icon;
use crate::ui::widgets::icon_button;

/// Draws the film and the reference within `frame`.
pub fn reference_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    reference: Reference,
    (frame, film, picture): (Rect, &TextureHandle, Option<&TextureHandle>),
) {
    let send = |next| cx.send(Action::Viewer(ViewerAction::ShowReference(next)));
    let pair = Pair {
        mode: reference.mode,
        names: ["Film", "Reference"],
        line: "Wipe between the film and the reference",
    };
    if let Some(mode) = pair_ui(ui, cx, pair, (frame, film, picture)) {
        send(Some(Reference { mode, ..reference }));
    }
    on_bar(ui, cx, frame, |ui| {
        if let Some(mode) = modes_ui(ui, reference.mode, &PAIR_MODES) {
            send(Some(Reference { mode, ..reference }));
        }
        ui.separator();
        if icon_button(ui, icon::CLOSE, "Remove the reference").clicked() {
            send(None);
        }
    });
}
