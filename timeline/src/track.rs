//! A track: a row of clips and gaps. Items have lengths, not positions, so they cannot overlap.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::mixing::TrackMix;
use crate::tree::{Found, Spans, Tree};
use crate::{FrameRange, Frames, PreservedMetadata, TrackId};

/// The sort key of an item within its track. Only the order matters; edits insert between two values.
pub(crate) type Order = u64;

/// One element of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A clip.
    Clip(Arc<Clip>),
    /// A gap of this length.
    Gap(Frames),
}

impl Item {
    /// The clip, if it is one.
    pub fn clip(&self) -> Option<&Arc<Clip>> {
        match self {
            Self::Clip(clip) => Some(clip),
            Self::Gap(_) => None,
        }
    }
}

impl Spans for Item {
    fn span(&self) -> i64 {
        match self {
            Self::Clip(clip) => clip.length.0,
            Self::Gap(length) => length.0,
        }
    }
}

/// The kind of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TrackKind {
    /// Pictures, composed from the bottom track up.
    Video,
    /// Sound, mixed.
    Audio,
}

/// A row of items, with its settings.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not depend on each other"
)]
pub struct Track {
    /// Unique within the project, and permanent.
    pub id: TrackId,
    /// What it carries.
    pub kind: TrackKind,
    /// Its name.
    pub name: Arc<str>,
    /// Nothing on a locked track can be edited.
    pub locked: bool,
    /// A muted track is neither seen nor heard.
    pub muted: bool,
    /// If any track of a kind is solo, only those are seen or heard.
    pub solo: bool,
    /// What lies on a sync-locked track moves along when an edit on another track moves everything that follows.
    pub sync_locked: bool,
    /// How its sound is processed; nothing for a video track.
    pub mix: TrackMix,
    pub(crate) preserved_metadata: PreservedMetadata,
    pub(crate) items: Tree<Order, Item>,
}

/// An item and its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed<'a> {
    pub(crate) order: Order,
    /// The frames it covers.
    pub range: FrameRange,
    /// The item.
    pub item: &'a Item,
}

impl<'a> Placed<'a> {
    fn new(found: Found<'a, Order, Item>) -> Self {
        let range = FrameRange {
            start: Frames(found.start),
            length: Frames(found.value.span()),
        };
        Self {
            order: found.key,
            range,
            item: found.value,
        }
    }

    /// The clip, if it is one.
    pub fn clip(&self) -> Option<&'a Arc<Clip>> {
        self.item.clip()
    }
}

impl Track {
    /// An empty, sync-locked track.
    pub fn new(id: TrackId, kind: TrackKind, name: &str) -> Self {
        Self {
            id,
            kind,
            name: name.into(),
            locked: false,
            muted: false,
            solo: false,
            sync_locked: true,
            mix: TrackMix::default(),
            preserved_metadata: PreservedMetadata::default(),
            items: Tree::default(),
        }
    }

    /// The end of its last clip.
    pub fn end(&self) -> Frames {
        Frames(self.items.span())
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if it has no clips.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All items, in order.
    pub fn items(&self) -> impl Iterator<Item = Placed<'_>> {
        self.items.iter().map(Placed::new)
    }

    /// All clips with their ranges, in order.
    pub fn clips(&self) -> impl Iterator<Item = (&Arc<Clip>, FrameRange)> {
        self.items()
            .filter_map(|placed| Some((placed.clip()?, placed.range)))
    }

    /// The item that covers `frame`; `None` after the track's end.
    pub fn at(&self, frame: Frames) -> Option<Placed<'_>> {
        self.items.at_frame(frame.0).map(Placed::new)
    }

    /// The items that overlap `range`.
    pub fn within(&self, range: FrameRange) -> impl Iterator<Item = Placed<'_>> {
        let first = self
            .at(range.start.max(Frames::ZERO))
            .map(|placed| placed.order);
        let items = first
            .map(|order| self.items.iter_from(order))
            .into_iter()
            .flatten();
        items
            .map(Placed::new)
            .take_while(move |placed| placed.range.start < range.end())
    }

    pub(crate) fn placed(&self, order: Order) -> Option<Placed<'_>> {
        self.items.find(order).map(Placed::new)
    }

    pub(crate) fn before(&self, order: Order) -> Option<Placed<'_>> {
        self.items.before(order).map(Placed::new)
    }

    pub(crate) fn after(&self, order: Order) -> Option<Placed<'_>> {
        self.items.after(order).map(Placed::new)
    }
}

/// Compares content; the orders of items are left out.
impl PartialEq for Track {
    fn eq(&self, other: &Self) -> bool {
        let treated = |track: &Self| {
            let toggles = [track.locked, track.muted, track.solo, track.sync_locked];
            (track.id, track.kind, toggles)
        };
        treated(self) == treated(other)
            && self.name == other.name
            && self.mix == other.mix
            && self.preserved_metadata == other.preserved_metadata
            && self.items.len() == other.items.len()
            && self
                .items()
                .zip(other.items())
                .all(|(a, b)| a.item == b.item)
    }
}
