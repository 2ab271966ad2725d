//! An item of the menus of the media panel: an icon, words, and a tooltip.

use egui::{Button, Ui, vec2};

use crate::ui::widgets::named;

/// An item of the menu, with its tooltip. True if it was clicked.
pub fn item_ui(ui: &mut Ui, sign: &str, [words, tooltip]: [&str; 2], is_enabled: bool) -> bool {
    let button =
        Button::new(format!("{sign}   {words}")).min_size(vec2(ui.available_width(), 28.0));
    let response = ui.add_enabled(is_enabled, button);
    named(&response, words);
    let response = response.on_hover_text(tooltip);
    if response.clicked() {
        ui.close();
    }
    response.clicked()
}
