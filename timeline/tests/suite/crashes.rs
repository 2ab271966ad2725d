//! Failing disks and power cuts: afterwards the project is the old one or the new one, never a mixture.
//! `KINORA_POWER_CUTS` sets how many states after a power cut are opened.

use std::path::Path;

use crate::disk::{Fault, MemoryDisk, Plan};
use crate::random::{Dice, amendment, edit, first_project};
use kinora_timeline::file::{self, Access, Document};
use kinora_timeline::{Edit, Project};

const FOLDER: &str = "film.kinora";

fn open(disk: &MemoryDisk) -> Document<MemoryDisk> {
    Document::open(disk.clone(), Path::new(FOLDER), Access::Edit(None))
        .unwrap_or_else(|error| panic!("{error}\n{:?}", disk.files().keys()))
        .0
}

/// A project on a disk, with a few steps in its journal and a backup.
fn some_project() -> MemoryDisk {
    let disk = MemoryDisk::default();
    file::create(&disk, Path::new(FOLDER), &first_project()).expect("create");
    let mut document = open(&disk);
    let mut dice = Dice(1);
    for _ in 0..20 {
        document.apply(&edit(document.project(), &mut dice)).ok();
    }
    document.save(1000).expect("save");
    for _ in 0..10 {
        document.apply(&edit(document.project(), &mut dice)).ok();
    }
    disk
}

/// An edit that is not refused.
fn possible(project: &Project, dice: &mut Dice) -> Edit {
    loop {
        let edit = edit(project, dice);
        if edit.apply(project).is_ok() {
            return edit;
        }
    }
}

type Operation = fn(&mut Document<MemoryDisk>, &mut Dice) -> bool;

/// The project after an operation on a disk that works.
fn expected(disk: &MemoryDisk, operation: Operation, seed: u64) -> Project {
    let mut document = open(&disk.copy());
    assert!(operation(&mut document, &mut Dice(seed)));
    document.project().clone()
}

/// The operations; each returns whether it reported success.
const OPERATIONS: [(&str, Operation); 5] = [
    ("save", |document, _| document.save(2000).is_ok()),
    ("edit", |document, dice| {
        let edit = possible(document.project(), dice);
        document.apply(&edit).is_ok()
    }),
    ("undo", |document, _| document.undo().is_ok()),
    ("take", |document, dice| {
        let arrival = amendment(document.project(), dice);
        document.amend(&arrival).is_ok()
    }),
    ("first edit after a save", |document, dice| {
        let saved = document.save(2000).is_ok();
        let edit = possible(document.project(), dice);
        document.apply(&edit).is_ok() && saved
    }),
];

#[test]
fn every_failing_call_leaves_the_old_film_or_the_new_one() {
    let mut tried = 0;
    for (name, operation) in OPERATIONS {
        for fault in [Fault::Io, Fault::Full] {
            for for_good in [false, true] {
                for at in 0.. {
                    let disk = some_project().copy();
                    let mut document = open(&disk);
                    let before = document.project().clone();
                    disk.plan(Some(Plan {
                        at,
                        for_good,
                        fault,
                    }));
                    let done = operation(&mut document, &mut Dice(7));
                    let reached = disk.calls() > at;
                    disk.plan(None);
                    let after = document.project().clone();
                    let found = open(&disk);
                    // A step that failed to become durable may be found there, whole, without having been reported as
                    // done.
                    let new = expected(&some_project(), operation, 7);
                    let at_all = found.project() == &before || found.project() == &new;
                    assert!(
                        at_all,
                        "{name}, call {at} ({fault:?}): neither the old project nor the new one"
                    );
                    assert!(
                        !done || found.project() == &after,
                        "{name}, call {at} ({fault:?}): it said it was done"
                    );
                    // Editing continues once the disk works again.
                    let edit = possible(document.project(), &mut Dice(9));
                    document
                        .apply(&edit)
                        .unwrap_or_else(|error| panic!("{name}, call {at}: {error}"));
                    assert_eq!(
                        open(&disk).project(),
                        document.project(),
                        "{name}, call {at} ({fault:?})"
                    );
                    document.save(3000).expect("save");
                    assert_eq!(open(&disk).project(), document.project());
                    tried += 1;
                    if !reached {
                        break;
                    }
                }
            }
        }
    }
    println!("{tried} faults, 0 mixtures");
    assert!(tried > 60, "{tried}");
}

#[test]
fn making_a_film_fails_without_leaving_a_part_of_one() {
    for fault in [Fault::Io, Fault::Full] {
        for at in 0..4 {
            let disk = MemoryDisk::default();
            disk.plan(Some(Plan {
                at,
                for_good: true,
                fault,
            }));
            let made = file::create(&disk, Path::new(FOLDER), &first_project()).is_ok();
            disk.plan(None);
            let project = disk
                .files()
                .keys()
                .any(|name| name.ends_with("project.ron"));
            assert!(
                !made && (!project || open(&disk).project() == &first_project()),
                "call {at}"
            );
        }
    }
}

#[test]
fn after_a_power_cut_at_any_moment_the_film_opens_and_holds_all_that_was_done() {
    let cuts: u64 = std::env::var("KINORA_POWER_CUTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000);
    let mut opened = 0;
    for seed in 0.. {
        let mut dice = Dice(seed);
        let disk = some_project().copy();
        let mut document = open(&disk);
        let (name, operation) = OPERATIONS[dice.below(OPERATIONS.len() as u64) as usize];
        let before = document.project().clone();
        let (deed_seed, new) = (dice.next(), |seed| expected(&disk, operation, seed));
        let new = new(deed_seed);
        // The operation stops at a call, and there the power is cut.
        let at = dice.below(12) as usize;
        disk.plan(Some(Plan {
            at,
            for_good: true,
            fault: Fault::Full,
        }));
        let done = operation(&mut document, &mut Dice(deed_seed));
        for _ in 0..20 {
            let found = open(&disk.after_power_cut(&mut dice));
            let whole = found.project() == &before || found.project() == &new;
            assert!(
                whole,
                "seed {seed}, {name} stopped at call {at}: neither the old project nor the new one"
            );
            assert!(
                !done || found.project() == document.project(),
                "seed {seed}: what was done is lost"
            );
            opened += 1;
        }
        if opened >= cuts {
            println!("{opened} states after a power cut, 0 unopenable");
            return;
        }
    }
}
