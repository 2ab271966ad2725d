//! The dialog that saves the present layout under a name.

use egui::{RichText, TextEdit, Ui};

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, LayoutAction};
use crate::state::dialog::save_layout::SaveLayoutForm;
use crate::ui::widgets::{field, focus_first};

pub fn save_layout_ui(ui: &Ui, cx: &WindowContext, form: &mut SaveLayoutForm) {
    dialog(ui, cx, "Save layout as", 420.0, |ui| {
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        let colours = &cx.theme.colours;
        let name = form.name();
        let (text, colour) = match name {
            Err(why) => (why, colours.bad),
            Ok(name) if cx.state.named_layouts.get(name).is_some() => {
                ("Replaces the saved layout of this name.", colours.warning)
            }
            Ok(_) => ("Adds the layout to the View menu.", colours.text_faint),
        };
        ui.label(RichText::new(text).small().color(*colour));
        if dialog_buttons(ui, cx, "Save layout", name.is_ok())
            && let Ok(name) = name
        {
            let save = LayoutAction::Save(name.to_owned());
            cx.send(Action::Layout(save));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}
