//! The menu of the prompt templates: the user's own, for all projects.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, PopupCloseBehavior, RichText, TextEdit, Ui};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, TemplateAction};
use crate::state::prompt_templates::with_template;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named, row_with_end};

/// The width of the menu, in points.
const WIDTH: f32 = 320.0;
/// The height of the row of a template, in points.
const ROW_HEIGHT: f32 = 28.0;

/// Draws the menu. `name` is that of a new template, while it is typed. True if the prompt was changed.
pub fn templates_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    prompt: &mut String,
    name: &mut String,
) -> bool {
    let mut is_changed = false;
    // A click into the field of the name must not close the menu.
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = Button::new(RichText::new("Templates").small());
    let menu = MenuButton::from_button(button).config(config);
    let (response, _) = menu.ui(ui, |ui| {
        ui.set_width(WIDTH);
        if cx.templates.all().next().is_none() {
            ui.label("No templates yet. Save this prompt as the first one.");
        }
        for (name, template) in cx.templates.all() {
            is_changed |= template_ui(ui, cx, (name, template), prompt);
        }
        ui.separator();
        save_ui(ui, cx, prompt, name);
    });
    response.on_hover_text("Add one of your own phrases to the prompt, or save the prompt as one");
    is_changed
}

/// A template, and the button that deletes it. True if it was inserted.
fn template_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (name, template): (&str, &str),
    prompt: &mut String,
) -> bool {
    let (is_inserted, ()) = ui
        .push_id(name, |ui| {
            row_with_end(
                ui,
                ROW_HEIGHT,
                |ui| {
                    let row = ui.add(Button::new(name).truncate());
                    named(&row, &format!("Insert the template {name}"));
                    row.on_hover_text(template).clicked()
                },
                |ui| {
                    let delete = format!("Delete the template {name}");
                    if icon_button(ui, icon::TRASH, &delete).clicked() {
                        cx.send(Action::Template(TemplateAction::Delete(name.to_owned())));
                    }
                },
            )
        })
        .inner;
    if is_inserted {
        *prompt = with_template(prompt, template);
        ui.close();
    }
    is_inserted
}

fn save_ui(ui: &mut Ui, cx: &PanelContext, prompt: &str, name: &mut String) {
    let label = ui.label(RichText::new("Save the prompt as a template").small());
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(name)
            .desired_width(WIDTH - 80.0)
            .hint_text("Name");
        ui.add(field).labelled_by(label.id);
        let wanted = name.trim();
        let can_save = !wanted.is_empty() && !prompt.trim().is_empty();
        let text = match cx.templates.has(wanted) {
            true => "Replace",
            false => "Save",
        };
        let save = ui.add_enabled(can_save, Button::new(text));
        named(&save, &format!("{text} template"));
        let save = save.on_hover_text("Keep the prompt under this name, for all projects");
        if save.clicked() {
            let action = TemplateAction::Save(wanted.to_owned(), prompt.trim().to_owned());
            cx.send(Action::Template(action));
            name.clear();
            ui.close();
        }
    });
}
