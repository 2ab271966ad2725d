//! The camera of a clip: pose and lens for each frame, and the RealEstate10K text format for camera paths.
//! World and camera axes: x right, y down, z forward.

use std::cmp::Ordering;
use std::fmt::Write as _;

use glam::{DAffine3, DMat3, DVec3};
use serde::{Deserialize, Serialize};

/// Longest camera path, in frames. A longer file is refused.
const MOST_VIEWS: usize = 4096;
/// The longest focal length, as a fraction of the frame. Larger numbers are pixels.
const LONGEST_FOCAL: f64 = 60.0;
/// The aspect ratio of the frame that the fractions of a RealEstate10K file belong to: width over height. The format
/// does not say it; VideoX-Fun (`videox_fun/data/utils.py`, `process_pose_file`) assumes 1280x720.
const FILE_ASPECT: f64 = 16.0 / 9.0;
/// Pixels of a file count as square up to this relative difference: its numbers are rounded to nine digits.
const SQUARE: f64 = 1e-6;

/// A camera path. Axes: x right, y down, z forward; lengths in the scene's units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// One per frame. Frames past the end use the last view.
    pub views: Vec<View>,
}

/// Pose and lens of the camera in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Extrinsics: rotation and position, camera to world.
    pub world_from_camera: DAffine3,
    /// Intrinsics fx, fy: focal length as a fraction of the frame's width and height.
    pub focal: [f64; 2],
    /// Intrinsics cx, cy: principal point as a fraction of the frame's width and height.
    pub centre: [f64; 2],
    /// Aspect ratio, width over height, of the frame that `focal` belongs to, for lenses whose pixels are not square.
    /// `None`: pixels are square.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<f64>,
}

impl View {
    /// A view with square pixels and a centred principal point. `focal` is the focal length as a fraction of the
    /// frame's width; the size is in pixels.
    pub fn straight(world_from_camera: DAffine3, focal: f64, [width, height]: [u32; 2]) -> Self {
        Self {
            world_from_camera,
            focal: [focal, focal * f64::from(width) / f64::from(height.max(1))],
            centre: [0.5, 0.5],
            aspect: None,
        }
    }

    /// Focal lengths (fx, fy) and principal point in pixels, for a frame of this size. If its aspect ratio differs from
    /// the one the fractions were written for, the view is cropped, not stretched.
    pub fn in_pixels(&self, width: f64, height: f64) -> ([f64; 2], [f64; 2]) {
        let [fx, fy] = self.focal;
        let focal = match self.aspect {
            // As if the frame that the fractions belong to had been scaled to cover this one.
            Some(aspect) => {
                let [whole_width, whole_height] = covering(aspect, width, height);
                [fx * whole_width, fy * whole_height]
            }
            None => [(fx * width).max(fy * height); 2],
        };
        (focal, [self.centre[0] * width, self.centre[1] * height])
    }
}

/// The smallest frame of this aspect ratio that covers a frame of `width` x `height`.
fn covering(aspect: f64, width: f64, height: f64) -> [f64; 2] {
    match aspect > width / height {
        true => [height * aspect, height],
        false => [width, width / aspect],
    }
}

impl Camera {
    /// Reads the format of RealEstate10K and CameraCtrl: a heading, then 19 numbers per frame: time, fx fy cx cy as
    /// fractions, two zeros, and the 3x4 world-to-camera matrix, row by row. The fractions of the focal lengths are
    /// those of a 16:9 frame, as in VideoX-Fun; both focal lengths are kept.
    pub fn from_realestate(text: &str) -> Result<Self, String> {
        let mut views = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.is_empty() || (views.is_empty() && words.len() != 19) {
                continue;
            }
            let at = |what: &str| format!("line {}: {what}", number + 1);
            if views.len() == MOST_VIEWS {
                return Err(at(&format!("more than {MOST_VIEWS} frames")));
            }
            if words.len() != 19 {
                return Err(at("19 numbers are expected"));
            }
            let numbers: Vec<f64> = words
                .iter()
                .enumerate()
                .map(|(column, word)| number_in(column, word))
                .collect::<Result<_, _>>()
                .map_err(|why| at(&why))?;
            views.push(view(&numbers).map_err(|why| at(&why))?);
        }
        if views.is_empty() {
            Err("there is no line of 19 numbers: this is not a camera file".into())
        } else {
            Ok(Self { views })
        }
    }

    /// Writes the same format for a clip of this size in pixels. The focal lengths are fractions of a 16:9 frame, so that
    /// a clip of the same size has the same rays in VideoX-Fun. The time column is the frame number.
    pub fn to_realestate(&self, size: [u32; 2]) -> String {
        let [width, height] = size.map(|side| f64::from(side.max(1)));
        let [whole_width, whole_height] = covering(FILE_ASPECT, width, height);
        let mut text = String::from("kinora\n");
        for (frame, view) in self.views.iter().enumerate() {
            let (focal, _) = view.in_pixels(width, height);
            let (fx, fy) = (focal[0] / whole_width, focal[1] / whole_height);
            let [cx, cy] = view.centre;
            write!(text, "{frame} {fx} {fy} {cx} {cy} 0 0").ok();
            let camera_from_world = view.world_from_camera.inverse();
            for row in 0..3 {
                let turn = camera_from_world.matrix3.row(row);
                let shift = camera_from_world.translation[row];
                write!(text, " {} {} {} {shift}", turn.x, turn.y, turn.z).ok();
            }
            text.push('\n');
        }
        text
    }
}

