//! The view state of the measures panel.

use kinora_studio::Project;
use kinora_studio::measure::film_order;
use kinora_studio::timeline::ShotId;

/// How the measures panel shows the shots.
#[derive(Clone, Debug, Default)]
pub struct MeasuresView {
    /// Whether the shots that are farthest off come first, in place of the order of the film.
    pub is_worst_first: bool,
    /// The order of the film at a revision of the project.
    order: Option<(u64, Vec<ShotId>)>,
}

impl MeasuresView {
    /// The shots in the order of the film; they are sorted again when the project has changed.
    pub fn film_order(&mut self, project: &Project, revision: u64) -> &[ShotId] {
        let known = self.order.take().filter(|(known, _)| *known == revision);
        let order = known.unwrap_or_else(|| (revision, film_order(project)));
        &self.order.insert(order).1
    }
}
