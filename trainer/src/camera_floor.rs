//! How far the measure of cameras can be trusted: clips of the world whose camera is known, harmed in several ways, are
//! measured against their own path and against others. Prints the solver's own error, refusals and wrong answers.

mod bars;
mod harm;
mod shot;
mod table;
mod trial;
mod uncontrolled;
mod verdicts;
mod written;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::{Args, ValueEnum as _};
use kinora_wire::Failure;
use rayon::prelude::*;

use crate::floor::FloorOptions;
use crate::measure::HELD_OUT;
use crate::train_loop::is_stopped;
use crate::world::Format;
use harm::Harm;
use shot::{MOTIONS, Motion, Shot};
use table::{Row, Table};
use trial::Trial;

/// The first seed of these clips: no other measure draws them.
const FIRST_SEED: u64 = HELD_OUT + (1 << 20);
/// Clips between two lines that say how far it is.
const TELL_EVERY: usize = 32;

/// What is drawn and measured.
#[derive(Clone, Debug, Args)]
pub struct FloorArguments {
    /// Clips of each move.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=4096))]
    clips: u64,
    #[command(flatten)]
    options: FloorOptions,
    /// What is done to the clips; all of it in turn if left out.
    #[arg(long, value_enum)]
    harm: Vec<Harm>,
    /// Measure clips whose camera does not follow the drawn path instead: how many are falsely obeyed. `--clips` counts those
    /// of each drawn move, for a camera that rests, one that wanders and one that makes another move.
    #[arg(long, conflicts_with_all = ["harm", "clips_to"])]
    uncontrolled: bool,
    /// Also write the clips of the first harm to this folder, with their cameras and what was measured, for other
    /// solvers.
    #[arg(long, value_name = "DIR")]
    clips_to: Option<PathBuf>,
}

/// The clips of a table.
struct Plan<'p> {
    motions: &'p [Motion],
    harms: &'p [Harm],
    clips: u64,
    format: Format,
    /// Where the clips are written.
    clips_to: Option<&'p Path>,
}

/// Measures and prints the table.
pub fn run(arguments: &FloorArguments) -> Result<(), Failure> {
    let harms = match arguments.harm.is_empty() {
        true => Harm::value_variants(),
        false => arguments.harm.as_slice(),
    };
    let plan = Plan {
        motions: &MOTIONS,
        harms,
        clips: arguments.clips,
        format: arguments.options.format(),
        clips_to: arguments.clips_to.as_deref(),
    };
    let pool = arguments.options.pool()?;
    if arguments.uncontrolled {
        let table = pool.install(|| uncontrolled::measure(&plan))?;
        return arguments.options.deliver(&table);
    }
    let table = pool.install(|| measure(&plan))?;
    arguments.options.deliver(&table)
}

/// Draws and measures all clips of a plan, on all threads of the current pool. If it is interrupted, the table has the
/// clips that were finished.
fn measure(plan: &Plan) -> Result<Table, Failure> {
    let began = Instant::now();
    let Plan { motions, harms, .. } = *plan;
    let jobs = (0..plan.clips).flat_map(move |clip| {
        let seeds = FIRST_SEED + clip * MOTIONS.len() as u64..;
        motions.iter().copied().zip(seeds)
    });
    let jobs: Vec<(Motion, u64)> = jobs.collect();
    let (count, finished) = (jobs.len(), AtomicUsize::new(0));
    let one = |(motion, seed)| -> Result<(Motion, Vec<Trial>), Failure> {
        let trials = trials(motion, seed, plan)?;
        let so_far = finished.fetch_add(1, Ordering::Relaxed) + 1;
        if so_far.is_multiple_of(TELL_EVERY) {
            let seconds = began.elapsed().as_secs_f64();
            eprintln!("{so_far} of {count} clips, {seconds:.0} s");
        }
        Ok((motion, trials))
    };
    let begun = jobs.into_par_iter().filter(|_| !is_stopped());
    let measured: Vec<(Motion, Vec<Trial>)> = begun.map(one).collect::<Result<_, Failure>>()?;
    let row = |at: usize, harm: Harm, motion: Motion| {
        let own = measured.iter().filter(|(made, _)| *made == motion);
        let trials = own.filter_map(|(_, trials)| trials.get(at).cloned());
        Row {
            harm,
            motion: motion.name,
            trials: trials.collect(),
        }
    };
    let mut rows = Vec::new();
    for (at, &harm) in harms.iter().enumerate() {
        rows.extend(motions.iter().map(|&motion| row(at, harm, motion)));
    }
    Ok(Table {
        size: plan.format.size,
        frames: plan.format.frames,
        seconds: began.elapsed().as_secs_f64(),
        rows,
    })
}

