//! First contact with a file: it is probed, and all of it is decoded once, in a process of its own with limits of time
//! and memory. A file that crashes or hangs its reader is named and refused, and the program goes on.

mod damage;
mod found;
mod known;
mod reader;
mod reading;

pub use damage::{damage_of, damage_of_medium, notes_of_damage};
pub use found::Found;
pub(super) use known::{admit, forget};
pub use known::{new_refusals, refusal_of, use_reader};
pub use reader::{Caches, read_file, serve};
pub use reading::{MediaReader, Reading};

use std::time::Duration;

use kinora_render::media::Survey;
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

/// After this, what was not read of a file is read while the file is in use already.
pub(super) const SOON: Duration = Duration::from_secs(4);

/// What the reading process writes to its standard output, one RON value per line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReaderLine {
    /// What the file holds. Written once, before anything is decoded.
    Found(Box<Found>),
    /// It goes on; the share that is decoded, from 0 to 1.
    Progress(f64),
    /// All of it was decoded. The last line.
    Surveyed(Survey),
    /// The file cannot be used. The last line.
    Refused(Failure),
}
