//! The view state of the timeline: zoom, scroll, tools, and the clip that is being dragged.

use std::collections::BTreeMap;

use kinora_studio::timeline::{ClipId, Edge, FrameRange, Frames, Project, TrackId};

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
    /// A zoom command that waits for the panel, which knows its width.
    pub zoom: Option<TimelineZoom>,
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
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            scale: 6.0,
            first: 0.0,
            top: 0.0,
            heights: BTreeMap::new(),
            zoom: None,
            followed: None,
            snaps: true,
            trims: false,
            drag: None,
            marquee: None,
        }
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
