//! Dissolves: the handles that they borrow, and what trims and moves of their clips make of them.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::{Head, Tail};

use crate::drawn::*;

#[test]
fn a_dissolve_borrows_handles() {
    check_edit("A---|B---", dissolve("B", 1, 1), "A---xB---");
    check_edit("A---xB---", remove_dissolve("B"), "A---|B---");
    check_edit("A---xB---", move_dissolve("B", 1), "A---xB---");
    check_edit("A---|B---|C---", dissolve("B", 3, 2), "A---xB---|C---");
    check_refused(
        "A---|B---",
        dissolve("A", 1, 1),
        "a transition needs a clip directly before this one",
    );
    check_refused(
        "A---.B---",
        dissolve("B", 1, 1),
        "a transition needs a clip directly before this one",
    );
    check_refused(
        "A---|B---",
        dissolve("B", 11, 0),
        "no handle: 1 frame missing on the left",
    );
    check_refused(
        "A---|B---",
        dissolve("B", 5, 0),
        "the transition is longer than its clips have room for",
    );
    check_refused(
        "A---|B---",
        dissolve("B", 0, 0),
        "a transition needs at least one frame",
    );
    check_refused(
        "A---|B---",
        remove_dissolve("B"),
        "this transition is no longer in the project",
    );
    check_refused(
        "A---xB---",
        move_dissolve("B", 2),
        "a transition needs at least one frame",
    );
}

#[test]
fn trims_keep_their_dissolves_or_are_refused() {
    check_edit("A---xB---", ripple("A", Tail, -1), "A--xB---");
    check_edit("A---xB---", ripple("B", Head, 1), "A---xB--");
    check_edit("A---xB---|C", extract(&["C"]), "A---xB---");
    check_refused(
        "A---xB---",
        ripple("A", Tail, 86),
        "no handle: 1 frame missing on the right",
    );
    check_refused(
        "A---xB---",
        slip("B", -10),
        "no handle: 1 frame missing on the left",
    );
    check_refused(
        "A-xB-xC-",
        ripple("B", Tail, -1),
        "the transition is longer than its clips have room for",
    );
}

#[test]
fn a_moved_clip_leaves_its_dissolve_behind() {
    check_edit("A---xB---|C-", go(&["B"], 6, 0), "A---....C-|B---");
    check_edit("A---xB---|C-", ripple_move("B", 10), "A---|C-|B---");
}
