//! Length and speeds of a camera path, and warnings where it exceeds what a model was trained on.

use serde::{Deserialize, Serialize};

use super::CameraPath;
use crate::{FrameRate, Frames};

/// Length and peak speeds of a camera path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// The length of the whole path.
    pub length_metres: f64,
    /// The highest speed between two frames.
    pub fastest_metres_per_second: f64,
    /// The highest rotation speed.
    pub largest_turn_degrees_per_second: f64,
    /// The highest zoom speed: 1 doubles the picture's scale in a second.
    pub largest_zoom_octaves_per_second: f64,
}

/// The fastest camera movement in a model's training data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// As in [`Measures`].
    pub metres_per_second: f64,
    /// As in [`Measures`].
    pub turn_degrees_per_second: f64,
    /// As in [`Measures`].
    pub zoom_octaves_per_second: f64,
}

impl Limits {
    /// The training data of the starter model: each preset move up to 1.1 times its default strength, within a
    /// second. Its card says the same; for other models only their card counts.
    pub const STARTER: Self = Self {
        metres_per_second: 3.5,
        turn_degrees_per_second: 50.0,
        zoom_octaves_per_second: 1.1,
    };
}

/// A frame at which a path exceeds a model's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// The frame after which it happens.
    pub frame: Frames,
    /// For the user: the speed, and the limit that it exceeds.
    pub text: String,
}

impl CameraPath {
    /// Measures the path frame by frame over `count` frames.
    pub fn measures(&self, count: u32, rate: FrameRate) -> Measures {
        let mut all = Measures::default();
        for step in self.steps(count, rate) {
            all.length_metres += step.length_metres;
            all.fastest_metres_per_second = all
                .fastest_metres_per_second
                .max(step.fastest_metres_per_second);
            all.largest_turn_degrees_per_second = all
                .largest_turn_degrees_per_second
                .max(step.largest_turn_degrees_per_second);
            all.largest_zoom_octaves_per_second = all
                .largest_zoom_octaves_per_second
                .max(step.largest_zoom_octaves_per_second);
        }
        all
    }

    /// The frames at which the path exceeds `limits`.
    pub fn warnings(&self, count: u32, rate: FrameRate, limits: &Limits) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (frame, step) in (0..).map(Frames).zip(self.steps(count, rate)) {
            let mut warn = |is: f64, limit: f64, unit: &str| {
                if is > limit {
                    warnings.push(Warning {
                        frame,
                        text: format!(
                            "{is:.1} {unit} is faster than this model can follow ({limit:.1})"
                        ),
                    });
                }
            };
            warn(
                step.fastest_metres_per_second,
                limits.metres_per_second,
                "m/s",
            );
            warn(
                step.largest_turn_degrees_per_second,
                limits.turn_degrees_per_second,
                "degrees/s",
            );
            warn(
                step.largest_zoom_octaves_per_second,
                limits.zoom_octaves_per_second,
                "octaves/s",
            );
        }
        warnings
    }

    /// The measures from each frame to the next.
    fn steps(&self, count: u32, rate: FrameRate) -> impl Iterator<Item = Measures> {
        let poses = self.poses(count, rate);
        let per_second = rate.per_second();
        let pairs = poses.clone().into_iter().zip(poses.into_iter().skip(1));
        pairs.map(move |(from, to)| {
            let length_metres = from.position.distance(to.position);
            Measures {
                length_metres,
                fastest_metres_per_second: length_metres * per_second,
                largest_turn_degrees_per_second: from
                    .orientation
                    .angle_between(to.orientation)
                    .to_degrees()
                    * per_second,
                largest_zoom_octaves_per_second: (to.focal_mm / from.focal_mm).log2().abs()
                    * per_second,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Move, Pose, preset};
    use super::*;

    #[test]
    fn a_pan_is_measured_in_degrees_and_warned_about_where_it_is_too_fast() {
        let path = preset(Move::PanRight, 1.0, Frames(25), Pose::START);
        let measures = path.measures(25, FrameRate::FPS_24);
        assert!(measures.length_metres < 1e-9);
        assert!(
            measures.largest_turn_degrees_per_second > 20.0,
            "{measures:?}"
        );
        let limits = Limits {
            metres_per_second: 1.0,
            turn_degrees_per_second: 10.0,
            zoom_octaves_per_second: 1.0,
        };
        let warnings = path.warnings(25, FrameRate::FPS_24, &limits);
        assert!(
            !warnings.is_empty() && warnings[0].text.contains("degrees/s"),
            "{warnings:?}"
        );
    }
}
