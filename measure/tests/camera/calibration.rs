//! The table of docs/measures.md: floor, refusals and wrong answers of each move under noise, blur, a mover and size.
//! Slow, so it is ignored: see docs/measures.md for the command.

use std::fmt::Write as _;

use fastrand::Rng;
use kinora_measure::{CameraReport, Limits, Verdict, fit_of, measure_tracks, track};

use crate::moves::{Move, Shot};
use crate::world::{Damage, World};

/// A rotation that is off by more is a wrong answer, in degrees: three floors of half a degree.
const WRONG_DEGREES: f64 = 1.5;

/// One clip of a row.
struct Trial {
    /// The largest error of yaw, pitch or roll at the last frame when another move had been asked for, if it was measured.
    off_degrees: Option<f64>,
    report: CameraReport,
    own_path_wins: bool,
    /// The verdict when another move had been asked for.
    other: CameraReport,
    seconds: f64,
}

/// What is done to the clips of a row.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    damage: Damage,
    /// The strength of the moves, as a share.
    strength: f64,
    /// Whether the mover's masks are given.
    masked: bool,
    /// The drawn focal length as a share of the true one.
    lens: f64,
}

fn trial(which: Move, seed: u64, size: [usize; 2], frames: usize, kind: Kind) -> Trial {
    let mut rng = Rng::with_seed(seed);
    let world = World::random(&mut rng);
    let mut shot = Shot::random(&mut rng);
    shot.amount *= kind.strength;
    let path = shot.path(which, frames, size);
    let (clip, masks) = world.clip(&path, size, kind.damage, seed);
    shot.focal_share *= kind.lens;
    let path = shot.path(which, frames, size);
    let started = std::time::Instant::now();
    let tracks = track(&clip, kind.masked.then_some(&masks[..]));
    let report = measure_tracks(&tracks, &clip, &path, &Limits::default());
    let seconds = started.elapsed().as_secs_f64();
    let close =
        |other: Move| fit_of(&tracks, frames, size[0], &shot.path(other, frames, size)).closeness;
    let own = close(which);
    let own_path_wins = Move::EIGHT
        .into_iter()
        .filter(|other| *other != which)
        .all(|other| close(other) < own);
    let at = Move::EIGHT
        .iter()
        .position(|one| *one == which)
        .unwrap_or(0);
    let asked = Move::EIGHT[(at + 1 + rng.usize(0..7)) % 8];
    let other = measure_tracks(
        &tracks,
        &clip,
        &shot.path(asked, frames, size),
        &Limits::default(),
    );
    let truth = report.asked;
    let off_degrees = other.achieved.map(|got| {
        let errors = [
            got.yaw - truth.yaw,
            got.pitch - truth.pitch,
            got.roll - truth.roll,
        ];
        errors.into_iter().map(f64::abs).fold(0.0, f64::max)
    });
    Trial {
        off_degrees,
        report,
        own_path_wins,
        other,
        seconds,
    }
}

