//! The table of measures, as it appears in the README and on the model's card.

use std::collections::BTreeMap;
use std::fmt;

use kinora_engine::library::Measured;
use serde::{Deserialize, Serialize};

use super::percent;

/// Figures with their ceilings, chances and bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(pub Vec<Measured>);

/// The measures of a model, identified by the hashes of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Names of the model's files with their hashes.
    pub files: BTreeMap<String, String>,
    /// The table's rows.
    pub measured: Vec<Measured>,
}

/// The words on a card for a bar that is reached, and for one that is not.
const HOLDS: &str = "holds";
const SHORT: &str = "short";

impl Table {
    /// Adds a figure with a bar.
    pub fn row(
        &mut self,
        what: &str,
        figure: String,
        [ceiling, chance]: [&str; 2],
        bar: &str,
        holds: bool,
    ) {
        let verdict = if holds { HOLDS } else { SHORT };
        self.reported(what, figure, [ceiling, chance]);
        if let Some(row) = self.0.last_mut() {
            row.bar = format!("{bar}: {verdict}");
        }
    }

    /// Adds a share, with a bar if there is one.
    pub fn share(&mut self, what: &str, [value, ceiling, chance]: [f64; 3], bar: Option<f64>) {
        let beside = [percent(ceiling), percent(chance)];
        let beside = [beside[0].as_str(), beside[1].as_str()];
        match bar {
            Some(bar) => {
                let words = format!("at least {}", percent(bar));
                self.row(what, percent(value), beside, &words, value >= bar - 1e-9);
            }
            None => self.reported(what, percent(value), beside),
        }
    }

    /// Adds to the text of the last row's ceiling.
    pub fn amend_ceiling(&mut self, ceiling: &str) {
        if let Some(row) = self.0.last_mut() {
            ceiling.clone_into(&mut row.ceiling);
        }
    }

    /// Adds a figure without a bar.
    pub fn reported(&mut self, what: &str, figure: String, [ceiling, chance]: [&str; 2]) {
        self.0.push(Measured {
            what: what.into(),
            figure,
            ceiling: ceiling.into(),
            chance: chance.into(),
            bar: String::new(),
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | figure | ceiling | chance | bar |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for row in &self.0 {
            let Measured {
                what,
                figure,
                ceiling,
                chance,
                bar,
            } = row;
            let bar = if bar.is_empty() { "reported" } else { bar };
            writeln!(f, "| {what} | {figure} | {ceiling} | {chance} | {bar} |")?;
        }
        Ok(())
    }
}
