//! Placing an imported file on the timeline: the same for the window and the command line.

use std::path::Path;

use kinora_render::project::ProjectFiles;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::library::Library;
use kinora_timeline::file::{Disk, Document, EditError};
use kinora_timeline::media::Medium;
use kinora_timeline::{
    Amendment, ClipId, Edit, Frames, Project, Refusal, SequenceId, ShotId, Source, Track, TrackKind,
};

use crate::project::background_session::BackgroundSession;

/// The kinds of the tracks that a source is placed on, the main one first. Video with sound is placed as two linked clips.
pub fn kinds_of(project: &Project, source: Source) -> &'static [TrackKind] {
    if let Source::Shot(id) = source
        && project.shot(id).is_some_and(|shot| shot.kind.is_sound())
    {
        return &[TrackKind::Audio];
    }
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

/// Whether a shot is heard: the take whose sound it has is not silent. Looks for the file of its sound.
pub fn has_sound(project: &Project, folder: &Path, shot: ShotId) -> bool {
    let take = project.shot(shot).and_then(|shot| shot.sound_take());
    take.is_some_and(|take| ProjectFiles::of(folder).take_sound(take).is_file())
}

/// Adds the sound of a shot to its clips of picture that are new since `before`: linked clips, on audio tracks. If the shot
/// was silent before, to all of its clips. A clip that is linked already, lies over the shot's sound, or is on a locked
/// track stays as it is.
///
/// # Errors
/// A refusal of one of the edits.
pub fn add_sound(
    batch: &mut EditBatch,
    before: &Project,
    folder: &Path,
    shot: ShotId,
) -> Result<(), Refusal> {
    if !has_sound(&batch.project, folder, shot) {
        return Ok(());
    }
    let source = Source::Shot(shot);
    let known = match has_sound(before, folder, shot) {
        true => before.clips_of(source),
        false => Vec::new(),
    };
    for clip in batch.project.clips_of(source) {
        if !known.contains(&clip) && is_without_sound(&batch.project, clip) {
            batch.place_sound_of(clip)?;
        }
    }
    Ok(())
}

/// What opens sequences that are not open, and edits the one that is.
pub trait SequenceEditor {
    /// The project with the sequence that is open.
    fn project(&self) -> &Project;

    /// Opens another sequence, which is no step.
    ///
    /// # Errors
    /// The project cannot be written.
    fn open_sequence(&mut self, sequence: SequenceId) -> Result<(), EditError>;

    /// Applies edits as one step.
    ///
    /// # Errors
    /// A refusal; the project cannot be written.
    fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError>;
}

impl<D: Disk> SequenceEditor for Document<D> {
    fn project(&self) -> &Project {
        Self::project(self)
    }

    fn open_sequence(&mut self, sequence: SequenceId) -> Result<(), EditError> {
        self.amend(&Amendment::Open(sequence)).map(drop)
    }

    fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        Self::apply_all(self, name, edits)
    }
}

impl SequenceEditor for BackgroundSession {
    fn project(&self) -> &Project {
        Self::project(self)
    }

    fn open_sequence(&mut self, sequence: SequenceId) -> Result<(), EditError> {
        self.amend(&Amendment::Open(sequence)).map(drop)
    }

    fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        Self::apply_all(self, name, edits)
    }
}

/// Adds the sound of a shot that was silent in the project `before` to its clips in all sequences that are not open, each
/// with a step of its own, because the edits of a step are those of one sequence. The open sequence stays open. Returns
/// whether anything was added.
///
/// # Errors
/// The project cannot be written. A sequence that refuses the sound stays silent.
pub fn add_sound_elsewhere(
    editor: &mut impl SequenceEditor,
    before: &Project,
    folder: &Path,
    shot: ShotId,
) -> Result<bool, EditError> {
    if has_sound(before, folder, shot) {
        return Ok(false);
    }
    let back = editor.project().open_sequence();
    let all = editor.project().sequences().into_iter();
    let others: Vec<SequenceId> = all.map(|(id, _)| id).filter(|id| *id != back).collect();
    let mut is_added = false;
    for sequence in others {
        let Some(opened) = editor.project().opened(sequence) else {
            continue;
        };
        let mut batch = EditBatch::of(&opened);
        if let Err(refusal) = add_sound(&mut batch, before, folder, shot) {
            tracing::warn!("the sound of a shot was not placed in a sequence: {refusal}");
            continue;
        }
        if batch.edits.is_empty() {
            continue;
        }
        editor.open_sequence(sequence)?;
        let added = editor.apply_all("add sound", &batch.edits);
        editor.open_sequence(back)?;
        added?;
        is_added = true;
    }
    Ok(is_added)
}

