//! Clips made without camera control: their camera rests, wanders or makes another move than the one that was drawn.
//! Each is measured against the drawn path, which it did not follow: how many are nevertheless told to be obeyed?

use std::fmt;

use clap::ValueEnum as _;
use kinora_measure::{DrawnPath, GreyFrame, Limits, Mask, Verdict, measure_camera};
use kinora_wire::Failure;
use rayon::prelude::*;
use serde::Serialize;

use super::harm::Harm;
use super::shot::{MOTIONS, Motion, Shot, Uncontrolled};
use super::{FIRST_SEED, Plan};
use crate::train_loop::is_stopped;

/// The largest share of clips that are falsely told to be obeyed.
const MOST_OBEYED_SHARE: f64 = 0.1;

/// The clips of one camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    camera: Uncontrolled,
    clips: usize,
    refused: usize,
    not_obeyed: usize,
    partly_obeyed: usize,
    /// The drawn moves that were told to be obeyed.
    falsely_obeyed: Vec<&'static str>,
}

/// A row for each camera.
#[derive(Clone, Debug, Serialize)]
pub struct Uncontrolleds {
    size: [u32; 2],
    rows: Vec<Row>,
}

/// Draws and measures the clips of a plan: each camera with each drawn move. If it is interrupted, the table has the clips that
/// were finished.
pub fn measure(plan: &Plan) -> Result<Uncontrolleds, Failure> {
    let rows = Uncontrolled::value_variants().iter();
    let rows: Result<Vec<Row>, Failure> = rows.map(|camera| row(*camera, plan)).collect();
    Ok(Uncontrolleds {
        size: plan.format.size,
        rows: rows?,
    })
}

fn row(camera: Uncontrolled, plan: &Plan) -> Result<Row, Failure> {
    let jobs = (0..plan.clips).flat_map(|clip| {
        let seeds = FIRST_SEED + clip * MOTIONS.len() as u64..;
        plan.motions.iter().copied().zip(seeds)
    });
    let jobs: Vec<(Motion, u64)> = jobs.collect();
    let one = |(motion, seed): (Motion, u64)| -> Result<(Motion, Verdict), Failure> {
        let shot = Shot::of_seed(motion, seed, plan.format);
        let pictures = shot.uncontrolled(camera);
        let (frames, masks) = Harm::Clean.harmed(&pictures, plan.format.size, seed)?;
        Ok((
            motion,
            verdict(&frames, masks.as_deref(), &shot.path(motion)),
        ))
    };
    let begun = jobs.into_par_iter().filter(|_| !is_stopped());
    let verdicts: Vec<(Motion, Verdict)> = begun.map(one).collect::<Result<_, Failure>>()?;
    let count =
        |test: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, found)| test(found)).count();
    let obeyed = verdicts
        .iter()
        .filter(|(_, found)| *found == Verdict::Obeyed);
    Ok(Row {
        camera,
        clips: verdicts.len(),
        refused: count(|found| matches!(found, Verdict::NotMeasurable { .. })),
        not_obeyed: count(|found| *found == Verdict::NotObeyed),
        partly_obeyed: count(|found| *found == Verdict::PartlyObeyed),
        falsely_obeyed: obeyed.map(|(motion, _)| motion.name).collect(),
    })
}

fn verdict(frames: &[GreyFrame], masks: Option<&[Mask]>, path: &DrawnPath) -> Verdict {
    measure_camera(frames, masks, path, &Limits::default()).verdict
}

impl fmt::Display for Uncontrolleds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size;
        writeln!(
            f,
            "Clips at {width}x{height} that do not follow the drawn path.\n"
        )?;
        writeln!(
            f,
            "| the camera | clips | refused | not obeyed | partly obeyed | falsely obeyed | which |\n\
             |---|---|---|---|---|---|---|"
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} | {} |",
                row.camera.words(),
                row.clips,
                row.refused,
                row.not_obeyed,
                row.partly_obeyed,
                row.falsely_obeyed.len(),
                row.falsely_obeyed.join(", "),
            )?;
        }
        let sum = |of: fn(&Row) -> usize| self.rows.iter().map(of).sum::<usize>();
        let obeyed = sum(|row| row.falsely_obeyed.len());
        for (of, count) in [
            ("all", sum(|row| row.clips)),
            ("the measured", sum(|row| row.clips - row.refused)),
        ] {
            if count == 0 {
                continue;
            }
            let share = obeyed as f64 / count as f64;
            let verdict = if share <= MOST_OBEYED_SHARE {
                "holds"
            } else {
                "short"
            };
            writeln!(
                f,
                "\nFalsely obeyed: {obeyed} of {count} ({of}), {:.1} %; at most {:.0} %: {verdict}.",
                100.0 * share,
                100.0 * MOST_OBEYED_SHARE,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Format;

    #[test]
    fn a_clip_without_camera_control_is_not_obeyed() {
        let plan = Plan {
            motions: &MOTIONS[..3],
            harms: &[],
            clips: 1,
            format: Format::SMALL,
            clips_to: None,
        };
        let table = measure(&plan).expect("measured");
        assert_eq!(table.rows.len(), 3);
        for row in &table.rows {
            assert_eq!(row.clips, 3);
            assert!(row.falsely_obeyed.is_empty(), "{row:?}");
        }
        assert!(
            table
                .to_string()
                .contains("Falsely obeyed: 0 of 9 (all), 0.0 %")
        );
    }
}
