//! The dialog that imports a timeline of another editor: the name and location of the new project, and the progress. And
//! the notes on a timeline that was imported or exported.

use egui::{Button, Label, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog, dialog_buttons, place_field};
use crate::state::action::{Action, ProjectAction};
use crate::state::dialog::import_timeline::{RunningImport, TimelineForm, TimelineNotes};
use crate::ui::fonts::icon;
use crate::ui::widgets::{field, focus_first, named};

/// The height of the other parts of the dialog of notes and of its margins, in points.
const ROOM_AROUND_LIST: f32 = 320.0;

pub fn import_timeline_ui(ui: &Ui, cx: &WindowContext, form: &mut TimelineForm) {
    dialog(ui, cx, "Import timeline", 520.0, |ui| {
        let colours = &cx.theme.colours;
        let from = format!("{} becomes a new project.", form.cut.display());
        ui.add(Label::new(RichText::new(from).color(*colours.text_soft)).wrap());
        ui.add_space(4.0);
        match &form.running {
            Some(running) => running_ui(ui, cx, running),
            None => form_ui(ui, cx, form),
        }
    });
}

fn form_ui(ui: &mut Ui, cx: &WindowContext, form: &mut TimelineForm) {
    let colours = &cx.theme.colours;
    field(ui, cx.theme, "Name", |ui, label| {
        let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
        focus_first(ui, name).labelled_by(label);
    });
    place_field(ui, cx, "Location", &mut form.place, false);
    let folder = form.folder();
    let (text, colour) = match (form.refusal(), &folder) {
        (Some(why), _) | (None, &Err(why)) => (why.to_owned(), colours.bad),
        (None, Ok(folder)) => (
            format!("Will be saved as {}", folder.display()),
            colours.text_faint,
        ),
    };
    ui.add(Label::new(RichText::new(text).small().color(*colour)).wrap());
    let note = "Its media are copied into the project.";
    ui.label(RichText::new(note).small().color(*colours.text_soft));
    let is_ready = folder.is_ok() && cx.state.tasks.opening.is_none();
    if dialog_buttons(ui, cx, "Import", is_ready)
        && let Ok(folder) = folder
    {
        cx.send(Action::Project(ProjectAction::ImportTimeline(folder)));
    }
}

/// The progress, and the button that ends it: Esc and a click outside the dialog do not.
fn running_ui(ui: &mut Ui, cx: &WindowContext, running: &RunningImport) {
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(running.progress_text());
    });
    ui.add_space(12.0);
    let button = Button::new("Cancel import").min_size(vec2(112.0, 34.0));
    if ui.add(button).clicked() {
        cx.send(Action::Project(ProjectAction::CancelImportTimeline));
    }
}

pub fn timeline_notes_ui(ui: &Ui, cx: &WindowContext, notes: &TimelineNotes) {
    dialog(ui, cx, &notes.title(), 680.0, |ui| {
        let colours = &cx.theme.colours;
        let about = notes.about();
        ui.add(Label::new(RichText::new(about).color(*colours.text_soft)).wrap());
        ui.add_space(4.0);
        let room = ui.ctx().content_rect().height() - ROOM_AROUND_LIST;
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(room.max(120.0))
            .show(ui, |ui| {
                for note in &notes.notes {
                    ui.add(Label::new(note).wrap().selectable(true));
                    ui.add_space(2.0);
                }
            });
        ui.add_space(8.0);
        let copy = ui.button(format!("{}  Copy all", icon::COPY));
        named(&copy, "Copy all");
        if copy
            .on_hover_text("Copy the notes as text, one on each line")
            .clicked()
        {
            ui.ctx().copy_text(notes.text());
        }
        close_button(ui, cx);
    });
}
