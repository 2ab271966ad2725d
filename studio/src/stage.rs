//! A shot's stage in the engine's form: a depth clip of its stand-ins, rendered through the shot's camera, one grey
//! picture per frame.

use std::fs;
use std::path::Path;

use glam::DQuat;
use image::ExtendedColorType;
use kinora_timeline::Frames;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_timeline::stage::Stage;
use kinora_wire::{Camera, Clip, Failure, View};
use tempfile::TempDir;

/// A depth clip in a temporary folder, deleted when this is dropped.
#[derive(Debug)]
pub struct DepthClip {
    /// The picture files.
    pub clip: Clip,
    _folder: TempDir,
}

impl DepthClip {
    /// The depth of a stage through each view of a camera, as pictures of `size`: width and height in pixels.
    pub fn of(stage: &Stage, camera: &Camera, size: [u32; 2]) -> Result<Self, Failure> {
        let unwritable = |why: String| {
            Failure::bad_file(
                format!("the pictures of the stage's depth cannot be written: {why}"),
                "free some space in the folder for temporary files",
            )
        };
        let folder = tempfile::tempdir().map_err(|error| unwritable(error.to_string()))?;
        let frames = camera.views.iter().zip(0..).map(|(view, frame)| {
            let depth = stage.depth(Frames(frame), &pose(view, size), size);
            let path = folder.path().join(format!("{frame:05}.png"));
            image::save_buffer(&path, &depth, size[0], size[1], ExtendedColorType::L8)
                .map_err(|error| unwritable(error.to_string()))?;
            Ok(path)
        });
        Ok(Self {
            clip: Clip {
                frames: frames.collect::<Result<_, _>>()?,
            },
            _folder: folder,
        })
    }
}

/// The view as a pose of the timeline, with the focal length that the model's rays have.
fn pose(view: &View, size: [u32; 2]) -> Pose {
    let place = view.world_from_camera;
    let [width, height] = size.map(f64::from);
    let (focal, _) = view.in_pixels(width, height);
    Pose {
        position: place.translation,
        orientation: DQuat::from_mat3(&place.matrix3).normalize(),
        focal_mm: focal / width * SENSOR_WIDTH_MM,
    }
}

/// A camera read from a file, moved so that its first view is the default start pose, which looks at the default
/// stage. The origin of such files is arbitrary, and a model only uses views relative to the first.
pub fn rebased_to_start(camera: &Camera) -> Camera {
    let Some(first) = camera.views.first() else {
        return camera.clone();
    };
    let start_from_first = Pose::START.world_from_camera() * first.world_from_camera.inverse();
    let views = camera.views.iter().map(|view| View {
        world_from_camera: start_from_first * view.world_from_camera,
        ..*view
    });
    Camera {
        views: views.collect(),
    }
}

/// Reads a stage from a RON file.
///
/// # Errors
/// The file cannot be read, or is not a stage; the message has the position in it.
pub fn read(path: &Path) -> Result<Stage, Failure> {
    let broken = |why: String| {
        Failure::bad_file(
            format!("the stage {} cannot be used: {why}", path.display()),
            "correct it at that position; README.md has an example",
        )
    };
    let text = fs::read_to_string(path).map_err(|error| broken(error.to_string()))?;
    let options = ron::Options::default().with_recursion_limit(32);
    let stage: Stage = options
        .from_str(&text)
        .map_err(|error| broken(error.to_string()))?;
    stage.check().map_err(broken)?;
    Ok(stage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera;

    #[test]
    fn the_default_stage_stands_where_the_camera_looks_and_follows_its_move() {
        let size = [96, 64];
        let camera = camera::camera_of_move("truck-right", 5, 16, size).expect("known");
        let stage = Stage::of_cast(&[("hero".into(), None)]);
        let pictures = DepthClip::of(&stage, &camera, size).expect("written");
        let middles = pictures.clip.frames.iter().map(|path| {
            let picture = image::open(path).expect("a picture").into_luma8();
            // The mannequin's chest is the nearest object in its row.
            let row: Vec<u8> = (0..96).map(|x| picture.get_pixel(x, 40).0[0]).collect();
            let most = row.iter().max().copied().unwrap_or(0);
            let bright: Vec<usize> = (0..96).filter(|&x| row[x] + 3 >= most).collect();
            bright.iter().sum::<usize>() as f64 / bright.len() as f64
        });
        let middles: Vec<f64> = middles.collect();
        assert!((middles[0] - 47.5).abs() < 2.0, "{middles:?}");
        assert!(middles[4] < middles[0] - 15.0, "it goes left: {middles:?}");
    }

    #[test]
    fn a_camera_of_any_origin_sees_the_default_stage_like_one_from_the_start_pose() {
        let size = [96, 64];
        let ours = camera::camera_of_move("push-in", 5, 16, size).expect("known");
        let first = ours.views[0].world_from_camera.inverse();
        let elsewhere = Camera {
            views: ours
                .views
                .iter()
                .map(|view| View {
                    world_from_camera: first * view.world_from_camera,
                    ..*view
                })
                .collect(),
        };
        for (ours, theirs) in ours.views.iter().zip(rebased_to_start(&elsewhere).views) {
            assert!(
                ours.world_from_camera
                    .abs_diff_eq(theirs.world_from_camera, 1e-9)
            );
        }
    }

    #[test]
    fn a_broken_stage_is_reported_with_its_position() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("stage.ron");
        for (text, part) in [
            ("(ground: true,\n stand_ins: [(]", "2:"),
            (
                "(ground: true, stand_ins: [(name: \"a\", form: Box, size: (0,1,1), keys: [])], strength: 1)",
                "\"a\"",
            ),
        ] {
            fs::write(&path, text).expect("write");
            let failure = read(&path).expect_err("refused");
            assert!(
                failure.cause.contains("stage.ron") && failure.cause.contains(part),
                "{failure}"
            );
        }
    }

    #[test]
    fn the_stage_of_the_readme_can_be_read() {
        let readme = include_str!("../../README.md");
        let stage = readme
            .split("```ron")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("stage.ron");
        fs::write(&path, stage.expect("a stage")).expect("write");
        let stage = read(&path).expect("read");
        assert_eq!(stage.stand_ins.len(), 2);
    }
}
