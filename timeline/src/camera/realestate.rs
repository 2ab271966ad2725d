//! Camera poses in the text format of RealEstate10K and CameraCtrl: one line of 19 numbers per frame.
//!
//! ```text
//! time  fx fy cx cy  0 0  r00 r01 r02 tx  r10 r11 r12 ty  r20 r21 r22 tz
//! ```
//!
//! `fx` and `fy` are focal lengths as fractions of the picture's width and height, `cx` and `cy` the principal point;
//! the matrix turns world space into camera space (x right, y down, z forward). Zhou et al., "Stereo Magnification",
//! 2018.

use std::fmt::Write as _;

use glam::{DMat3, DQuat, DVec3};

use super::{CameraKey, CameraPath, Pose, SENSOR_WIDTH_MM};
use crate::{FrameRate, Frames, Size};

/// The longest file that is read, in rows.
const MOST_ROWS: usize = 100_000;

/// Writes one row for each of the first `count` frames.
pub fn write(path: &CameraPath, count: u32, rate: FrameRate, size: Size) -> String {
    let mut text = String::from("kinora\n"); // the first line of the format names the source video
    let aspect = f64::from(size.width()) / f64::from(size.height());
    for (frame, pose) in (0..).map(Frames).zip(path.poses(count, rate)) {
        let camera_from_world = pose.world_from_camera().inverse();
        let (turn, place) = (camera_from_world.matrix3, camera_from_world.translation);
        let microseconds = (frame.as_seconds(rate) * 1e6).round();
        let fx = pose.focal_mm / SENSOR_WIDTH_MM;
        let mut row = format!("{microseconds} {fx} {} 0.5 0.5 0 0", fx * aspect);
        for line in 0..3 {
            let turned = turn.row(line);
            write!(
                row,
                " {} {} {} {}",
                turned.x, turned.y, turned.z, place[line]
            )
            .ok();
        }
        text += &row;
        text.push('\n');
    }
    text
}

/// Reads rows into one key per frame. Lines before the first row of 19 numbers are taken as a heading.
pub fn read(text: &str) -> Result<CameraPath, String> {
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() || (keys.is_empty() && words.len() != 19) {
            continue;
        }
        if keys.len() == MOST_ROWS {
            return Err(format!(
                "line {}: more than {MOST_ROWS} frames are not a shot",
                number + 1
            ));
        }
        let wrong = |what: &str| format!("line {}: {what}", number + 1);
        let numbers: Vec<f64> = words
            .iter()
            .map_while(|word| word.parse().ok().filter(|number: &f64| number.is_finite()))
            .collect();
        if numbers.len() != 19 || words.len() != 19 {
            return Err(wrong(&format!(
                "19 numbers are expected, {} of {} words are",
                numbers.len(),
                words.len()
            )));
        }
        let pose = pose_of(&numbers).ok_or_else(|| wrong("its matrix does not turn, it bends"))?;
        keys.push(CameraKey::new(Frames(keys.len() as i64), pose));
    }
    if keys.is_empty() {
        return Err("there is no line of 19 numbers: this is not a RealEstate10K file".into());
    }
    let path = CameraPath::of_keys(keys);
    path.check()?;
    Ok(path)
}

fn pose_of(numbers: &[f64]) -> Option<Pose> {
    let row = |line: usize| {
        DVec3::new(
            numbers[7 + 4 * line],
            numbers[8 + 4 * line],
            numbers[9 + 4 * line],
        )
    };
    let place = DVec3::new(numbers[10], numbers[14], numbers[18]);
    let camera_from_world = DMat3::from_cols(row(0), row(1), row(2)).transpose();
    let product = camera_from_world * camera_from_world.transpose();
    let turns = product.abs_diff_eq(DMat3::IDENTITY, 1e-2) && camera_from_world.determinant() > 0.0;
    let world_from_camera = camera_from_world.transpose();
    turns.then(|| Pose {
        position: -(world_from_camera * place),
        orientation: DQuat::from_mat3(&world_from_camera).normalize(),
        focal_mm: numbers[1] * SENSOR_WIDTH_MM,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Move, preset};
    use super::*;

    #[test]
    fn a_path_reads_back_as_the_poses_it_was() {
        for which in Move::ALL {
            let path = preset(*which, 1.0, Frames(25), Pose::START);
            let text = write(&path, 25, FrameRate::FPS_24, Size::COMMON[1]);
            let again = read(&text).expect("readable");
            for (a, b) in path
                .poses(25, FrameRate::FPS_24)
                .iter()
                .zip(again.poses(25, FrameRate::FPS_24))
            {
                assert!(
                    a.position.distance(b.position) < 1e-9
                        && (a.focal_mm - b.focal_mm).abs() < 1e-9,
                    "{which}"
                );
                assert!(a.orientation.angle_between(b.orientation) < 1e-6, "{which}");
            }
        }
    }

    #[test]
    fn a_row_is_world_to_camera_with_y_down() {
        // A camera one metre right of the origin, turned to the right by a quarter.
        let pose = Pose {
            position: DVec3::X,
            orientation: DQuat::from_rotation_y(std::f64::consts::FRAC_PI_2),
            focal_mm: 36.0,
        };
        let path = CameraPath::of_keys(vec![CameraKey::new(Frames::ZERO, pose)]);
        let text = write(&path, 1, FrameRate::FPS_24, Size::COMMON[1]);
        let numbers: Vec<f64> = text
            .lines()
            .nth(1)
            .expect("a row")
            .split(' ')
            .map(|word| word.parse().expect("a number"))
            .collect();
        // A point on the world's x axis lies straight ahead.
        let ahead = numbers[15] * 3.0 + numbers[18];
        assert!(
            (ahead - 2.0).abs() < 1e-12 && (numbers[1] - 1.0).abs() < 1e-12,
            "{numbers:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let good = write(
            &preset(Move::Static, 1.0, Frames(2), Pose::START),
            2,
            FrameRate::FPS_24,
            Size::COMMON[1],
        );
        assert!(read("").is_err_and(|error| error.contains("19 numbers")));
        assert!(read(&(good.clone() + "1 2 3\n")).is_err_and(|error| error.starts_with("line 4:")));
        assert!(read(&good.replace("0.5 0.5", "0.5 NaN")).is_err());
        let bent = "0 1 1 0.5 0.5 0 0 2 0 0 0 0 1 0 0 0 0 1 0\n";
        assert!(read(bent).is_err_and(|error| error.contains("bends")));
    }
}
