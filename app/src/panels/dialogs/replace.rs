//! The question before an export replaces a file.

use egui::Ui;
use kinora_studio::exchange::export::{Existing, ExportRequest};

use crate::panels::context::WindowContext;
use crate::panels::controls::{Choice, choice_buttons, dialog, dialog_buttons};
use crate::state::action::{Action, ExportAction};

pub fn replace_ui(ui: &Ui, cx: &WindowContext, request: &ExportRequest) {
    let name = request.path.file_name().unwrap_or_default();
    let title = format!("Replace {}?", name.to_string_lossy());
    dialog(ui, cx, &title, 480.0, |ui| {
        let folder = request.path.parent().unwrap_or(&request.path);
        ui.label(format!("It exists already, in {}.", folder.display()));
        if request.format.is_folder() {
            ui.label("Pictures are not replaced: those of a longer export would remain.");
            if dialog_buttons(ui, cx, "Keep both", true) {
                cx.send(Action::Export(ExportAction::Resolve(Existing::Keep)));
            }
            return;
        }
        let keep = ("Keep both", "Add a number to the name of the new file");
        let replace = ("Replace", "Write the new file in place of the old one");
        let existing = match choice_buttons(ui, cx, keep, replace) {
            Some(Choice::Main) => Existing::Keep,
            Some(Choice::Other) => Existing::Replace,
            None => return,
        };
        cx.send(Action::Export(ExportAction::Resolve(existing)));
    });
}
