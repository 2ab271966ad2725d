//! The table of all measures, as it stands in the README and on the model's card.

use std::fmt;

/// Figures with their ceilings, chances and bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(Vec<Row>);

#[derive(Clone, Debug, PartialEq)]
struct Row {
    what: String,
    value: String,
    ceiling: String,
    chance: String,
    /// The bar and whether it is reached, where there is one.
    bar: Option<(String, bool)>,
}

impl Table {
    /// A figure with a bar.
    pub fn row(
        &mut self,
        what: &str,
        value: String,
        ceiling: &str,
        chance: &str,
        bar: &str,
        holds: bool,
    ) {
        self.0.push(Row {
            what: what.into(),
            value,
            ceiling: ceiling.into(),
            chance: chance.into(),
            bar: Some((bar.into(), holds)),
        });
    }

    /// A share with a bar.
    pub fn share(&mut self, what: &str, value: f64, ceiling: f64, chance: f64, bar: f64) {
        let percent = super::percent;
        let words = format!(">= {}", percent(bar));
        let chance = format!("{} %", (chance * 1000.0).round() / 10.0);
        self.row(
            what,
            percent(value),
            &percent(ceiling),
            &chance,
            &words,
            value >= bar - 1e-9,
        );
    }

    /// A figure without a bar.
    pub fn reported(&mut self, what: &str, value: String, ceiling: &str, chance: &str) {
        self.0.push(Row {
            what: what.into(),
            value,
            ceiling: ceiling.into(),
            chance: chance.into(),
            bar: None,
        });
    }

    /// Whether every bar is reached.
    pub fn holds(&self) -> bool {
        self.0
            .iter()
            .all(|row| row.bar.as_ref().is_none_or(|(_, holds)| *holds))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | figure | ceiling | chance | bar | |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for row in &self.0 {
            let (bar, holds) = match &row.bar {
                Some((bar, true)) => (bar.as_str(), "holds"),
                Some((bar, false)) => (bar.as_str(), "**short**"),
                None => ("", "reported"),
            };
            let Row {
                what,
                value,
                ceiling,
                chance,
                ..
            } = row;
            writeln!(
                f,
                "| {what} | {value} | {ceiling} | {chance} | {bar} | {holds} |"
            )?;
        }
        Ok(())
    }
}
