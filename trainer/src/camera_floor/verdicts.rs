//! The second table of docs/measures.md: what the points alone say of the clips whose poses are refused. The limits were
//! chosen on the even-numbered clips of each move; the odd-numbered ones test them.

use std::fmt;

use kinora_measure::Course;

use super::FIRST_SEED;
use super::bars::{Bar, FALSELY_OBEYED_SHARE, Limit, WINS_SHARE, WRONG_SHARE, percent};
use super::shot::MOTIONS;
use super::trial::{Trial, WRONG_PATHS};

const HEAD: &str = "\
| move | clips | poses refused | of these: followed | cannot tell | not followed | opposite | answered, all clips | \
own path best of eight, of the answered | wrong paths: followed, poses refused |
|---|---|---|---|---|---|---|---|---|---|";

/// What the trials of a row come to.
struct Sums {
    clips: usize,
    refused: usize,
    /// The refused clips by what their points say of their own path.
    followed: usize,
    not_followed: usize,
    opposite: usize,
    answered: usize,
    wins: usize,
    falsely_followed: usize,
    falsely_obeyed: usize,
}

impl Sums {
    fn of(trials: &[&Trial]) -> Self {
        let count = |test: &dyn Fn(&Trial) -> bool| trials.iter().filter(|it| test(it)).count();
        let says = |wanted| {
            count(&move |trial: &Trial| trial.refused.is_some() && trial.course() == wanted)
        };
        Self {
            clips: trials.len(),
            refused: count(&|trial| trial.refused.is_some()),
            followed: says(Course::Followed),
            not_followed: says(Course::NotFollowed),
            opposite: says(Course::Opposite),
            answered: count(&Trial::is_answered),
            wins: count(&|trial| trial.is_answered() && trial.own_path_wins),
            falsely_followed: trials.iter().map(|it| it.falsely_followed.len()).sum(),
            falsely_obeyed: trials.iter().map(|it| it.falsely_obeyed.len()).sum(),
        }
    }
}

/// Writes the table of one harm: a row for each move, for all, and for the even- and the odd-numbered clips.
pub fn write(f: &mut fmt::Formatter<'_>, moves: &[(&str, Vec<&Trial>)]) -> fmt::Result {
    writeln!(f, "\n{HEAD}")?;
    for (name, trials) in moves {
        write_row(f, name, trials)?;
    }
    let all = moves.iter().flat_map(|(_, trials)| trials);
    let all: Vec<&Trial> = all.copied().collect();
    write_row(f, "all", &all)?;
    for (name, parity) in [("all, even-numbered", 0), ("all, odd-numbered", 1)] {
        let half = all.iter().filter(|trial| number(trial.seed) % 2 == parity);
        write_row(f, name, &half.copied().collect::<Vec<_>>())?;
    }
    Ok(())
}

/// The number of a clip among those of its move.
fn number(seed: u64) -> u64 {
    seed.saturating_sub(FIRST_SEED) / MOTIONS.len() as u64
}

fn write_row(f: &mut fmt::Formatter<'_>, name: &str, trials: &[&Trial]) -> fmt::Result {
    let sums = Sums::of(trials);
    let reported = sums.followed + sums.not_followed + sums.opposite;
    writeln!(
        f,
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} of {} | {} of {} |",
        sums.clips,
        sums.refused,
        sums.followed,
        sums.refused.saturating_sub(reported),
        sums.not_followed,
        sums.opposite,
        sums.answered,
        sums.wins,
        sums.answered,
        sums.falsely_followed,
        sums.clips * WRONG_PATHS,
    )
}

/// The bars of the clips without harm.
pub fn bars(trials: &[&Trial]) -> [Bar; 3] {
    let sums = Sums::of(trials);
    let falsely = sums.falsely_followed + sums.falsely_obeyed;
    let bar = |what, measured, limit| Bar {
        what,
        measured,
        limit,
        digits: 1,
    };
    [
        bar(
            "own path not followed or opposite, %",
            percent(sums.not_followed + sums.opposite, sums.clips),
            Limit::Most(100.0 * WRONG_SHARE),
        ),
        bar(
            "own path best of eight, % of the answered",
            percent(sums.wins, sums.answered),
            Limit::Least(100.0 * WINS_SHARE),
        ),
        bar(
            "wrong paths obeyed or followed, %",
            percent(falsely, sums.clips * WRONG_PATHS),
            Limit::Most(100.0 * FALSELY_OBEYED_SHARE),
        ),
    ]
}
