//! Downloads of large files that survive a lost connection, a server that lies, and a killed program. It works with
//! addresses, sizes and hashes, and contains nothing about models.
//!
//! A file has its final name only once its size and its hash were compared. Until then it is `NAME.part`, and
//! `NAME.part.journal` records how many of its bytes are safe on the disk. Nothing is sent but requests for the files.

mod answer;
mod attempt;
mod batch;
mod client;
mod control;
mod disk;
mod error;
mod hash;
mod job;
mod one_file;
mod order;
mod part;
mod progress;
mod retry;
mod settings;
mod token;

pub use batch::{FolderLock, fetch_all};
pub use control::Control;
pub use disk::free_bytes;
pub use error::{FetchError, FetchErrorKind, Stop};
pub use hash::sha256_of;
pub use one_file::{
    Origin, discard_part, fetched_bytes, journal_of, origin_path, part_of, remembered,
};
pub use order::{Order, check_address, check_place};
pub use progress::{FileProgress, Meter, Phase, Progress};
pub use settings::Settings;
pub use token::Token;
