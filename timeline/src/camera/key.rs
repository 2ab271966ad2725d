//! The poses and keyframes of a camera. A key has a pose, a lens, and handles that bend the path on both of its sides.
//! Space is that of the camera: x right, y down, z forward, in metres.

use glam::{DAffine3, DQuat, DVec3};
use serde::{Deserialize, Serialize};

use crate::Frames;
use crate::easing::Easing;
use crate::stored::is_default;

/// Position, orientation and focal length of a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// In world space, metres.
    pub position: DVec3,
    /// Camera axes to world axes.
    pub orientation: DQuat,
    /// For a sensor 36 mm wide.
    pub focal_mm: f64,
}

impl Pose {
    /// At eye height, level, looking along z with a normal lens.
    pub const START: Self = Self {
        position: DVec3::new(0.0, -1.5, -4.0),
        orientation: DQuat::IDENTITY,
        focal_mm: 35.0,
    };

    /// The transform from camera space to world space.
    pub fn world_from_camera(&self) -> DAffine3 {
        DAffine3::from_rotation_translation(self.orientation, self.position)
    }

    /// The viewing direction, a unit vector.
    pub fn forward(&self) -> DVec3 {
        self.orientation * DVec3::Z
    }
}

/// A keyframe: a pose at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraKey {
    /// Counted from the shot's first frame, in the model's own frames.
    pub frame: Frames,
    /// In world space, metres.
    pub position: DVec3,
    /// Camera axes to world axes; a unit quaternion.
    pub orientation: DQuat,
    /// For a sensor 36 mm wide.
    pub focal_mm: f64,
    /// The easing from this key to the next.
    #[serde(default, skip_serializing_if = "is_default")]
    pub easing: Easing,
    /// 0 for a smooth path through this key, 1 for a corner.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tension: f64,
    /// The path's tangent at this key, in metres per frame; `None` derives it from the neighbouring keys and the
    /// tension.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tangent: Option<DVec3>,
}

/// The side of a key on which a tangent handle lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Towards the previous key.
    Before,
    /// Towards the next key.
    After,
}

impl CameraKey {
    /// A smooth key with this pose.
    pub fn new(frame: Frames, pose: Pose) -> Self {
        let Pose {
            position,
            orientation,
            focal_mm,
        } = pose;
        Self {
            frame,
            position,
            orientation,
            focal_mm,
            easing: Easing::Linear,
            tension: 0.0,
            tangent: None,
        }
    }
}
