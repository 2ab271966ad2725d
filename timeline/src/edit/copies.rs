//! Copies of clips: they are linked and grouped with each other as their originals are, and not with the originals.

use std::collections::BTreeMap;

use super::clips::ClipEdit;
use crate::clip::Clip;
use crate::{ClipId, Edit, GroupId};

/// The copies so far, by the link and the group of their originals.
#[derive(Debug, Default)]
pub struct Copies {
    links: BTreeMap<GroupId, Vec<ClipId>>,
    groups: BTreeMap<GroupId, Vec<ClipId>>,
}

impl Copies {
    /// Adds a copy.
    pub fn add(&mut self, original: &Clip, copy: ClipId) {
        if let Some(link) = original.group {
            self.links.entry(link).or_default().push(copy);
        }
        if let Some(group) = original.selection_group {
            self.groups.entry(group).or_default().push(copy);
        }
    }

    /// The edits that link and group the copies. A copy that is alone in its group is not grouped.
    pub fn edits(self) -> Vec<Edit> {
        let several = |clips: &Vec<ClipId>| clips.len() > 1;
        let links = self.links.into_values().filter(several);
        let links = links.map(|clips| Edit::Clip(ClipEdit::Link { clips }));
        let groups = self.groups.into_values().filter(several);
        let groups = groups.map(|clips| Edit::Clip(ClipEdit::Group { clips }));
        links.chain(groups).collect()
    }
}
