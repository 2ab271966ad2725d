//! The dialog that creates a project: its name, location, frame rate and size.

use crate::panels::controls::{dialog, dialog_buttons, place_field};
use crate::state::action::{Action, ProjectAction};
use std::fmt::Display;

use egui::{ComboBox, RichText, TextEdit, Ui};
use kinora_studio::{FrameRate, Project, Size};

use crate::panels::context::WindowContext;
use crate::state::dialog::new_project::NewProjectForm;
use crate::ui::theme::Theme;
use crate::ui::widgets::{field, focus_first};

pub fn new_project_ui(ui: &mut Ui, cx: &WindowContext, form: &mut NewProjectForm) {
    dialog(ui, cx, "New project", 460.0, |ui| {
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        place_field(ui, cx, "Location", &mut form.place, false);
        ui.columns(2, |columns| {
            let (left, right) = columns.split_at_mut(1);
            choice(
                &mut left[0],
                cx.theme,
                "Frame rate",
                &FrameRate::COMMON,
                &mut form.rate,
            );
            choice(
                &mut right[0],
                cx.theme,
                "Size",
                &Size::COMMON,
                &mut form.size,
            );
        });
        let folder = form.folder();
        match &folder {
            Ok(folder) => ui.label(
                RichText::new(format!("Will be saved as {}", folder.display()))
                    .small()
                    .color(*cx.theme.colours.text_faint),
            ),
            Err(why) => ui.label(RichText::new(*why).small().color(*cx.theme.colours.bad)),
        };
        if dialog_buttons(
            ui,
            cx,
            "Create",
            folder.is_ok() && cx.state.tasks.opening.is_none(),
        ) && let Ok(folder) = folder
        {
            cx.send(Action::Project(ProjectAction::Create(
                folder,
                Project::new(form.rate, form.size),
            )));
        }
    });
}

/// A combo box that selects one of `all`.
fn choice<T: Copy + PartialEq + Display>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    all: &[T],
    chosen: &mut T,
) {
    field(ui, theme, name, |ui, label| {
        let list = ComboBox::from_id_salt(name)
            .selected_text(chosen.to_string())
            .width(ui.available_width());
        let shown = list.show_ui(ui, |ui| {
            for one in all {
                ui.selectable_value(chosen, *one, one.to_string());
            }
        });
        shown.response.labelled_by(label);
    });
}
