//! The plans of what is placed: the edits that put a source on the tracks of a project, with its sound on a track where it
//! covers no other sound.

use std::path::Path;

use kinora_studio::exchange::placement::{add_sound, added};
use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{
    Edit, FrameRange, Frames, Project, Refusal, ShotId, Source, Track, TrackId, TrackKind,
};

use crate::state::action::MediumPlace;
use crate::state::sources::{kinds_of, length_of};
use crate::state::view::timeline_view::TimelineView;

/// What is placed.
pub(super) struct Content {
    pub(super) source: Source,
    /// The frame of the source that comes first.
    pub(super) start: Frames,
    pub(super) length: Frames,
}

impl Content {
    /// A source in its full length; a still picture of so many seconds.
    pub(super) fn whole(project: &Project, source: Source, still_seconds: u32) -> Self {
        Self {
            source,
            start: Frames::ZERO,
            length: length_of(project, source, still_seconds),
        }
    }

    /// The same source from the same frame on, as long as a range, or as long as the source has frames.
    pub(super) fn fitted(self, project: &Project, length: Frames) -> Self {
        let available = project.available(self.source);
        let left = available.map_or(length, |available| available - self.start);
        Self {
            length: length.min(left).max(Frames::ONE),
            ..self
        }
    }
}

/// The main clip goes to the given track, else to the targeted one of its kind. Its sound goes to a track on which it
/// covers nothing.
pub(super) fn planned(
    (project, folder): (&Project, &Path),
    view: &TimelineView,
    content: &Content,
    how: MediumPlace,
    (track, at): (Option<TrackId>, Frames),
) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(project);
    let covered = FrameRange {
        start: at,
        length: content.length,
    };
    let mut pieces = Vec::new();
    for (number, &kind) in kinds_of(project, content.source).iter().enumerate() {
        let covered = (number > 0 && how == MediumPlace::Overwrite).then_some(covered);
        let track = match track.filter(|_| number == 0) {
            Some(track) => track,
            None => track_for(&mut batch, view, kind, covered)?,
        };
        let clip = Clip::new(content.source, content.start, content.length);
        pieces.push(Piece { track, clip });
    }
    match how {
        MediumPlace::Insert => batch.insert(at, pieces),
        MediumPlace::Overwrite => batch.then(Edit::Place(Place::Overwrite { at, pieces })),
        MediumPlace::Append => batch.then(Edit::Place(Place::Append { pieces })),
    }?;
    if let Source::Shot(shot) = content.source {
        add_sound(&mut batch, project, folder, shot)?;
    }
    Ok(batch)
}

/// Adds a sound to the project and places it at a frame: on the targeted track, on another one if it would cover something
/// there, or on a new one.
pub fn planned_sound(
    project: &Project,
    view: &TimelineView,
    sound: Medium,
    at: Frames,
) -> Result<(EditBatch, ()), Refusal> {
    let (mut batch, source) = added(project, sound)?;
    let length = length_of(&batch.project, source, 0);
    let covered = FrameRange { start: at, length };
    let track = track_for(&mut batch, view, TrackKind::Audio, Some(covered))?;
    let clip = Clip::new(source, Frames::ZERO, length);
    let pieces = vec![Piece { track, clip }];
    batch.then(Edit::Place(Place::Overwrite { at, pieces }))?;
    Ok((batch, ()))
}

/// Adds a shot of sound alone and places it for a range, as [`planned_sound`] places a sound.
pub fn planned_sound_shot(
    project: &Project,
    view: &TimelineView,
    shot: Shot,
    (at, length): (Frames, Frames),
) -> Result<(EditBatch, ShotId), Refusal> {
    let mut batch = EditBatch::of(project);
    batch.then(Edit::Library(Library::AddShot(Box::new(shot))))?;
    let added: Option<ShotId> = batch.project.shots().map(|shot| shot.id).max();
    let shot = added.ok_or(Refusal::NoSuch { what: "shot" })?;
    let source = Source::Shot(shot);
    let length = length.min(length_of(&batch.project, source, 0));
    let covered = FrameRange { start: at, length };
    let track = track_for(&mut batch, view, TrackKind::Audio, Some(covered))?;
    let clip = Clip::new(source, Frames::ZERO, length);
    let pieces = vec![Piece { track, clip }];
    batch.then(Edit::Place(Place::Overwrite { at, pieces }))?;
    Ok((batch, shot))
}