/// Whether a clip is a picture by itself, with no sound of its source below it.
fn is_without_sound(project: &Project, clip: ClipId) -> bool {
    let Some((picture, track, range)) = project.clip(clip) else {
        return false;
    };
    let is_heard = |track: &Track| {
        let mut clips = track.within(range).filter_map(|placed| placed.clip());
        clips.any(|clip| clip.source == picture.source)
    };
    let mut audio = project.tracks().iter();
    let is_alone = !audio.any(|track| track.kind == TrackKind::Audio && is_heard(track));
    track.kind == TrackKind::Video && !track.locked && picture.group.is_none() && is_alone
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
        let found = batch.project.medium_with_content(content);
        found.map(|medium| medium.id)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_timeline::edit::tracks::TrackEdit;
    use kinora_timeline::shot::sound::ShotKind;
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::{ContentHash, FrameRate, History};

    use super::*;

    /// A project with a shot on its timeline twice, and its folder.
    fn project() -> (tempfile::TempDir, Project, ShotId) {
        let length = ModelLength {
            frames: 24,
            rate: FrameRate::FPS_24,
        };
        let mut batch = EditBatch::of(&Project::default());
        let shot = Box::new(Shot::new("Steps", "", length));
        batch
            .then(Edit::Library(Library::AddShot(shot)))
            .expect("added");
        let shot = batch.project.shots().next().expect("the shot").id;
        for at in [0, 24] {
            let source = Source::Shot(shot);
            let placed = batch.place(source, &[TrackKind::Video], Frames(at), Frames(24));
            placed.expect("placed");
        }
        let root = tempfile::tempdir().expect("a folder");
        (root, batch.project, shot)
    }

    /// A take with a file of sound, or a silent one.
    fn take(folder: &Path, name: &[u8], has_sound: bool) -> ContentHash {
        let take = ContentHash::of(name);
        let files = ProjectFiles::of(folder);
        fs::create_dir_all(files.take(take)).expect("made");
        if has_sound {
            fs::write(files.take_sound(take), "sound").expect("written");
        }
        take
    }

    /// The edits of choosing a take.
    fn chosen(project: &Project, folder: &Path, shot: ShotId, take: ContentHash) -> EditBatch {
        let mut batch = EditBatch::of(project);
        let choose = Library::ChooseTake(shot, Some(take));
        batch.then(Edit::Library(choose)).expect("chosen");
        add_sound(&mut batch, project, folder, shot).expect("added");
        batch
    }

    #[test]
    fn the_first_take_with_sound_brings_linked_clips_and_is_one_step() {
        let (root, silent, shot) = project();
        let folder = root.path();
        let batch = chosen(&silent, folder, shot, take(folder, b"silent", false));
        assert_eq!(batch.edits.len(), 1, "nothing is heard");
        let batch = chosen(&silent, folder, shot, take(folder, b"one", true));
        let clips = batch.project.clips_of(Source::Shot(shot));
        assert_eq!(clips.len(), 4);
        for clip in silent.clips_of(Source::Shot(shot)) {
            let linked = batch.project.linked(clip);
            let places = linked.iter().filter_map(|clip| batch.project.clip(*clip));
            let places: Vec<_> = places
                .map(|(_, track, range)| (track.kind, range))
                .collect();
            let range = silent.clip(clip).expect("there").2;
            assert_eq!(places.len(), 2);
            assert!(places.contains(&(TrackKind::Video, range)));
            assert!(places.contains(&(TrackKind::Audio, range)));
        }
        let mut history = History::of(silent.clone());
        history.apply_all("choose take", &batch.edits).expect("one");
        history.undo();
        assert_eq!(history.project().clips_of(Source::Shot(shot)).len(), 2);
    }

    #[test]
    fn a_take_with_sound_is_chosen_even_if_a_clip_of_its_shot_is_on_a_locked_track() {
        let (root, silent, shot) = project();
        let clip = silent.clips_of(Source::Shot(shot))[0];
        let track = silent.clip(clip).expect("there").1.id;
        let lock = Edit::Track(TrackEdit::Lock(track, true));
        let locked = lock.apply(&silent).expect("locked");
        let batch = chosen(&locked, root.path(), shot, take(root.path(), b"one", true));
        assert_eq!(batch.edits.len(), 1, "nothing is placed");
    }

    #[test]
    fn a_further_take_adds_no_second_sound() {
        let (root, silent, shot) = project();
        let folder = root.path();
        let heard = chosen(&silent, folder, shot, take(folder, b"one", true)).project;
        let again = chosen(&heard, folder, shot, take(folder, b"two", true));
        assert_eq!(again.edits.len(), 1);
    }

    #[test]
    fn a_shot_of_sound_alone_lies_on_audio_tracks_only() {
        let (_root, project, shot) = project();
        let music = Shot {
            kind: ShotKind::Sound,
            ..Shot::clone(project.shot(shot).expect("the shot"))
        };
        let source = Source::Shot(shot);
        assert_eq!(kinds_of(&project, source), [TrackKind::Video]);
        let change = Edit::Library(Library::ChangeShot(Box::new(music.clone())));
        assert!(change.apply(&project).is_err(), "its pictures are placed");
        let mut batch = EditBatch::of(&Project::default());
        let add = Edit::Library(Library::AddShot(Box::new(music)));
        batch.then(add).expect("added");
        let music = batch.project.shots().next().expect("the music").id;
        let source = Source::Shot(music);
        let kinds = kinds_of(&batch.project, source);
        assert_eq!(kinds, [TrackKind::Audio]);
        let wrong = batch.place(source, &[TrackKind::Video], Frames(0), Frames(24));
        assert!(wrong.is_err(), "it has no picture");
        let placed = batch.place(source, kinds, Frames(0), Frames(24));
        placed.expect("placed");
        assert_eq!(batch.project.clips_of(source).len(), 1);
        let still = Frames::ONE;
        let alone = batch.project.only(source, still).expect("to play");
        assert_eq!(alone.clips_of(source).len(), 1);
    }
}
