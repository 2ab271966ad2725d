//! Writes the files of a copy into a folder beside its place, flushed to the disk, the project file last. Progress is
//! reported as bytes, and a cancel is noticed between two chunks.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use kinora_timeline::edit::library::Library;
use kinora_timeline::file::{self, Disk as _, RealDisk};
use kinora_timeline::media::Medium;
use kinora_timeline::{Edit, Project};
use kinora_wire::Failure;

use super::plan::{Plan, below};
use super::stop::{FREE_SPACE, Stop, unreadable, unwritable};
use crate::content_hash::hash_of;
use crate::generate::queue::QUEUE_FILE;

/// Progress is reported, and a cancel noticed, after so many bytes.
const CHUNK_BYTES: usize = 4 << 20;

/// Writes the files of a copy into the folder `part`, the project file last. Returns the names of missing files.
pub(super) fn write_copy(
    from: &Path,
    project: &Project,
    plan: Plan,
    part: &Path,
    on_progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<String>, Stop> {
    let all = plan.bytes();
    let Plan {
        mut files,
        outside,
        missing,
    } = plan;
    let mut writer = CopyWriter::begin(part, all, missing, on_progress)?;
    // The queue first: an order that is finished from here on is still in it, and its take is made again.
    let queue = files.remove_entry(Path::new(QUEUE_FILE));
    for (path, _) in queue.into_iter().chain(files) {
        let name = path.display().to_string();
        writer.copy(&from.join(&path), &path, &name)?;
    }
    let mut project = project.clone();
    for (medium, _) in outside {
        if let Some(relinked) = writer.copy_outside(from, &medium)? {
            let relink = Edit::Library(Library::ChangeMedium(Box::new(relinked)));
            let changed = relink.apply(&project);
            project = changed.map_err(|refusal| Failure::bug(refusal.to_string()))?;
        }
    }
    writer.finish(&project)
}

/// A copy that is being written.
struct CopyWriter<'c> {
    part: &'c Path,
    done_bytes: u64,
    all_bytes: u64,
    on_progress: &'c mut dyn FnMut(u64, u64) -> bool,
    /// The folders with new files.
    folders: BTreeSet<PathBuf>,
    missing: Vec<String>,
}

impl<'c> CopyWriter<'c> {
    fn begin(
        part: &'c Path,
        all_bytes: u64,
        missing: Vec<String>,
        on_progress: &'c mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self, Stop> {
        fs::create_dir_all(part).map_err(|error| unwritable(part, &error))?;
        let mut writer = Self {
            part,
            done_bytes: 0,
            all_bytes,
            on_progress,
            folders: BTreeSet::new(),
            missing,
        };
        writer.report(0)?;
        Ok(writer)
    }

    fn report(&mut self, bytes: u64) -> Result<(), Stop> {
        self.done_bytes += bytes;
        match (self.on_progress)(self.done_bytes, self.all_bytes) {
            true => Ok(()),
            false => Err(Stop::Cancelled),
        }
    }

    /// Copies a file to a path below the copy's folder. If the file is gone, its name is noted.
    fn copy(&mut self, source: &Path, path: &Path, name: &str) -> Result<(), Stop> {
        let mut file = match File::open(source) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.push(name.to_owned());
                return Ok(());
            }
            Err(error) => return Err(unreadable(source, &error).into()),
        };
        let place = self.part.join(path);
        let folder = place.parent().unwrap_or(self.part);
        let created = fs::create_dir_all(folder).and_then(|()| File::create(&place));
        let mut copy = created.map_err(|error| unwritable(&place, &error))?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = file.read(&mut chunk);
            let count = count.map_err(|error| unreadable(source, &error))?;
            if count == 0 {
                break;
            }
            let written = copy.write_all(&chunk[..count]);
            written.map_err(|error| unwritable(&place, &error))?;
            self.report(count as u64)?;
        }
        copy.sync_all()
            .map_err(|error| unwritable(&place, &error))?;
        let folders = path.ancestors().skip(1);
        self.folders
            .extend(folders.map(|folder| self.part.join(folder)));
        Ok(())
    }

    /// Copies a medium from outside the project to the imported files, under the hash of its content. Returns the
    /// medium with its new path; `None` if the file is gone.
    fn copy_outside(&mut self, from: &Path, medium: &Medium) -> Result<Option<Medium>, Stop> {
        let source = from.join(&medium.path);
        let content = match hash_of(&source) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.push(medium.name.clone());
                return Ok(None);
            }
            Err(error) => return Err(unreadable(&source, &error).into()),
        };
        let extension = source.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        let path = below().media().join(format!("{content}.{extension}"));
        self.copy(&source, &path, &medium.name)?;
        Ok(Some(Medium {
            content,
            path: path.to_string_lossy().into_owned(),
            ..medium.clone()
        }))
    }

    /// Flushes the folders and writes the project file. Returns the names of missing files.
    fn finish(self, project: &Project) -> Result<Vec<String>, Stop> {
        for folder in &self.folders {
            let synced = RealDisk.sync_folder(folder);
            synced.map_err(|error| unwritable(folder, &error))?;
        }
        let created = file::create(&RealDisk, self.part, project);
        created.map_err(|error| Failure::bad_file(error.to_string(), FREE_SPACE))?;
        Ok(self.missing)
    }
}
