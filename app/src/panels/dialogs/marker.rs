//! The dialog that changes a marker: its name, note and colour.

use egui::{ComboBox, TextEdit, Ui};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::marks::Mark;

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, EditAction};
use crate::state::dialog::marker::{LABELS, MarkerForm};
use crate::ui::widgets::{field, focus_first};

pub fn marker_ui(ui: &mut Ui, cx: &WindowContext, form: &mut MarkerForm) {
    dialog(ui, cx, "Marker", 420.0, |ui| {
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.marker.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        field(ui, cx.theme, "Note", |ui, label| {
            let note = TextEdit::multiline(&mut form.marker.note)
                .desired_rows(3)
                .desired_width(f32::INFINITY);
            ui.add(note).labelled_by(label);
        });
        field(ui, cx.theme, "Colour", |ui, label| {
            let now = LABELS.iter().find(|(label, _)| *label == form.marker.label);
            let list = ComboBox::from_id_salt("marker colour")
                .selected_text(now.map_or("None", |(_, name)| name));
            let shown = list.show_ui(ui, |ui| {
                for (label, name) in LABELS {
                    ui.selectable_value(&mut form.marker.label, label, name);
                }
            });
            shown.response.labelled_by(label);
        });
        if dialog_buttons(ui, cx, "Change marker", true) {
            let change = Edit::Mark(Mark::Change(form.marker.clone()));
            cx.send(Action::Edit(EditAction::Apply(change)));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}
