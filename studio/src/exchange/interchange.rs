//! A film's cut handed to another editor, and one taken from it: OpenTimelineIO files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_render::film::FilmFiles;
use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_timeline::otio::{self, Loss, TakeFile};
use kinora_timeline::{Project, ShotId};
use kinora_wire::Failure;

use crate::Session;

/// Writes the cut, whole or not at all, and tells what the other editor will not see.
///
/// # Errors
/// A place that cannot be written to.
pub fn export(session: &Session, path: &Path) -> Result<Vec<Loss>, Failure> {
    let film = session.project();
    let (text, losses) = otio::write(film, &session.name(), &takes(session));
    let written = RealDisk.replace(path, text.as_bytes());
    written.map(|()| losses).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check the folder, its permissions and the room on the disk",
        )
    })
}

/// The chosen takes, as other editors find them.
fn takes(session: &Session) -> BTreeMap<ShotId, Vec<TakeFile>> {
    let files = FilmFiles::of(session.folder());
    let chosen = session.project().shots().filter_map(|shot| {
        let take = shot.chosen?;
        let path = files.take_clip(take).to_string_lossy().into_owned();
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    chosen.collect()
}

/// Reads a cut, and tells what of it Kinora cannot show.
///
/// # Errors
/// What cannot be read, or is no timeline; with the place.
pub fn import(cut: &Path) -> Result<(Project, Vec<Loss>), Failure> {
    let refused = |why: String| {
        Failure::bad_file(
            format!("{}: {why}", cut.display()),
            "have the other editor write OpenTimelineIO once more",
        )
    };
    let text = fs::read_to_string(cut).map_err(|error| refused(error.to_string()))?;
    otio::read(&text).map_err(|error| refused(error.to_string()))
}
