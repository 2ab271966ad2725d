//! The menu of the prompts that were used before in the project.

use egui::{Button, RichText, Ui};
use kinora_studio::take::prompt_history::earlier_prompts;
use kinora_studio::timeline::shot::Shot;

use crate::panels::context::PanelContext;
use crate::ui::widgets::named;

/// The width of the menu, in points.
const WIDTH: f32 = 320.0;

/// Draws the menu. True if the prompt was replaced.
pub fn history_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, prompt: &mut String) -> bool {
    let mut is_replaced = false;
    let menu = ui.menu_button(RichText::new("History").small(), |ui| {
        ui.set_width(WIDTH);
        let prompts = earlier_prompts(cx.project(), &cx.generation.takes.takes, shot);
        if prompts.is_empty() {
            ui.label("No earlier prompts");
        }
        for earlier in prompts {
            let row = ui.add(Button::new(earlier.as_str()).truncate());
            named(&row, &format!("Use the prompt: {earlier}"));
            if row.on_hover_text(&earlier).clicked() {
                *prompt = earlier;
                is_replaced = true;
            }
        }
    });
    menu.response
        .on_hover_text("Replace the prompt with an earlier one of this project");
    is_replaced
}
