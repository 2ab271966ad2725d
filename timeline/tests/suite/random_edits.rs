//! Any sequence of edits keeps the invariants of a project, and undo, redo, saving and the journal restore it
//! exactly. `KINORA_EDITS` sets how many edits are tried; `cargo xtask test --soak` tries a million.

use std::collections::BTreeMap;
use std::path::Path;

use crate::disk::MemoryDisk;
use crate::random::{Dice, amendment, edit, first_project, opening};
use kinora_timeline::check::check;
use kinora_timeline::edit::library::Library;
use kinora_timeline::file::{self, Access, Document};
use kinora_timeline::{Amendment, Edit, History, Project, ShotId, otio};

/// Edits of one project before it is undone to its beginning.
const SEQUENCE: usize = 250;

fn edits_to_try() -> usize {
    std::env::var("KINORA_EDITS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(6_000)
}

#[test]
fn any_sequence_of_edits_keeps_the_film_sound_and_can_be_undone_and_redone() {
    let (mut tried, mut done) = (0, 0);
    for seed in 0.. {
        let mut dice = Dice(seed);
        let first = first_project();
        let mut history = History::of(first.clone());
        for number in 0..SEQUENCE {
            if dice.below(20) == 0 {
                history.amend(&opening(history.project(), &mut dice));
            }
            let edit = edit(history.project(), &mut dice);
            let before = history.project().clone();
            match history.apply(&edit) {
                Ok(_) => {
                    let problems = check(history.project());
                    assert!(
                        problems.is_empty(),
                        "seed {seed}, edit {number}: {edit:?}\n{problems:?}"
                    );
                    done += 1;
                }
                Err(refusal) => {
                    assert_eq!(
                        history.project(),
                        &before,
                        "a refused edit changed something"
                    );
                    let sentence = refusal.to_string();
                    assert!(
                        !sentence.is_empty() && !sentence.ends_with('.'),
                        "{sentence}"
                    );
                }
            }
            tried += 1;
        }
        let last = history.project().clone();
        let steps = history.past().count();
        while history.undo().is_some() {}
        assert_eq!(
            history.project().fingerprint(),
            first.fingerprint(),
            "seed {seed}: undo of all"
        );
        for _ in 0..steps {
            history.redo().expect("a step");
        }
        assert_eq!(
            history.project().fingerprint(),
            last.fingerprint(),
            "seed {seed}: redo of all"
        );
        assert_text_brings_back(&last);
        assert_otio_brings_back(&last);
        if tried >= edits_to_try() {
            println!(
                "{tried} edits tried, {done} done, {} refused, 0 differences; last seed {seed}",
                tried - done
            );
            assert!(
                done * 4 > tried,
                "too many edits are refused to mean anything: {done} of {tried}"
            );
            return;
        }
    }
}

fn assert_text_brings_back(project: &Project) {
    let text = file::to_text(project).expect("text");
    let again =
        file::from_text(&text, Path::new("project.ron")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(&again, project);
    assert_eq!(again.fingerprint(), project.fingerprint());
}

fn assert_otio_brings_back(project: &Project) {
    let (text, _) = otio::write(project, "film", &otio::ProjectAddresses::default());
    let again = otio::read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.losses, []);
    assert_eq!(
        file::to_text(&again.project).expect("text"),
        file::to_text(project).expect("text")
    );
}

#[test]
fn the_shots_are_in_the_order_that_the_edits_gave_them() {
    let ids = |project: &Project| -> Vec<ShotId> { project.shots().map(|shot| shot.id).collect() };
    let mut moved = 0;
    for seed in 0..20 {
        let mut dice = Dice(seed ^ 0x0de2);
        let mut project = first_project();
        let mut order = ids(&project);
        for number in 0..SEQUENCE {
            let edit = edit(&project, &mut dice);
            let Ok(after) = edit.apply(&project) else {
                continue;
            };
            match &edit {
                Edit::Library(Library::AddShot(_)) => order.extend(ids(&after).into_iter().max()),
                Edit::Library(Library::RemoveShot(id)) => order.retain(|shot| shot != id),
                Edit::Library(Library::MoveShot { shot, before }) => {
                    order.retain(|other| other != shot);
                    let place = order.iter().position(|other| Some(*other) == *before);
                    order.insert(place.unwrap_or(order.len()), *shot);
                    moved += 1;
                }
                _ => {}
            }
            assert_eq!(ids(&after), order, "seed {seed}, edit {number}: {edit:?}");
            project = after;
        }
    }
    assert!(moved > 0, "no shot was moved");
}

#[test]
fn takes_that_arrive_between_edits_are_in_every_version_and_keep_it_valid() {
    for seed in 0..40 {
        let mut dice = Dice(seed ^ 0xa117);
        let mut history = History::of(first_project());
        let mut first_takes = BTreeMap::new();
        for _ in 0..SEQUENCE {
            match dice.below(6) {
                0 => drop(history.undo()),
                1 => drop(history.redo()),
                2 => {
                    let future: Vec<String> = history.future().map(str::to_owned).collect();
                    let arrival = amendment(history.project(), &mut dice);
                    history.amend(&arrival);
                    assert!(history.future().eq(future.iter().map(String::as_str)));
                    if let Amendment::FirstTake { shot, take } = arrival {
                        first_takes.entry(shot).or_insert(take);
                    }
                }
                _ => {
                    let edit = edit(history.project(), &mut dice);
                    history.apply(&edit).ok();
                }
            }
            let problems = check(history.project());
            assert!(problems.is_empty(), "seed {seed}: {problems:?}");
        }
        while history.undo().is_some() {}
        for shot in history.project().shots() {
            let arrived = first_takes.contains_key(&shot.id);
            assert!(
                !arrived || shot.chosen.is_some(),
                "seed {seed}, {}",
                shot.name
            );
        }
    }
}

#[test]
fn the_journal_brings_back_what_was_not_saved() {
    let folder = Path::new("film.kinora");
    for seed in 0..(edits_to_try() / 300).clamp(10, 500) as u64 {
        let mut dice = Dice(seed ^ 0xfeed);
        let disk = MemoryDisk::default();
        file::create(&disk, folder, &first_project()).expect("create");
        let open = || Document::open(disk.clone(), folder, Access::Edit(None)).expect("open");
        let (mut document, _) = open();
        for number in 0..120 {
            match dice.below(12) {
                0 => drop(document.undo().expect("undo")),
                1 => drop(document.redo().expect("redo")),
                4 => {
                    let amendment = amendment(document.project(), &mut dice);
                    document.amend(&amendment).expect("amended");
                }
                2 if dice.below(8) == 0 => document.save(number).expect("save"),
                3 if dice.below(4) == 0 => {
                    let before = document.project().clone();
                    (document, _) = open();
                    assert_eq!(document.project(), &before, "seed {seed}, after {number}");
                }
                _ => {
                    let edit = edit(document.project(), &mut dice);
                    document.apply(&edit).ok();
                }
            }
        }
        assert_eq!(open().0.project(), document.project(), "seed {seed}");
        document.save(1).expect("save");
        let (again, recovered) = open();
        assert_eq!((again.project(), recovered.steps), (document.project(), 0));
    }
}
