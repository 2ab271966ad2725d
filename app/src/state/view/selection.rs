//! The selection in the open project.

use std::collections::BTreeSet;

use kinora_studio::timeline::{ClipId, ShotId};

/// The ids of the selected shot and clips. Removed items are deselected after each edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub shot: Option<ShotId>,
    pub clips: BTreeSet<ClipId>,
}
