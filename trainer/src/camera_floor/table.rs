//! The table of docs/measures.md: a row for each move and each harm, one for all moves, and the bars that clips without
//! harm have to reach.

use std::fmt;

use serde::Serialize;

use super::bars::{Bar, FALSELY_OBEYED_SHARE, Limit, WINS_SHARE, WRONG_SHARE, cell, percent};
use super::harm::Harm;
use super::trial::{Trial, WRONG_PATHS};
use super::verdicts;

/// The largest median rotation error of clips without harm, in degrees.
pub const ROTATION_DEGREES: f64 = 0.5;
/// The largest median error of the direction of travel, in degrees.
const DIRECTION_DEGREES: f64 = 10.0;
const HEAD: &str = "\
| move | clips | refused | rotation error, median frame: median | 95 % | worst frame: median | 95 % | \
direction error, median frame: median | 95 % | wrong | unaided: wrong | own path best of eight | obeyed | \
falsely obeyed |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The trials of one move under one harm.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The harm.
    pub harm: Harm,
    /// The move.
    #[serde(rename = "move")]
    pub motion: &'static str,
    /// One for each clip.
    pub trials: Vec<Trial>,
}

/// All rows: those of one harm lie together.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Width and height of the frames in pixels.
    pub size: [u32; 2],
    /// Frames of a clip.
    pub frames: u32,
    /// How long it took.
    pub seconds: f64,
    /// The rows.
    pub rows: Vec<Row>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size;
        let Self {
            frames, seconds, ..
        } = self;
        writeln!(
            f,
            "Clips of {frames} frames at {width}x{height}, in {seconds:.0} s. Errors in degrees."
        )?;
        for rows in self.rows.chunk_by(|one, next| one.harm == next.harm) {
            let Some(first) = rows.first() else { continue };
            writeln!(f, "\n**{}**\n\n{HEAD}", first.harm.words())?;
            let moves: Vec<(&str, Vec<&Trial>)> = rows
                .iter()
                .map(|row| (row.motion, row.trials.iter().collect()))
                .collect();
            for (name, trials) in &moves {
                write_row(f, name, trials)?;
            }
            let all: Vec<&Trial> = rows.iter().flat_map(|row| &row.trials).collect();
            write_row(f, "all", &all)?;
            if first.harm == Harm::Clean {
                writeln!(f, "\n| bar | asked | measured | |\n|---|---|---|---|")?;
                for bar in bars(&all).into_iter().chain(verdicts::bars(&all)) {
                    writeln!(f, "{bar}")?;
                }
            }
            verdicts::write(f, &moves)?;
        }
        Ok(())
    }
}

/// What the trials of a row come to.
struct Sums {
    measured: usize,
    /// One for each measured clip: of the median frame, and of the worst one.
    rotation: [Vec<f64>; 2],
    /// One for each clip whose direction is given.
    direction: Vec<f64>,
    wrong: usize,
    wrong_unaided: usize,
    wins: usize,
    obeyed: usize,
    falsely_obeyed: usize,
}

