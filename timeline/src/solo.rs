//! A source by itself, as a project: what a source viewer plays.

use std::sync::Arc;

use crate::clip::{Clip, Source};
use crate::edit::place::{Piece, Place};
use crate::index::Index;
use crate::mixing::MasterMix;
use crate::track::{Track, TrackKind};
use crate::{Edit, FrameRange, Frames, Project, TrackId};

impl Project {
    /// The project with nothing on its timeline but this source, in its whole length, which is also the range between in
    /// and out. A source without end, such as a still, gets the length `endless`. `None`: there is no such source.
    pub fn only(&self, source: Source, endless: Frames) -> Option<Self> {
        let (has_picture, has_sound) = match source {
            Source::Shot(id) => {
                let shot = self.shot(id)?;
                (!shot.kind.is_sound(), true) // a silent take is silent there
            }
            Source::Title(id) => self.title(id).map(|_| (true, false))?,
            Source::Medium(id) => {
                let medium = self.medium(id)?;
                (medium.has_picture, medium.has_sound)
            }
            Source::Sequence(id) => self.tracks_of(id).map(|_| (true, true))?,
        };
        let mut alone = self.clone();
        alone.master = MasterMix::default();
        let mut track = |kind, name| Track::new(TrackId(alone.fresh_id()), kind, name);
        let tracks = [track(TrackKind::Video, "V1"), track(TrackKind::Audio, "A1")];
        let length = match source {
            Source::Sequence(id) => self.end_of(id),
            _ => self.available(source).unwrap_or(endless),
        };
        let length = length.max(Frames::ONE);
        let pieces = tracks.iter().zip([has_picture, has_sound]);
        let pieces = pieces
            .filter(|(_, is_used)| *is_used)
            .map(|(track, _)| Piece {
                track: track.id,
                clip: Clip::new(source, Frames::ZERO, length),
            });
        let pieces = pieces.collect();
        alone.open_new(tracks.map(Arc::new).to_vec());
        alone.in_out = Some(FrameRange::between(Frames::ZERO, length));
        alone.index = Index::of(&alone);
        let at = Frames::ZERO;
        let place = Edit::Place(Place::Overwrite { at, pieces });
        place.apply(&alone).ok()
    }

    /// The same project with another range between in and out. Only for a project that is played, not saved.
    #[must_use]
    pub fn with_in_out(mut self, range: Option<FrameRange>) -> Self {
        self.in_out = range;
        self
    }
}
