//! Transitions at cuts: frames borrowed from the handles of both clips. The cut itself does not move.

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::transition::{Transition, TransitionKind};
use crate::{ClipId, Frames, Project};

/// Edits of transitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TransitionEdit {
    /// Sets the transition at the head of a clip, replacing one that is there.
    Set {
        /// The clip after the cut.
        clip: ClipId,
        /// The kind of transition.
        kind: TransitionKind,
        /// Frames before the cut.
        before: Frames,
        /// Frames after the cut.
        after: Frames,
    },
    /// Moves the transition at the head of a clip against the cut.
    Move {
        /// The clip after the cut.
        clip: ClipId,
        /// The distance to the right.
        by: Frames,
    },
    /// Turns the transition at the head of a clip into a plain cut.
    Remove {
        /// The clip after the cut.
        clip: ClipId,
    },
}

impl TransitionEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set transition",
            Self::Move { .. } => "move transition",
            Self::Remove { .. } => "remove transition",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Set {
                clip,
                kind,
                before,
                after,
            } => set(project, *clip, *kind, *before, *after),
            Self::Move { clip, by } => shift(project, *clip, *by),
            Self::Remove { clip } => remove(project, *clip),
        }
    }
}

// |   A   |   B   |   ->   |   A >< B   |
fn set(
    project: &mut Project,
    id: ClipId,
    kind: TransitionKind,
    before: Frames,
    after: Frames,
) -> Result<(), Refusal> {
    if before < Frames::ZERO || after < Frames::ZERO || before + after < Frames::ONE {
        return Err(Refusal::InvalidValue(
            "a transition needs at least one frame".into(),
        ));
    }
    let (track, placed) = project.placed(id).ok_or(Refusal::NoSuchClip(id))?;
    project.place_of(track.id)?; // not on a locked track
    let previous = track
        .before(placed.order)
        .and_then(|placed| placed.clip())
        .ok_or(Refusal::NoClipBefore)?;
    let transition = Transition {
        kind,
        from: previous.id,
        before,
        after,
    };
    project.fits(track, placed.order, transition)?;
    put(project, id, Some(transition))
}

// |  A ><  B  |   ->   |  A  >< B  |
fn shift(project: &mut Project, id: ClipId, by: Frames) -> Result<(), Refusal> {
    let now = at(project, id)?;
    if by == Frames::ZERO {
        return Err(Refusal::NoChange);
    }
    set(project, id, now.kind, now.before - by, now.after + by)
}

// |  A >< B  |   ->   |  A  |  B  |
fn remove(project: &mut Project, id: ClipId) -> Result<(), Refusal> {
    at(project, id)?;
    put(project, id, None)
}

fn at(project: &Project, id: ClipId) -> Result<Transition, Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    clip.transition
        .ok_or(Refusal::NoSuch { what: "transition" })
}

fn put(project: &mut Project, id: ClipId, transition: Option<Transition>) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let clip = Clip {
        transition,
        ..Clip::clone(clip)
    };
    project.replace_clip(id, clip, TransitionPolicy::Refuse)
}
