//! Imports a run of numbered pictures as one medium: its pictures are decoded as stills are, and written into one lossless
//! video of the wanted rate, which the project keeps.
//!
//! Constraints: a medium is one file under the hash of its content, which the viewer, the mixer, proxies and packages for
//! other editors read. Choice: an import writes that file. Its frames have the pixels that its pictures have as stills,
//! with their alpha. Price: it has 8 bits a channel, as all pictures in the film do; the project does not keep the pictures
//! themselves.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::media::{is_still, read_still};
use kinora_render::project::ProjectFiles;
use kinora_render::{Content, Format, Picture, Writer};
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_timeline::{ContentHash, FrameRate};
use kinora_wire::Failure;

use super::copied::unreadable;
use super::numbered::PictureRun;
use super::{BegunImport, Imported, RestOfImport, file_name};
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// The most frames of a sequence, with those that are held: five hours at 60 a second.
const MOST_FRAMES: u64 = 1_080_000;
/// The share of an import in which the pictures are written.
const WRITING: f64 = 0.5;

/// How an image sequence is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceSettings {
    /// Its frame rate.
    pub rate: FrameRate,
    /// What becomes of numbers without a picture.
    pub gaps: Gaps,
}

/// What becomes of numbers without a picture within an image sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// The import is refused.
    Refuse,
    /// The picture before is shown.
    Hold,
}

