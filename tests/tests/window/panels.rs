//! The panels of the window, without a screen: controls are found by their labels, as a screen reader finds them. One
//! file for each panel; the engine follows a script.

mod accessibility;
mod best_of;
mod camera;
mod cast;
mod commands;
mod control_clip;
mod copy_project;
mod cut_off;
mod dialogs;
mod file_picker;
mod guide;
mod help;
mod import_timeline;
mod in_betweens;
mod keyboard;
mod keyframes;
mod keys;
mod listed_takes;
mod loras;
mod measured;
mod measures;
mod media;
mod mixer;
mod models;
mod paste;
mod playback;
mod preferences;
mod presets;
mod proxies;
mod queue;
mod sequences;
mod shot;
mod shots;
mod sound;
mod stills;
mod subtitles;
mod takes;
mod timeline;
mod timeline_zoom;
mod viewer;
mod voice_over;

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A picture of Ada in a folder.
fn portrait(folder: &Path) -> PathBuf {
    let picture = folder.join("Ada.png");
    let plain = RgbImage::from_pixel(24, 32, Rgb([240, 210, 40]));
    plain.save(&picture).expect("saved");
    picture
}
