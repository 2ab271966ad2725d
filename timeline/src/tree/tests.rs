//! Tests of the tree against a map of the standard library, with random insertions and removals, and of the memory of its
//! versions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::balance::DELTA;
use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Long(i64);

impl Spans for Long {
    fn span(&self) -> i64 {
        self.0
    }
}

fn assert_balanced<K, V: Spans>(link: &Link<K, V>) {
    if let Some(node) = link {
        let (left, right) = (count(&node.left) + 1, count(&node.right) + 1);
        assert!(
            left + right <= 3 || (left <= DELTA * right && right <= DELTA * left),
            "{left} and {right}"
        );
        assert_eq!(
            node.span,
            span(&node.left) + span(&node.right) + node.value.span()
        );
        assert_balanced(&node.left);
        assert_balanced(&node.right);
    }
}

proptest! {
    #[test]
    fn it_is_a_map_that_has_its_sums(changes in prop::collection::vec((0..60_u32, prop::option::of(1..9_i64)), 0..200)) {
        let mut tree = Tree::default();
        let mut model = BTreeMap::new();
        for (key, change) in changes {
            let before = tree.clone();
            if let Some(length) = change {
                prop_assert_eq!(tree.insert(key, Long(length)), model.insert(key, length).map(Long));
            } else {
                prop_assert_eq!(tree.remove(key), model.remove(&key).map(Long));
            }
            assert_balanced(&tree.0);
            assert_balanced(&before.0);
        }
        let mut start = 0;
        prop_assert_eq!(tree.len(), model.len());
        prop_assert_eq!(tree.span(), model.values().sum::<i64>());
        for ((index, (key, length)), found) in model.iter().enumerate().zip(tree.iter()) {
            prop_assert_eq!((found.key, found.value, found.start), (*key, &Long(*length), start));
            prop_assert_eq!(tree.find(*key).map(|found| found.start), Some(start));
            prop_assert_eq!(tree.at_index(index).map(|found| found.key), Some(*key));
            prop_assert_eq!(tree.at_frame(start).map(|found| found.key), Some(*key));
            prop_assert_eq!(tree.at_frame(start + length - 1).map(|found| found.key), Some(*key));
            start += length;
        }
        prop_assert!(tree.at_frame(start).is_none() && tree.at_frame(-1).is_none());
        for probe in 0..60 {
            prop_assert_eq!(tree.after(probe).map(|found| found.key), model.range(probe + 1..).next().map(|(key, _)| *key));
            prop_assert_eq!(tree.before(probe).map(|found| found.key), model.range(..probe).next_back().map(|(key, _)| *key));
            let rest: Vec<u32> = tree.iter_from(probe).map(|found| found.key).collect();
            prop_assert_eq!(rest, model.range(probe..).map(|(key, _)| *key).collect::<Vec<_>>());
            prop_assert_eq!(tree.iter_from(probe).next().map(|found| found.start), tree.not_before(probe).map(|found| found.start));
        }
    }
}

#[test]
fn a_version_of_a_long_tree_costs_little() {
    let mut tree = Tree::from_sorted((0..10_000).map(|key| (key, Long(1))).collect());
    assert_balanced(&tree.0);
    let before = tree.clone();
    tree.insert(5_000, Long(2));
    assert!(tree.own_bytes(|_| 0) < 2_000, "{}", tree.own_bytes(|_| 0));
    assert_eq!(before.span() + 1, tree.span());
}
