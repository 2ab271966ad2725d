//! Edits of subtitles: tracks are added, named, switched and shifted; cues are added, moved, trimmed, split, joined,
//! retyped and removed.

mod cues;
mod tracks;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::Edge;
use crate::refusal::Refusal;
use crate::stored::is_default;
use crate::subtitle::{Cue, SubtitleTrack, is_language_tag, plain};
use crate::{CueId, FrameRange, Frames, Project, SubtitleTrackId};

/// A cue to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCue {
    /// Its frames.
    pub range: FrameRange,
    /// Its text; [`plain`] is applied to it.
    pub text: String,
}

/// Edits of subtitles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubtitleEdit {
    /// Adds a track above the others, with these cues.
    AddTrack {
        /// Its name; empty for a default such as "Subtitles 2".
        name: String,
        /// Its language as a BCP 47 tag; empty if it is not known.
        language: String,
        /// In any order, without overlap.
        #[serde(default, skip_serializing_if = "is_default")]
        cues: Vec<NewCue>,
    },
    /// Removes a track with its cues.
    RemoveTrack(SubtitleTrackId),
    /// Gives a track another name and another language.
    NameTrack {
        /// The track.
        track: SubtitleTrackId,
        /// Its new name.
        name: String,
        /// Its new language tag.
        language: String,
    },
    /// Locks or unlocks a track.
    Lock(SubtitleTrackId, bool),
    /// Hides or shows a track.
    Hide(SubtitleTrackId, bool),
    /// Locks or unlocks the sync of a track: whether it moves along with ripple edits of clips.
    SyncLock(SubtitleTrackId, bool),
    /// Moves all cues of a track.
    ShiftAll {
        /// The track.
        track: SubtitleTrackId,
        /// The distance to the right.
        by: Frames,
    },
    /// Adds a cue where nothing is.
    Add {
        /// The track.
        track: SubtitleTrackId,
        /// The cue.
        cue: NewCue,
    },
    /// Moves cues on their tracks.
    Move {
        /// The cues.
        cues: Vec<CueId>,
        /// The distance to the right.
        by: Frames,
    },
    /// Moves an edge of a cue.
    Trim {
        /// The cue.
        cue: CueId,
        /// The edge.
        edge: Edge,
        /// The distance to the right.
        by: Frames,
    },
    /// Splits a cue at a frame. Its lines are divided; of one line the words.
    Split {
        /// The cue.
        cue: CueId,
        /// The first frame of its second part.
        at: Frames,
    },
    /// Joins a cue with the next one of its track, over the gap between them.
    Join(CueId),
    /// Gives a cue another text.
    Retype {
        /// The cue.
        cue: CueId,
        /// Its new text; [`plain`] is applied to it.
        text: String,
    },
    /// Removes cues.
    Remove(Vec<CueId>),
}

impl SubtitleEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AddTrack { .. } => "add subtitle track",
            Self::RemoveTrack(_) => "remove subtitle track",
            Self::NameTrack { .. } => "name subtitle track",
            Self::Lock(_, true) => "lock subtitle track",
            Self::Lock(..) => "unlock subtitle track",
            Self::Hide(_, true) => "hide subtitle track",
            Self::Hide(..) => "show subtitle track",
            Self::SyncLock(_, true) => "lock sync of subtitles",
            Self::SyncLock(..) => "unlock sync of subtitles",
            Self::ShiftAll { .. } => "shift all subtitles",
            Self::Add { .. } => "add subtitle",
            Self::Move { .. } => "move subtitle",
            Self::Trim { .. } => "trim subtitle",
            Self::Split { .. } => "split subtitle",
            Self::Join(_) => "join subtitles",
            Self::Retype { .. } => "retype subtitle",
            Self::Remove(_) => "remove subtitle",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::AddTrack {
                name,
                language,
                cues,
            } => tracks::add_track(project, name, language, cues),
            Self::RemoveTrack(track) => {
                let place = place_of(project, *track)?;
                unlocked(project, place)?;
                project.subtitles.remove(place);
                Ok(())
            }
            Self::NameTrack {
                track,
                name,
                language,
            } => tracks::switch(project, *track, |track| {
                track.name = name.trim().into();
                track.language = language.trim().into();
            }),
            Self::Lock(track, locked) => {
                tracks::switch(project, *track, |track| track.locked = *locked)
            }
            Self::Hide(track, hidden) => {
                tracks::switch(project, *track, |track| track.hidden = *hidden)
            }
            Self::SyncLock(track, locked) => {
                tracks::switch(project, *track, |track| track.sync_locked = *locked)
            }
            Self::ShiftAll { track, by } => tracks::shift_all(project, *track, *by),
            Self::Add { track, cue } => cues::add(project, *track, cue),
            Self::Move { cues, by } => cues::move_cues(project, cues, *by),
            Self::Trim { cue, edge, by } => cues::trim(project, *cue, *edge, *by),
            Self::Split { cue, at } => cues::split(project, *cue, *at),
            Self::Join(cue) => cues::join(project, *cue),
            Self::Retype { cue, text } => cues::retype(project, *cue, text),
            Self::Remove(cues) => cues::remove(project, cues),
        }
    }
}

