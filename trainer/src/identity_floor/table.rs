//! The tables of docs/measures.md on the colours of characters: how well the same character is told from others, which
//! drifts are flagged, and at which limits.

use std::fmt;

use kinora_measure::{Against, DRIFTED, UNLIKE_REFERENCES};
use serde::Serialize;

use super::clip::{Finding, Trial};
use super::logo::{Kept, PrintTrial};

/// The least area under the curve with a stage.
const LEAST_AREA: f64 = 0.95;
/// Drifting clips of which each is to be flagged.
const DRIFTING: usize = 20;

/// A clip and the portraits of a character.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Whether it is its own character.
    pub is_same: bool,
    /// Whether body or limbs have another colour.
    pub has_other_colours: bool,
    /// The distance of what the stage shows of the character; `None` if it is not measurable.
    pub with_stage: Option<f64>,
    /// The distance of the whole picture.
    pub without_stage: Option<f64>,
}

/// All that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Width and height of the frames in pixels.
    pub size: [u32; 2],
    /// Frames of a clip.
    pub frames: u32,
    /// How long it took.
    pub seconds: f64,
    /// The clips.
    pub clips: Vec<Trial>,
    /// Each clip against portraits.
    pub pairs: Vec<Pair>,
}

/// What a trial of the printed detail kept.
type KeptOf = fn(&PrintTrial) -> Option<Kept>;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size;
        let (clips, frames, seconds) = (self.clips.len(), self.frames, self.seconds);
        writeln!(
            f,
            "{clips} clips of {frames} frames at {width}x{height}, in {seconds:.0} s. Distances in units of CIEDE2000."
        )?;
        self.write_pairs(f)?;
        self.write_drifts(f)?;
        self.write_prints(f)?;
        self.write_bars(f)
    }
}

/// Which distance of a pair.
type Distance = fn(&Pair) -> Option<f64>;

impl Table {
    fn write_pairs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| compared | same | others | same: median | 95 % | others: 5 % | median | area under the curve | \
of other colours |\n|---|---|---|---|---|---|---|---|---|"
        )?;
        let rows: [(&str, Distance); 2] = [
            ("with the stage", |pair| pair.with_stage),
            ("the whole picture", |pair| pair.without_stage),
        ];
        for (name, distance) in rows {
            let same = self.distances(distance, |pair| pair.is_same);
            let others = self.distances(distance, |pair| !pair.is_same);
            let coloured = self.distances(distance, |pair| !pair.is_same && pair.has_other_colours);
            writeln!(
                f,
                "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
                same.len(),
                others.len(),
                cell(quantile(&same, 0.5), 1),
                cell(quantile(&same, 0.95), 1),
                cell(quantile(&others, 0.05), 1),
                cell(quantile(&others, 0.5), 1),
                cell(area(&same, &others), 3),
                cell(area(&same, &coloured), 3),
            )?;
        }
        Ok(())
    }

    fn write_drifts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| clips | measured | flagged: changed | flagged: unlike the references | largest change: 5 % | median | \
95 % | largest | from the references: median | 95 % |\n|---|---|---|---|---|---|---|---|---|---|"
        )?;
        let findings =
            |of: fn(&Trial) -> Finding| -> Vec<Finding> { self.clips.iter().map(of).collect() };
        let rows: [(&str, Vec<Finding>); 2] = [
            ("true clips", findings(|clip| clip.kept)),
            ("blue to red", findings(|clip| clip.drifted)),
        ];
        for (name, findings) in rows {
            let count = |against| {
                let flagged = findings.iter().filter(|one| one.against == Some(against));
                flagged.count()
            };
            let measured = findings.iter().filter(|one| one.unseen.is_none()).count();
            let changes: Vec<f64> = findings.iter().filter_map(|one| one.change).collect();
            let off: Vec<f64> = findings
                .iter()
                .filter_map(|one| one.from_references)
                .collect();
            writeln!(
                f,
                "| {name} | {measured} of {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                findings.len(),
                count(Against::FirstFrame),
                count(Against::References),
                cell(quantile(&changes, 0.05), 1),
                cell(quantile(&changes, 0.5), 1),
                cell(quantile(&changes, 0.95), 1),
                cell(quantile(&changes, 1.0), 1),
                cell(quantile(&off, 0.5), 1),
                cell(quantile(&off, 0.95), 1),
            )?;
        }
        Ok(())
    }

    fn write_prints(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| printed detail | clips with a print | reported as lost | least share kept: 5 % | median | 95 % |\n\
             |---|---|---|---|---|---|"
        )?;
        let rows: [(&str, KeptOf); 3] = [
            ("true clips", |print| print.plain),
            ("a logo that stays", |print| print.stays),
            ("a logo that disappears halfway", |print| print.disappears),
        ];
        for (name, of) in rows {
            let kept: Vec<Kept> = self
                .clips
                .iter()
                .filter_map(|clip| of(&clip.print))
                .collect();
            let least: Vec<f64> = kept.iter().map(|kept| kept.least).collect();
            writeln!(
                f,
                "| {name} | {} of {} | {} | {} | {} | {} |",
                kept.len(),
                self.clips.len(),
                kept.iter().filter(|kept| kept.is_lost).count(),
                cell(quantile(&least, 0.05), 2),
                cell(quantile(&least, 0.5), 2),
                cell(quantile(&least, 0.95), 2),
            )?;
        }
        Ok(())
    }

    fn write_bars(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = self.distances(|pair| pair.with_stage, |pair| pair.is_same);
        let others = self.distances(|pair| pair.with_stage, |pair| !pair.is_same);
        let area = area(&same, &others);
        let drifting = self.clips.iter().map(|clip| clip.drifted);
        let drifting = drifting.filter(|one| one.unseen.is_none()).take(DRIFTING);
        let flagged: Vec<bool> = drifting.map(|one| one.against.is_some()).collect();
        let found = flagged.iter().filter(|is_flagged| **is_flagged).count();
        let verdict = |holds: bool| if holds { "holds" } else { "short" };
        let kept = self.clips.iter().map(|clip| clip.kept);
        let kept: Vec<Finding> = kept.filter(|one| one.unseen.is_none()).collect();
        let alarms = kept.iter().filter(|one| one.against.is_some()).count();
        writeln!(f, "\n| bar | asked | measured | |\n|---|---|---|---|")?;
        writeln!(
            f,
            "| area under the curve, with the stage | at least {LEAST_AREA} | {} | {} |",
            cell(area, 3),
            verdict(area.is_some_and(|area| area >= LEAST_AREA))
        )?;
        writeln!(
            f,
            "| characters that turn from blue to red, flagged | {DRIFTING} of {DRIFTING} | {found} of {} | {} |",
            flagged.len(),
            verdict(found == flagged.len() && flagged.len() == DRIFTING)
        )?;
        writeln!(
            f,
            "| true clips flagged, at limits of {DRIFTED} and {UNLIKE_REFERENCES} | | {alarms} of {} | |",
            kept.len()
        )
    }

    fn distances(&self, distance: Distance, of: impl Fn(&Pair) -> bool) -> Vec<f64> {
        let pairs = self.pairs.iter().filter(|pair| of(pair));
        pairs.filter_map(distance).collect()
    }
}

