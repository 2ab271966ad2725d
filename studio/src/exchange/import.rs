//! Imports media: files are copied into the project's folder under the hash of their content, so that the project
//! keeps them for good, and importing a file twice stores it once.

use std::fs;
use std::path::Path;

use kinora_render::media::{Damage, PictureTrack, Probe, is_still, probe, still_size};
use kinora_render::project::ProjectFiles;
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_timeline::media::{Extent, Medium, MediumMarks};
use kinora_timeline::{ContentHash, Frames, MediumId};
use kinora_wire::Failure;

use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// The folder of imported videos, pictures and sounds, inside the project's folder.
const MEDIA: &str = "media";
/// The longest extension that is kept, in bytes.
const LONGEST_EXTENSION: usize = 16;

/// An imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the caller's edit adds to the project.
    pub medium: Medium,
    /// What the artist should know of the file: what of it cannot be read or is not shown.
    pub notes: Vec<String>,
}

/// Probes a file and copies it into the project's folder. The caller applies the edit that adds it to the project.
///
/// # Errors
/// The file is not a picture, video or sound; the disk is full. Nothing is left behind.
pub fn import_medium(file: &Path, project_folder: &Path) -> Result<Imported, Failure> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let found = Found::of(file)?;
    let files = ProjectFiles::of(project_folder);
    let (content, path) = copy_in(file, &files.media())?;
    if let Found::Film(probe) = &found
        && let Err(error) = probe.keep(&files.probe(content))
    {
        tracing::debug!("the probe of {} is not kept: {error}", file.display());
    }
    let (extent, has_picture, has_sound) = found.extent()?;
    Ok(Imported {
        notes: found.notes(&name),
        medium: Medium {
            id: MediumId::from(0), // assigned by the edit
            name,
            content,
            path: format!("{MEDIA}/{path}"),
            extent,
            has_picture,
            has_sound,
            marks: MediumMarks::default(),
        },
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
) -> Result<Imported, Failure> {
    let files = ProjectFiles::of(project_folder);
    let place = files.medium(medium);
    let is_own = place.parent() == Some(files.media().as_path());
    if is_own && hash_of(file).map_err(|error| unreadable(file, &error))? == medium.content {
        copy_to(file, &place)?;
        return Ok(Imported {
            medium: medium.clone(),
            notes: Vec::new(),
        });
    }
    let mut imported = import_medium(file, project_folder)?;
    imported.medium.id = medium.id;
    imported.medium.name.clone_from(&medium.name);
    Ok(imported)
}

/// Copies a picture for a character or a keyframe into the project's folder, and returns its hash.
///
/// # Errors
/// The file is not a picture; the disk is full. Nothing is left behind.
pub fn import_picture(file: &Path, project_folder: &Path) -> Result<ContentHash, Failure> {
    still_size(file).map_err(|error| failure_of(&error))?;
    let folder = ProjectFiles::of(project_folder).characters();
    copy_in(file, &folder).map(|(content, _)| content)
}

/// What a file holds.
enum Found {
    Still,
    Film(Box<Probe>),
}

impl Found {
    /// Reads a file: its beginning decides what it is, not its extension.
    fn of(file: &Path) -> Result<Self, Failure> {
        if is_still(file) {
            still_size(file).map_err(|error| failure_of(&error))?;
            return Ok(Self::Still);
        }
        let probe = probe(file).map_err(|error| failure_of(&error))?;
        // A picture format that FFmpeg reads as a video of one frame.
        let is_one_picture = probe.picture.as_ref().is_some_and(|track| {
            track.frames == Frames::ONE && track.rate.per_second() <= 1.0 && probe.sound.is_none()
        });
        Ok(match is_one_picture {
            true => Self::Still,
            false => Self::Film(Box::new(probe)),
        })
    }

    /// The length, and whether there are a picture and a sound.
    fn extent(&self) -> Result<(Extent, bool, bool), Failure> {
        let probe = match self {
            Self::Still => return Ok((Extent::Still, true, false)),
            Self::Film(probe) => probe,
        };
        match (&probe.picture, &probe.sound) {
            (Some(picture), sound) => {
                let extent = Extent::Video {
                    rate: picture.rate,
                    frames: picture.frames,
                };
                Ok((extent, true, sound.is_some()))
            }
            (None, Some(sound)) => {
                let extent = Extent::Sound {
                    rate_hz: sound.rate_hz,
                    samples: sound.samples,
                };
                Ok((extent, false, true))
            }
            (None, None) => Err(Failure::bug("a probed file has neither picture nor sound")),
        }
    }

    fn notes(&self, name: &str) -> Vec<String> {
        let probe = match self {
            Self::Still => return Vec::new(),
            Self::Film(probe) => probe,
        };
        let mut notes = Vec::new();
        match probe.damage {
            Some(Damage::CutShort {
                at_seconds,
                of_seconds,
            }) => notes.push(format!(
                "{name} is cut short: it ends after {at_seconds:.1} of {of_seconds:.1} seconds, and its last picture stands for the rest"
            )),
            Some(Damage::Packets(count)) => notes.push(format!(
                "{name} is damaged in {count} places; the picture before stands for what cannot be read"
            )),
            None => {}
        }
        if probe.picture.as_ref().is_some_and(PictureTrack::is_counted) {
            notes.push(format!(
                "{name} has no container, so that jumps in it are slow; put it into an MP4 or MKV file"
            ));
        }
        notes
    }
}

/// Copies a file to its content hash and extension, whole or not at all.
fn copy_in(file: &Path, folder: &Path) -> Result<(ContentHash, String), Failure> {
    let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    // What follows the last dot of a long name may not be an extension.
    let name = match extension.is_empty() || extension.len() > LONGEST_EXTENSION {
        true => content.to_string(),
        false => format!("{content}.{}", extension.to_lowercase()),
    };
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
}
