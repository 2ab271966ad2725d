//! Lenses: a usual set of focal lengths, and the angle of view of each.

use super::SENSOR_WIDTH_MM;

/// A usual set of prime lenses, for a sensor 36 mm wide.
pub const LENSES_MM: [f64; 7] = [14.0, 18.0, 24.0, 35.0, 50.0, 85.0, 135.0];

/// The horizontal angle of view of a focal length on a sensor 36 mm wide.
pub fn angle_of_view_degrees(focal_mm: f64) -> f64 {
    2.0 * (SENSOR_WIDTH_MM / 2.0 / focal_mm).atan().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_as_long_as_half_the_sensor_sees_a_right_angle() {
        assert!((angle_of_view_degrees(18.0) - 90.0).abs() < 1e-9);
        let angles = LENSES_MM.map(angle_of_view_degrees);
        assert!(angles.windows(2).all(|pair| pair[0] > pair[1]));
        assert!((angles[4] - 39.6).abs() < 0.05, "50 mm: {}", angles[4]);
    }
}
