//! How far the measures of sound can be trusted: onsets of true clips against their own contacts and those of others, and
//! place and time of day by ear. With a network, the same of the sounds it makes for clips it has never seen.

mod table;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use kinora_engine::sound_for_picture::reading::Pictures;
use kinora_engine::sound_for_picture::synth::play;
use kinora_engine::sound_for_picture::{self, SoundMaker};
use kinora_wire::Failure;
use rayon::prelude::*;

use crate::floor::{Delivery, FRAMES, RATE};
use crate::measure::HELD_OUT;
use crate::sound::dataset::pictures;
use crate::sound::figures::{Heard, Probes};
use crate::sound::hearing::score;
use crate::world::{Format, Scene};
use table::Table;

/// The first seed of these clips: no other measure draws them, and no training has seen them.
const FIRST_SEED: u64 = HELD_OUT + (1 << 22);
/// The first seed of the clips that teach the probe.
const FIRST_TAUGHT: u64 = HELD_OUT + (1 << 23);
/// The clips that are measured. The sound does not depend on the size.
const FORMAT: Format = Format {
    frames: FRAMES,
    rate: RATE,
    size: Format::SMALL.size,
};

/// What is drawn and measured.
#[derive(Clone, Debug, Args)]
pub struct SoundFloorArguments {
    /// Clips that are measured.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(2..=4096))]
    clips: u64,
    /// Clips that teach the probe of place and time of day.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(16..=8192))]
    taught: u64,
    /// Also measure the sounds that this network makes for the clips' pictures.
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
    #[command(flatten)]
    delivery: Delivery,
}

/// Measures and prints the table.
pub fn run(arguments: &SoundFloorArguments) -> Result<(), Failure> {
    let network = arguments.network.as_deref();
    let network = network.map(|path| SoundMaker::load(&sound_for_picture::open(path)?));
    let network = network.transpose()?;
    let began = Instant::now();
    let pool = arguments.delivery.pool()?;
    let mut table = pool.install(|| measure(arguments.clips, arguments.taught));
    if let Some(network) = network {
        tch::set_num_threads(pool.current_num_threads() as i32);
        let seeds = FIRST_SEED..FIRST_SEED + arguments.clips;
        let made = seeds.map(|seed| made(seed, &network));
        table.made(made.collect::<Result<_, Failure>>()?);
    }
    table.seconds = began.elapsed().as_secs_f64();
    arguments.delivery.deliver(&table)
}

/// Measures true clips, on all threads of the current pool.
fn measure(clips: u64, taught: u64) -> Table {
    let probes = Probes::taught(&listened(FIRST_TAUGHT, taught));
    Table::of(listened(FIRST_SEED, clips), probes)
}

/// True clips, with the sound that the world makes for them.
fn listened(first: u64, clips: u64) -> Vec<Heard> {
    let seeds = (first..first + clips).into_par_iter();
    let heard = seeds.map(|seed| {
        let score = score(&Scene::paced(seed, FORMAT), seed, FORMAT);
        Heard::of(seed, &score, &play(&score))
    });
    heard.collect()
}

/// The sound a network makes for the pictures of a clip, beside the clip's true score.
fn made(seed: u64, network: &SoundMaker) -> Result<Heard, Failure> {
    let scene = Scene::paced(seed, FORMAT);
    let pictures = Pictures {
        frames: pictures(&scene, FORMAT),
        rate: FORMAT.rate as f32,
        seconds: f64::from(FORMAT.frames) / f64::from(FORMAT.rate),
    };
    let written = network.score(&pictures, seed, &mut |_| Ok(()))?;
    Ok(Heard::of(
        seed,
        &score(&scene, seed, FORMAT),
        &play(&written),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onsets_of_true_clips_are_at_their_contacts_and_those_of_others_are_not() {
        let table = measure(60, 200);
        let figures = table.true_figures;
        assert!(figures.own.count > 40, "{figures:?}");
        assert!(figures.own.median < 0.02, "{figures:?}");
        assert!(figures.own.near > 0.9, "{figures:?}");
        assert!(figures.others.median > 0.15, "{figures:?}");
        assert!(
            figures.named[0] > 0.9 && figures.named[1] > 0.8,
            "{figures:?}"
        );
        assert!(figures.peak < 0.9, "{figures:?}");
        let text = table.to_string();
        assert!(
            text.contains("| contacts against onsets of the own sound"),
            "{text}"
        );
    }
}
