//! The CPU time from starting `kinora` to its first frame on the screen. The bar is 1.0 s, with the window on
//! lavapipe (software Vulkan, no GPU).

use std::process::ExitCode;

use crate::display::Display;
use crate::run::{build_release, kinora};
use crate::shell::{Failed, output_of};

const RUNS: usize = 9;
const BAR_CPU_SECS: f64 = 1.0;

pub fn startup() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release()?;
    let display = Display::start("1600x1000")?;
    let mut cpu_secs = Vec::new();
    let mut wall_secs = Vec::new();
    println!("startup: process start to first frame presented, {RUNS} runs after one warm-up");
    for run in 0..=RUNS {
        let output = output_of(display.on(kinora().arg("--report-startup")))?;
        let (cpu, wall) = parse(&output)
            .ok_or_else(|| Failed(format!("kinora --report-startup printed {output:?}")))?;
        if run > 0 {
            cpu_secs.push(cpu);
            wall_secs.push(wall);
        }
    }
    println!(
        "  {:<12} {:>8} {:>8} {:>8}",
        "seconds", "min", "median", "max"
    );
    let median = row("CPU time", &mut cpu_secs);
    row("wall time", &mut wall_secs);
    let holds = median <= BAR_CPU_SECS;
    println!(
        "  bar: {BAR_CPU_SECS:.1} s of CPU time: {}",
        if holds { "holds" } else { "MISSED" }
    );
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `cpu_secs=0.52 wall_secs=0.61`
fn parse(line: &str) -> Option<(f64, f64)> {
    let value = |name: &str| {
        line.split_whitespace()
            .find_map(|word| word.strip_prefix(name))?
            .parse()
            .ok()
    };
    Some((value("cpu_secs=")?, value("wall_secs=")?))
}

/// Prints min, median and max of `values`; returns the median.
fn row(name: &str, values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let median = values[values.len() / 2];
    println!(
        "  {name:<12} {:>8.2} {median:>8.2} {:>8.2}",
        values[0],
        values[values.len() - 1]
    );
    median
}
