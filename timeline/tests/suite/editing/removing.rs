//! Clips, ranges and gaps removed: lifted, which leaves a gap, or extracted, which closes it.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use crate::drawn::*;

#[test]
fn lift_leaves_a_gap_and_extract_closes_it() {
    check_edit("A-|B--|C-", lift(&["B"]), "A-...C-");
    check_edit("A-|B--|C-", extract(&["B"]), "A-|C-");
    check_edit("A-|B--|C-", lift(&["C"]), "A-|B--");
    check_edit("A-|B--|C-", lift(&["B", "C"]), "A-");
    check_edit("A-..B--|C-", lift(&["B"]), "A-.....C-");
    check_edit("A-|B--|C-", extract(&["A"]), "B--|C-");
    check_edit("A-|B--|C-", extract(&["A", "C"]), "B--");
    check_edit("A-", extract(&["A"]), "");
    check_edit("A--xB--|C", extract(&["B"]), "A--|C");
    check_edit("A--|B--xC--", extract(&["B"]), "A--|C--");
    check_refused("A-", lift(&[]), "there is no clip here");
}

#[test]
fn a_range_can_be_lifted_or_extracted_from_all_tracks() {
    check_edit("A---|B---", lift_range(2, 6), "A-....B-");
    check_edit("A---|B---", extract_range(2, 6), "A-|B-");
    check_edit("A-----", extract_range(2, 4), "A-|A-");
    check_edit("A---|B--- / a-------", extract_range(2, 6), "A-|B- / a-|a-");
    check_edit("A---|B- / a-", extract_range(3, 5), "A--|B / a-");
    check_edit("A---..B", extract_range(3, 5), "A--.B");
    check_refused("A-", extract_range(2, 2), "there is no clip here");
    check_refused("A-", lift_range(5, 9), "there is no clip here");
}

#[test]
fn a_gap_can_be_closed() {
    check_edit("A-...B-", close_gap(3), "A-|B-");
    check_edit("...B-", close_gap(0), "B-");
    check_refused("A-...B-", close_gap(0), "there is no gap here");
    check_refused("A-", close_gap(9), "there is no gap here");
}
