//! Damaged and hostile input: every reader quickly returns an error or a valid result. `KINORA_MUTATIONS` sets how
//! many inputs each reader gets. Any refusal passes, by design.

use std::path::Path;
use std::time::Instant;

use crate::disk::MemoryDisk;
use crate::random::{Dice, edit, first_project};
use kinora_timeline::camera::{Move, Pose, gltf, preset};
use kinora_timeline::check::check;
use kinora_timeline::file::{self, Access, Disk as _, Document};
use kinora_timeline::{FrameRate, Frames, Project, Size, otio};

const SLOWEST_SECS: f64 = 2.0;

fn mutations() -> u64 {
    std::env::var("KINORA_MUTATIONS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_500)
}

fn some_project() -> Project {
    let mut dice = Dice(11);
    (0..60).fold(first_project(), |project, _| {
        edit(&project, &mut dice).apply(&project).unwrap_or(project)
    })
}

/// `seed` with some bytes changed, doubled, cut out, or replaced by extreme values.
fn mutated(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() as u64) as usize;
        let end = (at + dice.below(40) as usize).min(bytes.len());
        let numbers: [&[u8]; 7] = [
            b"-1",
            b"0",
            b"99999999999999999999",
            b"1e308",
            b"NaN",
            b"9223372036854775807",
            b"4294967296",
        ];
        match dice.below(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => drop(bytes.splice(
                at..at,
                std::iter::repeat_n(
                    [b'(', b'[', b'{'][dice.below(3) as usize],
                    dice.below(3000) as usize,
                ),
            )),
            5 => drop(bytes.splice(at..at, vec![dice.next() as u8; dice.below(9) as usize])),
            _ => {
                // Replaces a number by another.
                let digits = bytes[at..]
                    .iter()
                    .position(u8::is_ascii_digit)
                    .map(|found| at + found);
                if let Some(start) = digits {
                    let length = bytes[start..]
                        .iter()
                        .take_while(|byte| byte.is_ascii_digit())
                        .count();
                    bytes.splice(
                        start..start + length,
                        numbers[dice.below(7) as usize].iter().copied(),
                    );
                }
            }
        }
    }
    bytes
}

fn throw_at(name: &str, seed: &[u8], reader: impl Fn(&[u8]) -> bool) {
    let mut dice = Dice(seed.len() as u64);
    let (mut read, mut slowest) = (0, 0.0_f64);
    for _ in 0..mutations() {
        let input = mutated(seed, &mut dice);
        let start = Instant::now();
        read += u64::from(reader(&input));
        slowest = slowest.max(start.elapsed().as_secs_f64());
    }
    println!(
        "{name}: {} inputs, {read} read, the rest refused, slowest {:.1} ms",
        mutations(),
        slowest * 1e3
    );
    assert!(slowest < SLOWEST_SECS, "{name} took {slowest} s");
}

#[test]
fn project_files() {
    let seed = file::to_text(&some_project()).expect("text");
    throw_at("project", seed.as_bytes(), |input| {
        let Ok(text) = std::str::from_utf8(input) else {
            return false;
        };
        match file::from_text(text, Path::new("project.ron")) {
            Ok(project) => {
                assert_eq!(check(&project), []);
                project.layers(Frames(5));
                true
            }
            Err(error) => {
                assert!(error.to_string().starts_with("project.ron"), "{error}");
                false
            }
        }
    });
}

#[test]
fn journals() {
    let (disk, folder) = (MemoryDisk::default(), Path::new("film.kinora"));
    file::create(&disk, folder, &first_project()).expect("create");
    let mut document = Document::open(disk.clone(), folder, Access::Edit(None))
        .expect("open")
        .0;
    let mut dice = Dice(5);
    for _ in 0..40 {
        document.apply(&edit(document.project(), &mut dice)).ok();
    }
    let journal = folder.join("journal.ron");
    throw_at(
        "journal",
        &disk.read(&journal).expect("a journal"),
        |input| {
            let disk = disk.copy();
            disk.write(&journal, input).expect("write");
            let (document, recovered) = Document::open(disk, folder, Access::Edit(None))
                .expect("the saved film opens all the same");
            assert_eq!(check(document.project()), []);
            recovered.steps > 0
        },
    );
}

#[test]
fn otio_files() {
    let seed = otio::write(&some_project(), "film", &otio::ProjectAddresses::default()).0;
    throw_at("otio", seed.as_bytes(), |input| {
        let Ok(text) = std::str::from_utf8(input) else {
            return false;
        };
        otio::read(text).is_ok_and(|cut| check(&cut.project).is_empty())
    });
}

#[test]
fn camera_files() {
    let path = preset(Move::OrbitLeft, 1.0, Frames(25), Pose::START);
    let rate = FrameRate::FPS_24;
    throw_at(
        "gltf",
        gltf::write(&path, 25, rate, Size::COMMON[1]).as_bytes(),
        |input| {
            gltf::read(input, rate).is_ok_and(|path| path.sample(3.0, rate).position.is_finite())
        },
    );
}
