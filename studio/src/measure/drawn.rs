//! A camera as the drawn path of a measure: focal lengths and principal points in pixels of the measured frames.

use glam::DVec2;
use kinora_measure::{DrawnPath, DrawnView};
use kinora_timeline::camera::SENSOR_WIDTH_MM;
use kinora_wire::{Camera, View};

/// The longer side of a measured frame, in pixels.
const LONGEST_SIDE: f64 = 832.0;
/// The shape of a camera's pixels that frames are stretched for, and its inverse.
const MOST_STRETCH: f64 = 4.0;

/// The same camera with another lens, centred and with square pixels. `size` is that of the clip.
pub(super) fn with_lens(camera: &Camera, focal_mm: f64, size: [u32; 2]) -> Camera {
    let focal = focal_mm / SENSOR_WIDTH_MM;
    let views = camera.views.iter();
    let views = views.map(|view| View::straight(view.world_from_camera, focal, size));
    Camera {
        views: views.collect(),
    }
}

/// The size in which the frames of a clip are measured: no larger than the clip across, and so high that the camera's
/// pixels are square.
pub(super) fn measured_size(camera: &Camera, clip: [u32; 2]) -> [u32; 2] {
    let [width, height] = clip.map(f64::from);
    let stretch = camera.views.first().map_or(1.0, |view| {
        let ([across, down], _) = view.in_pixels(width, height);
        across / down
    });
    let stretch = match stretch.is_finite() {
        true => stretch.clamp(1.0 / MOST_STRETCH, MOST_STRETCH),
        false => 1.0,
    };
    let scale = (LONGEST_SIDE / width.max(height)).min(1.0);
    [width * scale, height * scale * stretch].map(|side| side.round().max(1.0) as u32)
}

/// The same size, or a smaller one of its shape whose longer side is no longer than this.
pub(super) fn no_longer_than(longest: f64, size: [u32; 2]) -> [u32; 2] {
    let scale = (longest / f64::from(size[0].max(size[1]).max(1))).min(1.0);
    size.map(|side| (f64::from(side) * scale).round().max(1.0) as u32)
}

/// The path of a camera over a clip whose frames are scaled to `measured`.
pub(super) fn drawn_path(camera: &Camera, clip: [u32; 2], measured: [u32; 2]) -> DrawnPath {
    let [width, height] = clip.map(f64::from);
    let across = f64::from(measured[0]) / width;
    let down = f64::from(measured[1]) / height;
    let views = camera.views.iter().map(|view| {
        let (focal, centre) = view.in_pixels(width, height);
        DrawnView {
            world_from_camera: view.world_from_camera,
            focal: focal[0] * across,
            centre: DVec2::new(centre[0] * across, centre[1] * down),
        }
    });
    DrawnPath {
        views: views.collect(),
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;
    use kinora_measure::{GreyFrame, Limits, measure_camera};

    use super::*;

    /// A row of a RealEstate10K file: a camera at a place, turned to the right.
    fn row(focal: [f64; 2], place: DVec3, right_degrees: f64) -> String {
        let (sin, cos) = right_degrees.to_radians().sin_cos();
        let [right, forward] = [DVec3::new(cos, 0.0, -sin), DVec3::new(sin, 0.0, cos)];
        let rows = [right, DVec3::Y, forward];
        let rows =
            rows.map(|axis| format!("{} {} {} {}", axis.x, axis.y, axis.z, -axis.dot(place)));
        format!("0 {} {} 0.5 0.5 0 0 {}", focal[0], focal[1], rows.join(" "))
    }

    fn seen(view: &DrawnView, point: DVec3) -> DVec2 {
        let point = view.world_from_camera.inverse().transform_point3(point);
        view.centre + DVec2::new(point.x, point.y) * (view.focal / point.z)
    }

    #[test]
    fn a_point_is_seen_where_the_matrix_of_the_file_projects_it() {
        let place = DVec3::new(1.0, -0.5, 2.0);
        let (sin, cos) = 30_f64.to_radians().sin_cos();
        let [right, forward] = [DVec3::new(cos, 0.0, -sin), DVec3::new(sin, 0.0, cos)];
        // Five units ahead of the camera, one to its right and one below.
        let point = place + forward * 5.0 + right + DVec3::Y;
        let text = row([0.5, 0.5 * 16.0 / 9.0], place, 30.0);
        let camera = Camera::from_realestate(&text).expect("a row");
        for (clip, measured, focal) in [
            ([1664, 936], [832, 468], 416.0),
            ([640, 360], [640, 360], 320.0),
            // The frame is upright: the height of 16:9 covers it.
            ([360, 640], [360, 640], 0.5 * 640.0 * 16.0 / 9.0),
        ] {
            let size = measured_size(&camera, clip);
            assert_eq!(size, measured);
            let path = drawn_path(&camera, clip, size);
            let middle = DVec2::new(f64::from(size[0]), f64::from(size[1])) / 2.0;
            let expected = middle + DVec2::splat(focal / 5.0);
            let is = seen(&path.views[0], point);
            assert!(is.distance(expected) < 0.01, "{is} {expected}");
        }
    }

    #[test]
    fn frames_are_stretched_for_a_camera_whose_pixels_are_not_square() {
        let text = row([0.75, 1.0], DVec3::ZERO, 0.0);
        let camera = Camera::from_realestate(&text).expect("a row");
        let size = measured_size(&camera, [640, 360]);
        // 480 pixels of focal length across and 360 down.
        assert_eq!(size, [640, 480]);
        let path = drawn_path(&camera, [640, 360], size);
        let is = seen(&path.views[0], DVec3::new(0.0, 1.0, 4.0));
        assert!(is.distance(DVec2::new(320.0, 240.0 + 120.0)) < 0.01, "{is}");
    }

    #[test]
    fn a_lens_of_36_mm_sees_as_far_to_the_sides_as_ahead() {
        let text = row([0.5, 0.9], DVec3::ZERO, 0.0);
        let camera = Camera::from_realestate(&text).expect("a row");
        let camera = with_lens(&camera, 36.0, [400, 300]);
        let path = drawn_path(&camera, [400, 300], [400, 300]);
        assert!((path.views[0].focal - 400.0).abs() < 1e-9);
    }

    #[test]
    fn the_axes_of_a_file_are_those_of_the_measure() {
        let focal = [0.5, 0.5 * 16.0 / 9.0];
        let first = row(focal, DVec3::ZERO, 0.0);
        let last = row(focal, DVec3::new(0.5, 0.25, 2.0), 20.0);
        let camera = Camera::from_realestate(&format!("{first}\n{last}")).expect("rows");
        let path = drawn_path(&camera, [64, 36], [64, 36]);
        let frame = GreyFrame::new(64, 36, vec![90; 64 * 36]).expect("a frame");
        // A grey clip has no measure; what was asked is shown all the same.
        let asked = measure_camera(&vec![frame; 6], None, &path, &Limits::default()).asked;
        let is = [asked.yaw, asked.right, asked.down, asked.forward];
        for (is, expected) in is.into_iter().zip([20.0, 0.5, 0.25, 2.0]) {
            assert!((is - expected).abs() < 1e-9, "{asked:?}");
        }
    }

    #[test]
    fn frames_are_made_smaller_and_never_larger() {
        assert_eq!(no_longer_than(416.0, [832, 480]), [416, 240]);
        assert_eq!(no_longer_than(416.0, [96, 64]), [96, 64]);
    }
}
