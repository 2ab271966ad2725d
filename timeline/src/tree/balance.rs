//! Insertion and removal in a weight-balanced tree: on the way back from the changed node, nodes that are out of balance are
//! rotated. Nodes that are not on that way are shared.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Link, Node, Spans, count, node};

pub(super) const DELTA: u32 = 3;
const RATIO: u32 = 2;

/// A node whose subtrees differ by at most one insertion or removal from balance.
fn balanced<K: Copy, V: Clone + Spans>(
    key: K,
    value: V,
    left: Link<K, V>,
    right: Link<K, V>,
) -> Arc<Node<K, V>> {
    let (weight_left, weight_right) = (count(&left) + 1, count(&right) + 1);
    match (&left, &right) {
        // | l |   r    |  ->  |   r' |  : the right side is too heavy
        (_, Some(heavy)) if weight_right > DELTA * weight_left => match &heavy.left {
            Some(inner) if count(&heavy.left) + 1 >= RATIO * (count(&heavy.right) + 1) => {
                let new_left = node(key, value, left, inner.left.clone());
                let new_right = node(
                    heavy.key,
                    heavy.value.clone(),
                    inner.right.clone(),
                    heavy.right.clone(),
                );
                node(
                    inner.key,
                    inner.value.clone(),
                    Some(new_left),
                    Some(new_right),
                )
            }
            _ => {
                let new_left = node(key, value, left, heavy.left.clone());
                node(
                    heavy.key,
                    heavy.value.clone(),
                    Some(new_left),
                    heavy.right.clone(),
                )
            }
        },
        (Some(heavy), _) if weight_left > DELTA * weight_right => match &heavy.right {
            Some(inner) if count(&heavy.right) + 1 >= RATIO * (count(&heavy.left) + 1) => {
                let new_left = node(
                    heavy.key,
                    heavy.value.clone(),
                    heavy.left.clone(),
                    inner.left.clone(),
                );
                let new_right = node(key, value, inner.right.clone(), right);
                node(
                    inner.key,
                    inner.value.clone(),
                    Some(new_left),
                    Some(new_right),
                )
            }
            _ => {
                let new_right = node(key, value, heavy.right.clone(), right);
                node(
                    heavy.key,
                    heavy.value.clone(),
                    heavy.left.clone(),
                    Some(new_right),
                )
            }
        },
        _ => node(key, value, left, right),
    }
}

pub(super) fn inserted<K: Ord + Copy, V: Clone + Spans>(
    link: &Link<K, V>,
    key: K,
    value: V,
    old: &mut Option<V>,
) -> Arc<Node<K, V>> {
    let Some(here) = link else {
        return node(key, value, None, None);
    };
    match key.cmp(&here.key) {
        Ordering::Equal => {
            *old = Some(here.value.clone());
            node(key, value, here.left.clone(), here.right.clone())
        }
        Ordering::Less => {
            let left = inserted(&here.left, key, value, old);
            balanced(here.key, here.value.clone(), Some(left), here.right.clone())
        }
        Ordering::Greater => {
            let right = inserted(&here.right, key, value, old);
            balanced(here.key, here.value.clone(), here.left.clone(), Some(right))
        }
    }
}

/// The tree without `key`, and its value; `None` if there is no such key.
pub(super) fn removed<K: Ord + Copy, V: Clone + Spans>(
    link: &Link<K, V>,
    key: K,
) -> Option<(Link<K, V>, V)> {
    let here = link.as_ref()?;
    Some(match key.cmp(&here.key) {
        Ordering::Less => {
            let (left, old) = removed(&here.left, key)?;
            (
                Some(balanced(
                    here.key,
                    here.value.clone(),
                    left,
                    here.right.clone(),
                )),
                old,
            )
        }
        Ordering::Greater => {
            let (right, old) = removed(&here.right, key)?;
            (
                Some(balanced(
                    here.key,
                    here.value.clone(),
                    here.left.clone(),
                    right,
                )),
                old,
            )
        }
        Ordering::Equal => {
            let rest = match &here.right {
                None => here.left.clone(),
                Some(right) => {
                    let (key, value, rest) = without_first(right);
                    Some(balanced(key, value, here.left.clone(), rest))
                }
            };
            (rest, here.value.clone())
        }
    })
}

fn without_first<K: Copy, V: Clone + Spans>(here: &Arc<Node<K, V>>) -> (K, V, Link<K, V>) {
    match &here.left {
        None => (here.key, here.value.clone(), here.right.clone()),
        Some(left) => {
            let (key, value, rest) = without_first(left);
            (
                key,
                value,
                Some(balanced(
                    here.key,
                    here.value.clone(),
                    rest,
                    here.right.clone(),
                )),
            )
        }
    }
}
