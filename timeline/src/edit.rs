//! All changes to a project: a closed vocabulary, one family per file. An edit makes a new project or is refused with
//! a sentence; a refused edit changes nothing.

pub mod arrange;
pub mod batch;
pub mod camera;
pub(crate) mod clip_check;
pub mod clips;
pub mod conform;
pub mod copies;
mod in_step;
pub mod library;
pub mod marks;
pub mod mixing;
pub mod place;
pub mod remove;
pub mod sequences;
pub mod shot_change;
pub mod subtitles;
pub(crate) mod sync;
pub mod tracks;
pub mod transitions;
pub mod trim;

use serde::{Deserialize, Serialize};

use crate::{ClipId, Project};

pub use crate::clip::Edge;
pub use crate::refusal::Refusal;

/// One change to a project, by family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// New clips on tracks.
    Place(place::Place),
    /// Clips and ranges removed.
    Remove(remove::Remove),
    /// Edges and contents of clips.
    Trim(trim::Trim),
    /// Clips moved.
    Arrange(arrange::Arrange),
    /// Transitions at cuts.
    Transition(transitions::TransitionEdit),
    /// Speed, look, sound, links and groups of clips.
    Clip(clips::ClipEdit),
    /// Tracks added, removed and changed.
    Track(tracks::TrackEdit),
    /// The mixer: tracks and master.
    Mix(mixing::MixEdit),
    /// Markers, in and out points.
    Mark(marks::Mark),
    /// Characters, shots, media, titles, and the project's rate and size.
    Library(library::Library),
    /// A shot's camera path.
    Camera(camera::CameraEdit),
    /// Sequences made, named and removed; clips nested.
    Sequence(sequences::SequenceEdit),
    /// Subtitle tracks and their cues.
    Subtitle(subtitles::SubtitleEdit),
}

impl Edit {
    /// The project after this edit, or the refusal.
    pub fn apply(&self, project: &Project) -> Result<Project, Refusal> {
        let mut after = project.clone();
        match self {
            Self::Place(edit) => edit.apply(&mut after),
            Self::Remove(edit) => edit.apply(&mut after),
            Self::Trim(edit) => edit.apply(&mut after),
            Self::Arrange(edit) => edit.apply(&mut after),
            Self::Transition(edit) => edit.apply(&mut after),
            Self::Clip(edit) => edit.apply(&mut after),
            Self::Track(edit) => edit.apply(&mut after),
            Self::Mix(edit) => edit.apply(&mut after),
            Self::Mark(edit) => edit.apply(&mut after),
            Self::Library(edit) => edit.apply(&mut after),
            Self::Camera(edit) => edit.apply(&mut after),
            Self::Sequence(edit) => edit.apply(&mut after),
            Self::Subtitle(edit) => edit.apply(&mut after),
        }?;
        Ok(after)
    }

    /// The name in the undo menu: "trim", "move 3 clips".
    pub fn name(&self) -> String {
        match self {
            Self::Place(edit) => edit.name().into(),
            Self::Remove(edit) => edit.name().into(),
            Self::Trim(edit) => edit.name().into(),
            Self::Arrange(edit) => edit.name(),
            Self::Transition(edit) => edit.name().into(),
            Self::Clip(edit) => edit.name().into(),
            Self::Track(edit) => edit.name().into(),
            Self::Mix(edit) => edit.name(),
            Self::Mark(edit) => edit.name().into(),
            Self::Library(edit) => edit.name().into(),
            Self::Camera(edit) => edit.name().into(),
            Self::Sequence(edit) => edit.name().into(),
            Self::Subtitle(edit) => edit.name().into(),
        }
    }
}

impl Project {
    /// These clips and all that are linked to them, without duplicates, sorted by id.
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