/// The number in a column of a line.
fn number_in(column: usize, word: &str) -> Result<f64, String> {
    let number = word.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| match column {
        1 | 2 => format!("its focal length, {word}, is not a number"),
        3 | 4 => format!("its principal point, {word}, is not a number"),
        _ => format!("{word} is not a number"),
    })
}

/// Fails if a focal length cannot be that of a lens, or if the matrix is not a rotation.
fn view(numbers: &[f64]) -> Result<View, String> {
    let [fx, fy] = [numbers[1], numbers[2]];
    if fx <= 0.0 || fy <= 0.0 {
        return Err(format!(
            "its focal lengths, {fx} and {fy}, are not above 0: no lens has them"
        ));
    }
    if fx > LONGEST_FOCAL || fy > LONGEST_FOCAL {
        return Err(format!(
            "its focal lengths, {fx} and {fy}, look like pixels; fractions of the frame's width and height are expected"
        ));
    }
    let row = |at: usize| {
        DVec3::new(
            numbers[7 + 4 * at],
            numbers[8 + 4 * at],
            numbers[9 + 4 * at],
        )
    };
    let turn = DMat3::from_cols(row(0), row(1), row(2)).transpose();
    if !(turn * turn.transpose()).abs_diff_eq(DMat3::IDENTITY, 1e-2) {
        return Err("its matrix is not a rotation".into());
    }
    if turn.determinant() <= 0.0 {
        return Err("its matrix is mirrored: it is not a rotation".into());
    }
    let shift = DVec3::new(numbers[10], numbers[14], numbers[18]);
    let camera_from_world = DAffine3 {
        matrix3: turn,
        translation: shift,
    };
    let is_square = (fx * FILE_ASPECT / fy - 1.0).abs() < SQUARE;
    Ok(View {
        world_from_camera: camera_from_world.inverse(),
        focal: [fx, fy],
        centre: [numbers[3], numbers[4]],
        aspect: (!is_square).then_some(FILE_ASPECT),
    })
}

