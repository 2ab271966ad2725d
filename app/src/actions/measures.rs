//! The measures of takes that have none.

use egui::Context;

use crate::state::app::AppState;

/// Measures every take of the project that has no measure, one after the other in the background.
pub fn measure_all(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let folder = open.document.session.folder();
    let text = match open.generation.measure_all(folder, ctx) {
        0 => "All takes are measured, or are being measured.".to_owned(),
        1 => "1 take is being measured.".to_owned(),
        many => format!("{many} takes are being measured, one after the other."),
    };
    state.notifications.info(text);
}
