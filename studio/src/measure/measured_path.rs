//! The two paths of a measured take in the world: the one that it was asked to follow, and the one that its clip shows.

use glam::{DAffine3, DQuat, DVec3};
use kinora_measure::CameraReport;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_wire::{Camera, View};

/// The paths of a measured take.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredPath {
    /// One per frame of the clip.
    pub frames: Vec<MeasuredFrame>,
}

/// One frame of both paths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredFrame {
    /// The pose that was asked for.
    pub asked: Pose,
    /// The pose that the clip shows, with the lens that was asked for. It begins in the pose that was asked for first.
    /// `None` if it is not known.
    pub achieved: Option<Pose>,
    /// The angle between the two in degrees.
    pub error_degrees: Option<f64>,
}

impl MeasuredPath {
    /// The paths of a take with this camera and this measure. `None` if no pose is known: the clip was refused, or an
    /// earlier version of Kinora measured it.
    pub fn of(camera: &Camera, report: &CameraReport) -> Option<Self> {
        let (first, last) = (camera.views.first()?, camera.views.last()?);
        let poses = report.poses_in_world(&first.world_from_camera);
        poses.iter().flatten().next()?;
        let frames = poses.into_iter().zip(&report.frames).enumerate();
        let frames = frames.map(|(frame, (achieved, reported))| {
            let view = camera.views.get(frame).unwrap_or(last);
            MeasuredFrame {
                asked: pose(&view.world_from_camera, view),
                achieved: achieved.map(|achieved| pose(&achieved, view)),
                error_degrees: reported.rotation_error_degrees.map(|error| error.total),
            }
        });
        Some(Self {
            frames: frames.collect(),
        })
    }

    /// A point ahead of each camera, at this distance from it: where both look, which separates pans and tilts that
    /// move no camera.
    pub fn looks(&self, metres: f64) -> impl Iterator<Item = (DVec3, Option<DVec3>)> {
        let ahead = move |pose: &Pose| pose.position + pose.forward() * metres;
        let frames = self.frames.iter();
        frames.map(move |frame| (ahead(&frame.asked), frame.achieved.as_ref().map(ahead)))
    }

    /// The largest distance that the asked camera or the achieved one goes from its first place, in metres.
    pub fn extent_metres(&self) -> f64 {
        let Some(first) = self.frames.first() else {
            return 0.0;
        };
        let from = first.asked.position;
        let places = self.frames.iter().flat_map(|frame| {
            let achieved = frame.achieved.map(|pose| pose.position);
            [Some(frame.asked.position), achieved]
        });
        let ways = places.flatten().map(|place| place.distance(from));
        ways.fold(0.0, f64::max)
    }
}

fn pose(world_from_camera: &DAffine3, view: &View) -> Pose {
    Pose {
        position: world_from_camera.translation,
        orientation: DQuat::from_mat3(&world_from_camera.matrix3).normalize(),
        focal_mm: view.focal[0] * SENSOR_WIDTH_MM,
    }
}

#[cfg(test)]
mod tests {
    use kinora_measure::{AchievedPose, DrawnPath, FrameReport, Limits, TurnError, measure_camera};

    use super::*;

    const LAST: usize = 8;

    /// A camera that pans by 30 degrees to the right, from a place and a direction of its own.
    fn camera() -> Camera {
        let views = (0..=LAST).map(|frame| {
            let yaw = 12.0 + 30.0 * frame as f64 / LAST as f64;
            let turn = DQuat::from_rotation_y(yaw.to_radians());
            let place = DVec3::new(1.0, -1.5, -4.0);
            View::straight(
                DAffine3::from_rotation_translation(turn, place),
                35.0 / SENSOR_WIDTH_MM,
                [64, 36],
            )
        });
        Camera {
            views: views.collect(),
        }
    }

    /// The report of a clip that pans by 22 degrees instead. Of its second frame nothing is known.
    fn report() -> CameraReport {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let frames = (0..=LAST).map(|frame| {
            let share = frame as f64 / LAST as f64;
            let error = 8.0 * share;
            match frame {
                1 => FrameReport::default(),
                _ => FrameReport {
                    rotation_error_degrees: Some(TurnError {
                        yaw: -error,
                        pitch: 0.0,
                        roll: 0.0,
                        total: error,
                    }),
                    pose: Some(AchievedPose {
                        rotation: DQuat::from_rotation_y((22.0 * share).to_radians()),
                        position: DVec3::ZERO,
                    }),
                    ..FrameReport::default()
                },
            }
        });
        CameraReport {
            frames: frames.collect(),
            ..refused
        }
    }

    #[test]
    fn a_pan_of_30_degrees_of_which_22_came_gives_curves_that_end_8_degrees_apart() {
        let path = MeasuredPath::of(&camera(), &report()).expect("measured");
        assert_eq!(path.frames.len(), LAST + 1);
        assert_eq!(path.frames[1].achieved, None);
        let from = path.frames[0].asked.position;
        assert!((from - DVec3::new(1.0, -1.5, -4.0)).length() < 1e-12);
        let looks: Vec<_> = path.looks(2.0).collect();
        let apart = |frame: usize| {
            let (asked, achieved) = looks[frame];
            let angle = (asked - from).angle_between(achieved.expect("known") - from);
            angle.to_degrees()
        };
        assert!(apart(0) < 1e-5, "both begin alike: {}", apart(0));
        assert!((apart(LAST) - 8.0).abs() < 1e-5, "{}", apart(LAST));
        assert!((apart(LAST / 2) - 4.0).abs() < 1e-5);
        assert!(path.extent_metres() < 1e-9, "it only turns");
        let reported = path.frames[LAST].error_degrees.expect("known");
        assert!((reported - 8.0).abs() < 1e-9);
        // To the right in the world, which is +x where the camera looks along z.
        assert!(looks[LAST].0.x > looks[0].0.x);
    }

    #[test]
    fn a_measure_without_poses_has_no_curves() {
        let without = CameraReport {
            frames: vec![FrameReport::default(); LAST + 1],
            ..report()
        };
        assert_eq!(MeasuredPath::of(&camera(), &without), None);
        assert_eq!(
            MeasuredPath::of(&Camera { views: Vec::new() }, &report()),
            None
        );
    }
}
