//! The view state of the camera panel: the orbit camera, the selection, and the current drag.

mod orbit;

use std::time::Instant;

use egui::Pos2;
use glam::{DQuat, DVec2, DVec3};
use kinora_studio::timeline::camera::lens::{FILMBACKS, Filmback};
use kinora_studio::timeline::camera::{CameraPath, Pose, Side};
use kinora_studio::timeline::query::shot_in_film::last_frame;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Frames, ShotId};

pub use orbit::Orbit;

/// The view state of the camera panel. It is not saved with the project.
#[derive(Clone, Debug, Default)]
pub struct StageView {
    /// The shot whose stage is shown. For another shot the selection is reset.
    pub shot: Option<ShotId>,
    pub orbit: Orbit,
    /// The orbit camera of the view from above. `None` until that view of this shot is framed.
    pub above: Option<Orbit>,
    /// The current frame, counted from the shot's first frame.
    pub frame: Frames,
    pub chosen: Option<Thing>,
    pub drag: Option<Drag>,
    /// The rails that are being drawn: places of the floor plan, x and z in metres.
    pub rails: Vec<DVec2>,
    /// Whether Esc was pressed in the current drag of a keyframe on the time strip.
    pub is_key_drag_cancelled: bool,
    pub pilot: Pilot,
    /// The time at which playback started; `None` while it is paused.
    pub playing: Option<Instant>,
    /// Whether the pointer is over the panel. If it is, the K key adds a camera keyframe.
    pub has_pointer: bool,
    /// The frame on the time strip where its context menu was opened.
    pub menu_frame: Frames,
    pub layout: StageLayout,
    /// The camera path that *Paste path* writes.
    pub copied_path: Option<CameraPath>,
    /// The name under which the path is saved to the library, as it is being typed.
    pub path_name: String,
    /// The names of the paths in the library. `None` until they are read.
    pub library: Option<Vec<String>>,
}

/// The arrangement of the camera panel, which is the same for all shots.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct StageLayout {
    /// Whether the camera view is large and the 3-D view is the inset. Otherwise it is the other way round.
    pub is_through_camera: bool,
    /// Whether the 3-D view shows the stage from straight above, where rails are drawn.
    pub is_from_above: bool,
    /// The width of the inset, as a fraction of the width of the large view.
    pub inset_share: f32,
    pub graph: StripGraph,
    /// Whether the panel shows the frame at the playhead, and moves the playhead.
    pub follows_playhead: bool,
    /// Whether the measured path of the chosen take is shown.
    pub shows_measured_path: bool,
    /// The filmback for which focal lengths are shown and typed.
    pub filmback: Filmback,
}

impl Default for StageLayout {
    fn default() -> Self {
        Self {
            is_through_camera: false,
            is_from_above: false,
            inset_share: 0.36,
            graph: StripGraph::Speed,
            follows_playhead: false,
            shows_measured_path: false,
            filmback: FILMBACKS[0],
        }
    }
}

/// What the graph on the time strip shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StripGraph {
    /// The speed of the camera, in metres per second.
    #[default]
    Speed,
    /// The height of the camera above the floor, in metres.
    Height,
}

/// An object that can be selected in the camera panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The camera keyframe on this frame.
    Key(Frames),
    /// A stand-in, by its index in the stage.
    StandIn(usize),
}

/// The effect of a drag in the camera view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pilot {
    #[default]
    Look,
    Slide,
    Dolly,
    Zoom,
}

impl Pilot {
    pub const ALL: [(Self, &str, &str); 4] = [
        (Self::Look, "Look", "Drag in the picture to pan and tilt"),
        (
            Self::Slide,
            "Slide",
            "Drag in the picture to truck and pedestal",
        ),
        (Self::Dolly, "Dolly", "Drag up to push in, down to pull out"),
        (Self::Zoom, "Zoom", "Drag up to zoom in, down to zoom out"),
    ];
}

/// A drag in progress, with the shot at its start.
#[derive(Clone, Debug)]
pub struct Drag {
    pub hold: Hold,
    pub from: Pos2,
    pub start: Box<Shot>,
}

