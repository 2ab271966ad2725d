//! Placing an imported file on the timeline: the same for the window and the command line.

use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::library::Library;
use kinora_timeline::media::Medium;
use kinora_timeline::{Edit, Frames, Project, Refusal, Source, TrackKind};

/// The kinds of the tracks that a source is placed on, the main one first. Video with sound is placed as two linked clips.
pub fn kinds_of(project: &Project, source: Source) -> &'static [TrackKind] {
    let Source::Medium(id) = source else {
        return &[TrackKind::Video];
    };
    let medium = project.medium(id);
    match medium.map(|medium| (medium.has_picture, medium.has_sound)) {
        Some((true, true)) => &[TrackKind::Video, TrackKind::Audio],
        Some((false, _)) => &[TrackKind::Audio],
        _ => &[TrackKind::Video],
    }
}

/// The length of a source on the timeline: all of it, or so many seconds of a still picture.
pub fn length_of(project: &Project, source: Source, still_seconds: u32) -> Frames {
    let available = project.available(source);
    let still = || EditBatch::of(project).seconds(still_seconds);
    available.unwrap_or_else(still).max(Frames::ONE)
}

/// The edits that add a medium to a project. None for one that is there already.
///
/// # Errors
/// A refusal of the edit.
pub fn added(project: &Project, medium: Medium) -> Result<(EditBatch, Source), Refusal> {
    let mut batch = EditBatch::of(project);
    let content = medium.content;
    let known = |batch: &EditBatch| {
        let mut media = batch.project.media();
        media.find(|one| one.content == content).map(|one| one.id)
    };
    if known(&batch).is_none() {
        batch.then(Edit::Library(Library::AddMedium(Box::new(medium))))?;
    }
    let id = known(&batch).ok_or(Refusal::NoSuch { what: "medium" })?;
    Ok((batch, Source::Medium(id)))
}

/// The edits that place a medium at a frame of the timeline: whole, or a still picture of so many seconds. It is added to
/// the project unless it is there already.
///
/// # Errors
/// A refusal of one of the edits.
pub fn placed(
    project: &Project,
    medium: Medium,
    at: Frames,
    still_seconds: u32,
) -> Result<EditBatch, Refusal> {
    let (mut batch, source) = added(project, medium)?;
    let kinds = kinds_of(&batch.project, source);
    let length = length_of(&batch.project, source, still_seconds);
    batch.place(source, kinds, at, length)?;
    Ok(batch)
}
