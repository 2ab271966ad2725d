//! The form of the dialog that re-rolls failing shots.

use kinora_studio::generate::reroll::FailingShot;
use kinora_studio::timeline::ShotId;

/// The fields of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerollForm {
    /// The shots whose chosen take failed a measure, and whether they get new takes.
    pub shots: Vec<(FailingShot, bool)>,
    /// Chosen takes that are not measured yet.
    pub unmeasured: usize,
    /// The number of new takes of each shot.
    pub takes: u32,
}

impl RerollForm {
    /// The shots that get new takes.
    pub fn ticked(&self) -> Vec<ShotId> {
        let ticked = self.shots.iter().filter(|(_, is_ticked)| *is_ticked);
        ticked.map(|(shot, _)| shot.shot).collect()
    }
}
