//! The view state of the camera panel: the orbit camera, the selection, and the current drag.

use std::f64::consts::FRAC_PI_2;
use std::time::Instant;

use egui::Pos2;
use glam::{DQuat, DVec2, DVec3};
use kinora_studio::timeline::camera::lens::{FILMBACKS, Filmback};
use kinora_studio::timeline::camera::{CameraPath, Pose, SENSOR_WIDTH_MM, Side, looking};
use kinora_studio::timeline::query::shot_in_film::last_frame;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Frames, ShotId};

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

/// The orbit camera of the 3-D view, which looks at `target`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    pub target: DVec3,
    pub yaw_degrees: f64,
    pub pitch_degrees: f64,
    pub distance_metres: f64,
}

impl Default for Orbit {
    fn default() -> Self {
        Self {
            target: DVec3::new(0.7, -1.2, -1.2), // keeps the stage clear of the camera view in the corner
            yaw_degrees: -38.0,
            pitch_degrees: 26.0,
            distance_metres: 9.0,
        }
    }
}

impl Orbit {
    /// The focal length of the orbit camera.
    const FOCAL_MM: f64 = 38.0;
    /// From above the camera is so many times farther away, with a lens so many times longer: it shows hardly any
    /// perspective.
    const FARTHER: f64 = 8.0;
    /// The room around what is framed from above.
    const MARGIN_METRES: f64 = 1.5;

    /// The view from above with all of these places of the floor plan, x and z in metres, in a part of the picture: that
    /// begins at its left edge and has this share of its width. `aspect` is the width of the picture over its height.
    /// `None` without a place.
    pub fn framing_from_above(places: &[DVec2], aspect: f64, share: f64) -> Option<Self> {
        let first = *places.first()?;
        let low = places.iter().fold(first, |low, place| low.min(*place));
        let high = places.iter().fold(first, |high, place| high.max(*place));
        let size = (high - low) + 2.0 * Self::MARGIN_METRES;
        let width_metres = (size.x / share).max(size.y * aspect);
        let middle = (low + high) / 2.0;
        let aside = width_metres * (1.0 - share) / 2.0;
        let mut framed = Self {
            target: DVec3::new(middle.x + aside, 0.0, middle.y),
            distance_metres: width_metres * Self::FOCAL_MM / SENSOR_WIDTH_MM,
            ..Self::default()
        };
        framed.nearer(1.0); // within the limits
        Some(framed)
    }

    /// From straight above, with z upwards in the picture.
    pub fn pose_from_above(&self) -> Pose {
        let up = self.distance_metres * Self::FARTHER;
        Pose {
            position: DVec3::new(self.target.x, -up, self.target.z),
            orientation: DQuat::from_rotation_x(-FRAC_PI_2),
            focal_mm: Self::FOCAL_MM * Self::FARTHER,
        }
    }

    /// Moves the target of the view from above so that it follows the pointer. `focal` is the focal length in points.
    pub fn slide_from_above(&mut self, by: egui::Vec2, focal: f64) {
        let scale = self.distance_metres * Self::FARTHER / focal;
        self.target.x -= f64::from(by.x) * scale;
        self.target.z += f64::from(by.y) * scale;
    }

    pub fn pose(&self) -> Pose {
        let (yaw, pitch) = (
            self.yaw_degrees.to_radians(),
            self.pitch_degrees.to_radians(),
        );
        let away = DVec3::new(
            yaw.sin() * pitch.cos(),
            -pitch.sin(),
            -yaw.cos() * pitch.cos(),
        );
        let position = self.target + away * self.distance_metres;
        Pose {
            position,
            orientation: looking(position, self.target, Pose::START.orientation),
            focal_mm: Self::FOCAL_MM,
        }
    }

    pub fn turn(&mut self, by: egui::Vec2) {
        self.yaw_degrees -= f64::from(by.x) * 0.4;
        self.pitch_degrees = (self.pitch_degrees + f64::from(by.y) * 0.3).clamp(-12.0, 85.0);
    }

    /// Moves the target so that it follows the pointer. `focal` is the focal length in points.
    pub fn slide(&mut self, by: egui::Vec2, focal: f64) {
        let scale = self.distance_metres / focal;
        let across = DVec3::new(-f64::from(by.x), -f64::from(by.y), 0.0) * scale;
        self.target += self.pose().orientation * across;
    }

    pub fn nearer(&mut self, factor: f64) {
        self.distance_metres = (self.distance_metres / factor).clamp(1.0, 60.0);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of a point of the floor in the picture from above, from -1, left or below, to 1, right or above.
    fn seen(orbit: &Orbit, aspect: f64, place: DVec2) -> DVec2 {
        let pose = orbit.pose_from_above();
        let from_camera = pose.world_from_camera().inverse();
        let seen = from_camera.transform_point3(DVec3::new(place.x, 0.0, place.y));
        let half = seen.z * SENSOR_WIDTH_MM / pose.focal_mm / 2.0;
        DVec2::new(seen.x / half, -seen.y / half * aspect)
    }

    #[test]
    fn the_view_from_above_frames_all_places_in_its_left_part() {
        let (share, aspect) = (0.6, 1.5);
        for places in [
            vec![DVec2::new(0.0, -4.0), DVec2::new(0.5, 0.0)],
            vec![DVec2::new(-9.0, 2.0), DVec2::new(9.0, 3.0)],
            vec![DVec2::new(1.0, 1.0)],
        ] {
            let framed = Orbit::framing_from_above(&places, aspect, share).expect("framed");
            for place in places {
                let at = seen(&framed, aspect, place);
                assert!(at.x > -1.0 && at.x < 2.0 * share - 1.0, "{place}: {at}");
                assert!(at.y.abs() < 1.0, "{place}: {at}");
            }
        }
        assert_eq!(Orbit::framing_from_above(&[], aspect, share), None);
    }
}
