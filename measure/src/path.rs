//! The drawn camera path: pose and lens of each frame, in pixels, as the person set them.
//! World and camera axes: x right, y down, z forward.

use glam::{DAffine3, DMat3, DQuat, DVec2, DVec3};

/// The camera path that a clip was asked to follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnPath {
    /// One per frame. Frames past the end use the last view.
    pub views: Vec<DrawnView>,
}

/// Pose and lens of the drawn camera in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnView {
    /// Rotation and position, camera to world; lengths in the scene's units.
    pub world_from_camera: DAffine3,
    /// Focal length in pixels. Pixels are square.
    pub focal: f64,
    /// Principal point in pixels, from the top left corner of the frame.
    pub centre: DVec2,
}

impl DrawnView {
    /// The ray of a pixel, at depth 1 of the camera.
    pub fn ray(&self, pixel: DVec2) -> DVec2 {
        (pixel - self.centre) / self.focal
    }

    /// The pixel of a point in camera space: x right, y down, z ahead. `None` if the point does not lie ahead.
    pub fn pixel(&self, in_camera: DVec3) -> Option<DVec2> {
        let ahead = in_camera.z > 1e-9;
        ahead.then(|| self.centre + in_camera.truncate() / in_camera.z * self.focal)
    }
}

impl DrawnPath {
    /// The view of a frame. `None` if the path is empty.
    pub fn view(&self, frame: usize) -> Option<&DrawnView> {
        self.views.get(frame).or(self.views.last())
    }

    /// Whether every number of the path is finite, every focal length above 0 and every matrix a rotation.
    pub(crate) fn is_sound(&self) -> bool {
        !self.views.is_empty()
            && self.views.iter().all(|view| {
                let turn = view.world_from_camera.matrix3;
                view.world_from_camera.is_finite()
                    && view.centre.is_finite()
                    && view.focal.is_finite()
                    && view.focal > 0.0
                    && (turn * turn.transpose()).abs_diff_eq(DMat3::IDENTITY, 1e-3)
            })
    }

    /// The same path seen in a mirror: pans, rolls and trucks go the other way; push and pull, tilt and pedestal too.
    /// Every pose is inverted relative to the first one.
    pub fn mirrored(&self) -> Self {
        let Some(first) = self.views.first() else {
            return Self::default();
        };
        let first_from_world = first.world_from_camera.inverse();
        let views = self.views.iter().map(|view| {
            let relative = first_from_world * view.world_from_camera;
            let turned = DAffine3 {
                matrix3: relative.matrix3.transpose(),
                translation: -relative.translation,
            };
            DrawnView {
                world_from_camera: first.world_from_camera * turned,
                ..*view
            }
        });
        Self {
            views: views.collect(),
        }
    }

    /// A camera that rests in the first pose, with the lens of each frame.
    pub fn still(&self) -> Self {
        let first = self.views.first().map(|view| view.world_from_camera);
        let views = self.views.iter().map(|view| DrawnView {
            world_from_camera: first.unwrap_or(view.world_from_camera),
            ..*view
        });
        Self {
            views: views.collect(),
        }
    }

    /// Ways to either side, up and down, each as fast as this path turns. None of them turns. Empty if this path travels.
    pub(crate) fn travelling_instead(&self) -> Vec<Self> {
        let poses = self.relative_poses(self.views.len());
        let (Some(first), false) = (
            self.views.first().map(|view| view.world_from_camera),
            poses.iter().any(|pose| pose.place.length() > 1e-6),
        ) else {
            return Vec::new();
        };
        let along = |direction: DVec3| {
            let views = self.views.iter().zip(&poses).map(|(view, pose)| {
                let place = direction * DQuat::from_mat3(&pose.turn).angle_between(DQuat::IDENTITY);
                DrawnView {
                    world_from_camera: first * DAffine3::from_translation(place),
                    ..*view
                }
            });
            Self {
                views: views.collect(),
            }
        };
        [DVec3::X, -DVec3::X, DVec3::Y, -DVec3::Y]
            .map(along)
            .to_vec()
    }

    /// The poses of the first `frames` frames, relative to the first pose.
    pub(crate) fn relative_poses(&self, frames: usize) -> Vec<Pose> {
        let Some(first) = self.views.first() else {
            return Vec::new();
        };
        let first_from_world = first.world_from_camera.inverse();
        let views = (0..frames).filter_map(|frame| self.view(frame));
        let relative = views.map(|view| first_from_world * view.world_from_camera);
        relative
            .map(|relative| Pose {
                turn: relative.matrix3,
                place: relative.translation,
            })
            .collect()
    }
}

/// A camera pose relative to that of the first frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    /// Rotation, camera to the first camera.
    pub turn: DMat3,
    /// Position in the axes of the first camera.
    pub place: DVec3,
}

impl Pose {
    pub const FIRST: Self = Self {
        turn: DMat3::IDENTITY,
        place: DVec3::ZERO,
    };
}
