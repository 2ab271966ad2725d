//! The dialog that creates a project: its name, location, frame rate and size.

use crate::panels::controls::{dialog, dialog_buttons, place_field};
use crate::state::action::{Action, ProjectAction};

use egui::{RichText, TextEdit, Ui};
use kinora_studio::{FrameRate, Project};

use crate::panels::context::WindowContext;
use crate::state::dialog::new_project::{NewProjectForm, size_words};
use crate::ui::widgets::{choice, field, focus_first};

pub fn new_project_ui(ui: &mut Ui, cx: &WindowContext, form: &mut NewProjectForm) {
    form.look_up(ui.ctx());
    dialog(ui, cx, "New project", 460.0, |ui| {
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        place_field(ui, cx, "Location", &mut form.place, false);
        let folder = form.checked_folder();
        let (words, colour) = match &folder {
            Ok(folder) => (
                format!("Will be saved as {}", folder.display()),
                cx.theme.colours.text_faint,
            ),
            Err(why) => (why.clone(), cx.theme.colours.bad),
        };
        ui.label(RichText::new(words).small().color(*colour));
        ui.add_space(4.0);
        let sizes = form.sizes();
        ui.columns(2, |columns| {
            let (left, right) = columns.split_at_mut(1);
            let rates = FrameRate::COMMON.map(|rate| (rate, rate.to_string()));
            choice(&mut left[0], cx.theme, "Frame rate", rates, &mut form.rate);
            let sizes = sizes.iter().map(|size| (*size, size_words(*size)));
            choice(&mut right[0], cx.theme, "Size", sizes, &mut form.size);
        });
        if let Some(note) = form.size_note() {
            let note = RichText::new(note).small();
            ui.label(note.color(*cx.theme.colours.text_faint));
        }
        let is_ready = folder.is_ok() && cx.state.tasks.opening.is_none();
        if dialog_buttons(ui, cx, "Create", is_ready)
            && let Ok(folder) = folder
        {
            let project = Project::new(form.rate, form.size);
            cx.send(Action::Project(ProjectAction::Create(
                folder,
                Box::new(project),
            )));
        }
    });
}