/// Imports a run of numbered pictures.
///
/// # Errors
/// A picture is missing, damaged, or has another size than the first; the disk is full; it was cancelled. Nothing is left
/// behind.
pub(super) fn import(
    run: &PictureRun,
    settings: SequenceSettings,
    project_folder: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Imported, Failure> {
    let mut writing = |share: f64| on_progress(share * WRITING);
    let (file, content) = SequenceFile::write(run, settings, project_folder, &mut writing)?;
    let mut reading = |share: f64| on_progress(WRITING + share * (1.0 - WRITING));
    let imported = file
        .begun((run, content), project_folder)?
        .all(&mut reading)?;
    file.keep();
    Ok(with_note(imported, run))
}

/// The same with a first part that is read. The progress counts the pictures that are written.
///
/// # Errors
/// As [`import`].
pub(super) fn import_soon(
    run: &PictureRun,
    settings: SequenceSettings,
    project_folder: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<(Imported, Option<RestOfImport>), Failure> {
    let (file, content) = SequenceFile::write(run, settings, project_folder, on_progress)?;
    let (imported, rest) = file
        .begun((run, content), project_folder)?
        .soon(project_folder)?;
    file.keep();
    Ok((with_note(imported, run), rest))
}

/// With a note on the numbers that were held.
fn with_note(mut imported: Imported, run: &PictureRun) -> Imported {
    if let Some(gap) = run.first_gap() {
        let name = file_name(&run.file_of(gap));
        let missing = missing_in(run);
        let note = format!(
            "{}: {missing} of its numbers have no picture, the first is {name}; the pictures before are held",
            run.name()
        );
        imported.notes.push(note);
    }
    imported
}

/// How many numbers between the ends of a run have no picture.
fn missing_in(run: &PictureRun) -> u64 {
    frames_of(run).saturating_sub(run.numbers().len() as u64)
}

/// The frames of a run, with those that are held.
fn frames_of(run: &PictureRun) -> u64 {
    let [first, last] = run.ends();
    (last - first).saturating_add(1)
}

/// The video of a run in the media folder of a project. It is removed when this is dropped, unless it was there before.
struct SequenceFile {
    place: PathBuf,
    is_kept: bool,
}

impl SequenceFile {
    /// Writes the video, and returns its content with it.
    fn write(
        run: &PictureRun,
        settings: SequenceSettings,
        project_folder: &Path,
        on_progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(Self, ContentHash), Failure> {
        refuse_gaps(run, settings.gaps)?;
        let media = ProjectFiles::of(project_folder).media();
        let unwritable = |error: &std::io::Error| {
            let cause = format!("{} cannot be written: {error}", media.display());
            Failure::bad_file(cause, "check the project's folder and the room on the disk")
        };
        fs::create_dir_all(&media).map_err(|error| unwritable(&error))?;
        // Its name is that of a temporary file until its content is known.
        let mut file = Self {
            place: beside(&media.join("sequence")),
            is_kept: false,
        };
        write_pictures(run, settings.rate, &file.place, on_progress)?;
        let content = hash_of(&file.place).map_err(|error| unreadable(&file.place, &error))?;
        let place = media.join(format!("{content}.{}", Format::SEQUENCE.extension));
        if hash_of(&place).is_ok_and(|there| there == content) {
            // It was imported before: the file that was just written goes.
            drop(file);
            let there = Self {
                place,
                is_kept: true,
            };
            return Ok((there, content));
        }
        let settled = RealDisk.settle(&file.place, &place);
        settled.map_err(|error| unwritable(&error))?;
        file.place = place;
        Ok((file, content))
    }

    /// Begins to read it, as a new file of the name of its run.
    fn begun(
        &self,
        (run, content): (&PictureRun, ContentHash),
        project_folder: &Path,
    ) -> Result<BegunImport<'_>, Failure> {
        BegunImport::known(&self.place, (run.name(), content), project_folder)
    }

    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for SequenceFile {
    fn drop(&mut self) {
        if !self.is_kept {
            fs::remove_file(&self.place).ok(); // it was never finished
        }
    }
}

fn refuse_gaps(run: &PictureRun, gaps: Gaps) -> Result<(), Failure> {
    if let (Gaps::Refuse, Some(gap)) = (gaps, run.first_gap()) {
        let cause = format!(
            "{}: {} is missing, the first of {} missing pictures",
            run.name(),
            file_name(&run.file_of(gap)),
            missing_in(run)
        );
        let remedy = "add the missing pictures, hold the pictures before with `kinora add --hold`, or import a single picture with Edit > Import still…";
        return Err(Failure::bad_file(cause, remedy));
    }
    let frames = frames_of(run);
    match frames > MOST_FRAMES {
        true => Err(Failure::bad_file(
            format!("{} would have {frames} frames", run.name()),
            format!("at most {MOST_FRAMES} are imported at once; move some into another folder"),
        )),
        false => Ok(()),
    }
}

/// Writes the pictures of a run into a video, each at the time of its number.
fn write_pictures(
    run: &PictureRun,
    rate: FrameRate,
    place: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<(), Failure> {
    let [first, last] = run.ends();
    let mut shown = picture_of(&run.file_of(first))?;
    let size = [shown.width, shown.height];
    let content = Content {
        size,
        rate,
        has_sound: false,
    };
    let failed = |error| failure_of(&error);
    let mut writer = Writer::create(place, Format::SEQUENCE, content).map_err(failed)?;
    for number in first..=last {
        if number != first && run.numbers().contains(&number) {
            shown = picture_of(&run.file_of(number))?;
            refuse_other_size(run, number, &shown, size)?;
        }
        writer.picture(&shown).map_err(failed)?;
        let done = number - first + 1;
        if !on_progress(done as f64 / frames_of(run) as f64) {
            return Err(Failure::cancelled());
        }
    }
    writer.finish().map_err(failed)
}

/// A still picture, decoded as all stills are.
fn picture_of(file: &Path) -> Result<Picture, Failure> {
    if !is_still(file) {
        return Err(Failure::bad_file(
            format!("{} is no still picture", file.display()),
            "check that it is whole, or move it out of the folder",
        ));
    }
    let picture = read_still(file).map_err(|error| failure_of(&error))?;
    Ok(Picture::from(picture.into_rgba8()))
}

fn refuse_other_size(
    run: &PictureRun,
    number: u64,
    picture: &Picture,
    [width, height]: [u32; 2],
) -> Result<(), Failure> {
    if [picture.width, picture.height] == [width, height] {
        return Ok(());
    }
    let [first, _] = run.ends();
    let [first, file] = [first, number].map(|number| file_name(&run.file_of(number)));
    Err(Failure::bad_file(
        format!(
            "{}: {file} has {}x{} pixels, and {first} {width}x{height}",
            run.name(),
            picture.width,
            picture.height
        ),
        "the pictures of a sequence have one size; import these as stills",
    ))
}

#[cfg(test)]
mod tests;
