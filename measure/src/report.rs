//! What is reported of a clip's camera: the verdict, or the reason why there is none, and what was asked and achieved.

use glam::{DAffine3, DQuat, DVec3};
use serde::{Deserialize, Serialize};

use crate::course::CourseReport;
use crate::fit::Fits;
use crate::solve::Reason;
use crate::statistics::Spread;

/// Whether a clip follows its drawn path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "VerdictRecord", into = "VerdictRecord")]
pub enum Verdict {
    /// It does.
    Obeyed,
    /// The right move, but too much, too little, or with something else added.
    PartlyObeyed,
    /// It does something else.
    NotObeyed,
    /// The clip does not show it.
    NotMeasurable {
        /// Why.
        reason: Reason,
    },
}

/// A verdict as it is written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct VerdictRecord {
    measurable: bool,
    #[serde(default)]
    reason: Option<Reason>,
    verdict: VerdictName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum VerdictName {
    Obeyed,
    PartlyObeyed,
    NotObeyed,
    NotMeasurable,
}

impl From<Verdict> for VerdictRecord {
    fn from(verdict: Verdict) -> Self {
        let (verdict, reason) = match verdict {
            Verdict::Obeyed => (VerdictName::Obeyed, None),
            Verdict::PartlyObeyed => (VerdictName::PartlyObeyed, None),
            Verdict::NotObeyed => (VerdictName::NotObeyed, None),
            Verdict::NotMeasurable { reason } => (VerdictName::NotMeasurable, Some(reason)),
        };
        Self {
            measurable: reason.is_none(),
            reason,
            verdict,
        }
    }
}

impl From<VerdictRecord> for Verdict {
    fn from(record: VerdictRecord) -> Self {
        match (record.verdict, record.reason) {
            (VerdictName::Obeyed, _) => Self::Obeyed,
            (VerdictName::PartlyObeyed, _) => Self::PartlyObeyed,
            (VerdictName::NotObeyed, _) => Self::NotObeyed,
            (VerdictName::NotMeasurable, reason) => Self::NotMeasurable {
                reason: reason.unwrap_or(Reason::Ambiguous),
            },
        }
    }
}

/// A camera's way from the first frame to the last, by axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Pan in degrees; to the right is positive.
    pub yaw: f64,
    /// Tilt in degrees; upwards is positive.
    pub pitch: f64,
    /// Roll in degrees; clockwise, as the person behind the camera sees it, is positive.
    pub roll: f64,
    /// Travel to the right, in the scene's units.
    pub right: f64,
    /// Travel downwards.
    pub down: f64,
    /// Travel forwards.
    pub forward: f64,
}

/// The rotation error of a frame, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnError {
    /// Of the pan.
    pub yaw: f64,
    /// Of the tilt.
    pub pitch: f64,
    /// Of the roll.
    pub roll: f64,
    /// The angle of the whole rotation between asked and achieved.
    pub total: f64,
}

/// A camera pose of a clip, relative to that of its first frame: x right, y down, z forward of the first camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AchievedPose {
    /// The rotation, camera to first camera: a unit quaternion, written as x, y, z, w.
    pub rotation: DQuat,
    /// The position in the scene's units, at the scale at which the path fits the drawn one best; 0 if no travel is seen.
    pub position: DVec3,
}

impl AchievedPose {
    /// The transform from the camera to the first camera.
    pub fn first_from_camera(&self) -> DAffine3 {
        DAffine3::from_rotation_translation(self.rotation, self.position)
    }
}

/// One frame. A frame whose pose is not known has no numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameReport {
    /// The rotation error against the drawn path, relative to the first frame.
    pub rotation_error_degrees: Option<TurnError>,
    /// The angle between the asked and the achieved direction from the first frame, where both travel enough.
    pub direction_error_degrees: Option<f64>,
    /// The distance between asked and achieved position after one scale, as a share of the drawn path's length.
    pub path_error_share: Option<f64>,
    /// The pose that the clip shows. Measures of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose: Option<AchievedPose>,
}

/// The measure of a clip's camera. Of a clip that is not measurable only the verdict, the frames without numbers and, if
/// there are tracks, the fits and what they say of the path are given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraReport {
    /// Written as `measurable`, `reason` and `verdict`.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Which way a clip goes whose poses are not measurable. `None` of a clip whose poses are, and of one with too few points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<CourseReport>,
    /// Over all frames after the first.
    pub rotation_error_degrees: Option<Spread>,
    /// Over the frames where the direction of travel is defined.
    pub direction_error_degrees: Option<Spread>,
    /// Over all frames after the first, if the drawn path travels and travel is seen.
    pub path_error_share: Option<Spread>,
    /// What the drawn path asks for, to the last frame.
    pub asked: Axes,
    /// What the clip does, to the last frame whose pose is known. Travel has the scale at which it fits the drawn path
    /// best; it is 0 if none is seen.
    pub achieved: Option<Axes>,
    /// Whether the clip shows parallax. Without it, only rotation is measured.
    pub travel_seen: bool,
    /// The median depth of the points at that scale, in the scene's units: a stage that is much nearer or farther shows
    /// that the travel is too long or too short.
    pub median_depth: Option<f64>,
    /// How well the drawn path and others fit the tracks.
    pub fit: Fits,
    /// The share of points that agree on the solved camera.
    pub inlier_share: Option<f64>,
    /// The share of the frame that they cover.
    pub coverage: Option<f64>,
    /// Their median miss in pixels.
    pub reprojection_error_pixels: Option<f64>,
    /// The uncertainty of the rotation at the worst frame, in degrees (one standard deviation).
    pub rotation_uncertainty_degrees: Option<f64>,
    /// One per frame.
    pub frames: Vec<FrameReport>,
}

impl CameraReport {
    /// The poses that the clip shows, camera to world, if its first frame has the pose `first`. `None` of a frame whose
    /// pose is not known. The drawn path has `first` in its first frame.
    pub fn poses_in_world(&self, first: &DAffine3) -> Vec<Option<DAffine3>> {
        let poses = self.frames.iter().map(|frame| frame.pose);
        poses
            .map(|pose| pose.map(|pose| *first * pose.first_from_camera()))
            .collect()
    }
}
