//! Actions on the imports of the project: how they are read, where they are placed, and the search for files that are
//! missing.

use std::path::PathBuf;

use kinora_studio::timeline::media::{MediumMarks, PictureSettings};
use kinora_studio::timeline::{MediumId, ShotId};

use crate::state::form::medium_form::MediumForm;
use crate::state::proxy_jobs::ProxyWork;

/// The imports of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaAction {
    /// Import these files, and place none of them.
    Import(Vec<PathBuf>),
    /// Place one on the timeline.
    Place(MediumId, MediumPlace),
    Rename(MediumForm),
    Mark(MediumId, MediumMarks),
    /// Set how its pictures are read.
    SetPicture(MediumId, PictureSettings),
    /// Select its clips and move the playhead to the first one, or to the next one.
    ShowInTimeline(MediumId),
    /// The same with the clips of a shot.
    ShowShotInTimeline(ShotId),
    /// Replace the source of the selected clips with it.
    ReplaceClips(MediumId),
    /// Use a picture as the first frame of the selected shot.
    UseAsFirstFrame(MediumId),
    /// Remove it, unless it is used.
    Remove(MediumId),
    /// Remove it and its clips.
    RemoveWithClips(MediumId),
    /// Look again which files are missing.
    CheckFiles,
    /// Cancel the search for missing files.
    CancelRelink,
    /// Cancel the imports that write an image sequence.
    CancelSequences,
    /// Make the proxy of a video, or remove it.
    Proxy(MediumId, ProxyWork),
    /// Cancel the order for the proxy of a video.
    CancelProxy(MediumId),
    /// Cancel all orders for proxies.
    CancelProxies,
}

/// A place for an import on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumPlace {
    /// At the playhead; what follows moves along.
    Insert,
    /// At the playhead, over what is there.
    Overwrite,
    /// After the last clip.
    Append,
}