/// The trials of one clip: one for each harm of the plan, in its order.
fn trials(motion: Motion, seed: u64, plan: &Plan) -> Result<Vec<Trial>, Failure> {
    let shot = Shot::of_seed(motion, seed, plan.format);
    let drawn = [false, true].map(|acts| {
        let is_needed = plan.harms.iter().any(|harm| harm.acts() == acts);
        is_needed.then(|| shot.pictures(acts))
    });
    let trials = plan.harms.iter().enumerate();
    let trials = trials.map(|(at, harm)| -> Result<Trial, Failure> {
        let pictures = drawn[usize::from(harm.acts())].as_deref();
        let (frames, masks) = harm.harmed(pictures.unwrap_or_default(), plan.format.size, seed)?;
        let (trial, own) = Trial::of(&shot, &frames, masks.as_deref());
        if let Some(folder) = plan.clips_to.filter(|_| at == 0) {
            let masks = masks.as_deref().unwrap_or_default();
            let path = shot.path(motion);
            written::write(folder, &shot, &path, (&frames, masks), &own)?;
        }
        Ok(trial)
    });
    trials.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor::{FRAMES, RATE};

    #[test]
    fn a_truck_before_a_far_background_is_measured_over_the_ground() {
        let plan = Plan {
            motions: &MOTIONS[..4],
            harms: &[Harm::Clean],
            clips: 3,
            format: Format {
                frames: FRAMES,
                size: [384, 256],
                rate: RATE,
            },
            clips_to: None,
        };
        let table = measure(&plan).expect("measured");
        let truck = &table.rows[3];
        assert_eq!(truck.motion, "truck");
        // Some clips of this smooth world have too little parallax, which is reported; none may be judged wrongly.
        let trials = &truck.trials;
        let is_wrong = |trial: &Trial| trial.is_wrong() || trial.is_wrong_unaided();
        assert!(!trials.iter().any(is_wrong), "{truck:?}");
        assert!(trials.iter().all(|trial| trial.own_path_wins), "{truck:?}");
        let measured = trials.iter().filter(|trial| trial.refused.is_none());
        assert!(measured.clone().all(|trial| trial.obeyed), "{truck:?}");
        assert!(measured.count() > 0, "{truck:?}");
        assert!(
            table
                .rows
                .iter()
                .flat_map(|row| &row.trials)
                .all(|trial| trial.falsely_obeyed.is_empty())
        );
    }

    #[test]
    fn the_right_path_wins_and_the_error_is_below_the_bar() {
        // Turns alone: the solver is weak in travel through this smooth world (docs/measures.md).
        let motions = ["pan", "tilt"].map(|name| {
            let known = MOTIONS.into_iter().find(|motion| motion.name == name);
            known.expect("a move")
        });
        let folder = tempfile::tempdir().expect("a folder");
        let plan = Plan {
            motions: &motions,
            harms: &[Harm::Clean],
            clips: 2,
            format: Format {
                frames: FRAMES,
                size: [384, 256],
                rate: RATE,
            },
            clips_to: Some(folder.path()),
        };
        let table = measure(&plan).expect("measured");
        assert_eq!(table.rows.len(), 2);
        let clips: Vec<_> = std::fs::read_dir(folder.path())
            .expect("clips")
            .flatten()
            .collect();
        assert_eq!(clips.len(), 4);
        for name in ["clip.json", "frame_016.png", "mask_000.png"] {
            assert!(clips[0].path().join(name).is_file(), "{name}");
        }
        for row in &table.rows {
            assert_eq!(row.trials.len(), 2);
            let measured: Vec<&Trial> = row
                .trials
                .iter()
                .filter(|trial| trial.refused.is_none())
                .collect();
            assert!(!measured.is_empty(), "{row:?}");
            for trial in measured {
                let rotation = trial.rotation_error_degrees.expect("measured");
                assert!(rotation.median <= table::ROTATION_DEGREES, "{row:?}");
                assert!(trial.own_path_wins && !trial.is_wrong(), "{row:?}");
            }
        }
        let text = table.to_string();
        assert!(
            text.contains("| pan | 2 |") && text.contains("| tilt | 2 |"),
            "{text}"
        );
    }
}
