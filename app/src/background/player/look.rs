//! The options of a frame in the viewer: exposure, takes to compare, a picture beside it, and the two frames
//! at a cut that is trimmed.

use kinora_studio::render::project::Ground;
use kinora_studio::timeline::{ContentHash, Frames, MediumId, ShotId};

/// The most takes that are shown beside the chosen one.
pub const MOST_BESIDE: usize = 3;

/// Takes of a shot to compare with its chosen one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    pub shot: ShotId,
    pub takes: [Option<ContentHash>; MOST_BESIDE],
}

/// The viewer's options for the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Exposure, in stops; 0 is unchanged.
    pub exposure_stops: f32,
    /// Takes of a shot to compare with.
    pub beside: Option<Beside>,
    /// An import whose first frame is composed beside the frame at the playhead.
    pub compared: Option<MediumId>,
    /// Two frames to show side by side while a cut is trimmed, in place of the frame at the playhead.
    pub trim: Option<TrimFrames>,
    /// Whether videos with a proxy are read from it.
    pub plays_proxies: bool,
    /// What is seen where the film covers nothing.
    pub ground: Ground,
}

/// The two frames that meet at a cut. A frame before the start of the timeline is black.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrimFrames {
    pub outgoing: Frames,
    pub incoming: Frames,
}
