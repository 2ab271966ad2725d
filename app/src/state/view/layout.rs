//! The panels, and their docked layout.

use std::io;
use std::path::{Path, PathBuf};

use egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tile, Tiles, Tree};
use kinora_studio::folders::{read_config, write_config};
use serde::{Deserialize, Serialize};

/// A panel that can be docked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pane {
    Shots,
    Cast,
    Media,
    Viewer,
    Camera,
    Shot,
    Clip,
    Queue,
    Timeline,
    Mixer,
    Measures,
}

impl Pane {
    /// All panels.
    pub const ALL: [Self; 11] = [
        Self::Shots,
        Self::Cast,
        Self::Media,
        Self::Viewer,
        Self::Camera,
        Self::Shot,
        Self::Clip,
        Self::Queue,
        Self::Timeline,
        Self::Mixer,
        Self::Measures,
    ];
}

/// The user's layout: the same for all projects, and kept in the user's config folder.
#[derive(Clone, Debug)]
pub struct SavedLayout {
    config: PathBuf,
    pub layout: Tree<Pane>,
}

const FILE_NAME: &str = "layout.ron";

impl SavedLayout {
    /// Reads the layout. Panels that an earlier version did not have are added beside the shots. A missing or damaged
    /// file gives the default layout.
    pub fn load(config: &Path) -> Self {
        let saved: Option<Tree<Pane>> = read_config(config, FILE_NAME);
        Self {
            config: config.into(),
            layout: saved
                .and_then(completed)
                .unwrap_or_else(|| BuiltInLayout::Editing.layout()),
        }
    }

    /// Writes the file that [`SavedLayout::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.layout)
    }
}

/// The layout with the panels that it lacks, beside the shots. `None` if it is damaged, or lacks the shots.
pub(super) fn completed(mut layout: Tree<Pane>) -> Option<Tree<Pane>> {
    for pane in lacking(&layout)? {
        let shots = layout.tiles.find_pane(&Pane::Shots)?;
        let beside = layout.tiles.parent_of(shots)?;
        let added = layout.tiles.insert_pane(pane);
        let Some(Tile::Container(container)) = layout.tiles.get_mut(beside) else {
            return None;
        };
        container.add_child(added);
    }
    Some(layout)
}

/// The panels that are not in the layout. `None` if it is damaged: a panel is in it twice, or outside its root.
fn lacking(layout: &Tree<Pane>) -> Option<Vec<Pane>> {
    let mut waiting = vec![layout.root?];
    let mut seen = Vec::new();
    while let Some(tile) = waiting.pop() {
        match layout.tiles.get(tile) {
            Some(Tile::Pane(pane)) if !seen.contains(pane) => seen.push(*pane),
            Some(Tile::Container(container)) if seen.len() + waiting.len() < MOST_TILES => {
                waiting.extend(container.children());
            }
            _ => return None,
        }
    }
    let mut lacking = Pane::ALL.to_vec();
    lacking.retain(|pane| !seen.contains(pane));
    Some(lacking)
}

/// More tiles than a layout has. A damaged file may hold a circle.
const MOST_TILES: usize = 200;

/// The layouts that Kinora has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInLayout {
    /// The layout of a user who has not changed it.
    Editing,
    /// A large viewer and shot panel above a small timeline.
    Generating,
    /// A large camera panel.
    Camera,
}

impl BuiltInLayout {
    pub const ALL: [(Self, &str); 3] = [
        (Self::Editing, "Editing"),
        (Self::Generating, "Generating"),
        (Self::Camera, "Camera"),
    ];

    /// Its panels.
    pub fn layout(self) -> Tree<Pane> {
        let viewer_first = [Pane::Viewer, Pane::Camera];
        match self {
            Self::Editing => arranged(viewer_first, [0.21, 0.53, 0.26], 0.66),
            Self::Generating => arranged(viewer_first, [0.16, 0.5, 0.34], 0.82),
            Self::Camera => arranged([Pane::Camera, Pane::Viewer], [0.14, 0.66, 0.2], 0.78),
        }
    }
}

