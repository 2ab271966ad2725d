//! What is selected in the open project.

use std::collections::BTreeSet;

use kinora_studio::timeline::{ClipId, ShotId};

/// The selection, by ids: an item that is removed is simply not selected any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub shot: Option<ShotId>,
    pub clips: BTreeSet<ClipId>,
}
