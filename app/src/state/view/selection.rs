//! The selection in the open project.

use std::collections::BTreeSet;

use kinora_studio::timeline::{
    CharacterId, ClipId, FrameRange, Frames, Project, ShotId, Source, TrackId, TrackKind,
};

/// The ids of the selected shot, clips and character. Removed items are deselected after each edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub shot: Option<ShotId>,
    pub clips: BTreeSet<ClipId>,
    /// A gap: its track and its first frame. A gap is selected only without clips.
    pub gap: Option<(TrackId, Frames)>,
    /// The character whose page is open.
    pub character: Option<CharacterId>,
}

impl Selection {
    /// Selects these clips, and nothing else on the timeline.
    pub fn set_clips(&mut self, clips: impl IntoIterator<Item = ClipId>) {
        self.clips = clips.into_iter().collect();
        self.gap = None;
    }

    /// The selected gap, if it is still there.
    pub fn gap_in(&self, project: &Project) -> Option<(TrackId, FrameRange)> {
        let (track, start) = self.gap?;
        let placed = project.track(track)?.at(start)?;
        let is_gap = placed.clip().is_none() && placed.range.start == start;
        is_gap.then_some((track, placed.range))
    }

    /// The range from the first to the last selected clip.
    pub fn range_in(&self, project: &Project) -> Option<FrameRange> {
        let found = self.clips.iter().filter_map(|clip| project.clip(*clip));
        let ranges = found.map(|(.., range)| range);
        ranges.reduce(|all, range| {
            let (start, end) = (all.start.min(range.start), all.end().max(range.end()));
            FrameRange::between(start, end)
        })
    }

    /// The shot of the selected clips, if they show exactly one.
    pub fn single_shot_in(&self, project: &Project) -> Option<ShotId> {
        let found = self.clips.iter().filter_map(|clip| project.clip(*clip));
        let shots = found.filter_map(|(clip, ..)| match clip.source {
            Source::Shot(shot) => Some(shot),
            Source::Medium(_) | Source::Title(_) | Source::Sequence(_) => None,
        });
        let shots: BTreeSet<ShotId> = shots.collect();
        shots.first().copied().filter(|_| shots.len() == 1)
    }

    /// Whether a selected clip is in a group.
    pub fn has_group_in(&self, project: &Project) -> bool {
        let mut found = self.clips.iter().filter_map(|clip| project.clip(*clip));
        found.any(|(clip, ..)| clip.selection_group.is_some())
    }

    /// A selected clip that shows a sequence.
    pub fn nested_in(&self, project: &Project) -> Option<ClipId> {
        let mut clips = self.clips.iter().copied();
        clips.find(|clip| {
            let found = project.clip(*clip);
            found.is_some_and(|(clip, ..)| clip.source.sequence().is_some())
        })
    }

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
