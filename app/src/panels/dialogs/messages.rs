//! The dialog with all messages of the last day, the newest first.

use egui::{Grid, Label, RichText, ScrollArea, Ui};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::panels::notifications::mark_of;
use crate::state::notification::age_text;

/// The height of the title, the button and the margins of the dialog, in points.
const ROOM_AROUND_LIST: f32 = 200.0;
const TEXT_WIDTH: f32 = 480.0;

pub fn messages_ui(ui: &mut Ui, cx: &WindowContext) {
    dialog(ui, cx, "Messages", 640.0, |ui| {
        let height = (ui.ctx().content_rect().height() - ROOM_AROUND_LIST).max(120.0);
        ScrollArea::vertical()
            .max_height(height)
            .show(ui, |ui| list_ui(ui, cx));
        close_button(ui, cx);
    });
}

fn list_ui(ui: &mut Ui, cx: &WindowContext) {
    let colours = &cx.theme.colours;
    if cx.state.notifications.messages().next().is_none() {
        ui.label(RichText::new("No messages yet").color(*colours.text_soft));
    }
    let grid = Grid::new("messages").num_columns(3).spacing([12.0, 8.0]);
    grid.show(ui, |ui| {
        for message in cx.state.notifications.messages().rev() {
            let (mark, colour) = mark_of(message.kind, cx.theme);
            ui.label(RichText::new(mark).color(*colour));
            let age = age_text(message.at.elapsed());
            ui.label(RichText::new(age).small().color(*colours.text_soft));
            ui.vertical(|ui| {
                ui.set_width(TEXT_WIDTH);
                ui.add(Label::new(&message.text).wrap());
            });
            ui.end_row();
        }
    });
}
