//! The form of the dialog of preferences.

use std::path::{Path, PathBuf};

use crate::background::task::Task;

/// The page that is shown, and what is not a preference itself.
pub struct PreferencesForm {
    pub page: Page,
    /// The folder for new projects, as it is typed.
    pub place: String,
    pub cache: CacheSize,
}

/// A page of the dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    General,
    Generation,
    Timeline,
    Storage,
}

impl Page {
    pub const ALL: [(Self, &str); 4] = [
        (Self::General, "General"),
        (Self::Generation, "Generation"),
        (Self::Timeline, "Timeline"),
        (Self::Storage, "Storage"),
    ];
}

/// The size of the caches of the open project.
pub enum CacheSize {
    /// No project is open.
    NoProject,
    Counting(Task<Result<u64, String>>),
    /// In bytes.
    Known(u64),
    Unknown(String),
}

impl PreferencesForm {
    /// The folder that is typed; `None` if it is empty.
    pub fn projects(&self) -> Result<Option<PathBuf>, &'static str> {
        let place = Path::new(self.place.trim());
        match place.is_absolute() {
            true => Ok(Some(place.into())),
            false if place.as_os_str().is_empty() => Ok(None),
            false => Err("The folder must be an absolute path, such as /home/you/projects."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_absolute_or_left_out() {
        let typed = |place: &str| {
            let form = PreferencesForm {
                page: Page::General,
                place: place.into(),
                cache: CacheSize::NoProject,
            };
            form.projects()
        };
        assert_eq!(typed(" /films "), Ok(Some("/films".into())));
        assert_eq!(typed("  "), Ok(None));
        assert!(typed("films").is_err());
    }
}
