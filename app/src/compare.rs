//! Two takes of a shot beside one another in the viewer: the film as it is, and as it would be with the other one.

use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, Project, ShotId, Source};

use crate::film::Film;
use crate::state::State;

/// What is compared, and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    pub shot: ShotId,
    /// The take that is not in the film.
    pub take: ContentHash,
    pub how: How,
}

/// How two pictures are shown at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// The film left of a line that can be dragged, the other take right of it; 0 is the left edge, 1 the right one.
    Wipe(f32),
    SideBySide,
}

impl Comparison {
    /// The film with the other take.
    pub fn film(&self, film: &Project) -> Option<Project> {
        let choose = Library::ChooseTake(self.shot, Some(self.take));
        Edit::Library(choose).apply(film).ok()
    }
}

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
