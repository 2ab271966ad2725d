//! The gap of the timeline under the playhead.

use kinora_studio::timeline::{FrameRange, TrackId};

use super::open_project::OpenProject;

/// The gap under the playhead, on the lowest video track that has one.
pub fn at_playhead(project: &OpenProject) -> Option<(TrackId, FrameRange)> {
    let playhead = project.media.player.playhead();
    project.project().video_gap_at(playhead)
}
