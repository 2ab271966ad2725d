//! Several edits that build on one another and are one step: each is applied to a copy, so that the next can name what
//! the one before has made.

use super::clips::ClipEdit;
use super::place::{Piece, Place};
use super::tracks::TrackEdit;
use crate::clip::{Clip, InBetweens, Look};
use crate::{
    ClipId, Edit, FrameRange, Frames, Project, Refusal, Source, Track, TrackId, TrackKind,
};

/// Edits, and the project after them.
pub struct EditBatch {
    /// After the edits so far.
    pub project: Project,
    /// In order.
    pub edits: Vec<Edit>,
}

impl EditBatch {
    /// No edits yet.
    pub fn of(project: &Project) -> Self {
        Self {
            project: project.clone(),
            edits: Vec::new(),
        }
    }

    /// Adds an edit.
    ///
    /// # Errors
    /// A refusal; the batch stays as it was.
    pub fn then(&mut self, edit: Edit) -> Result<(), Refusal> {
        self.project = edit.apply(&self.project)?;
        self.edits.push(edit);
        Ok(())
    }

    /// The whole frames of so many seconds; at least one.
    pub fn seconds(&self, seconds: u32) -> Frames {
        let (frames, in_seconds) = self.project.rate().as_fraction();
        // The product of two u32 always fits.
        let whole = u64::from(seconds) * u64::from(frames) / u64::from(in_seconds);
        Frames(i64::try_from(whole).unwrap_or(i64::MAX).max(1))
    }

    /// Places a source on tracks of these kinds, above the other video and below the other audio. A new track is added
    /// where none is free.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    pub fn place(
        &mut self,
        source: Source,
        kinds: &[TrackKind],
        at: Frames,
        length: Frames,
    ) -> Result<(), Refusal> {
        let range = FrameRange { start: at, length };
        let mut pieces = Vec::new();
        for &kind in kinds {
            let track = self.free_track(kind, range)?;
            let clip = Clip::new(source, Frames::ZERO, length);
            pieces.push(Piece { track, clip });
        }
        self.then(Edit::Place(Place::Overwrite { at, pieces }))
    }

    /// Places the sound of a clip on an audio track, from the same part of its source and linked to it. A new track is added
    /// where none is free.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    pub fn place_sound_of(&mut self, clip: ClipId) -> Result<(), Refusal> {
        let found = self.project.clip(clip);
        let (picture, _, range) = found.ok_or(Refusal::NoSuchClip(clip))?;
        let sound = Clip {
            look: Look::default(),
            in_betweens: InBetweens::None,
            ..Clip::clone(picture)
        };
        let track = self.free_track(TrackKind::Audio, range)?;
        let pieces = vec![Piece { track, clip: sound }];
        let at = range.start;
        self.then(Edit::Place(Place::Overwrite { at, pieces }))?;
        let placed = self.project.track(track).and_then(|track| track.at(at));
        let placed = placed.and_then(|placed| Some(placed.clip()?.id));
        let clips = vec![clip, placed.ok_or(Refusal::NothingThere)?];
        self.then(Edit::Clip(ClipEdit::Link { clips }))
    }

    fn free_track(&mut self, kind: TrackKind, range: FrameRange) -> Result<TrackId, Refusal> {
        if let Some(free) = last_if_free(&self.project, kind, range) {
            return Ok(free);
        }
        self.then(Edit::Track(TrackEdit::Add {
            kind,
            name: String::new(),
            sync_locked: true,
        }))?;
        let added = last_if_free(&self.project, kind, range);
        added.ok_or(Refusal::NoSuch { what: "track" })
    }
}

/// The outermost track of a kind, if nothing lies there.
fn last_if_free(project: &Project, kind: TrackKind, range: FrameRange) -> Option<TrackId> {
    let of_kind = |track: &&std::sync::Arc<Track>| track.kind == kind;
    let track = project.tracks().iter().rfind(of_kind)?;
    let is_free = track.within(range).all(|placed| placed.clip().is_none());
    (is_free && !track.locked).then_some(track.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameRate, Size};

    #[test]
    fn seconds_are_counted_in_frames_at_any_rate() {
        for (rate, seconds, frames) in [
            ((24, 1), 3, 72),
            ((30_000, 1001), 600, 17_982),
            ((1_000_000_007, 33_366_667), 600, 17_982),
            ((1, 10), 3, 1),
        ] {
            let rate = FrameRate::new(rate.0, rate.1).expect("a rate");
            let batch = EditBatch::of(&Project::new(rate, Size::COMMON[1]));
            assert_eq!(batch.seconds(seconds), Frames(frames), "{rate:?}");
        }
    }
}
