//! The named layouts. A change of them is saved on another thread.

use egui_tiles::Tree;

use crate::state::action::LayoutAction;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::save_layout::SaveLayoutForm;
use crate::state::view::layout::Pane;

pub fn dialog(state: &mut AppState) {
    state.dialog = Some(Dialog::SaveLayout(SaveLayoutForm::default()));
}

pub fn apply(action: LayoutAction, state: &mut AppState) {
    match action {
        LayoutAction::UseBuiltIn(built_in) => use_layout(built_in.layout(), state),
        LayoutAction::Use(name) => {
            if let Some(layout) = state.named_layouts.get(&name).cloned() {
                use_layout(layout, state);
            }
        }
        LayoutAction::Save(name) => {
            if let Some(open) = &state.project {
                state.named_layouts.add(&name, &open.view.layout);
                save(state);
                state
                    .notifications
                    .info(format!("Saved the layout {name}."));
            }
        }
        LayoutAction::Delete(name) => {
            state.named_layouts.remove(&name);
            save(state);
        }
    }
}

/// Arranges the panels of the open project so.
pub fn use_layout(layout: Tree<Pane>, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.view.layout = layout;
        open.view.is_layout_changed = true;
    }
}

fn save(state: &AppState) {
    let saved = state.named_layouts.clone();
    state
        .config_writer
        .write("named layouts", move || saved.save());
}
