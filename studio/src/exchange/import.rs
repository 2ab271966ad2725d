//! Imports media: files are copied into the project's folder under the hash of their content, so that the project
//! keeps them for good, and importing a file twice stores it once.

mod copied;
mod relinked;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kinora_render::media::{Survey, is_common_still, is_still, still_size};
use kinora_render::project::ProjectFiles;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{ContentHash, MediumId};
use kinora_wire::Failure;

use super::first_contact::{Caches, Found, Reading, SOON, admit, notes_of_damage};
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;
use crate::generate::source_clip::write_as_png;
use copied::{copy_in, unreadable};

pub use relinked::{relink_medium, relink_watched, with_file_of};

/// The folder of imported videos, pictures and sounds, inside the project's folder.
const MEDIA: &str = "media";

/// An imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the caller's edit adds to the project.
    pub medium: Medium,
    /// What the artist should know of the file: what of it cannot be read or is not shown.
    pub notes: Vec<String>,
}

/// Reads all of a file and copies it into the project's folder. The caller applies the edit that adds it to the project.
///
/// # Errors
/// The file is not a picture, video or sound, or crashes or hangs its reader; the disk is full. Nothing is left behind.
pub fn import_medium(file: &Path, project_folder: &Path) -> Result<Imported, Failure> {
    import_watched(file, project_folder, &mut |_| true)
}

/// The same; `on_progress` is given the share of the file that was read, from 0 to 1, several times a second, and cancels
/// the import by returning false.
///
/// # Errors
/// As [`import_medium`]; it was cancelled.
pub fn import_watched(
    file: &Path,
    project_folder: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Imported, Failure> {
    let mut begun = BegunImport::of(file, project_folder)?;
    let survey = begun.reading.finish(on_progress)?;
    begun.finished(Some(survey))
}

/// Imports a file of which a first part was read, so that a long one is on the timeline soon. What is left is to be read
/// from its copy: its end shows what of the file is damaged.
///
/// # Errors
/// As [`import_medium`].
pub fn import_soon(
    file: &Path,
    project_folder: &Path,
) -> Result<(Imported, Option<RestOfImport>), Failure> {
    let mut begun = BegunImport::of(file, project_folder)?;
    if let Some(survey) = begun.reading.wait(SOON, &mut |_| {})? {
        return Ok((begun.finished(Some(survey))?, None));
    }
    let imported = begun.finished(None)?;
    let rest = RestOfImport {
        copy: project_folder.join(&imported.medium.path),
        caches: Caches {
            folder: project_folder.into(),
            content: begun.content,
        },
        name: imported.medium.name.clone(),
    };
    Ok((imported, Some(rest)))
}

/// What is left of a file that is imported already. Its original may be gone by now.
#[derive(Debug)]
pub struct RestOfImport {
    copy: PathBuf,
    caches: Caches,
    name: String,
}

/// Held while the rest of a file is read: many long files that are imported together are read one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl RestOfImport {
    /// Reads all of the file; what of it is damaged.
    ///
    /// # Errors
    /// The file crashes or hangs its reader, or nothing of it can be decoded: it is not to be used.
    pub fn finish(self) -> Result<Vec<String>, Failure> {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |mut failure: Failure| {
            let copy = self.copy.display().to_string();
            failure.cause = failure.cause.replace(&copy, &self.name);
            failure
        };
        let mut reading = Reading::begin(&self.copy, Some(self.caches.clone())).map_err(named)?;
        let survey = reading.finish(&mut |_| true).map_err(named)?;
        Ok(damage_notes(&self.name, reading.found(), &survey))
    }
}

/// A file that is being read.
struct BegunImport<'a> {
    file: &'a Path,
    files: ProjectFiles,
    content: ContentHash,
    reading: Reading,
}

impl<'a> BegunImport<'a> {
    fn of(file: &'a Path, project_folder: &Path) -> Result<Self, Failure> {
        let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
        let caches = Caches {
            folder: project_folder.into(),
            content,
        };
        Ok(Self {
            file,
            files: ProjectFiles::of(project_folder),
            content,
            reading: Reading::begin(file, Some(caches))?,
        })
    }

