//! How the stage is looked at, what is chosen on it, and what is in the hand.

use std::time::Instant;

use egui::Pos2;
use glam::{DQuat, DVec3};
use kinora_studio::timeline::camera::{CameraPath, Pose, Side, looking};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Frames, ShotId};

/// What the window keeps of the camera's panel between frames. Nothing of it goes into a project.
#[derive(Clone, Debug, Default)]
pub struct StageView {
    /// Whose stage it is: what is chosen goes with it.
    pub shot: Option<ShotId>,
    pub orbit: Orbit,
    /// The shot's own frame that is looked at.
    pub frame: Frames,
    pub chosen: Option<Thing>,
    pub drag: Option<Drag>,
    pub pilot: Pilot,
    /// Since when it plays.
    pub playing: Option<Instant>,
    /// Whether the pointer is over the panel: K keys the camera then.
    pub has_pointer: bool,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The camera's key on this frame.
    Key(Frames),
    /// A stand-in, by its place in the stage.
    StandIn(usize),
}

/// What a drag in the picture moves.
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
        (
            Self::Zoom,
            "Zoom",
            "Drag up for a longer lens, down for a wider one",
        ),
    ];
}

/// Something in the hand, with the shot as it was when it was taken.
#[derive(Clone, Debug)]
pub struct Drag {
    pub hold: Hold,
    pub from: Pos2,
    pub start: Box<Shot>,
}

/// By what it was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hold {
    /// The eye goes round.
    Orbit,
    /// The eye goes aside.
    Aside,
    /// One arrow of the gizmo.
    Along(DVec3),
    /// The thing itself: it stays at its height.
    Level,
    /// A ring of the gizmo.
    Turn(Ring),
    /// The corner of a key's picture.
    Focal,
    /// The handle of a key's tangent: it stays at its height.
    Bend(Side),
    /// The same, up and down.
    BendUpright(Side),
    /// The picture through the camera.
    Picture,
}

impl Hold {
    /// What it does, in the field's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orbit | Self::Aside => "Orbit view",
            Self::Along(_) | Self::Level => "Move",
            Self::Turn(ring) => ring.name,
            Self::Focal => "Lens",
            Self::Bend(_) | Self::BendUpright(_) => "Bend (Ctrl: vertical)",
            Self::Picture => "Pilot",
        }
    }
}

/// What turns something about an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    pub name: &'static str,
    /// In the world, of length 1.
    pub axis: DVec3,
}

impl Ring {
    /// A stand-in's only one.
    pub const TURN: Self = Self {
        name: "Turn",
        axis: DVec3::Y,
    };

    /// Of a camera that looks so.
    pub fn of_camera(orientation: DQuat) -> [Self; 3] {
        let ring = |name, axis| Self { name, axis };
        [
            ring("Pan", DVec3::Y),
            ring("Tilt", orientation * DVec3::X),
            ring("Roll", orientation * DVec3::Z),
        ]
    }

    /// Two directions in its plane, the second a quarter turn from the first.
    pub fn plane(self) -> [DVec3; 2] {
        let across = self.axis.any_orthonormal_vector();
        [across, self.axis.cross(across)]
    }
}

/// An eye that goes round a point.
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
            target: DVec3::new(0.7, -1.2, -1.2), // the picture in the corner hides nothing
            yaw_degrees: -38.0,
            pitch_degrees: 26.0,
            distance_metres: 9.0,
        }
    }
}

impl Orbit {
    /// Of the lens one looks at the stage through.
    const FOCAL_MM: f64 = 38.0;

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

    /// Moves the point it goes round with the hand; `focal` in points.
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
    /// The first frame of another shot, nothing chosen.
    pub fn look_at(&mut self, shot: &Shot) {
        if self.shot != Some(shot.id) {
            *self = Self {
                shot: Some(shot.id),
                orbit: self.orbit,
                pilot: self.pilot,
                ..Self::default()
            };
        }
        let last = Frames(i64::from(shot.length.frames.max(1)) - 1);
        self.frame = self.frame.min(last);
        let is_there = |thing: &Thing| match thing {
            Thing::Key(frame) => shot
                .camera
                .iter()
                .flat_map(CameraPath::keys)
                .any(|key| key.frame == *frame),
            Thing::StandIn(_) => true, // the stage says
        };
        self.chosen = self.chosen.filter(is_there);
    }
}
