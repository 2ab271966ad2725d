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
}

impl View {
    /// A view with square pixels and a centred principal point. `focal` is the focal length as a fraction of the
    /// frame's width; the size is in pixels.
    pub fn straight(world_from_camera: DAffine3, focal: f64, [width, height]: [u32; 2]) -> Self {
        Self {
            world_from_camera,
            focal: [focal, focal * f64::from(width) / f64::from(height.max(1))],
            centre: [0.5, 0.5],
        }
    }

    /// Focal length and principal point in pixels, for a frame of this size. If the aspect ratio differs from the
    /// one the fractions were written for, the view is cropped, not stretched: pixels stay square.
    pub fn in_pixels(&self, width: f64, height: f64) -> (f64, [f64; 2]) {
        let focal = (self.focal[0] * width).max(self.focal[1] * height);
        (focal, [self.centre[0] * width, self.centre[1] * height])
    }
}

impl Camera {
    /// Reads the format of RealEstate10K and CameraCtrl: a heading, then 19 numbers per frame: time, fx fy cx cy as
    /// fractions, two zeros, and the 3x4 world-to-camera matrix, row by row.
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

    /// Writes the same format. The time column is the frame number.
    pub fn to_realestate(&self) -> String {
        let mut text = String::from("kinora\n");
        for (frame, view) in self.views.iter().enumerate() {
            let ([fx, fy], [cx, cy]) = (view.focal, view.centre);
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
    Ok(View {
        world_from_camera: camera_from_world.inverse(),
        focal: [fx, fy],
        centre: [numbers[3], numbers[4]],
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
        };
        let camera = Camera {
            views: vec![view; 2],
        };
        let again = Camera::from_realestate(&camera.to_realestate()).expect("readable");
        for (a, b) in camera.views.iter().zip(&again.views) {
            assert!(a.world_from_camera.abs_diff_eq(b.world_from_camera, 1e-12));
            assert_eq!((a.focal, a.centre), (b.focal, b.centre));
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
    fn a_path_that_is_longer_or_shorter_than_the_clip_is_told_with_both_numbers() {
        assert_eq!(camera_length_note(17, 17), None);
        let short = camera_length_note(5, 17).expect("shorter");
        assert!(short.contains("5 poses for 17 frames"), "{short}");
        let long = camera_length_note(200, 1).expect("longer");
        assert!(long.contains("200 poses for 1 frame:"), "{long}");
    }
}
