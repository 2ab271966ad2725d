//! Two takes of a shot beside one another in the viewer: the film as it is, and as it would be with the other one.

use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, Project, ShotId};

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
