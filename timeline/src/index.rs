//! Look-up tables derived from the project and kept up to date by every edit, so that nothing has to be searched.

use crate::clip::{Clip, Source};
use crate::shot::Shot;
use crate::track::Order;
use crate::tree::{Spans, Tree};
use crate::{CharacterId, ClipId, ContentHash, GroupId, Project, ShotId, TrackId};

/// The track and order of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) track: TrackId,
    pub(crate) order: Order,
}

impl Spans for Home {}

/// The derived look-ups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) home: Tree<ClipId, Home>,
    pub(crate) users: Tree<(Source, ClipId), ()>,
    pub(crate) groups: Tree<(GroupId, ClipId), ()>,
    pub(crate) selection_groups: Tree<(GroupId, ClipId), ()>,
    pub(crate) appearances: Tree<(CharacterId, ShotId), ()>,
    pub(crate) chosen: Tree<(ContentHash, ShotId), ()>,
}

impl Index {
    /// Built from the whole project.
    pub(crate) fn of(project: &Project) -> Self {
        fn tree<K: Ord + Copy, V: Clone + Spans>(mut entries: Vec<(K, V)>) -> Tree<K, V> {
            entries.sort_by_key(|(key, _)| *key);
            Tree::from_sorted(entries)
        }
        let (mut home, mut users) = (Vec::new(), Vec::new());
        let (mut groups, mut selection_groups) = (Vec::new(), Vec::new());
        for track in &project.tracks {
            for placed in track.items() {
                let Some(clip) = placed.clip() else { continue };
                home.push((
                    clip.id,
                    Home {
                        track: track.id,
                        order: placed.order,
                    },
                ));
                users.push(((clip.source, clip.id), ()));
                groups.extend(clip.group.map(|group| ((group, clip.id), ())));
                selection_groups.extend(clip.selection_group.map(|group| ((group, clip.id), ())));
            }
        }
        let shots = || project.shots();
        let appearances = shots().flat_map(|shot| {
            shot.cast
                .iter()
                .map(|member| ((member.character, shot.id), ()))
        });
        let chosen = shots().filter_map(|shot| Some(((shot.chosen?, shot.id), ())));
        Self {
            home: tree(home),
            users: tree(users),
            groups: tree(groups),
            selection_groups: tree(selection_groups),
            appearances: tree(appearances.collect()),
            chosen: tree(chosen.collect()),
        }
    }

    pub(crate) fn add_clip(&mut self, clip: &Clip, home: Home) {
        self.home.insert(clip.id, home);
        self.users.insert((clip.source, clip.id), ());
        if let Some(group) = clip.group {
            self.groups.insert((group, clip.id), ());
        }
        if let Some(group) = clip.selection_group {
            self.selection_groups.insert((group, clip.id), ());
        }
    }

    pub(crate) fn remove_clip(&mut self, clip: &Clip) {
        self.home.remove(clip.id);
        self.users.remove((clip.source, clip.id));
        if let Some(group) = clip.group {
            self.groups.remove((group, clip.id));
        }
        if let Some(group) = clip.selection_group {
            self.selection_groups.remove((group, clip.id));
        }
    }

    /// Replaces a clip in its place.
    pub(crate) fn change_clip(&mut self, old: &Clip, new: &Clip, home: Home) {
        let keys = |clip: &Clip| (clip.id, clip.source, clip.group, clip.selection_group);
        if keys(old) != keys(new) {
            self.remove_clip(old);
            self.add_clip(new, home);
        }
    }

    pub(crate) fn add_shot(&mut self, shot: &Shot) {
        for member in &shot.cast {
            self.appearances.insert((member.character, shot.id), ());
        }
        if let Some(take) = shot.chosen {
            self.chosen.insert((take, shot.id), ());
        }
    }

    pub(crate) fn remove_shot(&mut self, shot: &Shot) {
        for member in &shot.cast {
            self.appearances.remove((member.character, shot.id));
        }
        if let Some(take) = shot.chosen {
            self.chosen.remove((take, shot.id));
        }
    }

    /// The clips of a link group, in the order of their ids.
    pub(crate) fn group(&self, group: GroupId) -> impl Iterator<Item = ClipId> + '_ {
        members(&self.groups, group)
    }

    /// The clips of a group that is selected together, in the order of their ids.
    pub(crate) fn selection_group(&self, group: GroupId) -> impl Iterator<Item = ClipId> + '_ {
        members(&self.selection_groups, group)
    }

    /// The clips of a source.
    pub(crate) fn users(&self, source: Source) -> impl Iterator<Item = ClipId> + '_ {
        let from = self
            .users
            .iter_from((source, ClipId(0)))
            .map(|found| found.key);
        from.take_while(move |(of, _)| *of == source)
            .map(|(_, clip)| clip)
    }
}

fn members(
    groups: &Tree<(GroupId, ClipId), ()>,
    group: GroupId,
) -> impl Iterator<Item = ClipId> + '_ {
    let from = groups.iter_from((group, ClipId(0))).map(|found| found.key);
    from.take_while(move |(of, _)| *of == group)
        .map(|(_, clip)| clip)
}

/// Compares the look-ups, not the shapes of their trees.
impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        fn same<K: Ord + Copy, V: Clone + Spans + PartialEq>(
            a: &Tree<K, V>,
            b: &Tree<K, V>,
        ) -> bool {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|(a, b)| a.key == b.key && a.value == b.value)
        }
        same(&self.home, &other.home)
            && same(&self.users, &other.users)
            && same(&self.groups, &other.groups)
            && same(&self.selection_groups, &other.selection_groups)
            && same(&self.appearances, &other.appearances)
            && same(&self.chosen, &other.chosen)
    }
}
