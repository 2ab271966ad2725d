//! How far the measure of a character's colours can be trusted: true clips of the world against the portraits of their own
//! character and of others, clips whose character turns from blue to red, and false alarms.

mod clip;
mod logo;
mod table;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use kinora_measure::{Signature, reference_distance};
use kinora_wire::Failure;
use rayon::prelude::*;

use crate::floor::FloorOptions;
use crate::measure::HELD_OUT;
use crate::train_loop::is_stopped;
use crate::world::Format;
use clip::{MeasuredClip, measured};
use table::{Pair, Table};

/// The first seed of these clips: no other measure draws them.
const FIRST_SEED: u64 = HELD_OUT + (1 << 21);
/// Other characters that a clip is compared with.
const OTHERS: usize = 20;
/// Clips between two lines that say how far it is.
const TELL_EVERY: usize = 16;

/// What is drawn and measured.
#[derive(Clone, Debug, Args)]
pub struct IdentityArguments {
    /// Clips, each of another character.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u64).range(2..=4096))]
    clips: u64,
    #[command(flatten)]
    options: FloorOptions,
}

/// Measures and prints the tables.
pub fn run(arguments: &IdentityArguments) -> Result<(), Failure> {
    let format = arguments.options.format();
    let table = arguments
        .options
        .pool()?
        .install(|| measure(arguments.clips, format))?;
    arguments.options.deliver(&table)
}

/// Draws and measures so many clips, on all threads of the current pool. If it is interrupted, the table has the clips that
/// were finished.
fn measure(clips: u64, format: Format) -> Result<Table, Failure> {
    let began = Instant::now();
    let finished = AtomicUsize::new(0);
    let one = |seed| -> Result<MeasuredClip, Failure> {
        let clip = measured(seed, format)?;
        let so_far = finished.fetch_add(1, Ordering::Relaxed) + 1;
        if so_far.is_multiple_of(TELL_EVERY) {
            let seconds = began.elapsed().as_secs_f64();
            eprintln!("{so_far} of {clips} clips, {seconds:.0} s");
        }
        Ok(clip)
    };
    let seeds: Vec<u64> = (FIRST_SEED..FIRST_SEED + clips).collect();
    let begun = seeds.into_par_iter().filter(|_| !is_stopped());
    let clips: Vec<MeasuredClip> = begun.map(one).collect::<Result<_, Failure>>()?;
    let pairs = pairs(&clips);
    Ok(Table {
        size: format.size,
        frames: format.frames,
        seconds: began.elapsed().as_secs_f64(),
        pairs,
        clips: clips.into_iter().map(|clip| clip.trial).collect(),
    })
}

/// Each clip against the portraits of its own character and of those of the clips that follow.
fn pairs(clips: &[MeasuredClip]) -> Vec<Pair> {
    let of_clip = |at: usize| {
        let others = OTHERS.min(clips.len().saturating_sub(1));
        let pair = move |step: usize| pair(clips, at, (at + step) % clips.len().max(1));
        (0..=others).filter_map(pair).collect::<Vec<Pair>>()
    };
    (0..clips.len())
        .into_par_iter()
        .flat_map_iter(of_clip)
        .collect()
}

fn pair(clips: &[MeasuredClip], at: usize, other: usize) -> Option<Pair> {
    let (clip, known) = (clips.get(at)?, clips.get(other)?);
    let distance = |look: Option<&Signature>| reference_distance(look?, &known.references);
    Some(Pair {
        is_same: at == other,
        has_other_colours: clip.colours != known.colours,
        with_stage: distance(clip.look.as_ref()),
        without_stage: distance(clip.whole_frame.as_ref()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor::RATE;

    #[test]
    fn a_character_that_turns_red_is_flagged_and_true_clips_are_compared_with_all_others() {
        let format = Format {
            frames: 9,
            size: [192, 128],
            rate: RATE,
        };
        let table = measure(6, format).expect("measured");
        assert_eq!((table.clips.len(), table.pairs.len()), (6, 36));
        assert_eq!(table.pairs.iter().filter(|pair| pair.is_same).count(), 6);
        let turned = table
            .clips
            .iter()
            .filter(|clip| clip.drifted.unseen.is_none());
        let changes: Vec<f64> = turned.filter_map(|clip| clip.drifted.change).collect();
        assert!(changes.len() >= 3, "most of them are seen: {changes:?}");
        let mut sorted = changes.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted[sorted.len() / 2] > 20.0, "blue and red: {changes:?}");
        let text = table.to_string();
        assert!(text.contains("area under the curve"), "{text}");
    }
}
