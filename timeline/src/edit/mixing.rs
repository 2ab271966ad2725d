//! Edits of the mixer: the numbers of tracks and of the master, and which track ducks which.

use serde::{Deserialize, Serialize};

use super::tracks::change;
use crate::mixing::{MasterMix, MasterSetting, TrackMix, TrackSetting};
use crate::refusal::Refusal;
use crate::track::{Track, TrackKind};
use crate::{Project, TrackId};

/// Edits of the mixer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MixEdit {
    /// Sets a number of an audio track.
    Set {
        /// The track.
        track: TrackId,
        /// The number.
        setting: TrackSetting,
        /// Its new value.
        value: f32,
    },
    /// Sets the track that ducks an audio track; none ends it.
    DuckBy {
        /// The track that becomes quieter.
        track: TrackId,
        /// The audio track that makes it so.
        key: Option<TrackId>,
    },
    /// Sets a number of the master.
    SetMaster {
        /// The number.
        setting: MasterSetting,
        /// Its new value.
        value: f32,
    },
    /// Turns the limiter of the master on or off.
    Limit(bool),
}

impl MixEdit {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Set { setting, .. } => {
                format!("change {}", setting.number().name.to_lowercase())
            }
            Self::DuckBy { .. } => "change ducking".into(),
            Self::SetMaster { setting, .. } => {
                format!("change master {}", setting.number().name.to_lowercase())
            }
            Self::Limit(true) => "limit".into(),
            Self::Limit(false) => "turn limiter off".into(),
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match *self {
            Self::Set {
                track,
                setting,
                value,
            } => change_mix(project, track, |mix| {
                *(setting.number().get_mut)(mix) = value;
            }),
            Self::DuckBy { track, key } => change_mix(project, track, |mix| mix.ducking.key = key),
            Self::SetMaster { setting, value } => {
                let mut master = project.master;
                *(setting.number().get_mut)(&mut master) = value;
                master.check()?;
                replace_master(project, master)
            }
            Self::Limit(is_on) => {
                let mut master = project.master;
                master.limiter.is_on = is_on;
                replace_master(project, master)
            }
        }
    }
}

fn replace_master(project: &mut Project, master: MasterMix) -> Result<(), Refusal> {
    if master == project.master {
        return Err(Refusal::NoChange);
    }
    project.master = master;
    Ok(())
}

fn change_mix(
    project: &mut Project,
    id: TrackId,
    make: impl FnOnce(&mut TrackMix),
) -> Result<(), Refusal> {
    let track = project.track(id).ok_or(Refusal::NoSuchTrack)?;
    let mut mix = track.mix;
    make(&mut mix);
    let changed = Track {
        mix,
        ..Track::clone(track)
    };
    check_mix(project, &changed)?;
    change(project, id, |track| track.mix = mix)
}

/// Fails if a track of the open sequence cannot be mixed so.
pub(crate) fn check_mix(project: &Project, track: &Track) -> Result<(), Refusal> {
    let invalid = |what: &str| Err(Refusal::InvalidValue(what.into()));
    if track.kind == TrackKind::Video {
        return match track.mix == TrackMix::default() {
            true => Ok(()),
            false => invalid("a video track has no sound to mix"),
        };
    }
    track.mix.check()?;
    let Some(key) = track.mix.ducking.key else {
        return Ok(());
    };
    if key == track.id {
        return invalid("a track cannot duck itself");
    }
    let known = project.track(key).ok_or(Refusal::NoSuchTrack)?;
    match known.kind {
        TrackKind::Audio => Ok(()),
        TrackKind::Video => invalid("only an audio track can duck another one"),
    }
}
