//! The single operation behind all track edits: a range of frames is replaced by other items.
//!
//! ```text
//! | A |  B  | C |   splice [2..5) with X    | A| X  |C |
//!    [     )
//! ```
//!
//! Clips at the ends of the range are split; adjacent gaps become one; a track never ends in a gap. A transition is
//! dropped when its two clips no longer meet at its cut.

mod tidy;

use std::sync::Arc;

use crate::clip::Clip;
use crate::index::Home;
use crate::refusal::Refusal;
use crate::track::{Item, Order, Placed};
use crate::tree::{Spans as _, Tree};
use crate::{ClipId, FrameRange, Frames, Project, TrackId};

/// The distance between the orders of appended items: enough for a billion appends, and for 32 insertions into the
/// same place before a track is renumbered.
const STEP: Order = 1 << 32;
const MIDDLE: Order = 1 << 63;

/// What to do with a transition that no longer fits its clips.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransitionPolicy {
    /// The transition is dropped: the edit is not a trim.
    Drop,
    /// The edit is refused, with the number of missing frames: it is a trim.
    Refuse,
}

/// Items as a tree, with room between their orders. Zero lengths, adjacent gaps and a gap at the end are left for
/// `check` to report: this is for reading files.
pub(crate) fn ordered(items: Vec<Item>) -> Tree<Order, Item> {
    let orders = (0..).map(|number: Order| MIDDLE + number * STEP);
    Tree::from_sorted(orders.zip(items).collect())
}

impl Project {
    /// Replaces `range` by `items`. What follows moves if the lengths differ.
    pub(crate) fn splice(
        &mut self,
        track: TrackId,
        range: FrameRange,
        items: Vec<Item>,
        policy: TransitionPolicy,
    ) -> Result<(), Refusal> {
        let place = self.place_of(track)?;
        let mut items: Vec<Item> = items.into_iter().filter(|item| item.span() > 0).collect();
        let end = self.tracks[place].end();
        let mut range = range;
        if range.start > end && !items.is_empty() {
            items.insert(0, Item::Gap(range.start - end));
            range = FrameRange {
                start: end,
                length: Frames::ZERO,
            };
        }
        self.split_at(place, range.start);
        self.split_at(place, range.end());
        let mut inside: Vec<Order> = Vec::new();
        if range.length > Frames::ZERO {
            inside.extend(self.tracks[place].within(range).map(|placed| placed.order));
        }
        for order in inside {
            self.remove_item(place, order);
        }
        let inserted = self.insert_items(place, range.start, items);
        self.tidy(place, &inserted, range.start, policy)
    }

    /// Replaces the clip `id` by `clip`; what follows moves if the lengths differ.
    pub(crate) fn replace_clip(
        &mut self,
        id: ClipId,
        clip: Clip,
        policy: TransitionPolicy,
    ) -> Result<(), Refusal> {
        let home = *self.index.home.get(id).ok_or(Refusal::NoSuchClip(id))?;
        let place = self.place_of(home.track)?;
        self.put(place, home.order, Item::Clip(Arc::new(clip)));
        self.tidy(place, &[home.order], Frames::ZERO, policy)
    }

    /// The index of a track; refused if it is locked.
    pub(crate) fn place_of(&self, track: TrackId) -> Result<usize, Refusal> {
        let place = self
            .tracks
            .iter()
            .position(|known| known.id == track)
            .ok_or(Refusal::NoSuchTrack)?;
        let track = &self.tracks[place];
        if track.locked {
            Err(Refusal::Locked {
                track: Arc::clone(&track.name),
            })
        } else {
            Ok(place)
        }
    }

    /// Splits the item that covers both `at` and the frame before it. The left part of a clip keeps its id.
    pub(crate) fn split_at(&mut self, place: usize, at: Frames) {
        let Some(Placed { order, range, item }) = self.tracks[place].at(at) else {
            return;
        };
        let before = at - range.start;
        if before == Frames::ZERO {
            return;
        }
        let after = range.length - before;
        let (left, right) = match item {
            Item::Gap(_) => (Item::Gap(before), Item::Gap(after)),
            Item::Clip(clip) => {
                let mut left = clip.trimmed_at_tail(after);
                let mut right = clip.trimmed_at_head(before);
                left.look.fade_out = Frames::ZERO;
                right.look.fade_in = Frames::ZERO;
                right.transition = None;
                right.group = None;
                right.id = ClipId(self.fresh_id());
                (Item::Clip(left.into()), Item::Clip(right.into()))
            }
        };
        let halves = left
            .clip()
            .map(|clip| clip.id)
            .zip(right.clip().map(|clip| clip.id));
        self.put(place, order, left);
        let right = self.insert_items(place, at, vec![right]).first().copied();
        // A transition at the old end now comes from the right half.
        let next = right.and_then(|right| self.tracks[place].after(right));
        let next = next.and_then(|next| Some((next.order, Clip::clone(next.clip()?))));
        if let Some(((left, right), (order, mut clip))) = halves.zip(next)
            && let Some(transition) = clip
                .transition
                .as_mut()
                .filter(|transition| transition.from == left)
        {
            transition.from = right;
            self.put(place, order, Item::Clip(clip.into()));
        }
    }

