//! The range of a take that is to be generated again, while it is chosen.

use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::shot::RetakeStreams;

/// A range of a take, in its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetakeForm {
    pub take: ContentHash,
    /// The first frame of the range.
    pub from: u32,
    /// The first frame after it.
    pub to: u32,
    /// What is generated again of a take with picture and sound.
    pub streams: RetakeStreams,
}

impl RetakeForm {
    /// The middle third of a take of so many frames.
    pub fn middle_of(take: ContentHash, frames: u32) -> Self {
        let from = frames / 3;
        Self {
            take,
            from,
            to: (frames * 2 / 3).max(from + 1),
            streams: RetakeStreams::Both,
        }
    }

    /// Whether frames of the take remain outside the range.
    pub fn keeps_some(&self, frames: u32) -> bool {
        self.from > 0 || self.to < frames
    }
}
