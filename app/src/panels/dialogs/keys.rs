//! Every key, by menu, from the command table.

use crate::panels::controls::{close_button, dialog};
use egui::{Grid, RichText, Ui};

use crate::panels::context::WindowContext;
use crate::state::command::{Menu, TABLE};

pub fn keys_ui(ui: &mut Ui, cx: &WindowContext) {
    dialog(ui, cx, "Keyboard shortcuts", 420.0, |ui| {
        for (menu, name) in Menu::ALL {
            let rows = TABLE.iter().filter(|row| row.menu == menu);
            let keyed: Vec<_> = rows
                .filter_map(|row| Some((row.text, row.shortcut?)))
                .collect();
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
                    for (text, shortcut) in keyed {
                        ui.label(text.trim_end_matches('…'));
                        ui.label(
                            RichText::new(ui.ctx().format_shortcut(&shortcut))
                                .color(*cx.theme.colours.text_soft),
                        );
                        ui.end_row();
                    }
                });
        }
        close_button(ui, cx);
    });
}
