//! The dialog that opens a project by its folder.

use crate::panels::controls::{dialog, dialog_buttons, place_field};
use crate::state::action::{Action, ProjectAction};
use std::path::PathBuf;

use egui::Ui;

use crate::panels::context::WindowContext;
use crate::state::dialog::open_project::OpenProjectForm;

pub fn open_project_ui(ui: &mut Ui, cx: &WindowContext, form: &mut OpenProjectForm) {
    dialog(ui, cx, "Open project", 460.0, |ui| {
        place_field(ui, cx, "Project folder", &mut form.place, true);
        let ready = !form.place.trim().is_empty() && cx.state.tasks.opening.is_none();
        if dialog_buttons(ui, cx, "Open project", ready) {
            cx.send(Action::Project(ProjectAction::Open(PathBuf::from(
                form.place.trim(),
            ))));
        }
    });
}
