//! Subtitle tracks and their cues: added, moved, trimmed, split, joined, retyped and removed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::Edge;
use crate::refusal::Refusal;
use crate::stored::is_default;
use crate::subtitle::{Cue, LONGEST_TEXT, SubtitleTrack, is_language_tag, plain};
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
            } => add_track(project, name, language, cues),
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
            } => switch(project, *track, |track| {
                track.name = name.trim().into();
                track.language = language.trim().into();
            }),
            Self::Lock(track, locked) => switch(project, *track, |track| track.locked = *locked),
            Self::Hide(track, hidden) => switch(project, *track, |track| track.hidden = *hidden),
            Self::SyncLock(track, locked) => {
                switch(project, *track, |track| track.sync_locked = *locked)
            }
            Self::ShiftAll { track, by } => shift_all(project, *track, *by),
            Self::Add { track, cue } => add(project, *track, cue),
            Self::Move { cues, by } => move_cues(project, cues, *by),
            Self::Trim { cue, edge, by } => trim(project, *cue, *edge, *by),
            Self::Split { cue, at } => split(project, *cue, *at),
            Self::Join(cue) => join(project, *cue),
            Self::Retype { cue, text } => retype(project, *cue, text),
            Self::Remove(cues) => remove(project, cues),
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

/// Changes a property of a track, locked or not.
fn switch(
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

fn add_track(
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

/// A new cue with its id.
fn ready(project: &mut Project, cue: &NewCue) -> Arc<Cue> {
    Arc::new(Cue {
        id: CueId(project.fresh_id()),
        range: cue.range,
        text: plain(&cue.text),
    })
}

// |  A  | B |   ->   |....|  A  | B |
fn shift_all(project: &mut Project, track: SubtitleTrackId, by: Frames) -> Result<(), Refusal> {
    let place = place_of(project, track)?;
    let cues = unlocked(project, place)?.cues.iter();
    let cues = cues.map(|cue| with_range(cue, cue.range.moved(by)));
    let cues = cues.collect();
    put(project, place, cues)
}

fn with_range(cue: &Cue, range: FrameRange) -> Arc<Cue> {
    Arc::new(Cue {
        range,
        ..cue.clone()
    })
}

fn add(project: &mut Project, track: SubtitleTrackId, cue: &NewCue) -> Result<(), Refusal> {
    let place = place_of(project, track)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    cues.push(ready(project, cue));
    put(project, place, cues)
}

// | A |...| B |   ->   |..| A |.| B |
fn move_cues(project: &mut Project, moved: &[CueId], by: Frames) -> Result<(), Refusal> {
    let mut homes = Vec::new();
    for cue in moved {
        homes.push(home_of(project, *cue)?.0);
    }
    homes.sort_unstable();
    homes.dedup();
    if homes.is_empty() {
        return Err(missing());
    }
    for place in homes {
        let track = unlocked(project, place)?;
        let room = room_to_move(track, moved, by);
        if room < by.0.saturating_abs() {
            return Err(Refusal::CueInTheWay { room: Frames(room) });
        }
        let cues = track.cues.iter().map(|cue| match moved.contains(&cue.id) {
            true => with_range(cue, cue.range.moved(by)),
            false => Arc::clone(cue),
        });
        let cues = cues.collect();
        put(project, place, cues)?;
    }
    Ok(())
}

/// How far these cues of a track can go in the direction of `by` before another one is in the way, in frames. The start of
/// the timeline is not a cue.
fn room_to_move(track: &SubtitleTrack, moved: &[CueId], by: Frames) -> i64 {
    let is_moved = |cue: &Cue| moved.contains(&cue.id);
    let gaps = track.cues.windows(2).filter_map(|pair| {
        let [one, next] = pair else { return None };
        let goes = match by > Frames::ZERO {
            true => is_moved(one) && !is_moved(next),
            false => !is_moved(one) && is_moved(next),
        };
        goes.then_some((next.range.start - one.range.end()).0)
    });
    gaps.min().unwrap_or(i64::MAX)
}

// | A |...| B |   ->   | A   |.| B |
fn trim(project: &mut Project, id: CueId, edge: Edge, by: Frames) -> Result<(), Refusal> {
    let (place, within) = home_of(project, id)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    let cue = cues.get(within).ok_or_else(missing)?;
    let range = match edge {
        Edge::Head => FrameRange::between(cue.range.start + by, cue.range.end()),
        Edge::Tail => FrameRange::between(cue.range.start, cue.range.end() + by),
    };
    if range.length < Frames::ONE {
        let what = "nothing would be left of the subtitle";
        return Err(Refusal::InvalidValue(what.into()));
    }
    let before = within.checked_sub(1).and_then(|place| cues.get(place));
    let room = match edge {
        Edge::Head => before.map(|before| (cue.range.start - before.range.end(), -by)),
        Edge::Tail => cues
            .get(within + 1)
            .map(|after| (after.range.start - cue.range.end(), by)),
    };
    if let Some((room, needed)) = room
        && needed > room
    {
        return Err(Refusal::CueInTheWay { room });
    }
    let trimmed = with_range(cue, range);
    if let Some(cue) = cues.get_mut(within) {
        *cue = trimmed;
    }
    put(project, place, cues)
}

// |   A   |   ->   | A | A |
fn split(project: &mut Project, id: CueId, at: Frames) -> Result<(), Refusal> {
    let (place, within) = home_of(project, id)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    let cue = cues.get(within).ok_or_else(missing)?;
    if at <= cue.range.start || at >= cue.range.end() {
        let what = "there is no subtitle to split here";
        return Err(Refusal::InvalidValue(what.into()));
    }
    let share = (at - cue.range.start).0 as f64 / cue.range.length.0 as f64;
    let (left, right) = divided(&cue.text, share);
    let first = Arc::new(Cue {
        range: FrameRange::between(cue.range.start, at),
        text: left,
        ..Cue::clone(cue)
    });
    let second = NewCue {
        range: FrameRange::between(at, cue.range.end()),
        text: right,
    };
    if let Some(cue) = cues.get_mut(within) {
        *cue = first;
    }
    cues.insert(within + 1, ready(project, &second));
    put(project, place, cues)
}

/// A text in two parts, of which the first has about this share of its characters: divided between two lines, or between
/// two words of one line. Both parts have all of a single word.
fn divided(text: &str, share: f64) -> (String, String) {
    let by = match text.contains('\n') {
        true => '\n',
        false => ' ',
    };
    let length = text.chars().count() as f64;
    let places = text.char_indices().enumerate();
    let places = places.filter(|(_, (_, one))| *one == by);
    let off = |number: usize| (number as f64 / length - share).abs();
    let nearest = places.min_by(|(one, _), (other, _)| off(*one).total_cmp(&off(*other)));
    let parts = nearest.and_then(|(_, (at, _))| text.split_at_checked(at));
    let parts = parts.map(|(left, right)| (plain(left), plain(right)));
    let whole = parts.filter(|(left, right)| !left.is_empty() && !right.is_empty());
    whole.unwrap_or_else(|| (text.to_owned(), text.to_owned()))
}

// | A |..| B |   ->   |    A B    |
fn join(project: &mut Project, id: CueId) -> Result<(), Refusal> {
    let (place, within) = home_of(project, id)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    let (Some(cue), Some(next)) = (cues.get(within), cues.get(within + 1)) else {
        let what = "there is no subtitle after this one";
        return Err(Refusal::InvalidValue(what.into()));
    };
    let text = match cue.text == next.text {
        true => cue.text.clone(), // the two halves of a single word
        false => format!("{}\n{}", cue.text, next.text),
    };
    if text.chars().count() > LONGEST_TEXT {
        let what = format!("the text of both is longer than {LONGEST_TEXT} characters");
        return Err(Refusal::InvalidValue(what));
    }
    let text = plain(&text);
    let joined = Arc::new(Cue {
        range: FrameRange::between(cue.range.start, next.range.end()),
        text,
        ..Cue::clone(cue)
    });
    cues.remove(within + 1);
    if let Some(cue) = cues.get_mut(within) {
        *cue = joined;
    }
    put(project, place, cues)
}

fn retype(project: &mut Project, id: CueId, text: &str) -> Result<(), Refusal> {
    let (place, within) = home_of(project, id)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    let cue = cues.get_mut(within).ok_or_else(missing)?;
    *cue = Arc::new(Cue {
        text: plain(text),
        ..Cue::clone(cue)
    });
    put(project, place, cues)
}

fn remove(project: &mut Project, removed: &[CueId]) -> Result<(), Refusal> {
    if removed.is_empty() {
        return Err(missing());
    }
    for cue in removed {
        // One that is named twice is gone by then, and refuses the edit.
        let (place, within) = home_of(project, *cue)?;
        let mut cues = unlocked(project, place)?.cues.clone();
        cues.remove(within);
        put(project, place, cues)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_divided_between_lines_or_words() {
        let parts = |text: &str, share| divided(text, share);
        let two = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        assert_eq!(
            parts("Where are you?\nI am here.", 0.2),
            two("Where are you?", "I am here.")
        );
        assert_eq!(
            parts("one two three four", 0.5),
            two("one two", "three four")
        );
        assert_eq!(parts("Wait", 0.5), two("Wait", "Wait"));
        assert_eq!(parts("été à la mer", 0.9), two("été à la", "mer"));
    }

    #[test]
    fn subtitles_are_not_joined_where_text_would_be_lost() {
        let joined = |length: usize| -> Result<usize, Refusal> {
            let cue = |start: i64, sign: &str| NewCue {
                range: FrameRange::between(Frames(start), Frames(start + 10)),
                text: sign.repeat(length),
            };
            let add = SubtitleEdit::AddTrack {
                name: String::new(),
                language: String::new(),
                cues: vec![cue(0, "a"), cue(10, "b")],
            };
            let mut project = Project::default();
            add.apply(&mut project).expect("added");
            let first = project.subtitles[0].cues[0].id;
            SubtitleEdit::Join(first).apply(&mut project)?;
            Ok(project.subtitles[0].cues[0].text.chars().count())
        };
        assert_eq!(joined(400), Ok(801));
        assert!(matches!(joined(600), Err(Refusal::InvalidValue(_))));
    }
}
