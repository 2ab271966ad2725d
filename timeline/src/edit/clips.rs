//! Speed, look, sound, links and groups of clips.

use serde::{Deserialize, Serialize};

use crate::clip::{Clip, InBetweens, Label, Look, Source};
use crate::edit::clip_check::{check_clip, check_kind, check_look, check_ramp};
use crate::edit::sync;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::{ClipId, Frames, GroupId, Project, Speed, SpeedRamp};

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
    /// Sets the keyframes of the speed. With ripple the clip becomes longer or shorter and shows the same frames;
    /// without, it keeps its length and shows more or fewer.
    Ramp {
        /// The clip; those linked to it change too.
        clip: ClipId,
        /// The new ramp; without keys the speed is constant again.
        ramp: SpeedRamp,
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
    /// Sets what is shown between two frames of the source.
    InBetweens {
        /// The clips.
        clips: Vec<ClipId>,
        /// What is shown.
        in_betweens: InBetweens,
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
    /// Groups clips, with those linked to them: they are selected together. A clip leaves the group it was in.
    Group {
        /// The clips; at least two.
        clips: Vec<ClipId>,
    },
    /// Dissolves the groups of clips.
    Ungroup {
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
            Self::Ramp { .. } => "change speed ramp",
            Self::Look { .. } => "change look",
            Self::InBetweens { .. } => "change in-betweens",
            Self::Enable { enabled: true, .. } => "enable",
            Self::Enable { .. } => "disable",
            Self::Label { .. } => "label",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Group { .. } => "group",
            Self::Ungroup { .. } => "ungroup",
            Self::Replace { .. } => "replace",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Speed {
                clip,
                speed,
                ripple,
            } => retime(project, *clip, |clip| with_speed(clip, *speed, *ripple)),
            Self::Ramp { clip, ramp, ripple } => {
                retime(project, *clip, |clip| with_ramp(clip, ramp, *ripple))
            }
            Self::Look { clip, look } => set_look(project, *clip, look),
            Self::InBetweens { clips, in_betweens } => {
                change_each(project, clips, |clip| clip.in_betweens = *in_betweens)
            }
            Self::Enable { clips, enabled } => {
                change_each(project, clips, |clip| clip.enabled = *enabled)
            }
            Self::Label { clips, label } => change_each(project, clips, |clip| clip.label = *label),
            Self::Link { clips } => link(project, clips),
            Self::Unlink { clips } => {
                let clips = project.with_linked(clips)?;
                change_each(project, &clips, |clip| clip.group = None)
            }
            Self::Group { clips } => group(project, clips),
            Self::Ungroup { clips } => ungroup(project, clips),
            Self::Replace {
                clip,
                source,
                source_start,
            } => replace(project, *clip, *source, *source_start),
        }
    }
}

