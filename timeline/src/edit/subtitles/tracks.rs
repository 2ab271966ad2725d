//! Edits of whole subtitle tracks: added with their cues, changed in a property, shifted. Locked ones can still be named,
//! hidden and unlocked.

use std::sync::Arc;

use super::{NewCue, check_names, place_of, put, ready, unlocked, with_range};
use crate::refusal::Refusal;
use crate::subtitle::SubtitleTrack;
use crate::{Frames, Project, SubtitleTrackId};

/// Changes a property of a track, locked or not.
pub(super) fn switch(
    project: &mut Project,
    track: SubtitleTrackId,
    change: impl FnOnce(&mut SubtitleTrack),
) -> Result<(), Refusal> {
    let place = place_of(project, track)?;
    let known = project
        .subtitles
        .get_mut(place)
        .ok_or(Refusal::NoSuchTrack)?;
    let mut changed = SubtitleTrack::clone(known);
    change(&mut changed);
    check_names(&changed)?;
    if changed == **known {
        return Err(Refusal::NoChange);
    }
    *known = Arc::new(changed);
    Ok(())
}

pub(super) fn add_track(
    project: &mut Project,
    name: &str,
    language: &str,
    cues: &[NewCue],
) -> Result<(), Refusal> {
    let number = project.subtitles.len() + 1;
    let name = match (name.trim(), number) {
        ("", 1) => "Subtitles".to_owned(),
        ("", _) => format!("Subtitles {number}"),
        (name, _) => name.to_owned(),
    };
    let id = SubtitleTrackId(project.fresh_id());
    let track = SubtitleTrack::new(id, &name, language.trim());
    check_names(&track)?;
    project.subtitles.push(Arc::new(track));
    if cues.is_empty() {
        return Ok(());
    }
    let cues = cues.iter().map(|cue| ready(project, cue)).collect();
    put(project, number - 1, cues)
}

// |  A  | B |   ->   |....|  A  | B |
pub(super) fn shift_all(
    project: &mut Project,
    track: SubtitleTrackId,
    by: Frames,
) -> Result<(), Refusal> {
    let place = place_of(project, track)?;
    let cues = unlocked(project, place)?.cues.iter();
    let cues = cues.map(|cue| with_range(cue, cue.range.moved(by)));
    let cues = cues.collect();
    put(project, place, cues)
}