/// A note if a camera file has another number of frames than the clip that it is for.
pub fn camera_length_note(poses: usize, frames: u32) -> Option<String> {
    let of = |count: u64, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let (poses, frames) = (poses as u64, u64::from(frames));
    let numbers = format!(
        "the camera file has {} for {}",
        of(poses, "pose"),
        of(frames, "frame")
    );
    match poses.cmp(&frames) {
        Ordering::Less => Some(format!("{numbers}: the camera rests on the last pose")),
        Ordering::Greater => Some(format!("{numbers}: the other poses are not used")),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let turn = glam::DQuat::from_euler(glam::EulerRot::XYZ, 0.1, 0.7, -0.3);
        let view = View {
            world_from_camera: DAffine3::from_rotation_translation(
                turn,
                DVec3::new(1.0, 2.0, -0.5),
            ),
            focal: [0.5, 0.9],
            centre: [0.5, 0.45],
            aspect: Some(16.0 / 9.0),
        };
        let close = |a: [f64; 2], b: [f64; 2]| (0..2).all(|axis| (a[axis] - b[axis]).abs() < 1e-9);
        for aspect in [None, view.aspect] {
            let view = View { aspect, ..view };
            let camera = Camera {
                views: vec![view; 2],
            };
            for size in [[832, 480], [480, 832], [512, 512], [1000, 400]] {
                let again = Camera::from_realestate(&camera.to_realestate(size)).expect("readable");
                let [width, height] = size.map(f64::from);
                for (a, b) in camera.views.iter().zip(&again.views) {
                    assert!(a.world_from_camera.abs_diff_eq(b.world_from_camera, 1e-12));
                    let (a, b) = (a.in_pixels(width, height), b.in_pixels(width, height));
                    assert!(close(a.0, b.0) && close(a.1, b.1), "{a:?} {b:?}");
                }
            }
        }
    }

    /// The first row of numbers, and what `process_pose_file` of VideoX-Fun makes of them.
    #[test]
    fn both_focal_lengths_of_a_file_are_those_of_a_wide_frame() {
        let check = |fx: f64, fy: f64, size: [f64; 2], expected: [f64; 2]| {
            let row = format!("0 {fx} {fy} 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0");
            let camera = Camera::from_realestate(&row).expect("a row");
            let (focal, _) = camera.views[0].in_pixels(size[0], size[1]);
            let differ = |axis: usize| (focal[axis] / expected[axis] - 1.0).abs();
            assert!(differ(0).max(differ(1)) < 1e-6, "{focal:?} {expected:?}");
        };
        // Square pixels in 16:9, in a wide, an upright and a very wide clip.
        let [fx, fy] = [0.532_139_961, 0.946_026_558];
        check(fx, fy, [1280.0, 720.0], [fx * 1280.0, fy * 720.0]);
        check(fx, fy, [480.0, 832.0], [fy * 832.0, fy * 832.0]);
        check(fx, fy, [2000.0, 400.0], [fx * 2000.0, fx * 2000.0]);
        // The fractions of a 4:3 frame stay what they are: its pixels are not square.
        check(0.75, 1.0, [1280.0, 720.0], [960.0, 720.0]);
        check(
            0.75,
            1.0,
            [480.0, 832.0],
            [0.75 * 832.0 * 16.0 / 9.0, 832.0],
        );
        check(1.0, 1.0, [2000.0, 400.0], [2000.0, 1125.0]);
    }

    #[test]
    fn a_view_with_square_pixels_is_written_as_before() {
        let square = View::straight(DAffine3::IDENTITY, 0.8, [96, 64]);
        let row = "0 0.532139961 0.946026558 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0";
        let read = Camera::from_realestate(row).expect("a row").views[0];
        for view in [square, read] {
            let text = serde_json::to_string(&view).expect("written");
            assert!(!text.contains("aspect"), "{text}");
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        let row = "0 0.5 0.9 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0";
        let check = |text: &str, error: &str| {
            assert_eq!(Camera::from_realestate(text).expect_err("wrong"), error);
        };
        check(
            &format!("url\n{row}\n{row} 7"),
            "line 3: 19 numbers are expected",
        );
        check(
            &row.replace("0 0 1 0", "0 0 9 0"),
            "line 1: its matrix is not a rotation",
        );
        check(
            &row.replace(" 1 0 0 0 0 1", " -1 0 0 0 0 1"),
            "line 1: its matrix is mirrored: it is not a rotation",
        );
        check(
            &row.replace("0 0 1 0", "0 0 one 0"),
            "line 1: one is not a number",
        );
        check(
            "hello",
            "there is no line of 19 numbers: this is not a camera file",
        );
    }

    #[test]
    fn a_lens_that_cannot_be_is_blamed_and_not_the_matrix() {
        let row = |fx: &str| format!("0 {fx} 0.9 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0");
        for (fx, words) in [
            ("0", "focal lengths, 0 and 0.9, are not above 0"),
            ("-0.5", "are not above 0"),
            ("nan", "its focal length, nan, is not a number"),
            ("inf", "its focal length, inf, is not a number"),
            ("800", "look like pixels"),
        ] {
            let why = Camera::from_realestate(&row(fx)).expect_err("no lens");
            assert!(why.contains(words) && !why.contains("matrix"), "{why}");
        }
    }

    #[test]
    fn a_path_that_is_longer_or_shorter_than_the_clip_is_reported_with_both_numbers() {
        assert_eq!(camera_length_note(17, 17), None);
        let short = camera_length_note(5, 17).expect("shorter");
        assert!(short.contains("5 poses for 17 frames"), "{short}");
        let long = camera_length_note(200, 1).expect("longer");
        assert!(long.contains("200 poses for 1 frame:"), "{long}");
    }
}
