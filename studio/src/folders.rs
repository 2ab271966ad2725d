//! The user's folders: settings, models, and the default place of new projects.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The user's folders, by the conventions of the system (XDG on Linux).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Settings and the list of recent projects.
    pub config: PathBuf,
    /// Models, the library of camera paths, and the user's copy of the sample project.
    pub data: PathBuf,
    /// The default folder for new projects.
    pub projects: PathBuf,
}

impl Folders {
    /// The folders of the current user. None is created.
    pub fn of_user() -> Self {
        let ours = ProjectDirs::from("", "", "Kinora");
        let here = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let user = UserDirs::new();
        Self {
            config: ours
                .as_ref()
                .map_or_else(here, |dirs| dirs.config_dir().into()),
            data: ours
                .as_ref()
                .map_or_else(here, |dirs| dirs.data_dir().into()),
            projects: user.as_ref().map_or_else(here, |dirs| {
                dirs.video_dir().map_or_else(
                    || dirs.home_dir().join("Kinora"),
                    |videos| videos.join("Kinora"),
                )
            }),
        }
    }

    /// The folders in which files are looked for, by name: those that exist. Reads the disk.
    pub fn places(&self) -> Vec<(&'static str, PathBuf)> {
        let user = UserDirs::new();
        let of_user = |find: fn(&UserDirs) -> Option<&Path>| {
            let found = user.as_ref().and_then(find);
            found.map(PathBuf::from)
        };
        let all = [
            ("Home", of_user(|user| Some(user.home_dir()))),
            ("Projects", Some(self.projects.clone())),
            ("Pictures", of_user(UserDirs::picture_dir)),
            ("Videos", of_user(UserDirs::video_dir)),
        ];
        let all = all
            .into_iter()
            .filter_map(|(name, path)| Some((name, path?)));
        all.filter(|(_, path)| path.is_dir()).collect()
    }

    /// Everything under one folder, for tests.
    pub fn under(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            data: root.join("data"),
            projects: root.join("films"),
        }
    }
}

/// Reads a file that [`write_config`] wrote. `None`: it is missing or damaged.
pub fn read_config<T: DeserializeOwned>(config: &Path, name: &str) -> Option<T> {
    let text = fs::read_to_string(config.join(name)).ok()?;
    ron::from_str(&text).ok()
}

/// Writes a file of the config folder or of another one, as RON: beside its place first, then renamed into it.
pub fn write_config(config: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    let text = ron::ser::to_string_pretty(value, ron::ser::PrettyConfig::default())
        .map_err(io::Error::other)?;
    fs::create_dir_all(config)?;
    let new = tempfile::NamedTempFile::new_in(config)?;
    fs::write(new.path(), text)?;
    new.persist(config.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_exist_are_offered() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = Folders::under(root.path());
        let offers = |name| folders.places().iter().any(|(place, _)| *place == name);
        assert!(!offers("Projects"));
        fs::create_dir(&folders.projects).expect("made");
        assert!(offers("Projects"));
    }
}
