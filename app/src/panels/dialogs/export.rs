//! The dialog that exports a video: the format, the file, and the range.

use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, ExportAction};

use egui::{TextEdit, Ui, vec2};
use kinora_studio::render::Format;

use crate::panels::context::WindowContext;
use crate::state::dialog::export::ExportForm;
use crate::ui::widgets::field;

pub fn export_ui(ui: &Ui, cx: &WindowContext, form: &mut ExportForm) {
    dialog(ui, cx, "Export video", 480.0, |ui| {
        for format in Format::exported() {
            if ui.radio(form.format == format, format.purpose).clicked() {
                form.choose(format);
            }
        }
        ui.add_space(8.0);
        field(ui, cx.theme, "File", |ui, label| {
            let edit = TextEdit::singleline(&mut form.place)
                .desired_width(f32::INFINITY)
                .margin(vec2(8.0, 6.0));
            ui.add(edit).labelled_by(label);
        });
        let part = match cx
            .state
            .project
            .as_ref()
            .and_then(|open| open.project().in_out())
        {
            Some(range) => format!("From in to out: {}.", range.length),
            None => "The whole timeline.".into(),
        };
        ui.label(
            egui::RichText::new(part)
                .small()
                .color(*cx.theme.colours.text_soft),
        );
        if dialog_buttons(ui, cx, "Export video", !form.place.trim().is_empty()) {
            cx.send(Action::Export(ExportAction::Start(form.request())));
        }
    });
}
