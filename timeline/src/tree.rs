//! A persistent ordered map: every change makes a new version that shares almost all nodes with the old one. Undo
//! keeps thousands of versions of a project at the cost of their differences.
//!
//! A weight-balanced search tree after Adams, with the balance of Hirai and Yamamoto ("Balancing weight-balanced
//! trees", 2011: delta 3, ratio 2). Each node also stores the frames its subtree spans, so that finding the item at a
//! frame is as fast as finding a key: logarithmic.

mod balance;
mod iter;

use std::cmp::Ordering;
use std::sync::Arc;

use balance::{inserted, removed};

pub use iter::Iter;

/// The frames a value covers; 0 by default.
pub trait Spans {
    /// The number of frames.
    fn span(&self) -> i64 {
        0
    }
}

impl Spans for () {}
impl<T: Spans> Spans for Arc<T> {
    fn span(&self) -> i64 {
        T::span(self)
    }
}

type Link<K, V> = Option<Arc<Node<K, V>>>;

struct Node<K, V> {
    key: K,
    value: V,
    left: Link<K, V>,
    right: Link<K, V>,
    count: u32,
    span: i64,
    /// The spans of the left subtree and of the value, stored here so that a search touches only the nodes of its
    /// path: on long projects a search is bound by memory access.
    left_span: i64,
    own_span: i64,
}

/// The map. Cloning it costs one reference count.
pub struct Tree<K, V>(Link<K, V>);

/// An entry: its key, its value, and the first frame it covers.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a, K, V> {
    /// Its key.
    pub key: K,
    /// The value itself.
    pub value: &'a V,
    /// The sum of the spans of all entries before it.
    pub start: i64,
}

impl<K, V> Clone for Tree<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Tree<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord + Copy + std::fmt::Debug, V: Clone + Spans + std::fmt::Debug> std::fmt::Debug
    for Tree<K, V>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|found| (found.key, found.value)))
            .finish()
    }
}

impl<K: Ord + Copy, V: Clone + Spans> Tree<K, V> {
    /// Builds a balanced tree of values sorted by key.
    pub fn from_sorted(values: Vec<(K, V)>) -> Self {
        fn build<K: Copy, V: Clone + Spans>(
            values: &mut std::vec::IntoIter<(K, V)>,
            count: usize,
        ) -> Link<K, V> {
            if count == 0 {
                return None;
            }
            let before = count / 2;
            let left = build(values, before);
            let (key, value) = values.next()?;
            let right = build(values, count - before - 1);
            Some(node(key, value, left, right))
        }
        let count = values.len();
        Self(build(&mut values.into_iter(), count))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        count(&self.0) as usize
    }

    /// True if it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The sum of all spans, in frames.
    pub fn span(&self) -> i64 {
        span(&self.0)
    }

    /// The value under `key`.
    pub fn get(&self, key: K) -> Option<&V> {
        let mut link = &self.0;
        while let Some(node) = link {
            link = match key.cmp(&node.key) {
                Ordering::Less => &node.left,
                Ordering::Equal => return Some(&node.value),
                Ordering::Greater => &node.right,
            };
        }
        None
    }