    /// Inserts items at a boundary between items. Returns their orders.
    fn insert_items(&mut self, place: usize, at: Frames, items: Vec<Item>) -> Vec<Order> {
        let mut orders = self.room(place, at, items.len());
        if orders.is_none() {
            self.number_anew(place);
            orders = self.room(place, at, items.len());
        }
        let orders = orders.unwrap_or_default();
        for (order, item) in orders.iter().zip(items) {
            self.put(place, *order, item);
        }
        orders
    }

    /// Free orders between the items that meet at `at`; `None` if there is no room.
    fn room(&self, place: usize, at: Frames, count: usize) -> Option<Vec<Order>> {
        let track = &self.tracks[place];
        let next = track.at(at).map(|placed| placed.order);
        let previous = match next {
            Some(next) => track.before(next).map(|placed| placed.order),
            None => track.items.last().map(|found| found.key),
        };
        let wanted = count as Order;
        let (first, step) = match (previous, next) {
            (None, None) => (MIDDLE, STEP),
            (Some(previous), None) => (previous.checked_add(STEP)?, STEP),
            (None, Some(next)) => (next.checked_sub(wanted.checked_mul(STEP)?)?, STEP),
            (Some(previous), Some(next)) => {
                let step = (next - previous) / (wanted + 1);
                (previous + step, step)
            }
        };
        let last = first.checked_add(step.checked_mul(wanted.saturating_sub(1))?)?;
        let fits = step > 0 && last < Order::MAX;
        fits.then(|| (0..wanted).map(|number| first + number * step).collect())
    }

    /// Renumbers the items of a track, with room between them.
    fn number_anew(&mut self, place: usize) {
        let track = Arc::make_mut(&mut self.tracks[place]);
        track.items = ordered(
            track
                .items
                .iter()
                .map(|found| found.value.clone())
                .collect(),
        );
        let (id, items) = (track.id, track.items.clone());
        for found in items.iter() {
            if let Item::Clip(clip) = found.value {
                self.index.home.insert(
                    clip.id,
                    Home {
                        track: id,
                        order: found.key,
                    },
                );
            }
        }
    }

    /// The transition from `gone`, if there is one, comes from `kept` from now on.
    pub(crate) fn keep_transition_from(&mut self, gone: ClipId, kept: ClipId) {
        let Some((track, placed)) = self.placed(gone) else {
            return;
        };
        let Some(next) = track.after(placed.order) else {
            return;
        };
        let Some(mut clip) = next.clip().map(|clip| Clip::clone(clip)) else {
            return;
        };
        let (id, order) = (track.id, next.order);
        if let Some(transition) = clip
            .transition
            .as_mut()
            .filter(|transition| transition.from == gone)
        {
            transition.from = kept;
            if let Some(place) = self.tracks.iter().position(|track| track.id == id) {
                self.put(place, order, Item::Clip(clip.into()));
            }
        }
    }

    fn put(&mut self, place: usize, order: Order, item: Item) {
        let track = Arc::make_mut(&mut self.tracks[place]);
        let home = Home {
            track: track.id,
            order,
        };
        let new = item.clip().cloned();
        let old = track.items.insert(order, item);
        match (old.as_ref().and_then(Item::clip), new) {
            (Some(old), Some(new)) => self.index.change_clip(old, &new, home),
            (Some(old), None) => self.index.remove_clip(old),
            (None, Some(new)) => self.index.add_clip(&new, home),
            (None, None) => {}
        }
    }

    fn remove_item(&mut self, place: usize, order: Order) {
        let track = Arc::make_mut(&mut self.tracks[place]);
        if let Some(Item::Clip(clip)) = track.items.remove(order) {
            self.index.remove_clip(&clip);
        }
    }
}
