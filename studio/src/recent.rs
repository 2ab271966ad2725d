//! The recently opened projects, newest first. A damaged list counts as empty: losing it loses no project. Changing
//! and saving are separate, so that the window can save on another thread.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::folders::{read_config, write_config};

const CAPACITY: usize = 12;
const FILE_NAME: &str = "recent.ron";

/// The list, and the folder of its file.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    config: PathBuf,
    projects: Projects,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Projects(Vec<PathBuf>);

impl Recent {
    /// Reads the list from the user's config folder.
    pub fn load(config: &Path) -> Self {
        Self {
            config: config.into(),
            projects: read_config(config, FILE_NAME).unwrap_or_default(),
        }
    }

    /// The folders of the projects, newest first.
    pub fn projects(&self) -> &[PathBuf] {
        &self.projects.0
    }

    /// Puts a project first.
    pub fn remember(&mut self, project: &Path) {
        self.forget(project);
        self.projects.0.insert(0, project.into());
        self.projects.0.truncate(CAPACITY);
    }

    /// Removes a project from the list; its files are not touched.
    pub fn forget(&mut self, project: &Path) {
        self.projects.0.retain(|known| known != project);
    }

    /// Writes the list to the file that [`Recent::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.projects)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_project_opened_last_comes_first_and_only_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut recent = Recent::load(folder.path());
        for project in ["a", "b", "a"] {
            recent.remember(Path::new(project));
        }
        recent.save().expect("write");
        assert_eq!(
            Recent::load(folder.path()).projects(),
            [Path::new("a"), Path::new("b")]
        );
    }

    #[test]
    fn the_list_stays_short_and_a_project_can_be_forgotten() {
        let mut recent = Recent::default();
        for number in 0..20 {
            recent.remember(Path::new(&number.to_string()));
        }
        recent.forget(Path::new("19"));
        assert_eq!(recent.projects().len(), CAPACITY - 1);
        assert_eq!(recent.projects()[0], Path::new("18"));
    }

    #[test]
    fn a_damaged_list_is_an_empty_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(FILE_NAME), "(((").expect("write");
        assert!(Recent::load(folder.path()).projects().is_empty());
    }
}
