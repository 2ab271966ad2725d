//! Camera files: the text form of RealEstate10K and CameraCtrl, glTF, and Kinora's own paths as RON. They are told apart
//! by their content.

mod content;

use std::path::{Path, PathBuf};

use kinora_timeline::camera::{CameraKey, CameraPath, gltf};
use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_timeline::{FrameRate, Frames, Size};
use kinora_wire::{Camera, Failure, camera_length_note};

use crate::camera::{LONGEST_CLIP, sampled};
use crate::exchange::export::free_path;
use crate::exchange::output_place::{OutputKind, OutputPlace};
use crate::stage;
use content::{Content, content, unusable};

/// How far from the middle of the frame a lens may be before it is noted.
const CENTRED: f64 = 0.01;

/// The clip that a camera file is read or written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraClip {
    /// Its length in frames.
    pub frames: u32,
    /// Its frame rate.
    pub rate: FrameRate,
    /// Its size in pixels.
    pub size: Size,
}

/// A camera path from a file, and what people should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPath {
    /// The path.
    pub path: CameraPath,
    /// Other lengths, other cameras, and what the path does not have.
    pub notes: Vec<String>,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPath {
    /// The file. Its name has a number if an earlier file was kept.
    pub file: PathBuf,
    /// What the file does not have.
    pub notes: Vec<String>,
}

/// Reads a path for a shot. `camera` is the name of one of several cameras in a glTF file.
///
/// # Errors
/// The file cannot be read, or holds no camera path.
pub fn read_path(file: &Path, clip: CameraClip, camera: Option<&str>) -> Result<ReadPath, Failure> {
    let (content, mut notes) = content(file, clip, camera)?;
    let (path, frames) = match content {
        Content::Path(path, frames) => (path, frames),
        Content::Views(views) => {
            let is_off = |at: f64| (at - 0.5).abs() > CENTRED;
            if views
                .views
                .iter()
                .any(|view| view.centre.into_iter().any(is_off))
            {
                notes.push("the lens of the file is not centred; that of the path is".into());
            }
            if views.views.iter().any(|view| view.aspect.is_some()) {
                notes.push(
                    "the file's two focal lengths are not those of square pixels; the path has the one across the frame"
                        .into(),
                );
            }
            let path = path_of(&views, clip.size);
            path.check().map_err(|why| unusable(file, &why))?;
            (path, views.views.len())
        }
    };
    notes.extend(camera_length_note(frames, clip.frames));
    Ok(ReadPath { path, notes })
}

/// Reads the views of a clip, and what people should know about them.
///
/// # Errors
/// The file cannot be read, or holds no camera path; the clip is too long.
pub fn read_views(
    file: &Path,
    clip: CameraClip,
    camera: Option<&str>,
) -> Result<(Camera, Vec<String>), Failure> {
    let (content, mut notes) = content(file, clip, camera)?;
    let (views, frames) = match content {
        Content::Views(views) => {
            let frames = views.views.len();
            (views, frames)
        }
        Content::Path(path, frames) => {
            if clip.frames > LONGEST_CLIP {
                return Err(Failure::refused(
                    format!("{} frames are too many for a camera path", clip.frames),
                    format!("use {LONGEST_CLIP} frames or less"),
                ));
            }
            let size = [clip.size.width(), clip.size.height()];
            (sampled(&path, clip.frames, clip.rate, size), frames)
        }
    };
    notes.extend(camera_length_note(frames, clip.frames));
    Ok((views, notes))
}

/// Writes the path of a shot, in the form of the file's ending: .txt, .gltf or .ron. An earlier file is kept, unless
/// `replaces` allows another one in its place: the name then gets a number. `film` is the folder of the open film.
///
/// # Errors
/// The ending is none of these; the file lies in the film; the disk is full.
pub fn write_path(
    file: &Path,
    path: &CameraPath,
    clip: CameraClip,
    film: &Path,
    replaces: bool,
) -> Result<WrittenPath, Failure> {
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    let mut notes = Vec::new();
    let text = match ending.to_lowercase().as_str() {
        "txt" => {
            let size = [clip.size.width(), clip.size.height()];
            sampled(path, clip.frames, clip.rate, size).to_realestate(size)
        }
        "gltf" => {
            let keys = path.keys();
            let is_zoomed = keys
                .windows(2)
                .any(|pair| (pair[0].focal_mm - pair[1].focal_mm).abs() > 1e-6);
            if is_zoomed {
                notes.push(
                    "glTF has no zoom: the file has the focal length of the first frame".into(),
                );
            }
            gltf::write(path, clip.frames, clip.rate, clip.size)
        }
        "ron" => ron::ser::to_string_pretty(path, ron::ser::PrettyConfig::default())
            .map_err(|error| Failure::bug(error.to_string()))?,
        _ => {
            return Err(Failure::refused(
                format!("{} does not say what it is to be", file.display()),
                "name a file that ends in .txt (RealEstate10K), .gltf, or .ron (Kinora's own)",
            ));
        }
    };
    let file = match replaces {
        true => file.to_owned(),
        false => free_path(file, Path::exists),
    };
    let place = OutputPlace {
        path: &file,
        kind: OutputKind::File,
        may_exist: replaces,
        inputs: Vec::new(),
        film: Some(film),
    };
    place.check()?;
    let written = RealDisk.replace(&file, text.as_bytes());
    written.map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", file.display()),
            "choose another folder",
        )
    })?;
    Ok(WrittenPath { file, notes })
}

