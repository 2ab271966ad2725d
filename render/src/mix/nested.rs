//! The sound of a nested sequence. It is read at any place and in any direction, so what has a state is mixed in pieces
//! that are kept a while.

use std::collections::VecDeque;

use kinora_timeline::{Project, SequenceId, TrackKind};

use super::bus::{Bus, ClipSounds};
use crate::media::MediaError;

/// The samples of a channel in a piece.
const PIECE: i64 = 24_000;
/// Pieces that are kept.
const MOST_PIECES: usize = 3;

/// The state of a nested sequence, for one clip that shows it.
#[derive(Debug, Default)]
pub(super) struct NestedSound {
    bus: Bus,
    /// The latest pieces, by their numbers.
    pieces: VecDeque<(i64, Vec<f32>)>,
}

impl NestedSound {
    /// Reads from a sample of the sequence on, stereo interleaved; silence before its start.
    ///
    /// # Errors
    /// A file is damaged.
    pub fn read(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        first: i64,
        into: &mut [f32],
    ) -> Result<(), MediaError> {
        into.fill(0.0);
        let silent = 2 * (-first).max(0).unsigned_abs() as usize;
        let Some(into) = into.get_mut(silent..).filter(|into| !into.is_empty()) else {
            return Ok(());
        };
        let first = first.max(0);
        let (project, sequence) = place;
        let mut tracks = project.playing_tracks_in(sequence, TrackKind::Audio);
        if tracks.all(|track| track.mix.is_neutral()) {
            // Without a state: any place at once.
            return self.bus.read(sounds, place, first, into, &mut |_, _| {});
        }
        let mut at = first;
        let mut rest = into;
        while !rest.is_empty() {
            let number = at.div_euclid(PIECE);
            let piece = self.piece(sounds, place, number)?;
            let from = 2 * at.rem_euclid(PIECE) as usize;
            let count = rest.len().min(piece.len() - from);
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(&piece[from..from + count]);
            at += (count / 2) as i64;
            rest = later;
        }
        Ok(())
    }

    /// Drops what is kept, since the project has changed.
    pub fn forget(&mut self) {
        self.pieces.clear();
    }

    fn piece(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        number: i64,
    ) -> Result<&[f32], MediaError> {
        if let Some(known) = self.pieces.iter().position(|(known, _)| *known == number) {
            return Ok(&self.pieces[known].1);
        }
        let reused = match self.pieces.len() < MOST_PIECES {
            true => None,
            false => self.pieces.pop_front(),
        };
        let mut piece = reused.map_or_else(Vec::new, |(_, piece)| piece);
        piece.resize(2 * PIECE as usize, 0.0);
        self.bus
            .read(sounds, place, number * PIECE, &mut piece, &mut |_, _| {})?;
        let last = self.pieces.len();
        self.pieces.push_back((number, piece));
        Ok(&self.pieces[last].1)
    }
}
