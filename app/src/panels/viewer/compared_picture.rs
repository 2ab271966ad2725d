//! A picture of the media beside the frame of the film, or wiped against it: to match its light and its colours.

use egui::{Rect, TextureHandle, Ui};

use super::beside::{PAIR_MODES, Pair, modes_ui, on_bar, pair_ui};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, ViewerAction};
use crate::state::view::viewer_view::ComparedPicture;
use crate::ui::fonts::icon;
use crate::ui::widgets::icon_button;

/// Draws the film and the picture within `frame`.
pub fn compared_picture_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    compared: ComparedPicture,
    (frame, film, picture): (Rect, &TextureHandle, Option<&TextureHandle>),
) {
    let send = |next| cx.send(Action::Viewer(ViewerAction::ComparePicture(next)));
    let pair = Pair {
        mode: compared.mode,
        names: ["Film", "Picture"],
        line: "Wipe between the film and the picture",
    };
    if let Some(mode) = pair_ui(ui, cx, pair, (frame, film, picture)) {
        send(Some(ComparedPicture { mode, ..compared }));
    }
    on_bar(ui, cx, frame, |ui| {
        if let Some(mode) = modes_ui(ui, compared.mode, &PAIR_MODES) {
            send(Some(ComparedPicture { mode, ..compared }));
        }
        ui.separator();
        if icon_button(ui, icon::CLOSE, "End the comparison").clicked() {
            send(None);
        }
    });
}
