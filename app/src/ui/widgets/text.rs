//! Text fields, and the keys that a field or a list consumes, so that the dialog around it does not get them.
//! Enter is for the control that has the focus.

use egui::{Key, Modifiers, Response, TextEdit, Ui, vec2};

/// A text field that has the focus when its dialog opens, with its text selected.
pub fn focus_first(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let opened = ui.ctx().memory(|memory| memory.focused().is_none());
    text_field(ui, field, opened)
}

/// A text field. With `takes_focus`, it takes the focus, with its text selected.
pub fn text_field(ui: &mut Ui, field: TextEdit<'_>, takes_focus: bool) -> Response {
    small_text_field(ui, field.margin(vec2(8.0, 6.0)), takes_focus)
}

/// The same with the margin of the field, for a low row.
pub fn small_text_field(ui: &mut Ui, field: TextEdit<'_>, takes_focus: bool) -> Response {
    let mut output = field.show(ui);
    if takes_focus {
        output.response.request_focus();
        let all = egui::text::CCursorRange::select_all(&output.galley);
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
    }
    output.response.response
}

/// Enter on a control that has the focus is for the control, not for the button of the dialog.
pub fn keep_enter(ui: &Ui, control: &Response) {
    if control.has_focus() {
        consume_enter(ui);
    }
}

/// Whether Enter was pressed. It then does nothing else.
pub fn consume_enter(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

/// Presses of the up and down arrow keys, for choosing a row. They are consumed before a text field above the rows
/// gets them. A slow frame may have several.
pub struct Steps {
    down: usize,
    up: usize,
}

impl Steps {
    pub fn pressed(ui: &Ui) -> Self {
        let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        Self {
            down: pressed(Key::ArrowDown),
            up: pressed(Key::ArrowUp),
        }
    }

    pub fn any(&self) -> bool {
        self.down + self.up > 0
    }

    /// The index of the highlighted row after these presses, of `rows` rows.
    pub fn on(&self, chosen: usize, rows: usize) -> usize {
        (chosen + self.down)
            .saturating_sub(self.up)
            .min(rows.saturating_sub(1))
    }
}
