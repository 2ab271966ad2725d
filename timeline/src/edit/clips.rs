//! Speed, look, sound and links of clips.

use serde::{Deserialize, Serialize};

use crate::clip::{Clip, Label, Look, Source};
use crate::edit::clip_check::{check_clip, check_kind, check_look};
use crate::edit::sync;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::{ClipId, Frames, GroupId, Project, Rounding, Speed};

/// Edits of single clips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClipEdit {
    /// Changes the speed. With ripple the clip becomes longer or shorter and shows the same frames; without, it keeps
    /// its length and shows more or fewer.
    Speed {
        /// The clip; those linked to it change too.
        clip: ClipId,
        /// The new speed.
        speed: Speed,
        /// Whether what follows moves.
        ripple: bool,
    },
    /// Changes the look and sound.
    Look {
        /// The clip.
        clip: ClipId,
        /// The new look.
        look: Look,
    },
    /// Enables or disables clips.
    Enable {
        /// The clips.
        clips: Vec<ClipId>,
        /// Whether they are seen and heard.
        enabled: bool,
    },
    /// Sets the colour label.
    Label {
        /// The clips.
        clips: Vec<ClipId>,
        /// The colour.
        label: Label,
    },
    /// Links clips.
    Link {
        /// The clips; at least two.
        clips: Vec<ClipId>,
    },
    /// Unlinks clips, and those linked to them.
    Unlink {
        /// The clips.
        clips: Vec<ClipId>,
    },
    /// Replaces the source; place and length stay.
    Replace {
        /// The clip.
        clip: ClipId,
        /// The new source.
        source: Source,
        /// The first frame of the source to show.
        source_start: Frames,
    },
}

impl ClipEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Speed { .. } => "change speed",
            Self::Look { .. } => "change look",
            Self::Enable { enabled: true, .. } => "enable",
            Self::Enable { .. } => "disable",
            Self::Label { .. } => "label",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Replace { .. } => "replace",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Speed {
                clip,
                speed,
                ripple,
            } => set_speed_of_all(project, *clip, *speed, *ripple),
            Self::Look { clip, look } => set_look(project, *clip, look),
            Self::Enable { clips, enabled } => {
                change_each(project, clips, |clip| clip.enabled = *enabled)
            }
            Self::Label { clips, label } => change_each(project, clips, |clip| clip.label = *label),
            Self::Link { clips } => link(project, clips),
            Self::Unlink { clips } => {
                let clips = project.with_linked(clips)?;
                change_each(project, &clips, |clip| clip.group = None)
            }
            Self::Replace {
                clip,
                source,
                source_start,
            } => replace(project, *clip, *source, *source_start),
        }
    }
}

/// Sets the speed of a clip and of those linked to it. What follows on sync-locked tracks moves along.
fn set_speed_of_all(
    project: &mut Project,
    clip: ClipId,
    speed: Speed,
    ripple: bool,
) -> Result<(), Refusal> {
    let (.., before) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    let linked = project.with_linked(&[clip])?;
    let tracks = sync::tracks_of(project, &linked);
    for linked in linked {
        set_speed(project, linked, speed, ripple)?;
    }
    let (.., after) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    let longer = after.length - before.length;
    sync::move_along(project, &tracks, before.end(), longer)
}

// | A:2345 | B |   ->   | A:24 | B |        (twice as fast, with ripple)
fn set_speed(project: &mut Project, id: ClipId, speed: Speed, ripple: bool) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    if clip.speed == speed {
        return Err(Refusal::NoChange);
    }
    let (first, last) = (
        clip.source_frame(Frames::ZERO),
        clip.source_frame(clip.length - Frames::ONE),
    );
    let (low, high) = (first.min(last), first.max(last));
    let mut changed = Clip {
        speed,
        phase: 0,
        ..Clip::clone(clip)
    };
    changed.source_start = if speed.source_frames() < 0 { high } else { low };
    if ripple && speed.source_frames() != 0 && clip.speed.source_frames() != 0 {
        let span = i128::from((high - low).0 + 1) * i128::from(speed.record_frames());
        let length = crate::time::divided(
            span,
            i128::from(speed.source_frames().unsigned_abs()),
            Rounding::Down,
        );
        changed.length = Frames(length).max(Frames::ONE);
        for curve in &mut changed.look.curves {
            curve.stretch(clip.length, changed.length);
        }
        changed = changed.with_fades_that_fit();
    }
    check_clip(project, &changed)?;
    project.replace_clip(id, changed, TransitionPolicy::Refuse)
}

fn set_look(project: &mut Project, id: ClipId, look: &Look) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    check_look(look, clip.length)?;
    let changed = Clip {
        look: look.clone(),
        ..Clip::clone(clip)
    };
    project.replace_clip(id, changed, TransitionPolicy::Refuse)
}

fn change_each(
    project: &mut Project,
    clips: &[ClipId],
    change: impl Fn(&mut Clip),
) -> Result<(), Refusal> {
    let mut changed_any = false;
    for id in clips {
        let (clip, ..) = project.clip(*id).ok_or(Refusal::NoSuchClip(*id))?;
        let mut changed = Clip::clone(clip);
        change(&mut changed);
        if changed != **clip {
            project.replace_clip(*id, changed, TransitionPolicy::Drop)?;
            changed_any = true;
        }
    }
    if changed_any {
        Ok(())
    } else {
        Err(Refusal::NoChange)
    }
}

fn link(project: &mut Project, clips: &[ClipId]) -> Result<(), Refusal> {
    let clips = project.with_linked(clips)?;
    if clips.len() < 2 {
        return Err(Refusal::NothingThere);
    }
    let group = GroupId(project.fresh_id());
    change_each(project, &clips, |clip| clip.group = Some(group))
}

fn replace(
    project: &mut Project,
    id: ClipId,
    source: Source,
    source_start: Frames,
) -> Result<(), Refusal> {
    let (clip, track, _) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let changed = Clip {
        source,
        source_start,
        phase: 0,
        ..Clip::clone(clip)
    };
    check_clip(project, &changed)?;
    check_kind(project, track.id, source)?;
    project.replace_clip(id, changed, TransitionPolicy::Refuse)
}
