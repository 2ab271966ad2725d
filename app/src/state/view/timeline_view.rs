//! The view state of the timeline: zoom, scroll, tools, and the clip that is being dragged.

use kinora_studio::timeline::{ClipId, Edge, FrameRange, Frames, Project};

/// The zoom, scroll and tools of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineView {
    /// Points for each frame.
    pub scale: f32,
    /// The frame at the left edge; fractions count.
    pub first: f32,
    /// Whether edges snap.
    pub snaps: bool,
    /// Whether the trim tool is on: cuts roll, edges ripple, bodies slip and slide.
    pub trims: bool,
    /// The clip that is being dragged.
    pub drag: Option<ClipDrag>,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            scale: 6.0,
            first: 0.0,
            snaps: true,
            trims: false,
            drag: None,
        }
    }
}

/// A clip that is being dragged.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipDrag {
    /// The clip under the pointer.
    pub clip: ClipId,
    /// All clips that move with it.
    pub clips: Vec<ClipId>,
    /// Those of them that lie on tracks of its kind.
    pub alike: Vec<ClipId>,
    pub zone: DragZone,
    /// The frame under the pointer when the drag began.
    pub from: f32,
    /// The range of the clip then.
    pub range: FrameRange,
    /// Its track among those of its kind, counted upwards.
    pub lane: i32,
    /// The project before: what is dragged is nothing to snap to.
    pub before: Project,
    /// Frames moved so far.
    pub by: Frames,
    /// The frame it is snapped to.
    pub snapped: Option<Frames>,
}

/// What a drag at a place of a clip does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragZone {
    /// Moves it, and all that are chosen with it.
    Body,
    /// An edge moves, and what follows with it.
    Edge(Edge),
    /// The cut before this clip moves.
    Cut(ClipId),
    /// Other frames of the source come into the same place.
    Slip,
    /// It moves, and its neighbours give and take.
    Slide,
}
