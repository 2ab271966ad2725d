//! What follows a splice: adjacent gaps are merged, a gap at the end of the track goes, and transitions whose clips have
//! changed are kept, dropped or refused.

use super::TransitionPolicy;
use crate::clip::{Clip, Edge};
use crate::refusal::Refusal;
use crate::track::{Item, Order, Track};
use crate::transition::Transition;
use crate::{Frames, Project};

/// What begins at the head edge of an item: a gap, a clip after a plain cut, or a clip with a transition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EdgeKind {
    Gap,
    Cut,
    Transition,
}

impl EdgeKind {
    fn at(item: &Item) -> Self {
        match item {
            Item::Gap(_) => Self::Gap,
            Item::Clip(clip) if clip.transition.is_some() => Self::Transition,
            Item::Clip(_) => Self::Cut,
        }
    }
}

impl Project {
    /// Restores the invariants around a splice: merges adjacent gaps, removes a gap at the track's end, and settles
    /// transitions whose clips have changed.
    pub(super) fn tidy(
        &mut self,
        place: usize,
        inserted: &[Order],
        seam: Frames,
        policy: TransitionPolicy,
    ) -> Result<(), Refusal> {
        let around = self.around(place, inserted, seam);
        self.merge_gaps(place, &around);
        while let Some(Item::Gap(_)) = self.tracks[place].items.last().map(|found| found.value) {
            let last = self.tracks[place].items.last().map(|found| found.key);
            if let Some(order) = last {
                self.remove_item(place, order);
            }
        }
        for (order, _) in around
            .iter()
            .filter(|(_, kind)| *kind == EdgeKind::Transition)
        {
            self.settle_cut(place, *order, policy)?;
        }
        Ok(())
    }

    /// The inserted items, the item before them and the two after: all whose cuts may have changed. One search and a
    /// short walk, because searches dominate the time of an edit in a long project.
    fn around(&self, place: usize, inserted: &[Order], seam: Frames) -> Vec<(Order, EdgeKind)> {
        let track = &self.tracks[place];
        let first = match inserted.first() {
            Some(first) => Some(*first),
            None => track.at(seam).map(|placed| placed.order),
        };
        let previous = match first {
            Some(order) => track.before(order).map(|placed| placed.order),
            None => track.items.last().map(|found| found.key),
        };
        let Some(begin) = previous.or(first) else {
            return Vec::new();
        };
        let count = usize::from(previous.is_some()) + inserted.len() + 2;
        let items = track.items.iter_from(begin).take(count);
        items
            .map(|found| (found.key, EdgeKind::at(found.value)))
            .collect()
    }

    fn merge_gaps(&mut self, place: usize, around: &[(Order, EdgeKind)]) {
        for pair in around
            .windows(2)
            .filter(|pair| pair.iter().all(|(_, kind)| *kind == EdgeKind::Gap))
        {
            let items = &self.tracks[place].items;
            if let (Some(Item::Gap(left)), Some(Item::Gap(right))) =
                (items.get(pair[0].0), items.get(pair[1].0))
            {
                let both = Item::Gap(*left + *right);
                self.remove_item(place, pair[0].0);
                self.put(place, pair[1].0, both);
            }
        }
    }

    /// Drops the transition at the head of the item under `order`, or refuses the edit, if the transition no longer
    /// fits.
    fn settle_cut(
        &mut self,
        place: usize,
        order: Order,
        policy: TransitionPolicy,
    ) -> Result<(), Refusal> {
        let track = &self.tracks[place];
        let Some(clip) = track.items.get(order).and_then(Item::clip) else {
            return Ok(());
        };
        let Some(transition) = clip.transition else {
            return Ok(());
        };
        let from = track
            .before(order)
            .and_then(|placed| placed.clip())
            .map(|clip| clip.id);
        let refusal = match self.fits(track, order, transition) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        if policy == TransitionPolicy::Refuse && from == Some(transition.from) {
            return Err(refusal);
        }
        let without = Clip {
            transition: None,
            ..Clip::clone(clip)
        };
        self.put(place, order, Item::Clip(without.into()));
        Ok(())
    }

    /// Fails if a transition does not fit at the head of the clip under `order`.
    pub(crate) fn fits(
        &self,
        track: &Track,
        order: Order,
        transition: Transition,
    ) -> Result<(), Refusal> {
        let at = track.placed(order);
        let clip = at
            .and_then(|placed| placed.clip())
            .ok_or(Refusal::NothingThere)?;
        let before = track.before(order).and_then(|placed| placed.clip());
        let Some(previous) = before.filter(|previous| previous.id == transition.from) else {
            return Err(Refusal::NoClipBefore);
        };
        let missing = |needed: Frames, handle: Frames| {
            Some(needed - handle).filter(|missing| *missing > Frames::ZERO)
        };
        if let Some(missing) = missing(
            transition.before,
            clip.handles(self.available(clip.source)).left,
        ) {
            return Err(Refusal::NoHandle {
                missing,
                edge: Edge::Head,
            });
        }
        if let Some(missing) = missing(
            transition.after,
            previous.handles(self.available(previous.source)).right,
        ) {
            return Err(Refusal::NoHandle {
                missing,
                edge: Edge::Tail,
            });
        }
        let next = track
            .after(order)
            .and_then(|placed| placed.clip()?.transition);
        let borrowed_by_next = next
            .filter(|next| next.from == clip.id)
            .map_or(Frames::ZERO, |next| next.before);
        let lent_to_previous = previous
            .transition
            .map_or(Frames::ZERO, |earlier| earlier.after);
        let too_long = transition.before + lent_to_previous > previous.length
            || transition.after + borrowed_by_next > clip.length;
        if too_long {
            Err(Refusal::TransitionTooLong)
        } else {
            Ok(())
        }
    }
}
