//! What the commands that measure a measure share: the clips of the world that they draw, their options, their table.

use std::fmt::Display;
use std::path::PathBuf;

use clap::Args;
use kinora_wire::Failure;
use rayon::ThreadPool;
use serde::Serialize;

use crate::files::write_whole;
use crate::world::Format;

/// Frames of a clip.
pub const FRAMES: u32 = 17;
/// Frames per second: it decides how fast the character moves.
pub const RATE: u32 = 16;

/// The options of such a command.
#[derive(Clone, Debug, Args)]
pub struct FloorOptions {
    /// The size of the frames in pixels.
    #[arg(long, value_name = "WxH", default_value = "384x256", value_parser = frame_size)]
    size: [u32; 2],
    #[command(flatten)]
    delivery: Delivery,
}

/// How such a command works, and where its table goes.
#[derive(Clone, Debug, Args)]
pub struct Delivery {
    /// Threads on the processor; one for each core if left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Also write the numbers of every clip to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl FloorOptions {
    /// The clips to draw.
    pub fn format(&self) -> Format {
        Format {
            frames: FRAMES,
            size: self.size,
            rate: RATE,
        }
    }

    /// The threads to draw and measure on.
    pub fn pool(&self) -> Result<ThreadPool, Failure> {
        self.delivery.pool()
    }

    /// Prints a table, and writes its numbers where that is asked for.
    pub fn deliver(&self, table: &(impl Display + Serialize)) -> Result<(), Failure> {
        self.delivery.deliver(table)
    }
}

impl Delivery {
    /// The threads to draw and measure on.
    pub fn pool(&self) -> Result<ThreadPool, Failure> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from)) // 0: one for each core
            .build()
            .map_err(|error| Failure::refused(error.to_string(), "use fewer --threads"))
    }

    /// Prints a table, and writes its numbers where that is asked for.
    #[expect(clippy::print_stdout, reason = "the table is what was asked for")]
    pub fn deliver(&self, table: &(impl Display + Serialize)) -> Result<(), Failure> {
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(table);
            let text = text.map_err(|error| Failure::bug(error.to_string()))?;
            write_whole(path, text.as_bytes())?;
        }
        println!("{table}");
        Ok(())
    }
}

/// Parses "384x256".
fn frame_size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let sides: [u32; 2] = [width.parse().ok()?, height.parse().ok()?];
        let are_usual = sides.iter().all(|side| (48..=2048).contains(side));
        are_usual.then_some(sides)
    });
    sides.ok_or_else(|| "a size such as 384x256 is expected, each side from 48 to 2048".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_sides_within_reason() {
        assert_eq!(frame_size("384x256"), Ok([384, 256]));
        for wrong in ["384", "384x", "0x0", "96x-64", "100000x64"] {
            assert!(frame_size(wrong).is_err(), "{wrong}");
        }
    }
}