    /// Copies the file into the project's folder.
    fn finished(&self, survey: Option<Survey>) -> Result<Imported, Failure> {
        let name = self.file.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let found = self.reading.found();
        let (extent, has_picture, has_sound) = found.extent()?;
        let path = copy_in(self.file, self.content, &self.files.media())?;
        admit(self.content);
        let mut notes = found.notes(&name);
        if let Some(survey) = survey {
            notes.extend(damage_notes(&name, found, &survey));
        }
        Ok(Imported {
            notes,
            medium: Medium {
                id: MediumId::from(0), // assigned by the edit
                name,
                content: self.content,
                path: format!("{MEDIA}/{path}"),
                extent,
                has_picture,
                has_sound,
                marks: MediumMarks::default(),
                picture: PictureSettings::default(),
            },
        })
    }
}

fn damage_notes(name: &str, found: &Found, survey: &Survey) -> Vec<String> {
    match found {
        Found::Film(probe) => notes_of_damage(name, probe, survey),
        Found::Still => Vec::new(),
    }
}

/// The length of a file that can be imported, and whether it has a picture and sound.
///
/// # Errors
/// The file is not a picture, video or sound.
pub(crate) fn contents_of(file: &Path) -> Result<(Extent, bool, bool), Failure> {
    Reading::begin(file, None)?.found().extent()
}

