//! Saves a frame of the timeline as a picture: a keyframe of a shot, or a reference of a character.

use std::path::{Path, PathBuf};

use kinora_render::export::write_png;
use kinora_render::project::ProjectFiles;
use kinora_render::{FrameReader, Picture, VideoReader};
use kinora_timeline::timecode::{Counting, timecode};
use kinora_timeline::{ContentHash, Frames, Project};
use kinora_wire::Failure;

use crate::exchange::export::free_path;
use crate::exchange::import::import_picture;
use crate::exchange::output_place::{OutputKind, OutputPlace};
use crate::generate::clip_file::failure_of;

/// Saves a frame in the project's folder, under the hash of its content: the frame of the take or the imported picture
/// that is visible, as it is in its file, without titles and effects. Where neither is visible, the composed frame.
/// Slow: not for the window's thread.
///
/// # Errors
/// A file of the project is missing or damaged; the disk is full. Nothing is left behind.
pub fn save_frame(
    project: &Project,
    frame: Frames,
    project_folder: &Path,
) -> Result<ContentHash, Failure> {
    let mut reader = FrameReader::new(project_folder);
    let clean = reader
        .source_picture(project, frame)
        .map_err(|error| failure_of(&error))?;
    let picture = match clean {
        Some(picture) => Picture::clone(&picture),
        None => reader
            .picture(project, frame)
            .map_err(|error| failure_of(&error))?,
    };
    save_picture(&picture, project_folder)
}

/// Saves the first frame of a take in the project's folder, under the hash of its content. Slow: not for the window's
/// thread.
///
/// # Errors
/// The clip of the take is missing or damaged; the disk is full. Nothing is left behind.
pub fn save_first_frame(take: ContentHash, project_folder: &Path) -> Result<ContentHash, Failure> {
    let clip = ProjectFiles::of(project_folder).take_clip(take);
    let first = VideoReader::open(&clip).and_then(|mut clip| clip.frame(Frames::ZERO));
    let first = first.map_err(|error| failure_of(&error))?;
    save_picture(&first, project_folder)
}

/// Saves a picture in the project's folder, under the hash of its content, by way of a file in the cache, which is then
/// removed. Slow: not for the window's thread.
///
/// # Errors
/// The picture is empty; the disk is full. Nothing is left behind.
pub fn save_picture(picture: &Picture, project_folder: &Path) -> Result<ContentHash, Failure> {
    let cache = project_folder.join("cache");
    let unwritable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be written to: {error}", cache.display()),
            "free some disk space, and try again",
        )
    };
    std::fs::create_dir_all(&cache).map_err(unwritable)?;
    let new = tempfile::Builder::new()
        .prefix("frame ")
        .suffix(".png")
        .tempfile_in(&cache);
    let file = new.map_err(unwritable)?;
    write_png(file.path(), picture).map_err(|error| failure_of(&error))?;
    import_picture(file.path(), project_folder)
}

/// Saves the composed frame, with its subtitles, as a PNG file beside the project's folder; returns its path. An earlier file is kept: the name
/// gets a number. Slow: not for the window's thread.
///
/// # Errors
/// A file of the project is missing or damaged; the folder cannot be written to. Nothing is left behind.
pub fn save_png(
    project: &Project,
    frame: Frames,
    project_folder: &Path,
) -> Result<PathBuf, Failure> {
    let picture = FrameReader::new(project_folder)
        .with_subtitles()
        .picture(project, frame)
        .map_err(|error| failure_of(&error))?;
    let rate = project.rate();
    let at = timecode(frame, rate, Counting::customary(rate)).replace([':', ';'], "-");
    let name = project_folder.file_stem().unwrap_or_default();
    let folder = project_folder.parent().unwrap_or(project_folder);
    let wanted = folder.join(format!("{} {at}.png", name.to_string_lossy()));
    let path = free_path(&wanted, Path::exists);
    OutputPlace {
        path: &path,
        kind: OutputKind::File,
        may_exist: false,
        inputs: Vec::new(),
        film: Some(project_folder),
    }
    .check()?;
    write_png(&path, &picture).map_err(|error| failure_of(&error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use kinora_timeline::clip::Clip;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::edit::tracks::TrackEdit;
    use kinora_timeline::title::{Title, TitleRole};
    use kinora_timeline::{Edit, FrameRate, Size, Source, TrackKind};

    use super::*;
    use crate::exchange::import::import_medium;

    #[test]
    fn a_frame_is_saved_beside_the_project_and_never_over_another_file() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("Night.kinora");
        std::fs::create_dir(&folder).expect("made");
        let size = Size::new(64, 36).expect("a size");
        let project = Project::new(FrameRate::FPS_24, size);
        let saved = |_| save_png(&project, Frames(25), &folder).expect("saved");
        let names = [0, 1].map(saved).map(|path| {
            let picture = image::open(&path).expect("a picture");
            assert_eq!((picture.width(), picture.height()), (64, 36));
            path.file_name().expect("a name").to_owned()
        });
        assert_eq!(names, ["Night 00-00-01-01.png", "Night 00-00-01-01 2.png"]);
        let left = std::fs::read_dir(home.path()).expect("read").count();
        assert_eq!(left, 3, "the project and two pictures");
    }

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

    #[test]
    fn the_frame_of_a_source_is_saved_without_the_title_above_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let red = folder.path().join("red.png");
        write_png(&red, &Picture::plain(40, 30, [255, 0, 0, 255])).expect("written");
        let medium = import_medium(&red, folder.path()).expect("a medium").medium;
        let size = Size::new(64, 36).expect("a size");
        let project = Project::new(FrameRate::FPS_24, size);
        let apply = |project: Project, edit: Edit| edit.apply(&project).expect("possible");
        let project = apply(project, Edit::Library(Library::AddMedium(Box::new(medium))));
        let title = Title::new("HELLO", TitleRole::Title);
        let project = apply(project, Edit::Library(Library::AddTitle(Box::new(title))));
        let above = TrackEdit::Add {
            kind: TrackKind::Video,
            name: String::new(),
            sync_locked: true,
        };
        let project = apply(project, Edit::Track(above));
        let medium = project.media().next().expect("the picture").id;
        let title = project.titles().next().expect("the title").id;
        let videos: Vec<_> = project
            .tracks()
            .iter()
            .filter(|track| track.kind == TrackKind::Video)
            .map(|track| track.id)
            .collect();
        let piece = |track, source| Piece {
            track,
            clip: Clip::new(source, Frames::ZERO, Frames(24)),
        };
        let pieces = vec![
            piece(videos[0], Source::Medium(medium)),
            piece(videos[1], Source::Title(title)),
        ];
        let project = apply(project, Edit::Place(Place::Append { pieces }));
        assert_eq!(project.layers(Frames(3)).len(), 2, "a title over a picture");
        let kept = save_frame(&project, Frames(3), folder.path()).expect("kept");
        let path = ProjectFiles::of(folder.path())
            .picture(kept)
            .expect("there");
        let picture = image::open(path).expect("a picture").into_rgb8();
        assert_eq!(picture.dimensions(), (40, 30), "its own size, without bars");
        assert!(picture.pixels().all(|pixel| pixel.0 == [255, 0, 0]));
    }
}
