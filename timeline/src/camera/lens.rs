//! Lenses: a usual set of focal lengths, the angle of view of each, and the filmbacks that focal lengths are given for.

use super::SENSOR_WIDTH_MM;

/// A usual set of prime lenses.
pub const LENSES_MM: [f64; 7] = [14.0, 18.0, 24.0, 35.0, 50.0, 85.0, 135.0];

/// The horizontal angle of view of a focal length on a sensor 36 mm wide.
pub fn angle_of_view_degrees(focal_mm: f64) -> f64 {
    2.0 * (SENSOR_WIDTH_MM / 2.0 / focal_mm).atan().to_degrees()
}

/// The light-sensitive area of a camera. Camera paths have focal lengths for a sensor [`SENSOR_WIDTH_MM`] wide; another
/// filmback changes the number that stands for the same angle of view, and not the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filmback {
    /// As cinematographers call it.
    pub name: &'static str,
    /// In millimetres.
    pub width_mm: f64,
    /// In millimetres. The picture has the shape of the project; only the width decides the angle of view.
    pub height_mm: f64,
}

const fn filmback(name: &'static str, width_mm: f64, height_mm: f64) -> Filmback {
    Filmback {
        name,
        width_mm,
        height_mm,
    }
}

/// Usual filmbacks. The first is the one of camera paths. Film: camera apertures of SMPTE 59, 201M and 215; sensors: the
/// makers' data sheets, open gate.
pub const FILMBACKS: [Filmback; 9] = [
    filmback("Full frame", SENSOR_WIDTH_MM, 24.0),
    filmback("Super 35", 24.89, 18.66),
    filmback("Academy 35 mm", 21.95, 16.0),
    filmback("Super 16", 12.52, 7.41),
    filmback("65 mm, 5 perforations", 52.48, 23.01),
    filmback("ARRI Alexa 35", 27.99, 19.22),
    filmback("ARRI Alexa LF", 36.7, 25.54),
    filmback("ARRI Alexa 65", 54.12, 25.58),
    filmback("Micro Four Thirds", 17.3, 13.0),
];

impl Filmback {
    /// The focal length on this filmback with the same angle of view as `focal_mm` on a sensor 36 mm wide.
    pub fn lens_mm(&self, focal_mm: f64) -> f64 {
        focal_mm * (self.width_mm / SENSOR_WIDTH_MM)
    }

    /// The focal length of a camera path with the same angle of view as `lens_mm` on this filmback.
    pub fn focal_mm(&self, lens_mm: f64) -> f64 {
        lens_mm * (SENSOR_WIDTH_MM / self.width_mm)
    }
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
    #[test]
    fn a_filmback_changes_the_number_of_a_lens_and_not_its_angle_of_view() {
        assert!((FILMBACKS[0].lens_mm(35.0) - 35.0).abs() < 1e-12);
        for film in FILMBACKS {
            for lens_mm in LENSES_MM {
                let own = 2.0 * (film.width_mm / 2.0 / lens_mm).atan().to_degrees();
                let focal_mm = film.focal_mm(lens_mm);
                let same = angle_of_view_degrees(focal_mm);
                assert!((own - same).abs() < 1e-9, "{lens_mm} mm on {}", film.name);
                assert!((film.lens_mm(focal_mm) - lens_mm).abs() < 1e-9);
            }
        }
    }
}