fn row(name: &str, trials: &[Trial]) -> String {
    let measured: Vec<&Trial> = trials
        .iter()
        .filter(|trial| trial.report.achieved.is_some())
        .collect();
    let quantile = |mut values: Vec<f64>, share: f64| {
        values.sort_by(f64::total_cmp);
        let at = (values.len() as f64 * share) as usize;
        values
            .get(at.min(values.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    };
    let turn: Vec<f64> = measured
        .iter()
        .filter_map(|trial| Some(trial.report.rotation_error_degrees?.worst))
        .collect();
    let direction: Vec<f64> = measured
        .iter()
        .filter_map(|trial| Some(trial.report.direction_error_degrees?.median))
        .collect();
    let count = |test: &dyn Fn(&Trial) -> bool| measured.iter().filter(|trial| test(trial)).count();
    let wins = count(&|trial| trial.own_path_wins);
    let obeyed = count(&|trial| trial.report.verdict == Verdict::Obeyed);
    let false_obeyed = trials
        .iter()
        .filter(|trial| trial.other.verdict == Verdict::Obeyed)
        .count();
    let is_wrong = |trial: &Trial| {
        trial
            .report
            .rotation_error_degrees
            .is_some_and(|error| error.worst > WRONG_DEGREES)
    };
    let wrong = count(&is_wrong);
    let off: Vec<f64> = trials
        .iter()
        .filter_map(|trial| trial.off_degrees)
        .collect();
    let wrong_other = off.iter().filter(|off| **off > WRONG_DEGREES).count();
    let seconds = trials.iter().map(|trial| trial.seconds).sum::<f64>() / trials.len() as f64;
    let mut line = format!(
        "| {name} | {} | {} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {} | {wins} | {obeyed} | {wrong} | {} | {:.2} | {wrong_other} | {false_obeyed} | {seconds:.2} |",
        trials.len(),
        trials.len() - measured.len(),
        quantile(turn.clone(), 0.5),
        quantile(turn.clone(), 0.9),
        quantile(turn, 1.0),
        quantile(direction.clone(), 0.5),
        quantile(direction, 0.9),
        count(&|trial| trial.report.travel_seen),
        trials
            .iter()
            .filter(|trial| trial.off_degrees.is_none())
            .count(),
        quantile(off.clone(), 0.5),
    );
    let mut reasons: Vec<String> = trials
        .iter()
        .filter_map(|trial| match trial.report.verdict {
            Verdict::NotMeasurable { reason } => Some(format!("{reason:?}")),
            _ => None,
        })
        .collect();
    reasons.sort();
    let agree = trials.iter().filter_map(|trial| trial.report.inlier_share);
    let least = agree.fold(1.0, f64::min);
    write!(line, " {least:.2} | {} |", reasons.join(" ")).ok();
    line
}

#[test]
#[ignore = "minutes; prints the table of docs/measures.md"]
fn the_table_of_moves() {
    let number = |name: &str, default: usize| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (clips, frames) = (number("CLIPS", 10), number("FRAMES", 17));
    let size = [number("WIDTH", 384), number("HEIGHT", 256)];
    let only_move = std::env::var("MOVE").unwrap_or_default();
    let only = std::env::var("DAMAGE").unwrap_or_default();
    let kind = |name, damage| Kind {
        name,
        damage,
        strength: 1.0,
        masked: true,
        lens: 1.0,
    };
    let some = Damage {
        noise: 1.0,
        ..Damage::default()
    };
    let mover = Damage {
        mover: true,
        ..some
    };
    let kinds = [
        kind("clean", Damage { noise: 0.5, ..some }),
        kind("noise", Damage { noise: 6.0, ..some }),
        kind("blur", Damage { blur: 1.5, ..some }),
        kind(
            "smooth",
            Damage {
                smooth: true,
                ..some
            },
        ),
        kind(
            "reduced",
            Damage {
                reduced: true,
                ..some
            },
        ),
        kind("mover", mover),
        Kind {
            masked: false,
            ..kind("no mask", mover)
        },
        Kind {
            strength: 0.2,
            ..kind("small", some)
        },
        kind("flat", Damage { flat: true, ..some }),
        Kind {
            strength: 0.3,
            ..kind("flat, small", Damage { flat: true, ..some })
        },
        Kind {
            lens: 1.15,
            ..kind("long lens", some)
        },
        kind(
            "wobble",
            Damage {
                wobble: 0.5,
                ..some
            },
        ),
    ];
    eprintln!(
        "| move | clips | refused | worst rotation: median | 90 % | largest | direction: median | 90 % | travel seen | own path wins | obeyed | wrong | other asked: refused | rotation off, median | wrong | false obeyed | seconds | least inlier share | reasons |"
    );
    eprintln!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for kind in kinds {
        if !only.is_empty() && only != kind.name {
            continue;
        }
        for which in Move::EIGHT.into_iter().chain([Move::Still]) {
            if !only_move.is_empty() && only_move != format!("{which:?}") {
                continue;
            }
            let trials: Vec<Trial> = (0..clips)
                .map(|clip| trial(which, 1000 * clip as u64 + which as u64, size, frames, kind))
                .collect();
            eprintln!("{}", row(&format!("{}, {which:?}", kind.name), &trials));
        }
    }
}

#[test]
#[ignore = "prints the time of a long clip"]
fn eighty_one_frames_take_seconds() {
    let size = [832, 480];
    for which in Move::EIGHT.into_iter().chain([Move::Still]) {
        let mut rng = Rng::with_seed(5);
        let world = World::random(&mut rng);
        let path = Shot::random(&mut rng).path(which, 81, size);
        let noise = Damage {
            noise: 2.0,
            ..Damage::default()
        };
        let (clip, masks) = world.clip(&path, size, noise, 5);
        let started = std::time::Instant::now();
        let tracks = track(&clip, Some(&masks));
        let tracked = started.elapsed().as_secs_f64();
        let report = measure_tracks(&tracks, &clip, &path, &Limits::default());
        eprintln!(
            "{which:?}: {} tracks in {tracked:.1} s, all {:.1} s, {:?}, rotation {:?}, direction {:?}",
            tracks.tracks.len(),
            started.elapsed().as_secs_f64(),
            report.verdict,
            report.rotation_error_degrees,
            report.direction_error_degrees,
        );
    }
}