/// Changes the speed of a clip and of those linked to it. What follows on sync-locked tracks moves along.
fn retime(
    project: &mut Project,
    clip: ClipId,
    change: impl Fn(&Clip) -> Result<Clip, Refusal>,
) -> Result<(), Refusal> {
    let (.., before) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    let linked = project.with_linked(&[clip])?;
    let tracks = sync::tracks_of(project, &linked);
    for id in linked {
        let (linked, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
        let changed = change(linked)?;
        check_clip(project, &changed)?;
        project.replace_clip(id, changed, TransitionPolicy::Refuse)?;
    }
    let (.., after) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    let longer = after.length - before.length;
    sync::move_along(project, &tracks, before.end(), longer)
}

/// The first and the last frame of the source that a clip shows, the earlier first.
fn shown_frames(clip: &Clip) -> (Frames, Frames) {
    let first = clip.source_frame(Frames::ZERO);
    let last = clip.source_frame(clip.length - Frames::ONE);
    (first.min(last), first.max(last))
}

// | A:2345 | B |   ->   | A:24 | B |        (twice as fast, with ripple: up to the frame that was its last)
fn with_speed(clip: &Clip, speed: Speed, ripple: bool) -> Result<Clip, Refusal> {
    if clip.speed == speed {
        return Err(Refusal::NoChange);
    }
    let (low, high) = shown_frames(clip);
    let (step, before) = (speed.source_frames(), clip.speed.source_frames());
    let mut changed = Clip {
        speed,
        phase: 0,
        ..clip.clone()
    };
    if step == 0 {
        changed.ramp = SpeedRamp::default();
    } else if (step < 0) != (before < 0) {
        changed.ramp.reverse(clip.length);
    }
    // Backwards from the end of its last frame, so that each frame is shown as long as it is forwards.
    (changed.source_start, changed.phase) = match step.signum() {
        -1 => (high, changed.parts() - 1),
        0 => (clip.source_frame(Frames::ZERO), 0), // of a reversed clip the last one
        _ => (low, 0),
    };
    if !ripple || step == 0 || before == 0 {
        return Ok(changed);
    }
    let slower = u64::from(before.unsigned_abs()) * u64::from(speed.record_frames());
    let faster = u64::from(step.unsigned_abs()) * u64::from(clip.speed.record_frames());
    changed.ramp.stretch(faster, slower);
    check_ramp(&changed.ramp)?; // before it is measured
    Ok(up_to(clip, changed, (low, high)))
}

// | A:234567 | B |   ->   | A:2357 | B |        (faster and faster, with ripple)
fn with_ramp(clip: &Clip, ramp: &SpeedRamp, ripple: bool) -> Result<Clip, Refusal> {
    if clip.ramp == *ramp {
        return Err(Refusal::NoChange);
    }
    let step = clip.speed.source_frames();
    if step == 0 {
        let what = "a freeze frame has no speed ramp; set its speed first";
        return Err(Refusal::InvalidValue(what.into()));
    }
    check_ramp(ramp)?; // before it is measured
    let (low, high) = shown_frames(clip);
    let changed = clip.with_ramp(ramp.clone());
    if !ripple {
        return Ok(changed);
    }
    Ok(up_to(clip, changed, (low, high)))
}

/// A retimed clip, ended after the last of the source's frames from `low` to `high`. One that stands still at its end
/// never gets there, and keeps its length.
fn up_to(before: &Clip, mut changed: Clip, (low, high): (Frames, Frames)) -> Clip {
    let parts = i128::from(changed.parts());
    let start = changed.position(Frames::ZERO);
    let room = match changed.speed.source_frames() > 0 {
        true => (i128::from(high.0) + 1) * parts - 1 - start,
        false => start - i128::from(low.0) * parts,
    };
    let last = changed.frames_within(room, Frames::ZERO, 1);
    if last < Frames(i64::MAX) {
        changed.length = last.max(Frames::ZERO) + Frames::ONE;
    }
    for curve in &mut changed.look.curves {
        curve.stretch(before.length, changed.length);
    }
    changed.with_fades_that_fit()
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

fn group(project: &mut Project, clips: &[ClipId]) -> Result<(), Refusal> {
    let clips = project.with_linked(clips)?;
    if clips.len() < 2 {
        return Err(Refusal::NothingThere);
    }
    if members(project, &clips)? == clips && of_one_group(project, &clips) {
        return Err(Refusal::NoChange);
    }
    let group = GroupId(project.fresh_id());
    change_each(project, &clips, |clip| clip.selection_group = Some(group))
}

fn ungroup(project: &mut Project, clips: &[ClipId]) -> Result<(), Refusal> {
    let clips = members(project, clips)?;
    change_each(project, &clips, |clip| clip.selection_group = None)
}

/// All clips of the groups of these clips, sorted by id.
fn members(project: &Project, clips: &[ClipId]) -> Result<Vec<ClipId>, Refusal> {
    let mut all = Vec::new();
    for clip in clips {
        let (clip, ..) = project.clip(*clip).ok_or(Refusal::NoSuchClip(*clip))?;
        let group = clip.selection_group.into_iter();
        all.extend(group.flat_map(|group| project.index.selection_group(group)));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn of_one_group(project: &Project, clips: &[ClipId]) -> bool {
    let group = |clip: &ClipId| {
        project
            .clip(*clip)
            .and_then(|(clip, ..)| clip.selection_group)
    };
    clips
        .windows(2)
        .all(|pair| group(&pair[0]) == group(&pair[1]))
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
