//! The list of files of a copy, with their sizes and the names of the missing ones. It is made before a file is copied,
//! so that progress and the summary have a total.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use kinora_render::project::ProjectFiles;
use kinora_timeline::file::is_beside;
use kinora_timeline::media::Medium;
use kinora_timeline::shot::{Origin, Shot};
use kinora_timeline::{ContentHash, Project};
use kinora_wire::Failure;

use super::CopyContent;
use super::stop::unreadable;
use crate::generate::queue::QUEUE_FILE;
use crate::generate::smooth::kept::{is_made, wanted_by};
use crate::take::take_store::{TAKE_FILE, TakeStore};

/// The paths of a project's files below its folder.
pub(super) fn below() -> ProjectFiles {
    ProjectFiles::of(Path::new(""))
}

/// The files of a copy.
#[derive(Default)]
pub(super) struct Plan {
    /// The bytes of each file, by its path below the project's folder.
    pub(super) files: BTreeMap<PathBuf, u64>,
    /// Media outside the project's folder that are copied into it, and their bytes.
    pub(super) outside: Vec<(Arc<Medium>, u64)>,
    /// The names of the files that the project needs but does not have.
    pub(super) missing: Vec<String>,
}

impl Plan {
    pub(super) fn of(from: &Path, project: &Project, what: CopyContent) -> Result<Self, Failure> {
        let mut plan = Self::default();
        if what == CopyContent::Everything {
            plan.add_everything(from)?;
        }
        for medium in project.media() {
            plan.add_medium(from, medium, what);
        }
        for shot in project.shots() {
            plan.add_shot(from, shot)?;
        }
        for character in project.cast() {
            for image in &character.references {
                plan.add_picture(from, *image, &character.name);
            }
        }
        for smooth in wanted_by(project) {
            // In-betweens that are not made are no missing files: they can be made again from what is copied.
            if is_made(from, &smooth) {
                plan.add_all_in(from, &below().smooth(&smooth))?;
            }
        }
        Ok(plan)
    }

    pub(super) fn bytes(&self) -> u64 {
        let outside = self.outside.iter().map(|(_, bytes)| bytes);
        self.files.values().chain(outside).sum()
    }

    fn add_everything(&mut self, from: &Path) -> Result<(), Failure> {
        let files = below();
        self.add(from, PathBuf::from(QUEUE_FILE));
        self.add_all_in(from, &files.media())?;
        self.add_all_in(from, &files.characters())?;
        for name in names_in(&from.join(files.all_smooth()))? {
            self.add_all_in(from, &files.all_smooth().join(name))?;
        }
        for name in names_in(&from.join(files.takes()))? {
            let take = files.takes().join(name);
            if from.join(&take).join(TAKE_FILE).exists() {
                self.add_all_in(from, &take)?; // without that file the take is still being written
            }
        }
        Ok(())
    }

    fn add_all_in(&mut self, from: &Path, folder: &Path) -> Result<(), Failure> {
        for name in names_in(&from.join(folder))? {
            self.add(from, folder.join(name));
        }
        Ok(())
    }

    /// Adds a file. False: there is no file at this path.
    fn add(&mut self, from: &Path, path: PathBuf) -> bool {
        match file_bytes(&from.join(&path)) {
            Some(bytes) => {
                self.files.insert(path, bytes);
                true
            }
            None => false,
        }
    }

    fn add_medium(&mut self, from: &Path, medium: &Arc<Medium>, what: CopyContent) {
        let path = Path::new(&medium.path);
        let is_inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let is_there = match is_inside {
            true => self.add(from, path.to_owned()),
            false => self.add_outside(from, medium, what),
        };
        if !is_there {
            self.missing.push(medium.name.clone());
        }
    }

    /// Adds a medium outside the project's folder. A copy of everything keeps the link to it.
    fn add_outside(&mut self, from: &Path, medium: &Arc<Medium>, what: CopyContent) -> bool {
        let Some(bytes) = file_bytes(&from.join(&medium.path)) else {
            return false;
        };
        if what == CopyContent::Needed {
            self.outside.push((Arc::clone(medium), bytes));
        }
        true
    }

    /// Adds the takes and keyframe images that a shot names.
    fn add_shot(&mut self, from: &Path, shot: &Shot) -> Result<(), Failure> {
        let files = below();
        for take in takes_of(shot) {
            self.add_all_in(from, &files.take(take))?;
            let has = |path: PathBuf| self.files.contains_key(&path);
            let (has_clip, has_sound) = (has(files.take_clip(take)), has(files.take_sound(take)));
            let found = TakeStore::of(from).find(take);
            let is_whole = found.is_some_and(|found| {
                match (found.clip.is_some(), found.sound.is_some()) {
                    (false, false) => has_clip || has_sound, // its description is damaged
                    (clip, sound) => (has_clip || !clip) && (has_sound || !sound),
                }
            });
            if !is_whole {
                self.missing.push(format!("a take of {}", shot.name));
            }
        }
        for key in &shot.keyframes {
            self.add_picture(from, key.image, &shot.name);
        }
        Ok(())
    }

    fn add_picture(&mut self, from: &Path, content: ContentHash, owner: &str) {
        let found = ProjectFiles::of(from).picture(content);
        let path = found.as_ref().and_then(|path| path.strip_prefix(from).ok());
        let is_there = path.is_some_and(|path| self.add(from, path.to_owned()));
        if !is_there {
            self.missing.push(format!("a picture of {owner}"));
        }
    }
}

/// The chosen takes of a shot, of picture and sound, and the take that the shot extends or retakes.
fn takes_of(shot: &Shot) -> impl Iterator<Item = ContentHash> {
    let origin = match &shot.origin {
        Origin::Extends { take, .. } | Origin::Retakes { take, .. } => Some(*take),
        Origin::Scratch | Origin::Continues(_) => None,
    };
    let chosen = shot.chosen.into_iter().chain(shot.chosen_sound);
    chosen.chain(origin)
}

/// The size of a file; `None` if there is no file at this path.
fn file_bytes(path: &Path) -> Option<u64> {
    let found = fs::metadata(path).ok()?;
    found.is_file().then_some(found.len())
}

/// The names in a folder, without those of temporary files. Empty if there is no such folder.
fn names_in(folder: &Path) -> Result<Vec<OsString>, Failure> {
    match names(folder) {
        Ok(names) => Ok(names),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(folder, &error)),
    }
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !is_beside(&name.to_string_lossy()) {
            names.push(name);
        }
    }
    Ok(names)
}
