//! Exchanges timelines with other editors, as OpenTimelineIO files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_render::project::ProjectFiles;
use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_timeline::otio::{self, Loss, TakeFile};
use kinora_timeline::{Project, ShotId};
use kinora_wire::Failure;

use crate::Session;

/// Writes the timeline, whole or not at all, and returns what the other editor will not show.
///
/// # Errors
/// The path cannot be written to.
pub fn export(session: &Session, path: &Path) -> Result<Vec<Loss>, Failure> {
    let project = session.project();
    let (text, losses) = otio::write(project, &session.name(), &takes(session));
    let result = RealDisk.replace(path, text.as_bytes());
    result.map(|()| losses).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check that the folder exists, is writable and has free space",
        )
    })
}

/// The chosen takes, with the paths of their clips.
fn takes(session: &Session) -> BTreeMap<ShotId, Vec<TakeFile>> {
    let files = ProjectFiles::of(session.folder());
    let chosen = session.project().shots().filter_map(|shot| {
        let take = shot.chosen?;
        let path = files.take_clip(take).to_string_lossy().into_owned();
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    chosen.collect()
}

/// Reads a timeline, and returns what of it Kinora cannot show.
///
/// # Errors
/// The file cannot be read, or is not a timeline; the message has the position in it.
pub fn import(cut: &Path) -> Result<(Project, Vec<Loss>), Failure> {
    let refused = |why: String| {
        Failure::bad_file(
            format!("{}: {why}", cut.display()),
            "export it from the other editor again, as OpenTimelineIO",
        )
    };
    let text = fs::read_to_string(cut).map_err(|error| refused(error.to_string()))?;
    otio::read(&text).map_err(|error| refused(error.to_string()))
}
