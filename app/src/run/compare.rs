//! Two takes compared: begun where the shot is, and ended.

use kinora_studio::timeline::{ShotId, Source};

use crate::compare::Comparison;
use crate::film::Film;
use crate::state::State;

/// Shows a comparison, or the film alone again. The playhead goes where the shot is.
pub fn compare(comparison: Option<Comparison>, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let begins = comparison.is_some() && film.comparison.is_none();
    film.comparison = comparison;
    if let Some(comparison) = comparison.filter(|_| begins) {
        go_to_shot(film, comparison.shot);
        film.show_viewer();
    }
}

/// Leaves the playhead where the shot is seen already.
fn go_to_shot(film: &mut Film, shot: ShotId) {
    let project = film.project();
    let clips = project.clips_of(Source::Shot(shot));
    let ranges = clips.iter().filter_map(|clip| project.clip(*clip));
    let ranges: Vec<_> = ranges.map(|(.., range)| range).collect();
    let at = film.player.playhead();
    let is_seen = ranges.iter().any(|range| range.contains(at));
    let first = ranges.iter().map(|range| range.start).min();
    if let Some(first) = first.filter(|_| !is_seen) {
        film.player.go_to(first);
    }
}