/// Copies a picture for a character or a keyframe into the project's folder, and returns its hash. One that the engine does
/// not read, such as TIFF or `OpenEXR`, becomes a PNG file.
///
/// # Errors
/// The file is not a picture; the disk is full. Nothing is left behind.
pub fn import_picture(file: &Path, project_folder: &Path) -> Result<ContentHash, Failure> {
    still_size(file).map_err(|error| failure_of(&error))?;
    let pictures = ProjectFiles::of(project_folder).characters();
    if !is_still(file) || is_common_still(file) {
        let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
        copy_in(file, content, &pictures)?;
        return Ok(content);
    }
    let converted = tempfile::Builder::new().suffix(".png").tempfile();
    let converted = converted.map_err(|error| {
        let what = format!("{} cannot be converted: {error}", file.display());
        Failure::bad_file(what, "free some space in the folder for temporary files")
    })?;
    write_as_png(file, converted.path())?;
    let content = hash_of(converted.path()).map_err(|error| unreadable(file, &error))?;
    copy_in(converted.path(), content, &pictures)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_render::Picture;
    use kinora_render::export::write_exr;
    use kinora_timeline::Frames;
    use kinora_timeline::media::Deinterlacing;

    use super::copied::copy_to;
    use super::*;

    fn picture(path: &Path, red: u8) {
        image::RgbImage::from_pixel(4, 4, image::Rgb([red, 8, 7]))
            .save(path)
            .expect("saved");
    }

    #[test]
    fn the_same_file_is_put_back_into_its_place_and_another_one_keeps_id_name_and_settings() {
        let root = tempfile::tempdir().expect("a folder");
        let project = root.path().join("a.kinora");
        let (same, other) = (root.path().join("door.png"), root.path().join("gate.png"));
        picture(&same, 1);
        picture(&other, 2);
        let medium = Medium {
            id: MediumId::from(7),
            name: "the door".into(),
            marks: MediumMarks::default().toggled(),
            picture: PictureSettings {
                deinterlacing: Deinterlacing::Off,
                ..PictureSettings::default()
            },
            ..import_medium(&same, &project).expect("imported").medium
        };
        let place = project.join(&medium.path);
        fs::remove_file(&place).expect("gone");
        let back = relink_medium(&same, &medium, &project)
            .expect("put back")
            .medium;
        assert_eq!(back, medium);
        assert_eq!(hash_of(&place).expect("there"), medium.content);

        let changed = relink_medium(&other, &medium, &project)
            .expect("relinked")
            .medium;
        assert_eq!((changed.id, changed.name.as_str()), (medium.id, "the door"));
        assert_eq!(
            (changed.marks, changed.picture),
            (medium.marks, medium.picture)
        );
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
        let first = import_medium(&still, &project).expect("imported").medium;
        assert_eq!(
            (first.extent, first.has_picture, first.name.as_str()),
            (Extent::Still, true, "Door.PNG")
        );
        assert_eq!(
            import_medium(&still, &project).expect("again").medium,
            first
        );
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

    #[test]
    fn an_openexr_file_is_a_still_and_becomes_a_png_file_as_a_picture_for_the_engine() {
        let root = tempfile::tempdir().expect("a folder");
        let project = root.path().join("a.kinora");
        let file = root.path().join("plate.exr");
        write_exr(&file, &Picture::plain(4, 3, [200, 9, 7, 255])).expect("written");
        let medium = import_medium(&file, &project).expect("imported").medium;
        assert_eq!((medium.extent, medium.has_picture), (Extent::Still, true));
        assert!(medium.path.ends_with(".exr"), "it stays as it is");
        let content = import_picture(&file, &project).expect("imported");
        let pictures = ProjectFiles::of(&project).characters();
        let copy = pictures.join(format!("{content}.png"));
        assert!(is_common_still(&copy));
        assert_eq!(hash_of(&copy).expect("read"), content);
        let shown = image::open(&copy).expect("a picture").into_rgba8();
        assert_eq!(shown.get_pixel(3, 2).0, [200, 9, 7, 255]);
        let whole = fs::read(&file).expect("read");
        fs::write(&file, &whole[..whole.len() / 2]).expect("cut short");
        for refused in [
            import_medium(&file, &project).map(drop),
            import_picture(&file, &project).map(drop),
        ] {
            let refused = refused.expect_err("damaged");
            assert!(refused.cause.contains("plate.exr"), "{refused:?}");
        }
    }

    /// An animated WebP file of three grey pictures, each shown for 40 milliseconds.
    fn moving(path: &Path) {
        let chunk = |name: &[u8; 4], data: &[u8]| {
            let mut chunk = [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
            chunk.resize(chunk.len().next_multiple_of(2), 0);
            chunk
        };
        let mut body = b"WEBP".to_vec();
        body.extend(chunk(b"VP8X", &[2, 0, 0, 0, 3, 0, 0, 3, 0, 0])); // an animation of 4x4 pixels
        body.extend(chunk(b"ANIM", &[0; 6]));
        for grey in [0, 100, 200] {
            let mut still = Vec::new();
            image::RgbImage::from_pixel(4, 4, image::Rgb([grey; 3]))
                .write_with_encoder(image::codecs::webp::WebPEncoder::new_lossless(&mut still))
                .expect("encoded");
            let mut data = vec![0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0, 0, 40, 0, 0, 2];
            data.extend(&still[12..]); // without the header of its own file
            body.extend(chunk(b"ANMF", &data));
        }
        fs::write(path, chunk(b"RIFF", &body)).expect("written");
    }

    #[test]
    fn an_animated_picture_is_a_video_and_needs_no_note() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("fire.webp");
        moving(&file);
        let project = root.path().join("a.kinora");
        let Imported { medium, notes } = import_medium(&file, &project).expect("imported");
        let extent = Extent::Video {
            rate: "25".parse().expect("a rate"),
            frames: Frames(3),
        };
        assert_eq!((medium.extent, medium.has_picture), (extent, true));
        assert!(!medium.has_sound && notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_kept_under_the_old_hash() {
        let root = tempfile::tempdir().expect("a folder");
        let (file, place) = (root.path().join("a.mp4"), root.path().join("media/a.mp4"));
        fs::write(&file, "more of it").expect("written");
        let refused = copy_to(&file, ContentHash::of(b"more"), &place).expect_err("changed");
        assert!(
            refused.cause.ends_with("was changed while it was read"),
            "{refused}"
        );
        assert_eq!(
            fs::read_dir(root.path().join("media"))
                .expect("listed")
                .count(),
            0
        );
        copy_to(&file, ContentHash::of(b"more of it"), &place).expect("copied");
        assert!(place.is_file());
    }
}
