//! The selection in the open project.

use std::collections::BTreeSet;

use kinora_studio::timeline::{CharacterId, ClipId, Project, ShotId, TrackKind};

/// The ids of the selected shot, clips and character. Removed items are deselected after each edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub shot: Option<ShotId>,
    pub clips: BTreeSet<ClipId>,
    /// The character whose page is open.
    pub character: Option<CharacterId>,
}

impl Selection {
    /// The two clips that *Swap* exchanges: the two selected clips, or the two video clips of two linked pairs. `None` if
    /// the selection is no such pair.
    pub fn pair_to_swap(&self, project: &Project) -> Option<(ClipId, ClipId)> {
        let is_video = |clip: &ClipId| {
            let found = project.clip(*clip);
            found.is_some_and(|(_, track, _)| track.kind == TrackKind::Video)
        };
        let (video, audio): (Vec<ClipId>, Vec<ClipId>) =
            self.clips.iter().copied().partition(is_video);
        match (&video[..], &audio[..]) {
            ([one, other], _) | ([], [one, other]) => Some((*one, *other)),
            _ => None,
        }
    }
}
