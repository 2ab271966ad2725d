//! A shot's camera path, key by key.

use serde::{Deserialize, Serialize};

use crate::camera::{CameraKey, CameraPath};
use crate::edit::library::Library;
use crate::refusal::Refusal;
use crate::shot::Shot;
use crate::{Frames, Project, ShotId};

/// Edits of a shot's camera path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CameraEdit {
    /// Sets the whole path, as a preset or an import writes it; `None` leaves the camera to the model.
    SetPath(ShotId, Option<CameraPath>),
    /// Sets a key; it replaces a key on the same frame.
    SetKey(ShotId, CameraKey),
    /// Moves a key to another frame.
    MoveKey {
        /// The shot.
        shot: ShotId,
        /// The frame of the key.
        from: Frames,
        /// Its new frame; a key there is replaced.
        to: Frames,
    },
    /// Removes the key on this frame. The last key cannot be removed.
    RemoveKey(ShotId, Frames),
}

impl CameraEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::SetPath(_, Some(_)) => "camera move",
            Self::SetPath(_, None) => "remove camera",
            Self::SetKey(..) => "set camera key",
            Self::MoveKey { .. } => "move camera key",
            Self::RemoveKey(..) => "remove camera key",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::SetPath(shot, path) => change(project, *shot, |camera| {
                camera.clone_from(path);
                Ok(())
            }),
            Self::SetKey(shot, key) => change(project, *shot, |camera| {
                camera
                    .get_or_insert_with(|| CameraPath::of_keys(Vec::new()))
                    .put(*key);
                Ok(())
            }),
            Self::MoveKey { shot, from, to } => change(project, *shot, |camera| {
                let path = camera.as_mut().ok_or(NO_KEY)?;
                let key = path.take(*from).ok_or(NO_KEY)?;
                path.put(CameraKey { frame: *to, ..key });
                Ok(())
            }),
            Self::RemoveKey(shot, frame) => change(project, *shot, |camera| {
                let path = camera.as_mut().ok_or(NO_KEY)?;
                path.take(*frame).ok_or(NO_KEY)?;
                Ok(())
            }),
        }
    }
}

const NO_KEY: Refusal = Refusal::NoSuch { what: "camera key" };

fn change(
    project: &mut Project,
    id: ShotId,
    change: impl FnOnce(&mut Option<CameraPath>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let shot = project.shot(id).ok_or(Refusal::NoSuch { what: "shot" })?;
    let mut shot = Shot::clone(shot);
    change(&mut shot.camera)?;
    Library::ChangeShot(Box::new(shot)).apply(project)
}
