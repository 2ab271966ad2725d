//! The question before an export replaces a file.

use egui::{Button, RichText, Ui, vec2};
use kinora_studio::exchange::export::{Existing, ExportRequest};

use crate::panels::context::WindowContext;
use crate::panels::controls::dialog;
use crate::state::action::{Action, DialogAction, ExportAction};
use crate::ui::widgets::{accented, row_from_right};

pub fn replace_ui(ui: &Ui, cx: &WindowContext, request: &ExportRequest) {
    let name = request.path.file_name().unwrap_or_default();
    let title = format!("Replace {}?", name.to_string_lossy());
    dialog(ui, cx, &title, 480.0, |ui| {
        let folder = request.path.parent().unwrap_or(&request.path);
        ui.label(format!("It exists already, in {}.", folder.display()));
        ui.add_space(12.0);
        let start = |existing| {
            let request = ExportRequest {
                existing,
                ..request.clone()
            };
            cx.send(Action::Export(ExportAction::Start(request)));
        };
        row_from_right(ui, 34.0, |ui| {
            let keep = Button::new(RichText::new("Keep both").font(cx.theme.strong_font()))
                .min_size(vec2(112.0, 34.0));
            let keep = accented(ui, cx.theme, |ui| ui.add(keep));
            if keep
                .on_hover_text("Add a number to the name of the new file")
                .clicked()
            {
                start(Existing::Keep);
            }
            let plain = |text| Button::new(text).min_size(vec2(88.0, 34.0));
            if ui.add(plain("Replace")).clicked() {
                start(Existing::Replace);
            }
            if ui.add(plain("Cancel")).clicked() {
                cx.send(Action::Dialog(DialogAction::Close));
            }
        });
    });
}
