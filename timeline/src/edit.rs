//! Everything that can be done to a film: a closed vocabulary, one family per file. An edit either makes a new
//! film or is refused with a sentence; a refused edit has changed nothing.

pub mod arrange;
pub mod camera;
pub mod clips;
pub mod library;
pub mod marks;
pub mod place;
pub mod remove;
pub mod tracks;
pub mod transitions;
pub mod trim;

use serde::{Deserialize, Serialize};

use crate::{ClipId, Project};

pub use crate::clip::Edge;
pub use crate::refusal::Refusal;

/// One change to a film, by family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// New clips on tracks.
    Place(place::Place),
    /// Clips and ranges taken away.
    Remove(remove::Remove),
    /// Edges and contents of clips.
    Trim(trim::Trim),
    /// Clips brought elsewhere.
    Arrange(arrange::Arrange),
    /// What happens at cuts.
    Transition(transitions::TransitionEdit),
    /// How clips run, look, sound and hold together.
    Clip(clips::ClipEdit),
    /// The tracks themselves.
    Track(tracks::TrackEdit),
    /// Markers, in and out.
    Mark(marks::Mark),
    /// Cast, shots, media, titles, and the film's own rate and size.
    Library(library::Library),
    /// A shot's camera.
    Camera(camera::CameraEdit),
}

impl Edit {
    /// The film after this edit, or why it cannot be.
    pub fn apply(&self, film: &Project) -> Result<Project, Refusal> {
        let mut after = film.clone();
        match self {
            Self::Place(edit) => edit.apply(&mut after),
            Self::Remove(edit) => edit.apply(&mut after),
            Self::Trim(edit) => edit.apply(&mut after),
            Self::Arrange(edit) => edit.apply(&mut after),
            Self::Transition(edit) => edit.apply(&mut after),
            Self::Clip(edit) => edit.apply(&mut after),
            Self::Track(edit) => edit.apply(&mut after),
            Self::Mark(edit) => edit.apply(&mut after),
            Self::Library(edit) => edit.apply(&mut after),
            Self::Camera(edit) => edit.apply(&mut after),
        }?;
        Ok(after)
    }

    /// What the undo menu calls it: "trim", "move 3 clips".
    pub fn name(&self) -> String {
        match self {
            Self::Place(edit) => edit.name().into(),
            Self::Remove(edit) => edit.name().into(),
            Self::Trim(edit) => edit.name().into(),
            Self::Arrange(edit) => edit.name(),
            Self::Transition(edit) => edit.name().into(),
            Self::Clip(edit) => edit.name().into(),
            Self::Track(edit) => edit.name().into(),
            Self::Mark(edit) => edit.name().into(),
            Self::Library(edit) => edit.name().into(),
            Self::Camera(edit) => edit.name().into(),
        }
    }
}

impl Project {
    /// These clips and all that are linked to them, each once, in the order of their ids.
    pub(crate) fn with_linked(&self, clips: &[ClipId]) -> Result<Vec<ClipId>, Refusal> {
        let mut all = Vec::new();
        for clip in clips {
            let (known, ..) = self.clip(*clip).ok_or(Refusal::NoSuchClip(*clip))?;
            match known.group {
                Some(group) => all.extend(self.index.group(group)),
                None => all.push(*clip),
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }
}
