//! Several edits that lean on one another and are one step: each is tried on a copy, so that the next can name what the
//! one before has made.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::{
    Edit, FrameRange, Frames, Project, Refusal, Source, Track, TrackId, TrackKind,
};

/// Edits, and the film after them.
pub struct Plan {
    pub film: Project,
    pub edits: Vec<Edit>,
}

impl Plan {
    /// Nothing yet.
    pub fn of(film: &Project) -> Self {
        Self {
            film: film.clone(),
            edits: Vec::new(),
        }
    }

    /// One more edit.
    pub fn then(&mut self, edit: Edit) -> Result<(), Refusal> {
        self.film = edit.apply(&self.film)?;
        self.edits.push(edit);
        Ok(())
    }

    /// The whole frames of so many seconds; at least one.
    pub fn seconds(&self, seconds: u32) -> Frames {
        let (frames, in_seconds) = self.film.rate().as_fraction();
        Frames(i64::from(seconds * frames / in_seconds.max(1)).max(1))
    }

    /// A source on tracks of these kinds, above or below everything that lies there: a new track where none is free.
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

    fn free_track(&mut self, kind: TrackKind, range: FrameRange) -> Result<TrackId, Refusal> {
        if let Some(free) = last_if_free(&self.film, kind, range) {
            return Ok(free);
        }
        self.then(Edit::Track(TrackEdit::Add {
            kind,
            name: String::new(),
        }))?;
        let added = last_if_free(&self.film, kind, range);
        added.ok_or(Refusal::NoSuch { what: "track" })
    }
}

/// The outermost track of a kind, if nothing lies there.
fn last_if_free(film: &Project, kind: TrackKind, range: FrameRange) -> Option<TrackId> {
    let of_kind = |track: &&std::sync::Arc<Track>| track.kind == kind;
    let track = film.tracks().iter().rfind(of_kind)?;
    let is_free = track.within(range).all(|placed| placed.clip().is_none());
    is_free.then_some(track.id)
}
