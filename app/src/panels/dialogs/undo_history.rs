//! The dialog with all steps of the undo history, the oldest first. A click goes to a step.

use egui::{Button, RichText, ScrollArea, Ui, vec2};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::state::action::{Action, EditAction};
use crate::state::text::with_capital;
use crate::ui::fonts::icon;
use crate::ui::widgets::named;

const ROW_HEIGHT: f32 = 26.0;
/// The height of the title, the button and the margins of the dialog, in points.
const ROOM_AROUND_LIST: f32 = 200.0;
/// The list scrolls beyond this height.
const LIST_HEIGHT: f32 = 420.0;

pub fn undo_history_ui(ui: &Ui, cx: &WindowContext) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let history = open.document.session.history();
    let mut steps = vec!["Earliest state"];
    steps.extend(history.past());
    let done = steps.len() - 1;
    steps.extend(history.future());
    dialog(ui, cx, "Undo history", 420.0, |ui| {
        let room = ui.ctx().content_rect().height() - ROOM_AROUND_LIST;
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(room.clamp(120.0, LIST_HEIGHT))
            .stick_to_bottom(true)
            .show_rows(ui, ROW_HEIGHT, steps.len(), |ui, rows| {
                for number in rows {
                    step_ui(ui, cx, steps[number], number, done);
                }
            });
        close_button(ui, cx);
    });
}

/// A step: done ones are bright, undone ones faint, and the current one has a mark.
fn step_ui(ui: &mut Ui, cx: &WindowContext, step: &str, number: usize, done: usize) {
    let colours = &cx.theme.colours;
    let is_current = number == done;
    let mark = match is_current {
        true => icon::CHECK,
        false => "",
    };
    let colour = match number <= done {
        true => colours.text,
        false => colours.text_faint,
    };
    let text = RichText::new(with_capital(step)).color(*colour);
    let button = Button::selectable(is_current, text)
        .right_text(mark)
        .min_size(vec2(ui.available_width(), ROW_HEIGHT));
    let response = ui.add(button);
    let state = match is_current {
        true => " (current)",
        false if number > done => " (undone)",
        false => "",
    };
    named(&response, &format!("Step {number}: {step}{state}"));
    if response.clicked() && !is_current {
        cx.send(Action::Edit(EditAction::GoToStep(number)));
    }
}
