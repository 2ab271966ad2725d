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
    let begins = comparison.is_some() && open.view.comparison.is_none();
    open.view.comparison = comparison;
    if let Some(comparison) = comparison.filter(|_| begins) {
        let source = Source::Shot(comparison.shot);
        viewer::show_source(open, ViewedSource::of(source));
        open.view.show(Pane::Viewer);
    }
}
