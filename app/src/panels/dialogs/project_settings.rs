//! The dialog that changes the frame rate and the picture size of the open project.

use egui::{Label, RichText, Ui};
use kinora_studio::{FrameRate, Size};

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, ProjectAction};
use crate::state::dialog::new_project::size_words;
use crate::state::dialog::project_settings::ProjectSettingsForm;
use crate::ui::widgets::choice;

pub fn project_settings_ui(ui: &Ui, cx: &WindowContext, form: &mut ProjectSettingsForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let project = open.project();
    dialog(ui, cx, "Project settings", 460.0, |ui| {
        ui.columns(2, |columns| {
            let rates = with_current(&FrameRate::COMMON, project.rate());
            let rates = rates.iter().map(|rate| (*rate, rate.to_string()));
            let (left, right) = columns.split_at_mut(1);
            choice(&mut left[0], cx.theme, "Frame rate", rates, &mut form.rate);
            let sizes = with_current(&Size::COMMON, project.size());
            let sizes = sizes.iter().map(|size| (*size, size_words(*size)));
            choice(&mut right[0], cx.theme, "Size", sizes, &mut form.size);
        });
        let is_changed = form.is_changed(project);
        let mut texts = vec![form.effect(project).to_owned()];
        if form.size != project.size() {
            texts.push("Pictures are fitted into the new size.".into());
        }
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let text = RichText::new(text).color(*cx.theme.colours.text_soft);
            ui.add(Label::new(text).wrap());
        }
        if dialog_buttons(ui, cx, "Change settings", is_changed) {
            let change = ProjectAction::ChangeSettings(form.rate, form.size);
            cx.send(Action::Project(change));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}

/// The common values, and the current one if it is another.
fn with_current<T: Copy + PartialEq>(common: &[T], current: T) -> Vec<T> {
    let mut all = common.to_vec();
    if !all.contains(&current) {
        all.push(current);
    }
    all
}
