//! The dialog that renames a sequence.

use egui::{TextEdit, Ui};

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, SequenceAction};
use crate::state::dialog::sequence_name::SequenceNameForm;
use crate::ui::widgets::{field, focus_first};

pub fn sequence_name_ui(ui: &Ui, cx: &WindowContext, form: &mut SequenceNameForm) {
    dialog(ui, cx, "Rename sequence", 420.0, |ui| {
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        let name = form.name.trim();
        if dialog_buttons(ui, cx, "Rename", !name.is_empty()) {
            let rename = SequenceAction::Rename(form.sequence, name.to_owned());
            cx.send(Action::Sequence(rename));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}
