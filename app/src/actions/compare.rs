//! Comparing two takes of a shot in the viewer.

use kinora_studio::timeline::Source;

use super::viewer;
use crate::state::app::AppState;
use crate::state::comparison::Comparison;
use crate::state::view::layout::Pane;
use crate::state::view::viewer_view::ViewedSource;

/// Shows a comparison, or ends it. The viewer plays the shot by itself, in a loop.
pub fn compare(comparison: Option<Comparison>, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    open.view.comparison = comparison;
    let Some(comparison) = comparison else {
        return;
    };
    let source = ViewedSource::of(Source::Shot(comparison.shot));
    if open.view.viewer.mode.source() != Some(source) {
        viewer::show_source(open, source);
        open.view.show(Pane::Viewer);
    }
}
