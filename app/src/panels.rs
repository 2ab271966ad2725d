//! The panels of the window. A panel reads shared references, changes only its own view state, and sends actions.

pub mod camera;
pub mod cast;
pub mod clip;
pub mod context;
mod controls;
mod dialogs;
mod drag_edit;
mod dropper;
mod ease;
mod guide;
mod keyframed;
mod labels;
mod measures;
mod media;
mod menu_bar;
mod mixer;
mod notifications;
mod queue;
mod shot;
mod shots;
mod status_bar;
mod takes;
mod timeline;
mod viewer;
mod voice_over;
mod welcome;
mod workspace;

use egui::{CentralPanel, Frame, Ui};

use crate::state::action::{Action, ActionSink};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::open_project::OpenProject;
use crate::state::view::ViewerPlace;
use crate::ui::theme::Theme;
use context::{KeyPresses, PanelContext, WindowContext};

/// Draws the whole window; returns the actions, in order. `pressed` finds the keys of other native windows.
pub fn window_ui(
    ui: &mut Ui,
    theme: &Theme,
    state: &mut AppState,
    pressed: KeyPresses,
) -> Vec<Action> {
    let actions = ActionSink::default();
    let cx = WindowContext {
        theme,
        state,
        actions: &actions,
    };
    voice_over::escape_ui(ui, &cx, !is_escape_taken(ui, &cx));
    let fills_window = state.viewer.place == ViewerPlace::WholeWindow;
    let only_viewer = fills_window && state.project.is_some();
    if only_viewer {
        leave_by_escape(ui, &cx);
    } else {
        menu_bar::menu_bar_ui(ui, &cx);
        status_bar::status_bar_ui(ui, &cx);
    }
    CentralPanel::no_frame()
        .frame(Frame::new().fill(*theme.colours.ground))
        .show(ui, |ui| {
            if let Some(mut open) = state.project.take() {
                project_ui(ui, theme, &mut open, state, (&actions, pressed));
                state.project = Some(open);
            } else {
                let cx = WindowContext {
                    theme,
                    state,
                    actions: &actions,
                };
                welcome::welcome_ui(ui, &cx);
            }
        });
    let cx = WindowContext {
        theme,
        state,
        actions: &actions,
    };
    guide::guide_ui(ui, &cx);
    voice_over::voice_over_ui(ui, &cx);
    dialogs::dialog_ui(ui, theme, state, &actions);
    let cx = WindowContext {
        theme,
        state,
        actions: &actions,
    };
    notifications::notifications_ui(ui, &cx);
    actions.into_actions()
}

/// Whether Esc is for something on top of the panels: a dialog, an open list, a drag, the colour dropper.
fn is_escape_taken(ui: &Ui, cx: &WindowContext) -> bool {
    let is_picking = |open: &OpenProject| open.view.viewer.picks_for.is_some();
    let is_picking = cx.state.project.as_ref().is_some_and(is_picking);
    let has_more = egui::Popup::is_any_open(ui.ctx()) || ui.ctx().drag_stopped_id().is_some();
    cx.state.dialog.is_some() || has_more || is_picking
}

/// Esc shows all panels again, unless it is for something else.
fn leave_by_escape(ui: &Ui, cx: &WindowContext) {
    let is_free = !is_escape_taken(ui, cx);
    if is_free && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        cx.send(Action::Command(Command::ViewerFillsWindow));
    }
}

fn project_ui(
    ui: &mut Ui,
    theme: &Theme,
    open: &mut OpenProject,
    state: &AppState,
    (actions, pressed): (&ActionSink, KeyPresses),
) {
    let OpenProject {
        document,
        generation,
        media,
        view,
    } = open;
    let cx = PanelContext {
        theme,
        engine: &state.engine,
        document,
        generation,
        media,
        proxies: &state.tasks.proxies,
        selection: &view.selection,
        comparison: view.comparison,
        viewer: view.viewer,
        still_seconds: state.preferences.values.still_seconds,
        edges_ripple: state.preferences.values.edges_ripple,
        viewer_settings: state.viewer,
        viewer_window: &state.viewer_window,
        templates: &state.prompt_templates,
        keys: &state.keys,
        stage_frame: view.panels.stage.frame,
        actions,
    };
    view.panels.forget_pointer();
    if state.dialog.is_none() && !egui::Popup::is_any_open(ui.ctx()) {
        dropper::cancel_by_escape(ui, &cx);
    }
    match state.viewer.place {
        ViewerPlace::WholeWindow => return viewer::viewer_ui(ui, &cx),
        ViewerPlace::OwnWindow => {
            let has_dialog = state.dialog.is_some();
            viewer::own_window::own_window_ui(ui, &cx, has_dialog, pressed);
        }
        ViewerPlace::Panel => {}
    }
    view.is_layout_changed |= workspace::workspace_ui(ui, &cx, &mut view.layout, &mut view.panels);
}
