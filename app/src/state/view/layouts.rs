//! The layouts that the user has saved under names. They are kept in the user's config folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use egui_tiles::Tree;
use kinora_studio::folders::{read_config, write_config};

use super::layout::{Pane, completed};

/// The saved layouts by name, and the folder of their file.
#[derive(Clone, Debug)]
pub struct NamedLayouts {
    config: PathBuf,
    layouts: BTreeMap<String, Tree<Pane>>,
}

const FILE_NAME: &str = "layouts.ron";

impl NamedLayouts {
    /// Reads the layouts. A missing or damaged file gives none; a layout that lacks panels of this version gets them.
    pub fn load(config: &Path) -> Self {
        let saved: BTreeMap<String, Tree<Pane>> =
            read_config(config, FILE_NAME).unwrap_or_default();
        let layouts = saved.into_iter();
        let layouts = layouts.filter_map(|(name, layout)| Some((name, completed(layout)?)));
        Self {
            config: config.into(),
            layouts: layouts.collect(),
        }
    }

    /// Writes the file that [`NamedLayouts::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.layouts)
    }

    /// In alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layouts.keys().map(String::as_str)
    }

    pub fn get(&self, name: &str) -> Option<&Tree<Pane>> {
        self.layouts.get(name)
    }

    /// Adds a layout. It replaces the one of the same name.
    pub fn add(&mut self, name: &str, layout: &Tree<Pane>) {
        self.layouts.insert(name.into(), layout.clone());
    }

    pub fn remove(&mut self, name: &str) {
        self.layouts.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::state::view::layout::BuiltInLayout;

    fn names(layouts: &NamedLayouts) -> Vec<&str> {
        layouts.names().collect()
    }

    #[test]
    fn layouts_are_kept_by_name_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut layouts = NamedLayouts::load(folder.path());
        assert!(names(&layouts).is_empty());
        layouts.add("Mine", &BuiltInLayout::Editing.layout());
        layouts.add("Big camera", &BuiltInLayout::Camera.layout());
        layouts.add("Mine", &BuiltInLayout::Generating.layout());
        layouts.save().expect("written");
        let mut again = NamedLayouts::load(folder.path());
        assert_eq!(names(&again), ["Big camera", "Mine"]);
        assert!(again.get("Mine").is_some());
        again.remove("Mine");
        assert_eq!(names(&again), ["Big camera"]);
    }

    #[test]
    fn a_damaged_file_gives_none_and_a_layout_gets_the_panel_that_it_lacks() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FILE_NAME), "({").expect("written");
        let mut layouts = NamedLayouts::load(folder.path());
        assert!(names(&layouts).is_empty());
        let mut lacking = BuiltInLayout::Editing.layout();
        let queue = lacking.tiles.find_pane(&Pane::Queue).expect("there");
        lacking.remove_recursively(queue);
        layouts.add("Lacking", &lacking);
        layouts.save().expect("written");
        let again = NamedLayouts::load(folder.path());
        let layout = again.get("Lacking").expect("there");
        assert!(layout.tiles.find_pane(&Pane::Queue).is_some());
    }
}
