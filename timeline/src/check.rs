//! The invariants of a project. Tests check them after every edit; opening a project checks them once.

use std::collections::BTreeSet;
use std::fmt;

use crate::edit::clip_check::{check_clip, check_kind};
use crate::edit::library::{check_character, check_medium, check_shot, check_title};
use crate::index::Index;
use crate::track::Item;
use crate::tree::Spans as _;
use crate::{Frames, Project, Track};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: "track V1, frame 48", "the shot Arrival".
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All problems of a project; empty for every project made by edits.
pub fn check(film: &Project) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_library(film, &mut problems);
    for track in film.tracks() {
        check_track(film, track, &mut problems);
    }
    check_ids(film, &mut problems);
    if film.index != Index::of(film) {
        problems.push(Problem {
            place: "the index".into(),
            what: "it does not say what the film is".into(),
        });
    }
    problems
}

fn check_library(film: &Project, problems: &mut Vec<Problem>) {
    let mut add = |place: String, checked: Result<(), crate::Refusal>| {
        problems.extend(checked.err().map(|what| Problem {
            place,
            what: what.to_string(),
        }));
    };
    for character in film.cast() {
        add(
            format!("the character {}", character.name),
            check_character(film, character),
        );
    }
    for shot in film.shots() {
        add(format!("the shot {}", shot.name), check_shot(film, shot));
    }
    for medium in film.media() {
        add(format!("the medium {}", medium.name), check_medium(medium));
    }
    for title in film.titles() {
        add(format!("the title \"{}\"", title.text), check_title(title));
    }
}

fn check_track(film: &Project, track: &Track, problems: &mut Vec<Problem>) {
    let mut last_was_gap = false;
    for placed in track.items() {
        let mut add = |what: String| {
            problems.push(Problem {
                place: format!("track {}, frame {}", track.name, placed.range.start.0),
                what,
            });
        };
        if placed.item.span() < 1 {
            add("an item of no length".into());
        }
        match placed.item {
            Item::Gap(_) => {
                if last_was_gap {
                    add("two gaps side by side".into());
                }
                if placed.range.end() == track.end() {
                    add("a gap at the end".into());
                }
            }
            Item::Clip(clip) => {
                let transition = clip.transition.map_or(Ok(()), |transition| {
                    if transition.before < Frames::ZERO || transition.after < Frames::ZERO {
                        return Err(crate::Refusal::TransitionTooLong);
                    }
                    film.fits(track, placed.order, transition)
                });
                for checked in [
                    check_clip(film, clip),
                    check_kind(film, track.id, clip.source),
                    transition,
                ] {
                    checked
                        .err()
                        .into_iter()
                        .for_each(|what| add(what.to_string()));
                }
            }
        }
        last_was_gap = placed.clip().is_none();
    }
}

fn check_ids(film: &Project, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let clips = film
        .tracks()
        .iter()
        .flat_map(|track| track.clips())
        .map(|(clip, _)| clip.id.number());
    let library = film
        .cast()
        .map(|character| character.id.number())
        .chain(film.shots().map(|shot| shot.id.number()));
    let more = film
        .media()
        .map(|medium| medium.id.number())
        .chain(film.titles().map(|title| title.id.number()));
    let rest = film
        .markers()
        .map(|marker| marker.id.number())
        .chain(film.tracks().iter().map(|track| track.id.number()));
    for id in clips.chain(library).chain(more).chain(rest) {
        if id >= film.next_id || !seen.insert(id) {
            problems.push(Problem {
                place: format!("number {id}"),
                what: "it is given twice, or was never given".into(),
            });
        }
    }
}
