//! The 180-degree rule: across a cut, the camera stays on one side of the line between two figures. Otherwise
//! they change sides in the picture.

use glam::DVec3;

/// A camera this near to the line belongs to neither side.
const ON_LINE_METRES: f64 = 0.15;

/// Two figures and the camera that sees them. Positions are in world space, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineOfAction {
    /// The points where the figures stand.
    pub figures: [DVec3; 2],
    /// The position of the camera.
    pub camera: DVec3,
}

impl LineOfAction {
    /// Whether the camera is on the other side of the line after a cut from this view to the next.
    pub fn is_crossed(&self, next: &Self) -> bool {
        let sides = [self.side_metres(), next.side_metres()];
        let has_side = sides.iter().all(|side| side.abs() > ON_LINE_METRES);
        has_side && sides[0].is_sign_positive() != sides[1].is_sign_positive()
    }

    /// The distance of the camera from the line, seen from above: positive on one side, negative on the other.
    /// 0 if both figures stand on the same spot.
    fn side_metres(&self) -> f64 {
        let [one, other] = self.figures;
        let (line, to_camera) = (other - one, self.camera - one);
        let length = line.x.hypot(line.z);
        match length > 1e-6 {
            true => (line.x * to_camera.z - line.z * to_camera.x) / length,
            false => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(x: f64, z: f64) -> LineOfAction {
        LineOfAction {
            figures: [DVec3::X * -0.5, DVec3::X * 0.5],
            camera: DVec3::new(x, -1.5, z),
        }
    }

    #[test]
    fn a_cut_to_the_other_side_crosses_the_line() {
        assert!(view(0.0, -4.0).is_crossed(&view(1.0, 2.0)));
        assert!(!view(0.0, -4.0).is_crossed(&view(3.0, -0.5)));
    }

    #[test]
    fn a_camera_on_the_line_crosses_nothing() {
        assert!(!view(4.0, 0.1).is_crossed(&view(0.0, 3.0)));
        assert!(!view(0.0, -3.0).is_crossed(&view(-4.0, 0.0)));
    }

    #[test]
    fn figures_that_change_places_cross_the_line_too() {
        let before = view(0.0, -4.0);
        let [one, other] = before.figures;
        let after = LineOfAction {
            figures: [other, one],
            ..before
        };
        assert!(before.is_crossed(&after));
        let on_one_spot = LineOfAction {
            figures: [one, one],
            ..before
        };
        assert!(!before.is_crossed(&on_one_spot));
    }
}
