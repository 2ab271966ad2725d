//! How long a waiting thread of libtorch should poll: a clip of the starter model with several values of
//! `GOMP_SPINCOUNT`, on an idle machine and beside one busy process per core. The frames must be the same.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

use crate::run::{build_release_engine, target_folder};
use crate::shell::{Failed, run};

/// The first one is libtorch's own default, to which the others are compared.
const SPIN_COUNTS: [Option<&str>; 5] =
    [None, Some("0"), Some("1000"), Some("10000"), Some("100000")];
/// Rounds; a round runs every value once, so that a slow minute of the machine slows all of them.
const ROUNDS: usize = 3;

/// `cargo xtask bench spin`.
pub fn spin() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release_engine()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let folder = target_folder().join("bench-spin");
    let expected = clip(None, &folder)?.1;
    for busy in [0, cores] {
        println!("beside {busy} busy processes, seconds of {ROUNDS} clips:");
        println!(
            "  {:<16} {:>8} {:>8} {:>8} {:>8}",
            "GOMP_SPINCOUNT", "min", "median", "max", "ratio"
        );
        let load = Load::start(busy)?;
        let mut seconds = [const { Vec::new() }; SPIN_COUNTS.len()];
        for _ in 0..ROUNDS {
            for (spin_count, seconds) in SPIN_COUNTS.into_iter().zip(&mut seconds) {
                let (duration, frames) = clip(spin_count, &folder)?;
                if frames != expected {
                    return Err(Failed(format!(
                        "other frames with GOMP_SPINCOUNT {spin_count:?}"
                    )));
                }
                seconds.push(duration);
            }
        }
        drop(load);
        let mut unlimited = None;
        for (spin_count, seconds) in SPIN_COUNTS.into_iter().zip(&mut seconds) {
            seconds.sort_by(f64::total_cmp);
            let (min, median, max) = (seconds[0], seconds[ROUNDS / 2], seconds[ROUNDS - 1]);
            let ratio = median / *unlimited.get_or_insert(median);
            let name = spin_count.unwrap_or("default");
            println!("  {name:<16} {min:>8.2} {median:>8.2} {max:>8.2} {ratio:>8.2}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Generates one clip. Returns its seconds and the bytes of its frames.
fn clip(spin_count: Option<&str>, folder: &Path) -> Result<(f64, Vec<Vec<u8>>), Failed> {
    fs::remove_dir_all(folder).ok();
    let mut command = Command::new(target_folder().join("release").join("kinora-engine"));
    command
        .args([
            "generate",
            "--prompt",
            "a yellow robot walks left in the desert",
            "--seed",
            "1",
        ])
        .args(["--device", "cpu", "--output"])
        .arg(folder)
        .env_remove("GOMP_SPINCOUNT")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(spin_count) = spin_count {
        command.env("GOMP_SPINCOUNT", spin_count);
    }
    let start = Instant::now();
    run(&mut command)?;
    let seconds = start.elapsed().as_secs_f64();
    let unreadable = |error: std::io::Error| Failed(format!("{}: {error}", folder.display()));
    let files = fs::read_dir(folder).map_err(unreadable)?;
    let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    let frames: Result<Vec<_>, _> = files.iter().map(fs::read).collect();
    Ok((seconds, frames.map_err(unreadable)?))
}

/// Processes that keep cores busy until they are dropped.
struct Load(Vec<Child>);

impl Load {
    fn start(count: usize) -> Result<Self, Failed> {
        let mut load = Self(Vec::new());
        for _ in 0..count {
            let child = Command::new("sh")
                .args(["-c", "while :; do :; done"])
                .spawn();
            load.0
                .push(child.map_err(|error| Failed(format!("sh: {error}")))?);
        }
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