/// What is wrong with a track that was read from a file: places and sentences.
pub(crate) fn check_track(track: &SubtitleTrack) -> impl Iterator<Item = (String, String)> {
    let named = check_names(track).err().map(|what| (Frames::ZERO, what));
    let ends = [Frames::ZERO].into_iter();
    let ends = ends.chain(track.cues.iter().map(|cue| cue.range.end()));
    let cues = track.cues.iter().zip(ends).filter_map(|(cue, end)| {
        let refused = check_cue(cue.range, &cue.text).err();
        let refused = refused.or_else(|| {
            let overlaps = cue.range.start < end;
            overlaps.then_some(Refusal::CueInTheWay { room: Frames::ZERO })
        });
        Some((cue.range.start, refused?))
    });
    let name = Arc::clone(&track.name);
    let all = named.into_iter().chain(cues);
    all.map(move |(at, what)| {
        (
            format!("subtitle track {name}, frame {}", at.0),
            what.to_string(),
        )
    })
}

fn check_names(track: &SubtitleTrack) -> Result<(), Refusal> {
    if track.name.trim().is_empty() {
        return Err(Refusal::InvalidValue("a track needs a name".into()));
    }
    if !is_language_tag(&track.language) {
        let what = format!(
            "\"{}\" is no language tag: write one such as en or pt-BR, or none",
            track.language
        );
        return Err(Refusal::InvalidValue(what));
    }
    Ok(())
}

fn check_cue(range: FrameRange, text: &str) -> Result<(), Refusal> {
    if range.start < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -range.start });
    }
    if range.length < Frames::ONE {
        let what = "a subtitle needs at least one frame";
        return Err(Refusal::InvalidValue(what.into()));
    }
    if text.is_empty() || plain(text) != text {
        let what = "a subtitle needs a text, without empty lines and tags";
        return Err(Refusal::InvalidValue(what.into()));
    }
    Ok(())
}

fn missing() -> Refusal {
    Refusal::NoSuch { what: "subtitle" }
}

fn place_of(project: &Project, track: SubtitleTrackId) -> Result<usize, Refusal> {
    let mut tracks = project.subtitles.iter();
    let place = tracks.position(|known| known.id == track);
    place.ok_or(Refusal::NoSuchTrack)
}

/// The track at a place; refused if it is locked.
fn unlocked(project: &Project, place: usize) -> Result<&Arc<SubtitleTrack>, Refusal> {
    let track = project.subtitles.get(place).ok_or(Refusal::NoSuchTrack)?;
    match track.locked {
        true => Err(Refusal::Locked {
            track: Arc::clone(&track.name),
        }),
        false => Ok(track),
    }
}

/// The place of a cue's track, which is not locked, and its place within the track.
fn home_of(project: &Project, cue: CueId) -> Result<(usize, usize), Refusal> {
    let mut tracks = project.subtitles.iter().enumerate();
    let home = tracks.find_map(|(place, track)| {
        let within = track.cues.iter().position(|known| known.id == cue)?;
        Some((place, within))
    });
    let home = home.ok_or_else(missing)?;
    unlocked(project, home.0)?;
    Ok(home)
}

/// Gives a track these cues, in any order.
fn put(project: &mut Project, place: usize, mut cues: Vec<Arc<Cue>>) -> Result<(), Refusal> {
    cues.sort_by_key(|cue| cue.range.start);
    for cue in &cues {
        check_cue(cue.range, &cue.text)?;
    }
    let overlap = cues.windows(2).find_map(|pair| match pair {
        [one, next] => Some(next.range.start - one.range.end()).filter(|room| *room < Frames::ZERO),
        _ => None,
    });
    if overlap.is_some() {
        return Err(Refusal::CueInTheWay { room: Frames::ZERO });
    }
    let track = project
        .subtitles
        .get_mut(place)
        .ok_or(Refusal::NoSuchTrack)?;
    if track.cues == cues {
        return Err(Refusal::NoChange);
    }
    Arc::make_mut(track).cues = cues;
    Ok(())
}

/// A new cue with its id.
fn ready(project: &mut Project, cue: &NewCue) -> Arc<Cue> {
    Arc::new(Cue {
        id: CueId(project.fresh_id()),
        range: cue.range,
        text: plain(&cue.text),
    })
}

fn with_range(cue: &Cue, range: FrameRange) -> Arc<Cue> {
    Arc::new(Cue {
        range,
        ..cue.clone()
    })
}
