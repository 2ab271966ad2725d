//! The dialog with all keyboard shortcuts, by menu, from the command table.

use egui::{Grid, RichText, ScrollArea, Ui};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::state::command::{Menu, TABLE};

/// The height of the title, the button and the margins of the dialog, in points.
const ROOM_AROUND_LIST: f32 = 200.0;

pub fn keys_ui(ui: &mut Ui, cx: &WindowContext) {
    dialog(ui, cx, "Keyboard shortcuts", 420.0, |ui| {
        let height = (ui.ctx().content_rect().height() - ROOM_AROUND_LIST).max(120.0);
        ScrollArea::vertical()
            .max_height(height)
            .show(ui, |ui| list_ui(ui, cx));
        close_button(ui, cx);
    });
}

fn list_ui(ui: &mut Ui, cx: &WindowContext) {
    for (menu, name) in Menu::ALL {
        let rows = TABLE.iter().filter(|row| row.menu == menu);
        let keyed: Vec<_> = rows.filter(|row| row.shortcut.is_some()).collect();
        if keyed.is_empty() {
            continue;
        }
        ui.label(
            RichText::new(name)
                .font(cx.theme.strong_font())
                .color(*cx.theme.colours.accent),
        );
        Grid::new(name)
            .num_columns(2)
            .min_col_width(200.0)
            .min_row_height(18.0)
            .spacing([12.0, 4.0])
            .show(ui, |ui| {
                for row in keyed {
                    ui.label(row.text.trim_end_matches('…'));
                    let key = RichText::new(row.key_text());
                    ui.label(key.color(*cx.theme.colours.text_soft));
                    ui.end_row();
                }
            });
    }
}
