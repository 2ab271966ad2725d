//! The entries of a tree in order. The path from the root to the next entry is kept, so that a step costs constant time on
//! average.

use std::sync::Arc;

use super::{Found, Link, Node, Spans};

/// The entries of a tree in order; see [`super::Tree::iter`].
pub struct Iter<'a, K, V> {
    pub(super) path: Vec<&'a Arc<Node<K, V>>>,
    pub(super) start: i64,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn descend(&mut self, mut link: &'a Link<K, V>) {
        while let Some(node) = link {
            self.path.push(node);
            link = &node.left;
        }
    }
}

impl<'a, K: Copy, V: Spans> Iterator for Iter<'a, K, V> {
    type Item = Found<'a, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        let node = self.path.pop()?;
        self.descend(&node.right);
        let start = self.start;
        self.start = start.saturating_add(node.own_span);
        Some(Found {
            key: node.key,
            value: &node.value,
            start,
        })
    }
}
