//! The progress of an installation in the terminal: one line that is replaced on a terminal, and elsewhere a line
//! for each tenth.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use kinora_studio::install::fetch::{Meter, Phase, Progress};

/// How often progress is shown.
pub(super) const INTERVAL: Duration = Duration::from_millis(200);

/// Shows the progress of a download: one line on a terminal, a line for every tenth elsewhere.
pub(super) struct Reporter {
    meter: Meter,
    is_terminal: bool,
    last: String,
}

impl Reporter {
    pub(super) fn new() -> Self {
        Self {
            meter: Meter::default(),
            is_terminal: io::stderr().is_terminal(),
            last: String::new(),
        }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        let (done, all) = progress.bytes();
        self.meter.add(Instant::now(), progress.received_bytes());
        if self.is_terminal {
            let line = line(progress, &self.meter);
            eprint!("\r\x1b[K{line}");
            io::stderr().flush().ok();
            self.last = line;
            return;
        }
        let mut lines: Vec<String> = progress
            .files()
            .into_iter()
            .filter_map(|file| file.note)
            .collect();
        if let Some(tenths) = (done * 10).checked_div(all) {
            lines.push(format!("{} % of {}", tenths * 10, gigabytes(all)));
        }
        let text = lines.join("\n");
        if !text.is_empty() && text != self.last {
            eprintln!("{text}");
            self.last = text;
        }
    }

    pub(super) fn end(&self) {
        if self.is_terminal && !self.last.is_empty() {
            eprint!("\r\x1b[K");
        }
    }
}

/// "3.2 GB of 14.5 GB, 35.0 MB/s, 5 min left".
fn line(progress: &Progress, meter: &Meter) -> String {
    let (done, all) = progress.bytes();
    let files = progress.files();
    let rate = meter.bytes_per_second();
    let left = meter.time_left(all.saturating_sub(done));
    let note = files.iter().find_map(|file| file.note.clone());
    let checked = files.iter().find(|file| file.phase == Phase::Checking);
    let aside = note.or_else(|| checked.map(|file| format!("checking {}", file.name)));
    let parts = [
        Some(format!("{} of {}", gigabytes(done), gigabytes(all))),
        rate.map(|rate| format!(", {:.1} MB/s", rate / 1e6)),
        left.map(|left| format!(", {} left", time_text(left))),
        aside.map(|aside| format!(" ({aside})")),
    ];
    parts.into_iter().flatten().collect()
}

pub(super) fn gigabytes(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

pub(super) fn time_text(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds @ 100..=5999 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
