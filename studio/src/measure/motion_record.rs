//! `measured_motion.ron`: the motion of points in a measured take, beside its measure. It is only read to be drawn, and
//! may be deleted.

use std::fs;
use std::path::Path;

use kinora_measure::{Motion, TrackMotion};
use kinora_timeline::file::{Disk as _, RealDisk, is_sealed, sealed};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

/// The name of the file in the folder of a take.
pub const MOTION_FILE: &str = "measured_motion.ron";
/// The version of its form.
const VERSION: u32 = 1;
/// Places are kept in parts of the picture's width and height: a fifth of a pixel of 2000.
const PARTS: f32 = 10_000.0;
/// Places farther away are kept at this distance, in parts.
const FARTHEST: f32 = 30_000.0;

/// The file.
#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    /// Of each frame its points. A point is where it is seen, where in the next frame, and, if known, where it is expected
    /// there: four or six numbers.
    frames: Vec<Vec<Vec<i32>>>,
}

/// The motion that is kept in the folder of a take. `None`: there is none, it is damaged, or a newer Kinora wrote it.
pub fn read_motion(take_folder: &Path) -> Option<Motion> {
    let bytes = fs::read(take_folder.join(MOTION_FILE)).ok()?;
    if !is_sealed(&bytes) {
        return None;
    }
    let record: Record = ron::from_str(&String::from_utf8_lossy(&bytes)).ok()?;
    if record.version > VERSION {
        return None;
    }
    let frames: Option<Vec<_>> = record
        .frames
        .iter()
        .map(|points| read_frame(points))
        .collect();
    Some(Motion { frames: frames? })
}

/// Keeps the motion in the folder of a take, in place of an earlier one.
///
/// # Errors
/// The take is gone; the disk is full. An earlier file is kept.
pub(super) fn write(take_folder: &Path, motion: &Motion) -> Result<(), Failure> {
    let frames = motion.frames.iter();
    let frames = frames.map(|points| points.iter().map(written_point).collect());
    let record = Record {
        version: VERSION,
        frames: frames.collect(),
    };
    let text = ron::to_string(&record).map_err(|error| Failure::bug(error.to_string()))?;
    let path = take_folder.join(MOTION_FILE);
    let written = RealDisk.replace(&path, sealed(&text).as_bytes());
    written.map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "free some disk space; the take is safe",
        )
    })
}

fn written_point(point: &TrackMotion) -> Vec<i32> {
    let places = [Some(point.at), Some(point.next), point.expected];
    let places = places.into_iter().flatten().flatten();
    let parts = |share: f32| (share * PARTS).round().clamp(-FARTHEST, FARTHEST) as i32;
    places.map(parts).collect()
}

fn read_frame(points: &[Vec<i32>]) -> Option<Vec<TrackMotion>> {
    points.iter().map(|point| read_point(point)).collect()
}

fn read_point(numbers: &[i32]) -> Option<TrackMotion> {
    let place = |across: i32, down: i32| [across, down].map(|parts| parts as f32 / PARTS);
    match *numbers {
        [x, y, next_x, next_y] => Some(TrackMotion {
            at: place(x, y),
            next: place(next_x, next_y),
            expected: None,
        }),
        [x, y, next_x, next_y, expected_x, expected_y] => Some(TrackMotion {
            at: place(x, y),
            next: place(next_x, next_y),
            expected: Some(place(expected_x, expected_y)),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn motion() -> Motion {
        let seen = TrackMotion {
            at: [0.25, 0.5],
            next: [0.2468, 0.5],
            expected: None,
        };
        let expected = TrackMotion {
            expected: Some([-0.01, 1.25]),
            ..seen
        };
        Motion {
            frames: vec![vec![seen, expected], Vec::new()],
        }
    }

    #[test]
    fn motion_is_read_as_it_was_written_unless_it_was_changed() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(read_motion(root.path()), None);
        write(root.path(), &motion()).expect("written");
        assert_eq!(read_motion(root.path()), Some(motion()));
        let path = root.path().join(MOTION_FILE);
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains("2468"), "{text}");
        fs::write(&path, text.replace("2468", "2469")).expect("written");
        assert_eq!(read_motion(root.path()), None);
    }

    #[test]
    fn numbers_that_are_no_point_are_no_motion() {
        let root = tempfile::tempdir().expect("a folder");
        let record = Record {
            version: VERSION,
            frames: vec![vec![vec![1, 2, 3]]],
        };
        let text = ron::to_string(&record).expect("text");
        fs::write(root.path().join(MOTION_FILE), sealed(&text)).expect("written");
        assert_eq!(read_motion(root.path()), None);
        assert_eq!(written_point(&motion().frames[0][1])[4..], [-100, 12_500]);
    }
}
