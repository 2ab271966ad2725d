//! Comparing two takes of a shot in the viewer.

use kinora_studio::timeline::{ShotId, Source};

use crate::state::app::AppState;
use crate::state::comparison::Comparison;
use crate::state::open_project::OpenProject;
use crate::state::view::layout::Pane;

/// Shows a comparison, or ends it. The playhead goes to the shot.
pub fn compare(comparison: Option<Comparison>, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let begins = comparison.is_some() && open.view.comparison.is_none();
    open.view.comparison = comparison;
    if let Some(comparison) = comparison.filter(|_| begins) {
        go_to_shot(open, comparison.shot);
        open.view.show(Pane::Viewer);
    }
}

/// Moves the playhead to the shot's first clip, unless it is on one already.
fn go_to_shot(open: &mut OpenProject, shot: ShotId) {
    let project = open.project();
    let clips = project.clips_of(Source::Shot(shot));
    let ranges = clips.iter().filter_map(|clip| project.clip(*clip));
    let ranges: Vec<_> = ranges.map(|(.., range)| range).collect();
    let at = open.media.player.playhead();
    let is_shown = ranges.iter().any(|range| range.contains(at));
    let first = ranges.iter().map(|range| range.start).min();
    if let Some(first) = first.filter(|_| !is_shown) {
        open.media.player.go_to(first);
    }
}