    /// The entry under `key`.
    pub fn find(&self, key: K) -> Option<Found<'_, K, V>> {
        self.not_before(key).filter(|found| found.key == key)
    }

    /// The first entry whose key is `key` or later.
    pub fn not_before(&self, key: K) -> Option<Found<'_, K, V>> {
        self.first_where(|found| found >= key)
    }

    /// The first entry whose key is later than `key`.
    pub fn after(&self, key: K) -> Option<Found<'_, K, V>> {
        self.first_where(|found| found > key)
    }

    /// The first entry for whose key `is_late` holds; it must hold for all later keys too.
    fn first_where(&self, is_late: impl Fn(K) -> bool) -> Option<Found<'_, K, V>> {
        let (mut link, mut before, mut best) = (&self.0, 0_i64, None);
        while let Some(node) = link {
            let start = before.saturating_add(node.left_span);
            if is_late(node.key) {
                best = Some(Found {
                    key: node.key,
                    value: &node.value,
                    start,
                });
                link = &node.left;
            } else {
                before = start.saturating_add(node.own_span);
                link = &node.right;
            }
        }
        best
    }

    /// The last entry whose key is earlier than `key`.
    pub fn before(&self, key: K) -> Option<Found<'_, K, V>> {
        let (mut link, mut before, mut best) = (&self.0, 0_i64, None);
        while let Some(node) = link {
            let start = before.saturating_add(node.left_span);
            if node.key < key {
                best = Some(Found {
                    key: node.key,
                    value: &node.value,
                    start,
                });
                before = start.saturating_add(node.own_span);
                link = &node.right;
            } else {
                link = &node.left;
            }
        }
        best
    }

    /// The last entry.
    pub fn last(&self) -> Option<Found<'_, K, V>> {
        self.at_index(self.len().checked_sub(1)?)
    }

    /// The entry at this index.
    pub fn at_index(&self, index: usize) -> Option<Found<'_, K, V>> {
        let (mut link, mut before, mut index) = (&self.0, 0_i64, u32::try_from(index).ok()?);
        while let Some(node) = link {
            let left = count(&node.left);
            match index.cmp(&left) {
                Ordering::Less => link = &node.left,
                Ordering::Equal => {
                    let start = before.saturating_add(node.left_span);
                    return Some(Found {
                        key: node.key,
                        value: &node.value,
                        start,
                    });
                }
                Ordering::Greater => {
                    index -= left + 1;
                    before = before
                        .saturating_add(node.left_span)
                        .saturating_add(node.own_span);
                    link = &node.right;
                }
            }
        }
        None
    }

    /// The entry that covers `frame`.
    pub fn at_frame(&self, frame: i64) -> Option<Found<'_, K, V>> {
        if frame < 0 {
            return None;
        }
        let (mut link, mut before) = (&self.0, 0_i64);
        while let Some(node) = link {
            let start = before.saturating_add(node.left_span);
            if frame < start {
                link = &node.left;
            } else if frame < start.saturating_add(node.own_span) {
                return Some(Found {
                    key: node.key,
                    value: &node.value,
                    start,
                });
            } else {
                before = start.saturating_add(node.own_span);
                link = &node.right;
            }
        }
        None
    }

    /// All entries, sorted by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let mut iter = Iter {
            path: Vec::new(),
            start: 0,
        };
        iter.descend(&self.0);
        iter
    }

    /// The entries whose keys are `from` or later.
    pub fn iter_from(&self, from: K) -> Iter<'_, K, V> {
        let mut iter = Iter {
            path: Vec::new(),
            start: 0,
        };
        let mut link = &self.0;
        while let Some(node) = link {
            if node.key < from {
                iter.start = iter
                    .start
                    .saturating_add(node.left_span)
                    .saturating_add(node.own_span);
                link = &node.right;
            } else {
                iter.path.push(node);
                link = &node.left;
            }
        }
        iter
    }

    /// Sets the value of `key`. Returns the previous one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let mut old = None;
        self.0 = Some(inserted(&self.0, key, value, &mut old));
        old
    }

    /// Removes the value of `key`. Returns it.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let (rest, old) = removed(&self.0, key)?;
        self.0 = rest;
        Some(old)
    }

    /// The bytes of the nodes that no other version shares: the cost of keeping this version.
    pub fn own_bytes(&self, of_value: impl Fn(&V) -> usize + Copy) -> usize {
        fn walk<K, V>(link: &Link<K, V>, of_value: impl Fn(&V) -> usize + Copy) -> usize {
            let Some(shared) = link.as_ref().filter(|node| Arc::strong_count(node) == 1) else {
                return 0;
            };
            size_of::<Node<K, V>>()
                + 16
                + of_value(&shared.value)
                + walk(&shared.left, of_value)
                + walk(&shared.right, of_value)
        }
        walk(&self.0, of_value)
    }
}

fn count<K, V>(link: &Link<K, V>) -> u32 {
    link.as_ref().map_or(0, |node| node.count)
}

fn span<K, V>(link: &Link<K, V>) -> i64 {
    link.as_ref().map_or(0, |node| node.span)
}

fn node<K, V: Spans>(key: K, value: V, left: Link<K, V>, right: Link<K, V>) -> Arc<Node<K, V>> {
    let count = count(&left) + count(&right) + 1;
    let (left_span, own_span) = (span(&left), value.span());
    let span = left_span
        .saturating_add(own_span)
        .saturating_add(span(&right));
    Arc::new(Node {
        key,
        value,
        left,
        right,
        count,
        span,
        left_span,
        own_span,
    })
}

#[cfg(test)]
mod tests;
