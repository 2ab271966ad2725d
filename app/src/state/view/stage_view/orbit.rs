//! The orbit camera of the 3-D view of the camera panel: its pose from the side and from above, and how it is turned, moved
//! and zoomed.

use std::f64::consts::FRAC_PI_2;

use glam::{DQuat, DVec2, DVec3};
use kinora_studio::timeline::camera::{Pose, SENSOR_WIDTH_MM, looking};

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
