//! Draws the open dialog.

mod about;
mod copy_project;
mod export;
mod file_picker;
mod go_to;
mod help;
mod import_timeline;
mod keys;
mod marker;
mod markers;
mod messages;
mod models;
mod new_project;
mod palette;
mod preferences;
mod project_settings;
mod replace;
mod reroll;
mod save_layout;
mod sequence_name;
mod sound;
mod system_check;
mod undo_history;

use egui::{Id, PointerState, Ui};

use super::context::WindowContext;
use crate::state::action::ActionSink;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::ui::theme::Theme;

/// Forgets the pointer until it moves, in the first frame of a dialog: else the tooltip of the control below it stays above
/// the dialog, because a tooltip stays while the pointer rests on its control.
fn close_tooltips(ui: &Ui, is_open: bool) {
    let id = Id::unique("a dialog was open");
    let was_open = ui.data_mut(|data| {
        let was_open = data.get_temp::<bool>(id);
        data.insert_temp(id, is_open);
        was_open == Some(true)
    });
    if is_open && !was_open && !ui.input(|input| input.pointer.any_down()) {
        ui.input_mut(|input| input.pointer = PointerState::default());
        ui.ctx().request_repaint();
    }
}

/// Draws the open dialog. Meanwhile it is taken out of the state, because it changes its own fields.
pub fn dialog_ui(ui: &mut Ui, theme: &Theme, state: &mut AppState, actions: &ActionSink) {
    close_tooltips(ui, state.dialog.is_some());
    let Some(mut dialog) = state.dialog.take() else {
        return;
    };
    let cx = WindowContext {
        theme,
        state,
        actions,
    };
    match &mut dialog {
        Dialog::NewProject(form) => new_project::new_project_ui(ui, &cx, form),
        Dialog::CopyProject(form) => copy_project::copy_project_ui(ui, &cx, form),
        Dialog::ImportTimeline(form) => import_timeline::import_timeline_ui(ui, &cx, form),
        Dialog::TimelineNotes(notes) => import_timeline::timeline_notes_ui(ui, &cx, notes),
        Dialog::FilePicker(picker) => file_picker::file_picker_ui(ui, &cx, picker),
        Dialog::Palette(palette) => palette::palette_ui(ui, &cx, palette),
        Dialog::Export(form) => export::export_ui(ui, &cx, form),
        Dialog::Replace(export) => replace::replace_ui(ui, &cx, &export.request),
        Dialog::SystemCheck(check) => system_check::system_check_ui(ui, &cx, check),
        Dialog::Marker(form) => marker::marker_ui(ui, &cx, form),
        Dialog::Markers => markers::markers_ui(ui, &cx),
        Dialog::GoTo(form) => go_to::go_to_ui(ui, &cx, form),
        Dialog::Models(form) => models::models_ui(ui, &cx, form),
        Dialog::Keys(form) => keys::keys_ui(ui, &cx, form),
        Dialog::Preferences(form) => preferences::preferences_ui(ui, &cx, form),
        Dialog::ProjectSettings(form) => project_settings::project_settings_ui(ui, &cx, form),
        Dialog::UndoHistory => undo_history::undo_history_ui(ui, &cx),
        Dialog::Reroll(form) => reroll::reroll_ui(ui, &cx, form),
        Dialog::SaveLayout(form) => save_layout::save_layout_ui(ui, &cx, form),
        Dialog::SequenceName(form) => sequence_name::sequence_name_ui(ui, &cx, form),
        Dialog::Music(form) => sound::music_ui(ui, &cx, form),
        Dialog::Line(form) => sound::line_ui(ui, &cx, form),
        Dialog::Help(form) => help::help_ui(ui, &cx, form),
        Dialog::Messages => messages::messages_ui(ui, &cx),
        Dialog::About => about::about_ui(ui, &cx),
    }
    state.dialog = Some(dialog);
}
