//! The place of a clip, checked before anything is generated: a folder for numbered pictures, or a video file by its
//! ending, and its sound beside it.

use std::path::{Path, PathBuf};

use kinora_render::Format;
use kinora_wire::{Failure, Makes, make_frame_folder, media_ending};

use super::sound::sound_beside;
use crate::exchange::output_place::{OutputKind, OutputPlace};

/// Tries the place of a clip before any work. `inputs` are the files and folders that the clip is made of; `replaces`
/// allows a video file that is there.
///
/// # Errors
/// Nothing can be written there, or something would be overwritten; files with this ending cannot be written.
pub fn check_place(path: &Path, inputs: Vec<PathBuf>, replaces: bool) -> Result<(), Failure> {
    let is_video = video_format(path).is_some();
    if let Some(ending) = media_ending(path).filter(|_| !is_video && !path.is_dir()) {
        return Err(Failure::refused(
            format!("{}: .{ending} files cannot be written", path.display()),
            "name a file that ends in .mp4, .mov or .mkv, or a folder for PNG files",
        ));
    }
    let place = OutputPlace {
        path,
        kind: match is_video {
            true => OutputKind::File,
            false => OutputKind::Folder,
        },
        may_exist: replaces,
        inputs,
        film: None,
    };
    place.check()?;
    match is_video {
        true => Ok(()),
        false => make_frame_folder(path),
    }
}

/// Tries the place of a clip that has sound too, or sound alone, before any work. Sound alone is a WAV file.
///
/// # Errors
/// As [`check_place`].
pub fn check_place_with_sound(
    path: &Path,
    inputs: Vec<PathBuf>,
    replaces: bool,
    makes: Makes,
) -> Result<(), Failure> {
    if makes.has_picture() {
        check_place(path, inputs.clone(), replaces)?;
    } else if media_ending(path).as_deref() != Some("wav") {
        return Err(Failure::refused(
            format!("{} is no WAV file", path.display()),
            "name a file that ends in .wav for sound alone",
        ));
    }
    let sound = match makes {
        Makes::Picture => None,
        Makes::Sound => Some(path.to_owned()),
        Makes::Both => sound_beside(path),
    };
    let Some(sound) = sound else { return Ok(()) };
    let place = OutputPlace {
        path: &sound,
        kind: OutputKind::File,
        may_exist: replaces,
        inputs,
        film: None,
    };
    place.check()
}

/// The video format of a path's extension. None: it is the path of a folder.
pub fn video_format(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?;
    let formats = [Format::MP4, Format::PRORES, Format::TAKE];
    formats
        .into_iter()
        .find(|format| extension.eq_ignore_ascii_case(format.extension))
}
