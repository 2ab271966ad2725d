//! The progress of a long command: a bar on a terminal, a line for every tenth elsewhere, or JSON events.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar as TerminalBar, ProgressDrawTarget, ProgressStyle};

/// The progress of one task.
pub struct ProgressBar {
    unit: &'static str,
    is_json: bool,
    is_terminal: bool,
    /// Counts, and estimates the time left. Drawn only on a terminal.
    bar: TerminalBar,
    /// The last tenth that a line was printed for.
    tenth: Option<u64>,
}

impl ProgressBar {
    /// Starts the clock. `unit` is what is counted: "frame".
    pub fn new(unit: &'static str, is_json: bool) -> Self {
        let is_terminal = io::stderr().is_terminal() && !is_json;
        let target = match is_terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let style = ProgressStyle::with_template("{msg} {pos} of {len} {bar:30} {eta} left");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = TerminalBar::with_draw_target(None, target)
            .with_style(style)
            .with_message(unit);
        Self {
            unit,
            is_json,
            is_terminal,
            bar,
            tenth: None,
        }
    }

    /// Reports progress: `done` of `total` units.
    pub fn update(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        let left = self.bar.eta();
        if self.is_json {
            print_json(&serde_json::json!({
                "event": "progress", "what": self.unit, "done": done, "of": total, "seconds_left": left.as_secs_f64(),
            }));
            return;
        }
        let tenth = Some(done * 10 / total.max(1));
        if !self.is_terminal && tenth != self.tenth {
            eprintln!("{} {done} of {total}, {} s left", self.unit, left.as_secs());
        }
        self.tenth = tenth;
    }

    /// Prints a line above the bar.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// Prints the outcome and the time.
    pub fn end(self, outcome: &str) {
        let seconds = self.bar.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        match self.is_json {
            true => print_json(
                &serde_json::json!({"event": "ended", "outcome": outcome, "seconds": seconds}),
            ),
            false => eprintln!("{outcome} in {seconds:.1} s"),
        }
    }
}

#[expect(clippy::print_stdout, reason = "--json prints events to stdout")]
fn print_json(value: &serde_json::Value) {
    println!("{value}");
}
