//! The view state of the timeline: zoom, scroll, tools, and the clip that is being dragged.

use std::collections::BTreeMap;

use kinora_studio::timeline::{
    ClipId, Edge, FrameRange, Frames, Project, SequenceId, TrackId, TrackKind,
};

use crate::background::player::TrimFrames;
use crate::state::form::track_form::TrackForm;
use crate::state::view::subtitle_view::SubtitleView;

/// The zoom, scroll and tools of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineView {
    /// Points per frame.
    pub scale: f32,
    /// The frame at the left edge, with its fraction.
    pub first: f32,
    /// The scroll position of the tracks, in points.
    pub top: f32,
    /// The heights of tracks that were changed, in points.
    pub heights: BTreeMap<TrackId, f32>,
    /// The tracks that were chosen as targets; see [`Self::target`].
    pub targets: BTreeMap<TrackKind, TrackId>,
    /// The name of a track that is being edited.
    pub form: Option<TrackForm>,
    /// A zoom command that waits for the panel, which has the width.
    pub zoom: Option<TimelineZoom>,
    /// Where the playhead was in the sequences that are not open.
    pub left: BTreeMap<SequenceId, Frames>,
    /// The playhead that the view has followed to.
    pub followed: Option<Frames>,
    /// Whether edges snap.
    pub snaps: bool,
    /// Whether the trim tool is on: cuts roll, edges ripple, bodies slip and slide.
    pub trims: bool,
    /// The clip that is being dragged.
    pub drag: Option<ClipDrag>,
    /// Where the drag of a selection rectangle began: the frame with its fraction, and the height in the scrolled tracks.
    pub marquee: Option<(f32, f32)>,
    /// What is typed and dragged on the subtitle tracks.
    pub subtitles: SubtitleView,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            scale: 6.0,
            first: 0.0,
            top: 0.0,
            heights: BTreeMap::new(),
            targets: BTreeMap::new(),
            form: None,
            zoom: None,
            left: BTreeMap::new(),
            followed: None,
            snaps: true,
            trims: false,
            drag: None,
            marquee: None,
            subtitles: SubtitleView::default(),
        }
    }
}

impl TimelineView {
    /// The track of a kind that clips are inserted, placed and appended on: the chosen one, or the first one if none was
    /// chosen. A locked track is a target only if all are locked.
    pub fn target(&self, project: &Project, kind: TrackKind) -> Option<TrackId> {
        let of_kind = || {
            let tracks = project.tracks().iter();
            tracks.filter(move |track| track.kind == kind)
        };
        let unlocked = || of_kind().filter(|track| !track.locked);
        let chosen = self.targets.get(&kind);
        let target = unlocked().find(|track| Some(&track.id) == chosen);
        let first = || unlocked().next().or_else(|| of_kind().next());
        target.or_else(first).map(|track| track.id)
    }
}

/// A zoom command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineZoom {
    In,
    Out,
    /// The whole timeline.
    Fit,
    /// The selected clips.
    Selection,
}

/// A clip that is being dragged.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipDrag {
    /// The clip under the pointer.
    pub clip: ClipId,
    /// All clips that move with it.
    pub clips: Vec<ClipId>,
    /// The ones of `clips` on tracks of the same kind as the track of `clip`.
    pub alike: Vec<ClipId>,
    pub zone: DragZone,
    /// The frame under the pointer when the drag began.
    pub from: f32,
    /// The range of the clip when the drag began.
    pub range: FrameRange,
    /// The number of its lane when the drag began, counted upwards within its kind.
    pub lane: i32,
    /// The project when the drag began. Its snap points do not move with the drag.
    pub before: Project,
    /// Frames moved so far.
    pub by: Frames,
    /// The frame it is snapped to.
    pub snapped: Option<Frames>,
}

impl ClipDrag {
    /// The frames that the viewer shows side by side: the last one before the cut that is dragged, and the first one after it.
    /// For a slip, the first and the last frame of the clip; for a slide, the frames next to the clip.
    pub fn trimmed_frames(&self, project: &Project) -> Option<TrimFrames> {
        let range_of = |clip| project.clip(clip).map(|(.., range)| range);
        let range: FrameRange = range_of(self.clip)?;
        let before = |frame: Frames| frame - Frames::ONE;
        let (outgoing, incoming) = match self.zone {
            DragZone::Body => return None,
            DragZone::Edge(Edge::Head) => (before(range.start), range.start),
            DragZone::Edge(Edge::Tail) => (before(range.end()), range.end()),
            DragZone::Cut(clip) => {
                let cut = range_of(clip)?.start;
                (before(cut), cut)
            }
            DragZone::Slip => (range.start, before(range.end())),
            DragZone::Slide => (before(range.start), range.end()),
        };
        Some(TrimFrames { outgoing, incoming })
    }
}

/// The zone of a clip in which a drag began, which decides its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragZone {
    /// Moves all selected clips.
    Body,
    /// Trims an edge. It ripples with the trim tool, or while Ctrl is held.
    Edge(Edge),
    /// Rolls the cut before this clip.
    Cut(ClipId),
    /// Slips: shows other frames of the source in the same place.
    Slip,
    /// Slides: moves the clip while its neighbours get longer and shorter.
    Slide,
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::Edit;
    use kinora_studio::timeline::edit::tracks::TrackEdit;

    use super::*;

    fn with(edit: TrackEdit, project: &Project) -> Project {
        Edit::Track(edit).apply(project).expect("possible")
    }

    #[test]
    fn the_target_is_the_chosen_track_or_the_first_that_is_not_locked() {
        let kind = TrackKind::Video;
        let add = TrackEdit::Add {
            kind,
            name: String::new(),
            sync_locked: true,
        };
        let project = with(add, &Project::default());
        let [first, second] = [0_usize, 1].map(|number| project.tracks()[number].id);
        let mut view = TimelineView::default();
        assert_eq!(view.target(&project, kind), Some(first));
        view.targets.insert(kind, second);
        assert_eq!(view.target(&project, kind), Some(second));
        let locked = with(TrackEdit::Lock(second, true), &project);
        assert_eq!(view.target(&locked, kind), Some(first));
        let removed = with(TrackEdit::Remove { track: second }, &project);
        assert_eq!(view.target(&removed, kind), Some(first));
    }
}
