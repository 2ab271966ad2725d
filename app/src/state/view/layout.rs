//! The panels, and their docked layout.

use egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tiles, Tree};
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

/// The layout of a project that is opened for the first time.
pub fn default_layout() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut tabs = |panes: &[Pane]| {
        let panes = panes.iter().map(|&pane| tiles.insert_pane(pane)).collect();
        tiles.insert_tab_tile(panes)
    };
    let left = tabs(&[Pane::Shots, Pane::Cast]);
    let middle = tabs(&[Pane::Viewer, Pane::Camera]);
    let right = tabs(&[Pane::Shot, Pane::Clip, Pane::Queue]);
    let bottom = tabs(&[Pane::Timeline]);
    let mut row = Linear::new(LinearDir::Horizontal, vec![left, middle, right]);
    for (tile, share) in [(left, 0.21), (middle, 0.53), (right, 0.26)] {
        row.shares.set_share(tile, share);
    }
    let row = tiles.insert_container(Container::from(row));
    let halves = Linear::new_binary(LinearDir::Vertical, [row, bottom], 0.66);
    let root = tiles.insert_container(Container::from(halves));
    Tree::new(Id::unique("workspace"), root, tiles)
}
