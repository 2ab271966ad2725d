//! The pose of a camera at every frame: between keys the path is a spline, along which the camera travels at even or eased
//! speed.

use glam::DVec3;

use super::key::Pose;
use super::{CameraPath, looking};
use crate::FrameRate;

/// Steps per segment when the path's length is measured.
const ARC_STEPS: usize = 64;

impl CameraPath {
    /// The pose at `frame`, which may be fractional. Before the first key and after the last the camera does not
    /// move.
    pub fn sample(&self, frame: f64, rate: FrameRate) -> Pose {
        let along = if self.even_speed {
            self.even_position(frame)
        } else {
            self.position_in_keys(frame)
        };
        let mut pose = self.pose_at(along);
        if let Some(point) = self.look_at {
            pose.orientation = looking(pose.position, point, pose.orientation);
        }
        match &self.handheld {
            Some(hand) => hand.shaken(pose, frame, rate),
            None => pose,
        }
    }

    /// One pose for each of the first `count` frames: what the panel draws and the model receives.
    pub fn poses(&self, count: u32, rate: FrameRate) -> Vec<Pose> {
        (0..count)
            .map(|frame| self.sample(f64::from(frame), rate))
            .collect()
    }

    /// The index of the last key passed, and the eased fraction of the way to the next, from 0 to 1.
    fn position_in_keys(&self, frame: f64) -> (usize, f64) {
        let next = self.keys.partition_point(|key| key.frame.0 as f64 <= frame);
        let Some(passed) = next.checked_sub(1) else {
            return (0, 0.0);
        };
        let Some(to) = self.keys.get(next) else {
            return (passed, 0.0);
        };
        let from = &self.keys[passed];
        let part = (frame - from.frame.0 as f64) / (to.frame - from.frame).0 as f64;
        (passed, from.easing.eased(part.clamp(0.0, 1.0)))
    }

    /// The same, measured along the length of the path instead of by the frames of its keys.
    fn even_position(&self, frame: f64) -> (usize, f64) {
        let (Some(first), Some(last)) = (self.keys.first(), self.keys.last()) else {
            return (0, 0.0);
        };
        let whole = (last.frame - first.frame).0 as f64;
        let table = self.arc_table();
        let length = table.last().copied().unwrap_or(0.0);
        if whole <= 0.0 || length <= 0.0 {
            return self.position_in_keys(frame);
        }
        let part = ((frame - first.frame.0 as f64) / whole).clamp(0.0, 1.0);
        let wanted = first.easing.eased(part) * length;
        let step = table
            .partition_point(|travelled| *travelled <= wanted)
            .clamp(1, table.len() - 1);
        let (before, after) = (table[step - 1], table[step]);
        let within = if after > before {
            ((wanted - before) / (after - before)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let place = (step as f64 - 1.0 + within) / ARC_STEPS as f64;
        let segment = (place as usize).min(self.keys.len() - 2);
        (segment, place - segment as f64)
    }

    /// The path length from the start to each of `ARC_STEPS` points on each segment, in metres.
    fn arc_table(&self) -> Vec<f64> {
        let mut table = vec![0.0];
        let mut last = self.pose_at((0, 0.0)).position;
        for segment in 0..self.keys.len().saturating_sub(1) {
            for step in 1..=ARC_STEPS {
                let here = self
                    .pose_at((segment, step as f64 / ARC_STEPS as f64))
                    .position;
                table.push(table[table.len() - 1] + last.distance(here));
                last = here;
            }
        }
        table
    }

    /// The pose at a fraction of the way from one key to the next.
    fn pose_at(&self, (segment, part): (usize, f64)) -> Pose {
        let Some(from) = self.keys.get(segment) else {
            return Pose::START;
        };
        let Some(to) = self.keys.get(segment + 1) else {
            return Pose {
                position: from.position,
                orientation: from.orientation.normalize(),
                focal_mm: from.focal_mm,
            };
        };
        let shortest = if from.orientation.dot(to.orientation) < 0.0 {
            -to.orientation
        } else {
            to.orientation
        };
        Pose {
            position: self.spline(segment, part),
            orientation: from.orientation.slerp(shortest, part).normalize(),
            // Constant zoom speed: interpolates the logarithm of the focal length.
            focal_mm: from.focal_mm * (to.focal_mm / from.focal_mm).powf(part),
        }
    }

    /// A cardinal spline through the keys over time (Catmull-Rom where the tension is 0).
    fn spline(&self, segment: usize, part: f64) -> DVec3 {
        let (from, to) = (&self.keys[segment], &self.keys[segment + 1]);
        let duration = (to.frame - from.frame).0 as f64;
        let (start, end) = (
            self.tangent(segment) * duration,
            self.tangent(segment + 1) * duration,
        );
        let (t, t2, t3) = (part, part * part, part * part * part);
        from.position * (2.0 * t3 - 3.0 * t2 + 1.0)
            + start * (t3 - 2.0 * t2 + t)
            + to.position * (3.0 * t2 - 2.0 * t3)
            + end * (t3 - t2)
    }

    /// The tangent at a key, in metres per frame.
    pub(super) fn tangent(&self, key: usize) -> DVec3 {
        if let Some(tangent) = self.keys[key].tangent {
            return tangent;
        }
        let (before, after) = (
            &self.keys[key.saturating_sub(1)],
            &self.keys[(key + 1).min(self.keys.len() - 1)],
        );
        let frames = (after.frame - before.frame).0 as f64;
        if frames <= 0.0 {
            return DVec3::ZERO;
        }
        (after.position - before.position) / frames * (1.0 - self.keys[key].tension)
    }
}
