//! Projects points of the stage to the screen, and casts rays from the screen into the stage.

use egui::{Pos2, Rect, pos2};
use glam::{DAffine3, DVec3};
use kinora_studio::timeline::camera::{Pose, SENSOR_WIDTH_MM};

/// The distance of the near plane. Nearer points are not drawn.
pub const NEAREST_METRES: f64 = 0.05;

/// The projection of a camera pose whose frame is as wide as a rectangle of the window.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    pub pose: Pose,
    pub rect: Rect,
    camera_from_world: DAffine3,
    /// The focal length, in points.
    pub focal: f64,
}

impl Lens {
    pub fn new(pose: Pose, rect: Rect) -> Self {
        Self {
            pose,
            rect,
            camera_from_world: pose.world_from_camera().inverse(),
            focal: pose.focal_mm / SENSOR_WIDTH_MM * f64::from(rect.width()),
        }
    }

    /// A point of the world in camera space: x right, y down, z ahead.
    pub fn seen(&self, place: DVec3) -> DVec3 {
        self.camera_from_world.transform_point3(place)
    }

    /// The screen position of a point of the world; `None` if it is nearer than the near plane.
    pub fn screen(&self, place: DVec3) -> Option<Pos2> {
        self.on_screen(self.seen(place))
    }

    /// The screen position of a point in camera space; `None` if it is nearer than the near plane.
    pub fn on_screen(&self, seen: DVec3) -> Option<Pos2> {
        let scale = self.focal / seen.z;
        let middle = self.rect.center();
        (seen.z >= NEAREST_METRES).then(|| {
            pos2(
                middle.x + (seen.x * scale) as f32,
                middle.y + (seen.y * scale) as f32,
            )
        })
    }

    /// A line of the world on the screen, clipped at the near plane; `None` if all of it is nearer.
    pub fn line(&self, from: DVec3, to: DVec3) -> Option<[Pos2; 2]> {
        let (mut from, mut to) = (self.seen(from), self.seen(to));
        if from.z < NEAREST_METRES && to.z < NEAREST_METRES {
            return None;
        }
        let (one, other) = (from, to);
        let cut = |inside: DVec3, outside: DVec3| {
            let share = (NEAREST_METRES - inside.z) / (outside.z - inside.z);
            let mut cut = inside.lerp(outside, share);
            cut.z = NEAREST_METRES;
            cut
        };
        if from.z < NEAREST_METRES {
            from = cut(other, one);
        } else if to.z < NEAREST_METRES {
            to = cut(one, other);
        }
        Some([self.on_screen(from)?, self.on_screen(to)?])
    }

    /// The ray through a point of the screen: its origin and its unit direction, in the world.
    pub fn ray(&self, at: Pos2) -> (DVec3, DVec3) {
        let off = at - self.rect.center();
        let ahead = DVec3::new(f64::from(off.x), f64::from(off.y), self.focal);
        (
            self.pose.position,
            (self.pose.orientation * ahead).normalize_or(DVec3::Z),
        )
    }

    /// The point where the ray through `at` meets the horizontal plane at `y`; `None` as for
    /// [`Self::on_plane`].
    pub fn on_level(&self, at: Pos2, y: f64) -> Option<DVec3> {
        self.on_plane(at, DVec3::Y * y, DVec3::Y)
    }

    /// The point where the ray through `at` meets the plane through `origin` with the normal `axis`. `None`
    /// if the plane is parallel to the ray, behind its origin, or more than 1 km away.
    pub fn on_plane(&self, at: Pos2, origin: DVec3, axis: DVec3) -> Option<DVec3> {
        let (from, along) = self.ray(at);
        let far = (origin - from).dot(axis) / along.dot(axis);
        (far.is_finite() && far > 0.0 && far < 1e3).then(|| from + along * far)
    }

    /// The position on the line through `origin` that is nearest to the ray through `at`, in lengths of
    /// `axis`. `None` if the line and the ray are almost parallel.
    pub fn along(&self, at: Pos2, origin: DVec3, axis: DVec3) -> Option<f64> {
        let (from, ray) = self.ray(at);
        let between = from - origin;
        let (aa, ar, rr) = (axis.dot(axis), axis.dot(ray), ray.dot(ray));
        let under = aa * rr - ar * ar;
        let far = (rr * axis.dot(between) - ar * ray.dot(between)) / under;
        (under > 1e-6 && far.is_finite()).then_some(far)
    }

    /// The length in metres that appears `points` long on the screen at the depth of `place`.
    pub fn metres(&self, place: DVec3, points: f32) -> f64 {
        let z = self.seen(place).z.max(NEAREST_METRES);
        f64::from(points) * z / self.focal
    }
}

#[cfg(test)]
mod tests {
    use egui::vec2;
    use glam::DVec2;
    use kinora_studio::measure::DrawnView;

    use super::*;

    fn lens() -> Lens {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(640.0, 360.0));
        Lens::new(Pose::START, rect)
    }

    #[test]
    fn a_place_is_found_again_where_it_is_drawn() {
        let place = DVec3::new(0.7, -0.4, 1.2);
        let at = lens().screen(place).expect("ahead");
        let (from, along) = lens().ray(at);
        let nearest = from + along * (place - from).dot(along);
        assert!(nearest.distance(place) < 1e-4);
        let found = lens().on_level(at, place.y).expect("on that level");
        assert!(found.distance(place) < 1e-3);
        let axis = lens().along(at, DVec3::new(0.0, -0.4, 1.2), DVec3::X);
        assert!((axis.expect("not end on") - 0.7).abs() < 1e-3);
    }

    #[test]
    fn the_measure_of_a_camera_projects_points_as_the_views_do() {
        let lens = lens();
        let view = DrawnView {
            world_from_camera: lens.pose.world_from_camera(),
            focal: lens.focal,
            centre: DVec2::new(320.0, 180.0),
        };
        for seen in [
            DVec3::new(0.7, -0.4, 4.2),
            DVec3::new(-1.5, 0.3, 2.0),
            DVec3::Z,
        ] {
            let place = lens.on_screen(seen).expect("ahead") - lens.rect.min;
            let pixel = view.pixel(seen).expect("ahead");
            let off = DVec2::new(f64::from(place.x), f64::from(place.y)) - pixel;
            assert!(off.length() < 1e-3, "{seen}: {off}");
        }
        assert_eq!(view.pixel(DVec3::NEG_Z), None);
    }

    #[test]
    fn a_line_from_behind_begins_at_the_lens() {
        let line = lens().line(DVec3::new(0.0, 0.0, -9.0), DVec3::ZERO);
        assert!(line.is_some_and(|ends| ends.iter().all(|end| end.x.is_finite())));
        assert_eq!(lens().line(DVec3::Z * -9.0, DVec3::Z * -8.0), None);
    }
}
