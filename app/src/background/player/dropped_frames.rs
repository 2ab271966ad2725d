//! The frames that playback has skipped: those between two pictures that were shown. Late pictures are skipped, so that
//! picture and sound stay together.

use kinora_studio::timeline::Frames;

/// The frames that were left out because their pictures were late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DroppedFrames {
    /// The frame that was shown last.
    last: Frames,
    pub(super) count: u32,
}

impl DroppedFrames {
    /// Playback begins at a frame, which is shown. The count goes on if it was playing before: it has come to the end of a
    /// loop.
    pub(super) fn begin(&mut self, at: Frames, was_playing: bool) {
        self.last = at;
        if !was_playing {
            self.count = 0;
        }
    }

    /// A frame is shown during playback.
    pub(super) fn shown(&mut self, frame: Frames) {
        if frame > self.last {
            let between = u32::try_from((frame - self.last).0 - 1).unwrap_or(u32::MAX);
            self.count = self.count.saturating_add(between);
            self.last = frame;
        }
    }
}
