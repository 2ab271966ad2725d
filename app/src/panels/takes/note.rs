//! The artist's note on a take, and the search for notes.

use egui::{Id, TextEdit, Ui, vec2};
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::ContentHash;

use super::Row;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, TakeAction};
use crate::state::view::shot_view::ShotView;
use crate::ui::widgets::{field, text_field};

/// The field for the note on a take. Without a note it is shown only while it is typed into.
pub(super) fn note_ui(ui: &mut Ui, cx: &PanelContext, row: &Row, view: &mut ShotView) {
    let note = cx.generation.takes.notes.of(row.name);
    let id = Id::unique(("note", row.name));
    let takes_focus = view.note_to_focus == Some(row.name);
    let is_typed = takes_focus || ui.memory(|memory| memory.has_focus(id));
    if note.is_empty() && !is_typed {
        return;
    }
    if takes_focus {
        view.note_to_focus = None;
    }
    let mut text = note.to_owned();
    let name = format!("Note on take {}", row.number);
    let response = field(ui, cx.theme, &name, |ui, label| {
        let edit = TextEdit::singleline(&mut text)
            .id(id)
            .desired_width(f32::INFINITY)
            .hint_text("What is good about it, or wrong")
            .interactive(cx.can_edit());
        text_field(ui, edit, takes_focus).labelled_by(label)
    });
    if response.changed() {
        cx.send(Action::Take(TakeAction::Note(row.name, text)));
    }
}

/// The search field, if one of these takes has a note.
pub(super) fn search_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    takes: &[&(ContentHash, Take)],
    view: &mut ShotView,
) {
    let notes = &cx.generation.takes.notes;
    if takes.iter().all(|(name, _)| notes.of(*name).is_empty()) {
        view.note_search.clear();
        return;
    }
    field(ui, cx.theme, "Search notes on takes", |ui, label| {
        let edit = TextEdit::singleline(&mut view.note_search)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("All takes");
        ui.add(edit).labelled_by(label);
    });
}
