//! Trims that move no other clip: plain trims, rolls, slips, slides, and trims to the playhead.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::{Head, Tail};

use crate::drawn::*;

#[test]
fn a_plain_trim_leaves_or_takes_a_gap() {
    check_edit("A---|B--|C-", trim("B", Tail, -1), "A---|B-.C-");
    check_edit("A---|B--|C-", trim("B", Head, 1), "A---.B-|C-");
    check_edit("A---...B--", trim("A", Tail, 2), "A-----.B--");
    check_edit("A---...B--", trim("A", Tail, 3), "A------|B--");
    check_edit("A---...B--", trim("B", Head, -3), "A---|B-----");
    check_edit("A---|B--", trim("B", Tail, 4), "A---|B------");
    check_edit("...A--", trim("A", Head, -3), "A-----");
    check_edit("A--", trim("A", Head, 1), ".A-");
    check_refused(
        "A---..B--",
        trim("A", Tail, 3),
        "a clip is in the way: there is room for 2 frames",
    );
    check_refused(
        "A---|B--",
        trim("B", Head, -1),
        "a clip is in the way: there is room for 0 frames",
    );
    check_refused(
        "..A--",
        trim("A", Head, -3),
        "a clip is in the way: there is room for 2 frames",
    );
}

#[test]
fn roll_moves_the_cut_only() {
    check_edit("A---|B--|C-", roll("B", 1), "A----|B-|C-");
    check_edit("A---|B--|C-", roll("B", -2), "A-|B----|C-");
    check_edit("A---xB---|C-", roll("B", 1), "A----xB--|C-");
    check_refused(
        "A---|B--",
        roll("B", 3),
        "nothing would be left of the clip",
    );
    check_refused(
        "A---|B--",
        roll("A", 1),
        "there is no clip directly before this one, so there is no cut to move",
    );
    check_refused(
        "A.B--",
        roll("B", 1),
        "there is no clip directly before this one, so there is no cut to move",
    );
    check_refused(
        "A---|B-----------",
        roll("B", -4),
        "nothing would be left of the clip",
    );
}

#[test]
fn slip_shows_other_frames_in_the_same_place() {
    check_edit("A---|B--|C-", slip("B", 5), "A---|B--|C-");
    let before = project("A---|B--|C-");
    assert_eq!(
        shown(&apply(&before, &slip("B", 5)(&before)), "B"),
        [15, 16, 17]
    );
    assert_eq!(
        shown(&apply(&before, &slip("B", -10)(&before)), "B"),
        [0, 1, 2]
    );
    check_refused(
        "A---|B--",
        slip("B", -11),
        "no handle: 1 frame missing on the left",
    );
    check_refused(
        "A---|B--",
        slip("B", 90),
        "no handle: 3 frames missing on the right",
    );
}

#[test]
fn slide_lets_the_neighbours_give_and_take() {
    check_edit("A---|B--|C---", slide("B", 2), "A-----|B--|C-");
    check_edit("A---|B--|C---", slide("B", -3), "A|B--|C------");
    check_edit("A---|B--...C", slide("B", 2), "A-----|B--.C");
    check_edit("A---..B--|C---", slide("B", -2), "A---|B--|C-----");
    check_edit("A---|B--", slide("B", 2), "A-----|B--");
    check_refused(
        "A---|B--|C---",
        slide("B", 4),
        "nothing would be left of the clip",
    );
    check_refused(
        "A---|B--.C",
        slide("B", 2),
        "a clip is in the way: there is room for 0 frames",
    );
    check_refused(
        "B--|C---",
        slide("B", -1),
        "a clip is in the way: there is room for 0 frames",
    );
}

#[test]
fn top_and_tail_trim_to_the_playhead() {
    check_edit(
        "A---|B---|C-",
        to_playhead("B", Head, 6, true),
        "A---|B-|C-",
    );
    check_edit(
        "A---|B---|C-",
        to_playhead("B", Tail, 6, true),
        "A---|B-|C-",
    );
    check_edit(
        "A---|B---|C-",
        to_playhead("B", Tail, 6, false),
        "A---|B-..C-",
    );
    check_refused(
        "A---|B---",
        to_playhead("B", Tail, 2, true),
        "there is no clip here",
    );
}