/// Three groups of tabs above the timeline: their shares of the width, and their share of the height. The first panel of
/// a group is in front.
fn arranged(middle: [Pane; 2], shares: [f32; 3], height: f32) -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut tabs = |panes: &[Pane]| {
        let panes = panes.iter().map(|&pane| tiles.insert_pane(pane)).collect();
        tiles.insert_tab_tile(panes)
    };
    let left = tabs(&[Pane::Shots, Pane::Cast, Pane::Media]);
    let middle = tabs(&middle);
    let right = tabs(&[Pane::Shot, Pane::Clip, Pane::Queue]);
    let bottom = tabs(&[Pane::Timeline, Pane::Mixer, Pane::Measures]);
    let groups = [left, middle, right];
    let mut row = Linear::new(LinearDir::Horizontal, groups.to_vec());
    for (tile, share) in groups.into_iter().zip(shares) {
        row.shares.set_share(tile, share);
    }
    let row = tiles.insert_container(Container::from(row));
    let halves = Linear::new_binary(LinearDir::Vertical, [row, bottom], height);
    let root = tiles.insert_container(Container::from(halves));
    Tree::new(Id::unique("workspace"), root, tiles)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Whether each panel is in the layout once, below its root.
    fn is_complete(layout: &Tree<Pane>) -> bool {
        lacking(layout).is_some_and(|lacking| lacking.is_empty())
    }

    #[test]
    fn every_layout_of_kinora_has_each_panel_and_opens_with_its_own_in_front() {
        for (built_in, name) in BuiltInLayout::ALL {
            let layout = built_in.layout();
            assert!(is_complete(&layout), "{name}");
            let front = match built_in {
                BuiltInLayout::Camera => Pane::Camera,
                BuiltInLayout::Editing | BuiltInLayout::Generating => Pane::Viewer,
            };
            let tile = layout.tiles.find_pane(&front).expect("there");
            let group = layout.tiles.parent_of(tile).expect("its tabs");
            let Some(Tile::Container(Container::Tabs(tabs))) = layout.tiles.get(group) else {
                panic!("{name} has tabs");
            };
            assert_eq!(tabs.active, Some(tile), "{name}");
        }
    }

    #[test]
    fn a_layout_is_kept_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = SavedLayout::load(folder.path());
        assert!(is_complete(&saved.layout), "the default");
        let viewer = saved.layout.tiles.find_pane(&Pane::Viewer).expect("there");
        let timeline = saved
            .layout
            .tiles
            .find_pane(&Pane::Timeline)
            .expect("there");
        let timeline = saved.layout.tiles.parent_of(timeline).expect("its tabs");
        saved
            .layout
            .move_tile_to_container(viewer, timeline, 0, false);
        saved.save().expect("written");
        let again = SavedLayout::load(folder.path());
        assert_eq!(again.layout.tiles.parent_of(viewer), Some(timeline));
        assert!(is_complete(&again.layout));
    }

    #[test]
    fn a_damaged_file_gives_the_default_layout() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["", "(", "(id: 7)"] {
            fs::write(folder.path().join(FILE_NAME), text).expect("written");
            assert!(
                is_complete(&SavedLayout::load(folder.path()).layout),
                "{text}"
            );
        }
        let mut twice = SavedLayout::load(folder.path());
        let shots = twice.layout.tiles.find_pane(&Pane::Shots).expect("there");
        let tabs = twice.layout.tiles.parent_of(shots).expect("its tabs");
        let second = twice.layout.tiles.insert_pane(Pane::Shots);
        if let Some(Tile::Container(tabs)) = twice.layout.tiles.get_mut(tabs) {
            tabs.add_child(second);
        }
        twice.save().expect("written");
        assert!(is_complete(&SavedLayout::load(folder.path()).layout));
    }

    #[test]
    fn a_layout_of_a_version_without_a_panel_gets_it_beside_the_shots() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut earlier = SavedLayout::load(folder.path());
        let find = |saved: &SavedLayout, pane| saved.layout.tiles.find_pane(&pane).expect("there");
        let media = find(&earlier, Pane::Media);
        earlier.layout.remove_recursively(media);
        let viewer = find(&earlier, Pane::Viewer);
        let timeline = find(&earlier, Pane::Timeline);
        let timeline = earlier.layout.tiles.parent_of(timeline).expect("its tabs");
        let layout = &mut earlier.layout;
        layout.move_tile_to_container(viewer, timeline, 0, false);
        earlier.save().expect("written");

        let now = SavedLayout::load(folder.path());
        assert!(is_complete(&now.layout));
        let tabs_of = |pane| now.layout.tiles.parent_of(find(&now, pane));
        assert_eq!(tabs_of(Pane::Media), tabs_of(Pane::Shots));
        assert_eq!(tabs_of(Pane::Viewer), Some(timeline), "the rest is kept");
    }
}
