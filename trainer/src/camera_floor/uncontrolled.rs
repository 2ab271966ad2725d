//! Clips made without camera control: their camera rests, wanders or makes another move than the one that was drawn.
//! Each is measured against the drawn path, which it did not follow: how many are nevertheless reported as obeyed?

use std::fmt;

use clap::ValueEnum as _;
use kinora_measure::{Course, Fits, Limits, Verdict, measure_camera};
use kinora_wire::Failure;
use rayon::prelude::*;
use serde::Serialize;

use super::harm::Harm;
use super::shot::{MOTIONS, Motion, Shot, Uncontrolled};
use super::{FIRST_SEED, Plan};
use crate::train_loop::is_stopped;

/// The largest share of clips that are falsely reported as obeyed or followed.
const MOST_FALSE_SHARE: f64 = 0.1;

/// What was measured of a clip.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Reported {
    /// The drawn move.
    #[serde(rename = "move")]
    motion: &'static str,
    seed: u64,
    #[serde(flatten)]
    verdict: Verdict,
    course: Option<Course>,
    fits: Fits,
}

impl Reported {
    fn is_refused(&self) -> bool {
        matches!(self.verdict, Verdict::NotMeasurable { .. })
    }

    /// Whether it is reported to follow the drawn path, by its poses or by its points.
    fn is_falsely_reported(&self) -> bool {
        self.verdict == Verdict::Obeyed || self.course == Some(Course::Followed)
    }
}

/// The clips of one camera.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    camera: Uncontrolled,
    clips: Vec<Reported>,
}

impl Row {
    fn count(&self, test: impl Fn(&Reported) -> bool) -> usize {
        self.clips.iter().filter(|reported| test(reported)).count()
    }

    /// The refused clips of which the points say this; `None` of those without an answer.
    fn course(&self, wanted: Option<Course>) -> usize {
        let none = |course: Course| Some(course).filter(|it| *it != Course::CannotTell);
        self.count(|reported| reported.is_refused() && reported.course.and_then(none) == wanted)
    }
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
    let one = |(motion, seed): (Motion, u64)| -> Result<Reported, Failure> {
        let shot = Shot::of_seed(motion, seed, plan.format);
        let pictures = shot.uncontrolled(camera);
        let (frames, masks) = Harm::Clean.harmed(&pictures, plan.format.size, seed)?;
        let path = shot.path(motion);
        let report = measure_camera(&frames, masks.as_deref(), &path, &Limits::default());
        Ok(Reported {
            motion: motion.name,
            seed,
            verdict: report.verdict,
            course: report.course.map(|course| course.verdict),
            fits: report.fit,
        })
    };
    let begun = jobs.into_par_iter().filter(|_| !is_stopped());
    let clips: Vec<Reported> = begun.map(one).collect::<Result<_, Failure>>()?;
    Ok(Row { camera, clips })
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
            "| the camera | clips | not obeyed | partly obeyed | obeyed | refused | of these: not followed | opposite | \
             cannot tell | followed | told to follow the path |\n\
             |---|---|---|---|---|---|---|---|---|---|---|"
        )?;
        for row in &self.rows {
            let verdict = |wanted: Verdict| row.count(|reported| reported.verdict == wanted);
            let falsely = row
                .clips
                .iter()
                .filter(|reported| reported.is_falsely_reported());
            let falsely: Vec<&str> = falsely.map(|reported| reported.motion).collect();
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.camera.words(),
                row.clips.len(),
                verdict(Verdict::NotObeyed),
                verdict(Verdict::PartlyObeyed),
                verdict(Verdict::Obeyed),
                row.count(Reported::is_refused),
                row.course(Some(Course::NotFollowed)),
                row.course(Some(Course::Opposite)),
                row.course(None),
                row.course(Some(Course::Followed)),
                falsely.join(", "),
            )?;
        }
        let reported = || self.rows.iter().flat_map(|row| &row.clips);
        let falsely = reported()
            .filter(|reported| reported.is_falsely_reported())
            .count();
        let unanswered = self.rows.iter().map(|row| row.course(None)).sum::<usize>();
        let all = reported().count();
        for (of, count) in [("all", all), ("the answered", all - unanswered)] {
            if count == 0 {
                continue;
            }
            let share = falsely as f64 / count as f64;
            let verdict = if share <= MOST_FALSE_SHARE {
                "holds"
            } else {
                "short"
            };
            writeln!(
                f,
                "\nFalsely obeyed or followed: {falsely} of {count} ({of}), {:.1} %; at most {:.0} %: {verdict}.",
                100.0 * share,
                100.0 * MOST_FALSE_SHARE,
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
            assert_eq!(row.clips.len(), 3);
            assert!(
                !row.clips.iter().any(Reported::is_falsely_reported),
                "{row:?}"
            );
        }
        assert!(
            table
                .to_string()
                .contains("Falsely obeyed or followed: 0 of 9 (all), 0.0 %")
        );
    }
}