impl Sums {
    fn of(trials: &[&Trial]) -> Self {
        let count = |test: fn(&Trial) -> bool| trials.iter().filter(|trial| test(trial)).count();
        let rotation = || {
            trials
                .iter()
                .filter_map(|trial| trial.rotation_error_degrees)
        };
        let direction = trials
            .iter()
            .filter_map(|trial| trial.direction_error_degrees);
        Self {
            measured: count(|trial| trial.refused.is_none()),
            rotation: [
                rotation().map(|error| error.median).collect(),
                rotation().map(|error| error.worst).collect(),
            ],
            direction: direction.map(|error| error.median).collect(),
            wrong: count(Trial::is_wrong),
            wrong_unaided: count(Trial::is_wrong_unaided),
            wins: count(|trial| trial.refused.is_none() && trial.own_path_wins),
            obeyed: count(|trial| trial.obeyed),
            falsely_obeyed: trials.iter().map(|trial| trial.falsely_obeyed.len()).sum(),
        }
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, name: &str, trials: &[&Trial]) -> fmt::Result {
    let sums = Sums::of(trials);
    let clips = trials.len();
    write!(f, "| {name} | {clips} | {} |", clips - sums.measured)?;
    let [median, worst] = &sums.rotation;
    for (errors, digits) in [(median, 2), (worst, 2), (&sums.direction, 1)] {
        for share in [0.5, 0.95] {
            write!(f, " {} |", cell(quantile(errors, share), digits))?;
        }
    }
    writeln!(
        f,
        " {} | {} | {} of {} | {} | {} of {} |",
        sums.wrong,
        sums.wrong_unaided,
        sums.wins,
        sums.measured,
        sums.obeyed,
        sums.falsely_obeyed,
        clips * WRONG_PATHS,
    )
}

fn bars(trials: &[&Trial]) -> [Bar; 5] {
    let sums = Sums::of(trials);
    let bar = |what, measured, limit, digits| Bar {
        what,
        measured,
        limit,
        digits,
    };
    [
        bar(
            "median rotation error, degrees",
            quantile(&sums.rotation[0], 0.5),
            Limit::Most(ROTATION_DEGREES),
            2,
        ),
        bar(
            "median direction error, degrees",
            quantile(&sums.direction, 0.5),
            Limit::Most(DIRECTION_DEGREES),
            1,
        ),
        bar(
            "wrong answers, %",
            percent(sums.wrong, trials.len()),
            Limit::Most(100.0 * WRONG_SHARE),
            1,
        ),
        bar(
            "own path best of eight, % of the measured",
            percent(sums.wins, sums.measured),
            Limit::Least(100.0 * WINS_SHARE),
            1,
        ),
        bar(
            "wrong paths obeyed, %",
            percent(sums.falsely_obeyed, trials.len() * WRONG_PATHS),
            Limit::Most(100.0 * FALSELY_OBEYED_SHARE),
            1,
        ),
    ]
}

/// The smallest value that this share of the values does not exceed.
fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use kinora_measure::{Course, Fits, Reason, Spread};

    use super::super::trial::Judged;
    use super::*;

    fn trial(error: f64) -> Trial {
        Trial {
            seed: 1,
            refused: None,
            rotation_error_degrees: Some(Spread {
                median: error,
                worst: 2.0 * error,
            }),
            direction_error_degrees: None,
            own_path_wins: true,
            obeyed: true,
            falsely_obeyed: Vec::new(),
            falsely_followed: Vec::new(),
            judged: vec![Judged {
                path: "pan",
                fits: Fits::default(),
                course: Some(Course::Followed),
            }],
            unaided_error_degrees: Some(error),
        }
    }

    #[test]
    fn a_row_counts_refusals_wrong_answers_and_paths() {
        let refused = Trial {
            refused: Some(Reason::Ambiguous),
            rotation_error_degrees: None,
            unaided_error_degrees: None,
            obeyed: false,
            falsely_followed: vec!["truck"],
            ..trial(0.0)
        };
        let wrong = Trial {
            own_path_wins: false,
            falsely_obeyed: vec!["tilt", "orbit", "still"],
            ..trial(1.0)
        };
        let table = Table {
            size: [384, 256],
            frames: 17,
            seconds: 2.0,
            rows: vec![Row {
                harm: Harm::Clean,
                motion: "pan",
                trials: vec![trial(0.125), wrong, refused, trial(0.25)],
            }],
        };
        let text = table.to_string();
        let row =
            "| pan | 4 | 1 | 0.25 | 1.00 | 0.50 | 2.00 |  |  | 1 | 0 | 2 of 3 | 3 | 3 of 32 |";
        assert!(text.contains(row), "{text}");
        assert!(text.contains(&row.replace("pan", "all")), "{text}");
        assert!(text.contains("| wrong answers, % | at most 1 | 25.0 | short |"));
        assert!(text.contains("| wrong paths obeyed, % | at most 10 | 9.4 | holds |"));
        // The seed 1 lies before the first one: such clips count as even-numbered.
        let row = "| 4 | 1 | 1 | 0 | 0 | 0 | 4 | 3 of 4 | 1 of 32 |";
        for name in ["pan", "all", "all, even-numbered"] {
            assert!(text.contains(&format!("| {name} {row}")), "{text}");
        }
        assert!(text.contains(
            "| own path best of eight, % of the answered | at least 95 | 75.0 | short |"
        ));
        assert!(text.contains("| wrong paths obeyed or followed, % | at most 10 | 12.5 | short |"));
        let json = serde_json::to_value(&table).expect("JSON");
        assert_eq!(json["rows"][0]["move"], "pan");
        assert_eq!(json["rows"][0]["trials"][2]["refused"], "ambiguous");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), Some(10.0));
        assert_eq!(quantile(&values, 0.95), Some(19.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
