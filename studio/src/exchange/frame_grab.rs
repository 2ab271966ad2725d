//! Saves a frame of the timeline as a picture: a keyframe of a shot, or a reference of a character.

use std::path::Path;

use kinora_render::FrameReader;
use kinora_render::export::write_png;
use kinora_timeline::{ContentHash, Frames, Project};
use kinora_wire::Failure;

use crate::exchange::import::import_picture;
use crate::generate::clip_file::failure_of;

/// Composes a frame and saves it in the project's folder, under the hash of its content. Slow: not for the window's
/// thread.
///
/// # Errors
/// A file of the project is missing or damaged; the disk is full. Nothing is left behind.
pub fn save_frame(
    project: &Project,
    frame: Frames,
    project_folder: &Path,
) -> Result<ContentHash, Failure> {
    let picture = FrameReader::new(project_folder).picture(project, frame);
    let picture = picture.map_err(|error| failure_of(&error))?;
    let cache = project_folder.join("cache");
    let path = cache.join(format!("frame {}.png", frame.0));
    let unwritable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "free some disk space, and try again",
        )
    };
    std::fs::create_dir_all(&cache).map_err(unwritable)?;
    write_png(&path, &picture).map_err(|error| failure_of(&error))?;
    let kept = import_picture(&path, project_folder);
    std::fs::remove_file(&path).ok();
    kept
}

#[cfg(test)]
mod tests {
    use kinora_render::project::ProjectFiles;
    use kinora_timeline::{FrameRate, Size};

    use super::*;

    #[test]
    fn a_frame_of_the_timeline_becomes_a_picture_in_the_projects_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let size = Size::new(64, 36).expect("a size");
        let project = Project::new(FrameRate::FPS_24, size);
        let kept = save_frame(&project, Frames(3), folder.path()).expect("kept");
        let path = ProjectFiles::of(folder.path())
            .picture(kept)
            .expect("there");
        let picture = image::open(path).expect("a picture").into_rgb8();
        assert_eq!(picture.dimensions(), (64, 36));
        assert_eq!(
            picture.get_pixel(5, 5).0,
            [0, 0, 0],
            "an empty timeline is black"
        );
        let left = std::fs::read_dir(folder.path().join("cache")).expect("listed");
        assert_eq!(left.count(), 0, "nothing else is left");
    }
}
