//! A frame of the film kept as a picture: to begin or end a shot with, to lead one through, or to know somebody by.

use std::path::Path;

use kinora_render::FilmReader;
use kinora_render::export::write_png;
use kinora_timeline::{ContentHash, Frames, Project};
use kinora_wire::Failure;

use crate::exchange::import::bring_in_portrait;
use crate::generate::clip_file::failure_of;

/// Composes a frame and keeps it below the project's folder; its name from then on. Takes a while: not for the
/// window's thread.
///
/// # Errors
/// A file of the film that is missing or damaged; a full disk. Nothing is left behind.
pub fn keep_frame(
    film: &Project,
    frame: Frames,
    project_folder: &Path,
) -> Result<ContentHash, Failure> {
    let picture = FilmReader::new(project_folder).picture(film, frame);
    let picture = picture.map_err(|error| failure_of(&error))?;
    let cache = project_folder.join("cache");
    let path = cache.join(format!("frame {}.png", frame.0));
    let unwritable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "make room on the disk, and try again",
        )
    };
    std::fs::create_dir_all(&cache).map_err(unwritable)?;
    write_png(&path, &picture).map_err(|error| failure_of(&error))?;
    let kept = bring_in_portrait(&path, project_folder);
    std::fs::remove_file(&path).ok();
    kept
}

#[cfg(test)]
mod tests {
    use kinora_render::film::FilmFiles;
    use kinora_timeline::{FrameRate, Size};

    use super::*;

    #[test]
    fn a_frame_of_the_film_becomes_a_picture_below_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let size = Size::new(64, 36).expect("a size");
        let film = Project::new(FrameRate::FPS_24, size);
        let kept = keep_frame(&film, Frames(3), folder.path()).expect("kept");
        let path = FilmFiles::of(folder.path()).picture(kept).expect("there");
        let picture = image::open(path).expect("a picture").into_rgb8();
        assert_eq!(picture.dimensions(), (64, 36));
        assert_eq!(
            picture.get_pixel(5, 5).0,
            [0, 0, 0],
            "an empty film is black"
        );
        let left = std::fs::read_dir(folder.path().join("cache")).expect("listed");
        assert_eq!(left.count(), 0, "nothing else is left");
    }
}
