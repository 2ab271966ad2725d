//! The invariants of a project. Tests check them after every edit; opening a project checks them once.

use std::collections::BTreeSet;
use std::fmt;

use crate::edit::clip_check::{check_clip, check_kind};
use crate::edit::library::{check_character, check_medium, check_shot, check_title};
use crate::edit::mixing::check_mix;
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
pub fn check(project: &Project) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_library(project, &mut problems);
    for project in project.in_each_sequence() {
        for track in project.tracks() {
            check_track(&project, track, &mut problems);
        }
    }
    check_ids(project, &mut problems);
    check_shot_order(project, &mut problems);
    if project.index != Index::of(project) {
        problems.push(Problem {
            place: "the index".into(),
            what: "it does not match the project".into(),
        });
    }
    problems
}

fn check_library(project: &Project, problems: &mut Vec<Problem>) {
    let mut add = |place: String, checked: Result<(), crate::Refusal>| {
        problems.extend(checked.err().map(|what| Problem {
            place,
            what: what.to_string(),
        }));
    };
    for character in project.cast() {
        add(
            format!("the character {}", character.name),
            check_character(project, character),
        );
    }
    for shot in project.shots.iter().map(|found| found.value) {
        add(format!("the shot {}", shot.name), check_shot(project, shot));
    }
    for medium in project.media() {
        add(format!("the medium {}", medium.name), check_medium(medium));
    }
    add("the master".into(), project.master.check());
    for title in project.titles() {
        add(format!("the title \"{}\"", title.text), check_title(title));
    }
}

fn check_track(project: &Project, track: &Track, problems: &mut Vec<Problem>) {
    if let Err(what) = check_mix(project, track) {
        problems.push(Problem {
            place: format!("track {}", track.name),
            what: what.to_string(),
        });
    }
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
                    project.fits(track, placed.order, transition)
                });
                for checked in [
                    check_clip(project, clip),
                    check_kind(project, track.id, clip.source),
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

fn check_ids(project: &Project, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let sequences = project.sequences();
    let clips = project.all_tracks().flat_map(|track| track.clips());
    let clips = clips.map(|(clip, _)| clip.id.number());
    let library = project
        .cast()
        .map(|character| character.id.number())
        .chain(project.shots.iter().map(|found| found.key.number()));
    let more = project
        .media()
        .map(|medium| medium.id.number())
        .chain(project.titles().map(|title| title.id.number()));
    let markers_elsewhere = project.others.iter();
    let markers_elsewhere = markers_elsewhere.flat_map(|found| found.value.markers.iter());
    let markers = project.markers().map(|marker| marker.id.number());
    let rest = markers
        .chain(markers_elsewhere.map(|found| found.key.number()))
        .chain(project.all_tracks().map(|track| track.id.number()))
        // The first sequence has number 0, which nothing else can have.
        .chain(sequences.iter().map(|(id, _)| id.number()));
    for id in clips.chain(library).chain(more).chain(rest) {
        if id >= project.next_id || !seen.insert(id) {
            problems.push(Problem {
                place: format!("number {id}"),
                what: "it is given twice, or was never given".into(),
            });
        }
    }
}

fn check_shot_order(project: &Project, problems: &mut Vec<Problem>) {
    let mut sorted = Vec::clone(&project.shot_order);
    sorted.sort_unstable();
    let all = project.shots.iter().map(|found| found.key);
    if !all.eq(sorted) {
        problems.push(Problem {
            place: "the order of the shots".into(),
            what: "it does not name every shot once".into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::edit::library::Library;
    use crate::shot::{ModelLength, Shot};
    use crate::{Edit, FrameRate, ShotId};

    #[test]
    fn a_damaged_order_of_the_shots_is_a_problem() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot::new("a", "", length);
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        let sound = add.apply(&Project::default()).expect("added");
        assert_eq!(check(&sound), []);
        let [id] = sound.shot_order[..] else {
            panic!("one shot");
        };
        for order in [vec![], vec![id, id], vec![id, ShotId(999)]] {
            let mut damaged = sound.clone();
            damaged.shot_order = Arc::new(order);
            let places: Vec<String> = check(&damaged).into_iter().map(|one| one.place).collect();
            assert!(
                places.contains(&"the order of the shots".to_owned()),
                "{places:?}"
            );
        }
    }
}