/// The part of the panel that is dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hold {
    /// The background of the 3-D view: orbits.
    Orbit,
    /// The 3-D view with Shift or another button: pans.
    Aside,
    /// An arrow of the gizmo: moves along this axis, a unit vector.
    Along(DVec3),
    /// The selected object itself: moves horizontally.
    Level,
    /// A ring of the gizmo: rotates.
    Turn(Ring),
    /// The corner of a keyframe's frustum: changes the focal length.
    Focal,
    /// A tangent handle: moves horizontally.
    Bend(Side),
    /// A tangent handle: moves vertically.
    BendUpright(Side),
    /// The camera view: moves the camera in the current [`Pilot`] mode.
    Picture,
    /// The background of the view from above: draws the camera's path.
    Rails,
    /// A handle of the height graph: raises a keyframe.
    Height,
}

impl Hold {
    /// The name of the drag, which is shown beside the pointer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orbit => "Orbit view",
            Self::Aside => "Pan view",
            Self::Along(_) | Self::Level => "Move",
            Self::Turn(ring) => ring.name,
            Self::Focal => "Focal length",
            Self::Bend(_) | Self::BendUpright(_) => "Tangent (Ctrl: vertical)",
            Self::Picture => "Move camera",
            Self::Rails => "Draw rails",
            Self::Height => "Height",
        }
    }
}

/// A rotation ring of the gizmo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    pub name: &'static str,
    /// The axis in the world, a unit vector.
    pub axis: DVec3,
}

impl Ring {
    /// The only ring of a stand-in.
    pub const TURN: Self = Self {
        name: "Rotate",
        axis: DVec3::Y,
    };

    /// The pan, tilt and roll rings of a camera with this orientation.
    pub fn of_camera(orientation: DQuat) -> [Self; 3] {
        let ring = |name, axis| Self { name, axis };
        [
            ring("Pan", DVec3::Y),
            ring("Tilt", orientation * DVec3::X),
            ring("Roll", orientation * DVec3::Z),
        ]
    }

    /// Two perpendicular unit vectors in the ring's plane.
    pub fn plane(self) -> [DVec3; 2] {
        let across = self.axis.any_orthonormal_vector();
        [across, self.axis.cross(across)]
    }
}

impl StageView {
    /// The pose of the camera of the 3-D view.
    pub fn stage_pose(&self) -> Pose {
        match self.layout.is_from_above {
            true => self.above.unwrap_or(self.orbit).pose_from_above(),
            false => self.orbit.pose(),
        }
    }

    /// Moves the 3-D view so that it follows the pointer. `focal` is its focal length in points.
    pub fn slide(&mut self, by: egui::Vec2, focal: f64) {
        match self.layout.is_from_above {
            true => {
                let above = self.above.get_or_insert(self.orbit);
                above.slide_from_above(by, focal);
            }
            false => self.orbit.slide(by, focal),
        }
    }

    /// Zooms the 3-D view: a factor above 1 goes nearer.
    pub fn nearer(&mut self, factor: f64) {
        match self.layout.is_from_above {
            true => self.above.get_or_insert(self.orbit).nearer(factor),
            false => self.orbit.nearer(factor),
        }
    }

    /// Shows a shot. Another shot than before is shown at its first frame, with nothing selected; the layout, the
    /// copied path and the library stay. A selected keyframe that no longer exists is deselected.
    pub fn look_at(&mut self, shot: &Shot) {
        if self.shot != Some(shot.id) {
            *self = Self {
                shot: Some(shot.id),
                orbit: self.orbit,
                pilot: self.pilot,
                layout: self.layout,
                copied_path: self.copied_path.take(),
                path_name: std::mem::take(&mut self.path_name),
                library: self.library.take(),
                ..Self::default()
            };
        }
        self.frame = self.frame.min(last_frame(shot));
        let is_there = |thing: &Thing| match thing {
            Thing::Key(frame) => shot
                .camera
                .iter()
                .flat_map(CameraPath::keys)
                .any(|key| key.frame == *frame),
            Thing::StandIn(_) => true, // its index is checked against the stage where it is used
        };
        self.chosen = self.chosen.filter(is_there);
    }
}