/// A key for each view, with the focal length that its rays have.
fn path_of(camera: &Camera, size: Size) -> CameraPath {
    let size = [size.width(), size.height()];
    let keys = camera.views.iter().zip(0..);
    let keys = keys.map(|(view, frame)| CameraKey::new(Frames(frame), stage::pose(view, size)));
    CameraPath::of_keys(keys.collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_timeline::camera::{Move, Pose, preset};
    use kinora_timeline::otio::address::decoded;

    use super::content::{READABLE, buffer_at};
    use super::*;

    fn clip(frames: u32) -> CameraClip {
        CameraClip {
            frames,
            rate: FrameRate::new(16, 1).expect("a rate"),
            size: Size::new(832, 480).expect("a size"),
        }
    }

    #[test]
    fn a_path_that_is_written_is_read_again_in_each_form() {
        let root = tempfile::tempdir().expect("a folder");
        let path = preset(Move::OrbitLeft, 1.0, Frames(17), Pose::START);
        let rate = clip(17).rate;
        for name in ["orbit.txt", "orbit.gltf", "orbit.RON"] {
            let file = root.path().join(name);
            let written = write_path(&file, &path, clip(17), root.path(), false).expect(name);
            assert_eq!(
                written,
                WrittenPath {
                    file: file.clone(),
                    notes: Vec::new()
                }
            );
            let read = read_path(&file, clip(17), None).expect(name);
            for (one, other) in path.poses(17, rate).iter().zip(read.path.poses(17, rate)) {
                assert!(one.position.distance(other.position) < 1e-4, "{name}");
                assert!(
                    one.orientation.angle_between(other.orientation) < 1e-3,
                    "{name}"
                );
                assert!((one.focal_mm - other.focal_mm).abs() < 1e-3, "{name}");
            }
            let again = write_path(&file, &path, clip(17), root.path(), false).expect(name);
            assert!(
                again.file.to_string_lossy().contains("orbit 2."),
                "the first is kept"
            );
        }
        let refused = write_path(
            &root.path().join("orbit.fbx"),
            &path,
            clip(17),
            root.path(),
            false,
        );
        assert!(refused.is_err());
    }

    #[test]
    fn a_path_cannot_have_two_focal_lengths_and_the_views_of_a_clip_can() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("old.txt");
        let row = "0 0.75 1 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0";
        fs::write(&file, row).expect("written");
        let read = read_path(&file, clip(1), None).expect("read");
        assert!(read.notes[0].contains("square pixels"), "{:?}", read.notes);
        let (views, notes) = read_views(&file, clip(1), None).expect("read");
        assert_eq!(notes, Vec::<String>::new());
        let ([across, down], _) = views.views[0].in_pixels(832.0, 480.0);
        let focal_mm = read.path.keys()[0].focal_mm;
        assert!((across / 832.0 * 36.0 - focal_mm).abs() < 1e-9);
        assert!((down - 480.0).abs() < 1e-9, "{down}");
    }

    #[test]
    fn another_length_than_the_clip_is_reported_with_both_numbers() {
        let root = tempfile::tempdir().expect("a folder");
        let path = preset(Move::PushIn, 1.0, Frames(17), Pose::START);
        let file = root.path().join("push.txt");
        write_path(&file, &path, clip(17), root.path(), false).expect("written");
        for frames in [9, 33] {
            let read = read_path(&file, clip(frames), None).expect("read");
            let expected = format!("17 poses for {frames} frames");
            assert!(read.notes[0].contains(&expected), "{:?}", read.notes);
            let (views, notes) = read_views(&file, clip(frames), None).expect("read");
            assert_eq!((views.views.len(), notes), (17, read.notes));
        }
    }

    #[test]
    fn buffers_beside_a_gltf_file_are_read_and_no_other_files() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("a b.bin"), [1, 2, 3]).expect("written");
        assert_eq!(buffer_at(root.path(), "a%20b.bin", 2), Ok(vec![1, 2]));
        assert_eq!(decoded("a%2fb%zz%"), Some("a/b%zz%".to_owned()));
        for address in [
            "/etc/passwd",
            "http://example.org/a.bin",
            "missing.bin",
            ".",
        ] {
            assert!(buffer_at(root.path(), address, 9).is_err(), "{address}");
        }
    }

    #[test]
    fn what_is_no_camera_file_is_reported_with_what_is() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("x.txt");
        for content in [&b"hello"[..], b"{}", b"(keys: [])", &[0xff, 0xfe, 0], b""] {
            fs::write(&file, content).expect("written");
            let failure = read_path(&file, clip(17), None).expect_err("refused");
            assert_eq!(failure.remedy.as_deref(), Some(READABLE), "{failure}");
        }
        assert!(read_views(root.path(), clip(17), None).is_err(), "a folder");
    }
}
