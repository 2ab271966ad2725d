//! Imports media: files are copied into the project's folder under the hash of their content, so that the project
//! keeps them for good, and importing a file twice stores it once.

use std::fs;
use std::path::Path;

use kinora_render::media::{is_still, probe};
use kinora_render::project::ProjectFiles;
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_timeline::media::{Extent, Medium, MediumMarks};
use kinora_timeline::{ContentHash, MediumId};
use kinora_wire::Failure;

use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// The folder of imported videos, pictures and sounds, inside the project's folder.
const MEDIA: &str = "media";

/// Probes a file and copies it into the project's folder. The caller applies the edit that adds it to the project.
///
/// # Errors
/// The file is not a picture, video or sound; the disk is full. Nothing is left behind.
pub fn import_medium(file: &Path, project_folder: &Path) -> Result<Medium, Failure> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let extension = file
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (extent, has_picture, has_sound) = extent_of(file)?;
    let (content, path) = copy_in(file, &extension, &project_folder.join(MEDIA))?;
    Ok(Medium {
        id: MediumId::from(0), // assigned by the edit
        name,
        content,
        path: format!("{MEDIA}/{path}"),
        extent,
        has_picture,
        has_sound,
        marks: MediumMarks::default(),
    })
}

/// Imports the file that is to be the file of a medium, which keeps its id and its name. A file with the same content is
/// only copied back into its place. The caller applies the edit that changes the medium, if it has changed.
///
/// # Errors
/// The file is not a picture, video or sound; the disk is full. Nothing is left behind.
pub fn relink_medium(
    file: &Path,
    medium: &Medium,
    project_folder: &Path,
) -> Result<Medium, Failure> {
    let files = ProjectFiles::of(project_folder);
    let place = files.medium(medium);
    let is_own = place.parent() == Some(files.media().as_path());
    if is_own && hash_of(file).map_err(|error| unreadable(file, &error))? == medium.content {
        copy_to(file, &place)?;
        return Ok(medium.clone());
    }
    let imported = import_medium(file, project_folder)?;
    Ok(Medium {
        id: medium.id,
        name: medium.name.clone(),
        ..imported
    })
}

/// Copies a picture for a character or a keyframe into the project's folder, and returns its hash.
///
/// # Errors
/// The file is not a picture; the disk is full. Nothing is left behind.
pub fn import_picture(file: &Path, project_folder: &Path) -> Result<ContentHash, Failure> {
    image::image_dimensions(file).map_err(|error| not_a_picture(file, &error))?;
    let extension = file
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let folder = ProjectFiles::of(project_folder).characters();
    copy_in(file, &extension, &folder).map(|(content, _)| content)
}

fn not_a_picture(file: &Path, error: &image::ImageError) -> Failure {
    Failure::bad_file(
        format!("{} is not a picture: {error}", file.display()),
        "choose a PNG, JPEG or WebP",
    )
}

fn extent_of(file: &Path) -> Result<(Extent, bool, bool), Failure> {
    if is_still(file) {
        let size = image::image_dimensions(file);
        return size
            .map(|_| (Extent::Still, true, false))
            .map_err(|error| not_a_picture(file, &error));
    }
    let found = probe(file).map_err(|error| failure_of(&error))?;
    let has_sound = found.sound.is_some();
    match (found.picture, found.sound) {
        (Some(picture), _) => Ok((
            Extent::Video {
                rate: picture.rate,
                frames: picture.frames,
            },
            true,
            has_sound,
        )),
        (None, Some(sound)) => Ok((
            Extent::Sound {
                rate_hz: sound.rate_hz,
                samples: sound.samples,
            },
            false,
            true,
        )),
        (None, None) => Err(Failure::bug("a probed file has neither picture nor sound")),
    }
}

/// Copies a file to its content hash and extension, whole or not at all.
fn copy_in(file: &Path, extension: &str, folder: &Path) -> Result<(ContentHash, String), Failure> {
    let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
    let name = format!("{content}.{extension}");
    let place = folder.join(&name);
    if hash_of(&place).is_ok_and(|there| there == content) {
        return Ok((content, name)); // a damaged copy is replaced
    }
    copy_to(file, &place)?;
    Ok((content, name))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be read: {error}", file.display()),
        "check that it is there and may be read",
    )
}

/// Copies a file to a place, whole or not at all.
fn copy_to(file: &Path, place: &Path) -> Result<(), Failure> {
    let bytes = fs::metadata(file).map_or(0, |metadata| metadata.len());
    let beside = beside(place);
    let folder = place.parent().unwrap_or(place);
    let copied = fs::create_dir_all(folder)
        .and_then(|()| fs::copy(file, &beside))
        .and_then(|_| RealDisk.settle(&beside, place));
    copied.map_err(|error| {
        fs::remove_file(&beside).ok();
        Failure::bad_file(
            format!(
                "{} cannot be written ({bytes} bytes): {error}",
                place.display()
            ),
            "free some disk space, and import it again",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(path: &Path, red: u8) {
        image::RgbImage::from_pixel(4, 4, image::Rgb([red, 8, 7]))
            .save(path)
            .expect("saved");
    }

    #[test]
    fn the_same_file_is_put_back_into_its_place_and_another_one_keeps_id_and_name() {
        let root = tempfile::tempdir().expect("a folder");
        let project = root.path().join("a.kinora");
        let (same, other) = (root.path().join("door.png"), root.path().join("gate.png"));
        picture(&same, 1);
        picture(&other, 2);
        let medium = Medium {
            id: MediumId::from(7),
            name: "the door".into(),
            ..import_medium(&same, &project).expect("imported")
        };
        let place = project.join(&medium.path);
        fs::remove_file(&place).expect("gone");
        let back = relink_medium(&same, &medium, &project).expect("put back");
        assert_eq!(back, medium);
        assert_eq!(hash_of(&place).expect("there"), medium.content);

        let changed = relink_medium(&other, &medium, &project).expect("relinked");
        assert_eq!((changed.id, changed.name.as_str()), (medium.id, "the door"));
        assert_ne!(changed.content, medium.content);
        assert!(project.join(&changed.path).is_file());
        let words = root.path().join("words.mp4");
        fs::write(&words, "not a video").expect("written");
        assert!(relink_medium(&words, &medium, &project).is_err());
    }

    #[test]
    fn a_file_imported_twice_is_stored_once_and_a_file_that_is_not_media_leaves_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let project = root.path().join("a.kinora");
        let still = root.path().join("Door.PNG");
        image::RgbImage::from_pixel(4, 4, image::Rgb([9, 8, 7]))
            .save_with_format(&still, image::ImageFormat::Png)
            .expect("saved");
        let first = import_medium(&still, &project).expect("imported");
        assert_eq!(
            (first.extent, first.has_picture, first.name.as_str()),
            (Extent::Still, true, "Door.PNG")
        );
        assert_eq!(import_medium(&still, &project).expect("again"), first);
        let copy = project.join(&first.path);
        fs::write(&copy, "damaged").expect("written");
        import_medium(&still, &project).expect("imported over it");
        assert_eq!(hash_of(&copy).expect("read"), first.content);
        let other = root.path().join("words.mp4");
        fs::write(&other, "not a video").expect("written");
        let refused = import_medium(&other, &project).expect_err("not a video");
        assert!(refused.cause.contains("words.mp4"), "{refused:?}");
        assert_eq!(
            fs::read_dir(project.join("media")).expect("listed").count(),
            1
        );
    }
}
