//! Steps of several edits that keep picture and sound in step where one edit alone would part them: clips cut by an insertion,
//! clips swapped, clips of different lengths extracted.
//!
//! They are edits of their own, not changes of the edits that they consist of: those are replayed from journals as they were.

use super::arrange::Arrange;
use super::batch::EditBatch;
use super::place::{Piece, Place};
use super::remove::Remove;
use super::trim::Trim;
use crate::{ClipId, Edit, FrameRange, Frames, GroupId, Refusal, Track, TrackId};

impl EditBatch {
    /// Inserts clips, as [`Place::Insert`]. Linked clips that are cut there are cut together, and their right halves stay
    /// linked and move together.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    // | A | / | a |   ->   |A|X|A| / |a|.|a|
    pub fn insert(&mut self, at: Frames, pieces: Vec<Piece>) -> Result<(), Refusal> {
        let tracks: Vec<TrackId> = pieces.iter().map(|piece| piece.track).collect();
        self.cut_linked(at, &tracks)?;
        self.then(Edit::Place(Place::Insert { at, pieces }))
    }

    /// Inserts a gap, as [`Place::Gap`], in the same way.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    pub fn insert_gap(
        &mut self,
        at: Frames,
        length: Frames,
        tracks: Vec<TrackId>,
    ) -> Result<(), Refusal> {
        self.cut_linked(at, &tracks)?;
        self.then(Edit::Place(Place::Gap { at, length, tracks }))
    }

    /// Cuts the clips of these tracks at a frame if they are linked, and those linked to them on tracks that move along.
    fn cut_linked(&mut self, at: Frames, tracks: &[TrackId]) -> Result<(), Refusal> {
        let cut = |track: &Track| -> Option<GroupId> {
            let placed = track.at(at)?;
            placed.clip().filter(|_| placed.range.start < at)?.group
        };
        let all = self.project.tracks().iter();
        let own = all.clone().filter(|track| tracks.contains(&track.id));
        let groups: Vec<GroupId> = own.filter_map(|track| cut(track)).collect();
        let moves =
            |track: &Track| tracks.contains(&track.id) || track.sync_locked && !track.locked;
        let linked = all.filter(|track| {
            moves(track) && cut(track).is_some_and(|group| groups.contains(&group))
        });
        let tracks: Vec<TrackId> = linked.map(|track| track.id).collect();
        match tracks.is_empty() {
            true => Ok(()),
            false => self.then(Edit::Trim(Trim::Razor { at, tracks })),
        }
    }

    /// Swaps two clips, and those linked to them with one another, in pairs on one track each.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    pub fn swap(&mut self, one: ClipId, other: ClipId) -> Result<(), Refusal> {
        let (first, second) = (self.linked_to(one)?, self.linked_to(other)?);
        self.then(Edit::Arrange(Arrange::Swap { one, other }))?;
        for (one, track) in first {
            let partner = second.iter().find(|(_, there)| *there == track);
            let partner = partner.filter(|(partner, _)| *partner != one && one != other);
            if let Some((other, _)) = partner {
                self.then(Edit::Arrange(Arrange::Swap { one, other: *other }))?;
            }
        }
        Ok(())
    }

    /// The clips that are linked to one, with their tracks.
    fn linked_to(&self, clip: ClipId) -> Result<Vec<(ClipId, TrackId)>, Refusal> {
        let all = self.project.with_linked(&[clip])?.into_iter();
        let others = all.filter(|other| *other != clip);
        let placed = others.filter_map(|other| Some((other, self.project.clip(other)?.1.id)));
        Ok(placed.collect())
    }

    /// Extracts clips, as [`Remove::Extract`]. Of clips that are linked to one another all tracks close by the length of the
    /// shortest, so that what follows stays in step.
    ///
    /// # Errors
    /// A refusal of one of the edits.
    // | A |B| / | a  |b|   ->   |B| / |.|b|
    pub fn extract(&mut self, clips: Vec<ClipId>) -> Result<(), Refusal> {
        let Some((range, tracks)) = self.uneven(&clips)? else {
            return self.then(Edit::Remove(Remove::Extract { clips }));
        };
        self.then(Edit::Remove(Remove::Lift { clips }))?;
        self.then(Edit::Remove(Remove::ExtractRange { range, tracks }))
    }

    /// The range of the shortest of these clips and their tracks, if they are linked to one another, on a track each, and of
    /// different ranges.
    fn uneven(&self, clips: &[ClipId]) -> Result<Option<(FrameRange, Vec<TrackId>)>, Refusal> {
        let all = self.project.with_linked(clips)?;
        let placed = all.iter().filter_map(|clip| self.project.clip(*clip));
        let placed: Vec<(Option<GroupId>, TrackId, FrameRange)> = placed
            .map(|(clip, track, range)| (clip.group, track.id, range))
            .collect();
        let Some((group, _, first)) = placed.first().copied() else {
            return Ok(None);
        };
        let mut tracks: Vec<TrackId> = placed.iter().map(|(_, track, _)| *track).collect();
        tracks.sort_unstable();
        tracks.dedup();
        let is_one_link = group.is_some() && placed.iter().all(|(other, ..)| *other == group);
        let is_even = placed.iter().all(|(.., range)| *range == first);
        if !is_one_link || is_even || tracks.len() < placed.len() {
            return Ok(None);
        }
        let ranges = placed.iter().map(|(.., range)| *range);
        let shortest = ranges.clone().min_by_key(|range| range.length);
        // A range within all of them: nothing beside the clips is taken out.
        let shortest = shortest.filter(|shortest| {
            ranges
                .clone()
                .all(|range| range.start <= shortest.start && shortest.end() <= range.end())
        });
        Ok(shortest.map(|shortest| (shortest, tracks)))
    }
}
