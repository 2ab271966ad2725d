//! Edits of single cues on their tracks: added, moved, trimmed, split, joined, retyped and removed. No cue runs into its
//! neighbour, and no text is lost.

use std::sync::Arc;

use super::{NewCue, home_of, missing, place_of, put, ready, unlocked, with_range};
use crate::clip::Edge;
use crate::refusal::Refusal;
use crate::subtitle::{Cue, LONGEST_TEXT, SubtitleTrack, plain};
use crate::{CueId, FrameRange, Frames, Project, SubtitleTrackId};

pub(super) fn add(
    project: &mut Project,
    track: SubtitleTrackId,
    cue: &NewCue,
) -> Result<(), Refusal> {
    let place = place_of(project, track)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    cues.push(ready(project, cue));
    put(project, place, cues)
}

// | A |...| B |   ->   |..| A |.| B |
pub(super) fn move_cues(project: &mut Project, moved: &[CueId], by: Frames) -> Result<(), Refusal> {
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
pub(super) fn trim(
    project: &mut Project,
    id: CueId,
    edge: Edge,
    by: Frames,
) -> Result<(), Refusal> {
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
pub(super) fn split(project: &mut Project, id: CueId, at: Frames) -> Result<(), Refusal> {
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
pub(super) fn join(project: &mut Project, id: CueId) -> Result<(), Refusal> {
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

pub(super) fn retype(project: &mut Project, id: CueId, text: &str) -> Result<(), Refusal> {
    let (place, within) = home_of(project, id)?;
    let mut cues = unlocked(project, place)?.cues.clone();
    let cue = cues.get_mut(within).ok_or_else(missing)?;
    *cue = Arc::new(Cue {
        text: plain(text),
        ..Cue::clone(cue)
    });
    put(project, place, cues)
}

pub(super) fn remove(project: &mut Project, removed: &[CueId]) -> Result<(), Refusal> {
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
    use crate::edit::subtitles::SubtitleEdit;

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
