//! The progress of a long command: one line rewritten on a terminal, a line for every tenth elsewhere, or JSON.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

/// The progress of one task.
pub struct Bar {
    what: &'static str,
    began: Instant,
    is_json: bool,
    is_terminal: bool,
    tenth: i64,
}

impl Bar {
    /// Starts the clock. `what` is the unit: "frame".
    pub fn new(what: &'static str, is_json: bool) -> Self {
        Self {
            what,
            began: Instant::now(),
            is_json,
            is_terminal: io::stderr().is_terminal(),
            tenth: -1,
        }
    }

    /// Prints the progress: `done` of `of` units.
    pub fn update(&mut self, done: i64, of: i64) {
        let seconds = self.began.elapsed().as_secs_f64();
        let left = seconds / done.max(1) as f64 * (of - done) as f64;
        if self.is_json {
            print_json(&serde_json::json!({
                "event": "progress", "what": self.what, "done": done, "of": of, "seconds_left": left,
            }));
            return;
        }
        let line = format!("{} {done} of {of}, {left:.0} s left", self.what);
        let tenth = done * 10 / of.max(1);
        if self.is_terminal {
            eprint!("\r\x1b[K{line}");
            io::stderr().flush().ok();
        } else if tenth != self.tenth {
            eprintln!("{line}");
        }
        self.tenth = tenth;
    }

    /// Prints the outcome and the time.
    pub fn end(self, outcome: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        if self.is_json {
            print_json(
                &serde_json::json!({"event": "ended", "outcome": outcome, "seconds": seconds}),
            );
            return;
        }
        if self.is_terminal && self.tenth >= 0 {
            eprint!("\r\x1b[K");
        }
        eprintln!("{outcome} in {seconds:.1} s");
    }
}

#[expect(clippy::print_stdout, reason = "--json prints events to stdout")]
fn print_json(value: &serde_json::Value) {
    println!("{value}");
}
