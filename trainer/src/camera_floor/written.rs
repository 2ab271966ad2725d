//! The clips of the table as files, for other solvers: a folder for each clip with its frames, masks and cameras.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma};
use kinora_measure::{CameraReport, DrawnPath, GreyFrame, Mask};
use kinora_wire::Failure;
use serde::Serialize;

use super::shot::Shot;
use crate::files::write_whole;

/// `clip.json`.
#[derive(Serialize)]
struct WrittenClip<'c> {
    motion: &'static str,
    seed: u64,
    /// Of square pixels, with the principal point in the middle.
    focal_pixels: Vec<f64>,
    /// The true cameras: a rotation by columns, then a position; camera to world, x right, y down, z forward.
    world_from_camera: Vec<[f64; 12]>,
    /// What Kinora measured of it.
    report: &'c CameraReport,
}

/// Writes a clip as `DIR/MOVE-SEED/frame_000.png`, `mask_000.png` (white where the character is) and `clip.json`.
pub fn write(
    folder: &Path,
    shot: &Shot,
    path: &DrawnPath,
    (frames, masks): (&[GreyFrame], &[Mask]),
    report: &CameraReport,
) -> Result<(), Failure> {
    let folder = folder.join(format!("{}-{}", shot.motion.name, shot.seed));
    let unwritable = |why: String| {
        Failure::bad_file(
            format!("{} cannot be written: {why}", folder.display()),
            "name a folder where you may write",
        )
    };
    fs::create_dir_all(&folder).map_err(|error| unwritable(error.to_string()))?;
    let save = |name: String, picture: GrayImage| {
        let saved = picture.save(folder.join(name));
        saved.map_err(|error| unwritable(error.to_string()))
    };
    for (at, frame) in frames.iter().enumerate() {
        let [width, height] = [frame.width(), frame.height()].map(|side| side as u32);
        let picture = GrayImage::from_raw(width, height, frame.pixels().to_vec());
        save(format!("frame_{at:03}.png"), picture.unwrap_or_default())?;
    }
    for (at, mask) in masks.iter().enumerate() {
        let [width, height] = [mask.width(), mask.height()].map(|side| side as u32);
        let covered = |x, y| Luma([255 * u8::from(mask.covers(x as usize, y as usize))]);
        save(
            format!("mask_{at:03}.png"),
            GrayImage::from_fn(width, height, covered),
        )?;
    }
    let clip = WrittenClip {
        motion: shot.motion.name,
        seed: shot.seed,
        focal_pixels: path.views.iter().map(|view| view.focal).collect(),
        world_from_camera: path
            .views
            .iter()
            .map(|view| view.world_from_camera.to_cols_array())
            .collect(),
        report,
    };
    let text = serde_json::to_string(&clip).map_err(|error| Failure::bug(error.to_string()))?;
    write_whole(&folder.join("clip.json"), text.as_bytes())
}
