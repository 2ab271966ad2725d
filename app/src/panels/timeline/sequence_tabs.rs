//! The row of sequences above the tracks, where a project has more than one: a click opens one, a right click renames
//! or removes it.

use egui::{Rect, RichText, ScrollArea, Ui};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, SequenceAction};

pub const HEIGHT: f32 = 28.0;

pub fn sequence_tabs_ui(ui: &mut Ui, cx: &PanelContext, rect: Rect) {
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ScrollArea::horizontal()
            .id_salt("sequences")
            .show(ui, |ui| ui.horizontal_centered(|ui| tabs_ui(ui, cx)));
    });
}

fn tabs_ui(ui: &mut Ui, cx: &PanelContext) {
    let now = cx.project().open_sequence();
    for (id, name) in cx.project().sequences() {
        let is_open = id == now;
        let tab = ui.selectable_label(is_open, RichText::new(&*name).small());
        let tab = tab.on_hover_text(match is_open {
            true => "This sequence is open, and exported",
            false => "Open this sequence",
        });
        if tab.clicked() {
            cx.send(Action::Sequence(SequenceAction::Open(id)));
        }
        tab.context_menu(|ui| {
            if ui.button("Rename…").clicked() {
                cx.send(Action::Sequence(SequenceAction::AskName(id)));
            }
            let remove = ui.add_enabled(!is_open, egui::Button::new("Remove"));
            let remove = remove.on_disabled_hover_text("Open another sequence first");
            if remove.clicked() {
                cx.send(Action::Sequence(SequenceAction::Remove(id)));
            }
        });
    }
}