/// The probability that a distance to the same character is smaller than one to another (area under the ROC curve).
fn area(same: &[f64], others: &[f64]) -> Option<f64> {
    let pairs = (same.len() * others.len()) as f64;
    let wins: f64 = same
        .iter()
        .flat_map(|own| others.iter().map(move |other| (own, other)))
        .map(|(own, other)| match own.total_cmp(other) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        })
        .sum();
    (pairs > 0.0).then(|| wins / pairs)
}

/// An empty cell where there is no number.
fn cell(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(String::new, |number| format!("{number:.digits$}"))
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
    use kinora_measure::Unseen;

    use super::*;

    fn pair(is_same: bool, distance: f64) -> Pair {
        Pair {
            is_same,
            has_other_colours: !is_same,
            with_stage: Some(distance),
            without_stage: None,
        }
    }

    fn finding(change: f64, against: Option<Against>) -> Finding {
        Finding {
            unseen: None,
            against,
            change: Some(change),
            from_references: None,
        }
    }

    #[test]
    fn the_area_is_one_for_a_perfect_order_and_a_half_for_none() {
        assert_eq!(area(&[1.0, 2.0], &[3.0, 4.0]), Some(1.0));
        assert_eq!(area(&[1.0, 1.0], &[1.0]), Some(0.5));
        assert_eq!(area(&[5.0], &[1.0, 9.0]), Some(0.5));
        assert_eq!(area(&[], &[1.0]), None);
    }

    #[test]
    fn rows_count_what_was_flagged_and_bars_say_whether_they_hold() {
        let kept = finding(3.0, None);
        let clip = |drifted: Finding| Trial {
            seed: 1,
            kept,
            drifted,
            print: PrintTrial {
                disappears: Some(Kept {
                    least: 0.25,
                    is_lost: true,
                }),
                ..PrintTrial::default()
            },
        };
        let flagged = finding(40.0, Some(Against::FirstFrame));
        let mut clips = vec![clip(flagged); 20];
        clips.push(clip(Finding {
            unseen: Some(Unseen::Hidden),
            change: None,
            ..kept
        }));
        let mut table = Table {
            size: [384, 256],
            frames: 17,
            seconds: 2.0,
            clips,
            pairs: vec![pair(true, 3.0), pair(false, 20.0), pair(false, 2.0)],
        };
        let text = table.to_string();
        assert!(
            text.contains("| true clips | 21 of 21 | 0 | 0 | 3.0 |"),
            "{text}"
        );
        assert!(
            text.contains("| blue to red | 20 of 21 | 20 | 0 | 40.0 |"),
            "{text}"
        );
        let print = "| a logo that disappears halfway | 21 of 21 | 21 | 0.25 | 0.25 | 0.25 |";
        assert!(text.contains(print), "{text}");
        assert!(
            text.contains("| true clips | 0 of 21 | 0 |  |  |  |"),
            "{text}"
        );
        assert!(text.contains("| 0.500 | short |"), "{text}");
        assert!(text.contains("| 20 of 20 | 20 of 20 | holds |"), "{text}");
        table.clips[3].drifted = kept;
        let text = table.to_string();
        assert!(text.contains("| 20 of 20 | 19 of 20 | short |"), "{text}");
    }
}
