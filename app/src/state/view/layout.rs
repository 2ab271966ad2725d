//! The panels, and their docked layout.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tile, Tiles, Tree};
use kinora_studio::folders::write_config;
use serde::{Deserialize, Serialize};

/// A panel that can be docked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pane {
    Shots,
    Cast,
    Viewer,
    Camera,
    Shot,
    Clip,
    Queue,
    Timeline,
}

impl Pane {
    /// All panels.
    pub const ALL: [Self; 8] = [
        Self::Shots,
        Self::Cast,
        Self::Viewer,
        Self::Camera,
        Self::Shot,
        Self::Clip,
        Self::Queue,
        Self::Timeline,
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
    /// Reads the layout. A missing or damaged file, or one that lacks a panel of this version, gives the default one.
    pub fn load(config: &Path) -> Self {
        let text = fs::read_to_string(config.join(FILE_NAME)).unwrap_or_default();
        let saved = ron::from_str::<Tree<Pane>>(&text).ok();
        Self {
            config: config.into(),
            layout: saved
                .filter(is_complete)
                .unwrap_or_else(|| BuiltInLayout::Editing.layout()),
        }
    }

    /// Writes the file that [`SavedLayout::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.layout)
    }
}

/// Whether each panel is in the layout once, below its root.
pub(super) fn is_complete(layout: &Tree<Pane>) -> bool {
    let Some(root) = layout.root else {
        return false;
    };
    let mut waiting = vec![root];
    let mut seen = Vec::new();
    while let Some(tile) = waiting.pop() {
        match layout.tiles.get(tile) {
            Some(Tile::Pane(pane)) => seen.push(*pane),
            Some(Tile::Container(container)) if seen.len() + waiting.len() < MOST_TILES => {
                waiting.extend(container.children());
            }
            _ => return false,
        }
    }
    let is_once = |pane: &Pane| seen.iter().filter(|other| *other == pane).count() == 1;
    seen.len() == Pane::ALL.len() && Pane::ALL.iter().all(is_once)
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
    let left = tabs(&[Pane::Shots, Pane::Cast]);
    let middle = tabs(&middle);
    let right = tabs(&[Pane::Shot, Pane::Clip, Pane::Queue]);
    let bottom = tabs(&[Pane::Timeline]);
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
    use super::*;

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
    fn a_damaged_file_or_one_that_lacks_a_panel_gives_the_default_layout() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["", "(", "(id: 7)"] {
            fs::write(folder.path().join(FILE_NAME), text).expect("written");
            assert!(
                is_complete(&SavedLayout::load(folder.path()).layout),
                "{text}"
            );
        }
        let mut lacking = SavedLayout::load(folder.path());
        let queue = lacking.layout.tiles.find_pane(&Pane::Queue).expect("there");
        lacking.layout.remove_recursively(queue);
        lacking.save().expect("written");
        assert!(is_complete(&SavedLayout::load(folder.path()).layout));
    }
}
