//! A shot's stage in the engine's form: a control clip of its stand-ins, rendered through the shot's camera, one
//! picture per frame.

pub mod guide;
pub mod prompt;
mod subjects;
mod surroundings;

use std::fmt::Display;
use std::fs;
use std::path::Path;

use glam::DQuat;
use image::ExtendedColorType;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_timeline::stage::{Colour, Form, Stage};
use kinora_timeline::{CharacterId, Frames};
use kinora_wire::{Camera, Clip, Failure, View};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// How a model is shown a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StageShown {
    /// As depth, in grey.
    #[default]
    Depth,
    /// As its picture. Mannequins of other characters are plain plaster.
    Picture(Vec<CastColours>),
}

/// The colours of a character's mannequin, as they were when the recipe was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastColours {
    /// The character.
    pub character: CharacterId,
    /// Of its body, in sRGB.
    pub body: [u8; 3],
    /// Of its limbs, in sRGB.
    pub limbs: [u8; 3],
}

impl StageShown {
    /// Whether it is depth, as in every recipe of earlier versions.
    pub fn is_depth(&self) -> bool {
        *self == Self::Depth
    }
}

/// A control clip in a temporary folder, deleted when this is dropped.
#[derive(Debug)]
pub struct StageClip {
    /// The picture files.
    pub clip: Clip,
    _folder: TempDir,
}

impl StageClip {
    /// A stage through each view of a camera, as pictures of `size`: width and height in pixels.
    pub fn of(
        stage: &Stage,
        shown: &StageShown,
        camera: &Camera,
        size: [u32; 2],
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let frames = camera.views.iter().zip(0..).map(|(view, frame)| {
            let (frame, pose) = (Frames(frame), pose(view, size));
            let (bytes, kind) = match shown {
                StageShown::Depth => (stage.depth(frame, &pose, size), ExtendedColorType::L8),
                StageShown::Picture(cast) => {
                    let painted = |form| colours_in(cast, form);
                    let rgb = stage.picture(frame, &pose, size, &painted);
                    (rgb, ExtendedColorType::Rgb8)
                }
            };
            let path = folder.path().join(format!("{:05}.png", frame.0));
            image::save_buffer(&path, &bytes, size[0], size[1], kind).map_err(unwritable)?;
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

fn unwritable(why: impl Display) -> Failure {
    Failure::bad_file(
        format!("the pictures of the stage cannot be written: {why}"),
        "free some space in the folder for temporary files",
    )
}

/// The colours of a stand-in of this form; `None` is plain plaster.
fn colours_in(cast: &[CastColours], form: Form) -> Option<[Colour; 2]> {
    let Form::Mannequin(Some(who)) = form else {
        return None;
    };
    let found = cast.iter().find(|colours| colours.character == who)?;
    let colours = [found.body, found.limbs];
    Some(colours.map(|colour| colour.map(|byte| f64::from(byte) / 255.0)))
}

/// The view as a pose of the timeline, with the focal length that the model's rays have across the frame.
pub(crate) fn pose(view: &View, size: [u32; 2]) -> Pose {
    let place = view.world_from_camera;
    let [width, height] = size.map(f64::from);
    let (focal, _) = view.in_pixels(width, height);
    Pose {
        position: place.translation,
        orientation: DQuat::from_mat3(&place.matrix3).normalize(),
        focal_mm: focal[0] / width * SENSOR_WIDTH_MM,
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
        let pictures = StageClip::of(&stage, &StageShown::Depth, &camera, size).expect("written");
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
    fn a_stage_as_a_picture_shows_each_character_in_its_colours_and_nobody_in_plaster() {
        let size = [96, 64];
        let camera = camera::camera_of_move("static", 1, 16, size).expect("known");
        let (mia, nobody) = (CharacterId::from(3), CharacterId::from(4));
        let stage = Stage::of_cast(&[("mia".into(), Some(mia)), ("other".into(), Some(nobody))]);
        let shown = StageShown::Picture(vec![CastColours {
            character: mia,
            body: [220, 30, 30],
            limbs: [30, 30, 220],
        }]);
        let pictures = StageClip::of(&stage, &shown, &camera, size).expect("written");
        let picture = image::open(&pictures.clip.frames[0])
            .expect("a picture")
            .into_rgb8();
        let count = |is_it: &dyn Fn([u8; 3]) -> bool, columns: std::ops::Range<u32>| {
            let pixels = picture.enumerate_pixels();
            let seen = pixels.filter(|(x, _, pixel)| columns.contains(x) && is_it(pixel.0));
            seen.count()
        };
        let is_red = |[red, green, _]: [u8; 3]| red > 80 && u32::from(red) > 3 * u32::from(green);
        assert!(count(&is_red, 0..48) > 40, "mia stands on the left");
        assert_eq!(count(&is_red, 48..96), 0, "the other one has no colours");
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