/// The targeted track of a kind, or the first unlocked one, without a clip in this range; a new one, if there is none.
fn track_for(
    batch: &mut EditBatch,
    view: &TimelineView,
    kind: TrackKind,
    covered: Option<FrameRange>,
) -> Result<TrackId, Refusal> {
    let is_empty_in =
        |track: &Track, range| track.within(range).all(|placed| placed.clip().is_none());
    let is_free = |track: &Track| covered.is_none_or(|range| is_empty_in(track, range));
    let can_take = |track: &Track| track.kind == kind && !track.locked && is_free(track);
    let target = view.target(&batch.project, kind);
    let mut tracks = batch.project.tracks().iter();
    let targeted = target.and_then(|target| batch.project.track(target));
    let targeted = targeted.filter(|track| can_take(track));
    if let Some(track) = targeted.or_else(|| tracks.find(|track| can_take(track))) {
        return Ok(track.id);
    }
    batch.then(Edit::Track(TrackEdit::Add {
        kind,
        name: String::new(), // the edit gives one
        sync_locked: true,
    }))?;
    let mut tracks = batch.project.tracks().iter();
    let added = tracks.rfind(|track| track.kind == kind);
    added.map(|track| track.id).ok_or(Refusal::NoSuchTrack)
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::media::{Extent, MediumMarks, PictureSettings};
    use kinora_studio::timeline::{ContentHash, FrameRate, MediumId};

    use super::*;

    /// A project with a video with sound of 48 frames.
    fn with_video() -> (Project, Source) {
        let medium = Medium {
            id: MediumId::from(0),
            name: "sea.mp4".into(),
            content: ContentHash::of(b"the sea"),
            path: "media/sea.mp4".into(),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(48),
            },
            has_picture: true,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        let project = add.apply(&Project::default()).expect("added");
        let id = project.media().next().expect("one").id;
        (project, Source::Medium(id))
    }

    /// The kind of each track, and the starts of its clips.
    fn starts(project: &Project) -> Vec<(TrackKind, Vec<i64>)> {
        let tracks = project.tracks().iter().map(|track| {
            let starts = track.clips().map(|(_, range)| range.start.0);
            (track.kind, starts.collect())
        });
        tracks.collect()
    }

    fn placed(project: &Project, source: Source, how: MediumPlace, at: i64) -> Project {
        let view = TimelineView::default();
        let content = Content::whole(project, source, 3);
        let place = (project, Path::new(""));
        let batch = planned(place, &view, &content, how, (None, Frames(at)));
        batch.expect("possible").project
    }

    #[test]
    fn picture_and_sound_are_linked_and_sound_covers_no_other_sound() {
        let (project, source) = with_video();
        let project = placed(&project, source, MediumPlace::Append, 0);
        let clips = project.clips_of(source);
        assert_eq!(project.linked(clips[0]).len(), 2);
        let project = placed(&project, source, MediumPlace::Overwrite, 24);
        let expected = [
            (TrackKind::Video, vec![0, 24]),
            (TrackKind::Audio, vec![0]),
            (TrackKind::Audio, vec![24]),
        ];
        assert_eq!(starts(&project), expected);
    }

    #[test]
    fn content_is_as_long_as_a_range_or_as_the_source_has_frames() {
        let (project, source) = with_video();
        let fitted = |start, length| {
            let content = Content {
                source,
                start: Frames(start),
                length: Frames(7),
            };
            content.fitted(&project, Frames(length)).length
        };
        assert_eq!(fitted(10, 20), Frames(20), "longer than from in to out");
        assert_eq!(fitted(10, 3), Frames(3));
        assert_eq!(fitted(40, 20), Frames(8), "the source ends");
    }

    #[test]
    fn a_sound_covers_no_other_sound_and_gets_a_track_of_its_own_if_it_must() {
        let view = TimelineView::default();
        let sound = |name: &str| Medium {
            id: MediumId::from(0),
            name: name.into(),
            content: ContentHash::of(name.as_bytes()),
            path: format!("media/{name}"),
            extent: Extent::Sound {
                rate_hz: 48_000,
                samples: 96_000,
            },
            has_picture: false,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let mut project = Project::default();
        for (name, at) in [("one", 10), ("two", 30), ("three", 58)] {
            let planned = planned_sound(&project, &view, sound(name), Frames(at));
            project = planned.expect("possible").0.project;
        }
        let expected = [
            (TrackKind::Video, vec![]),
            (TrackKind::Audio, vec![10, 58]),
            (TrackKind::Audio, vec![30]),
        ];
        assert_eq!(starts(&project), expected);
    }

    #[test]
    fn what_follows_an_inserted_clip_moves_along() {
        let (project, source) = with_video();
        let project = placed(&project, source, MediumPlace::Append, 0);
        let project = placed(&project, source, MediumPlace::Insert, 0);
        let expected = [
            (TrackKind::Video, vec![0, 48]),
            (TrackKind::Audio, vec![0, 48]),
        ];
        assert_eq!(starts(&project), expected);
    }
}
