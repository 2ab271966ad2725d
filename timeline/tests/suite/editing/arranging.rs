//! Clips cut, joined, moved, reordered and swapped: the same frames in other places.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Frames;

use crate::drawn::*;

#[test]
fn the_razor_cuts_and_join_heals() {
    check_edit("A---|B---", razor(2), "A-|A-|B---");
    check_edit("A---|B--- / a-------", razor(2), "A-|A-|B--- / a-|a-----");
    check_edit("A---xB---", razor(6), "A---xB-|B-");
    check_edit("A----xB---", razor(2), "A-|A--xB---");
    check_edit("A-|A-|B", edit(|project| razor(1)(project)), "A|A|A-|B");
    check_refused("A---|B---", razor(4), "there is no clip here");
    check_refused(
        "A-|B-",
        join("A"),
        "the next clip does not go on where this one stops",
    );
    let start = project("A-----|B");
    let cut = apply(&start, &razor(2)(&start));
    assert_eq!(shown(&cut, "A2"), [12, 13, 14, 15]);
    assert_eq!(draw(&apply(&cut, &join("A")(&cut))), "A-----|B");
}

#[test]
fn frames_stay_where_they_are_when_clips_are_cut_and_joined_again() {
    let start = project("A-----|B");
    let mut project = start.clone();
    for at in [1, 3, 5] {
        project = apply(&project, &razor(at)(&project));
    }
    assert_eq!(draw(&project), "A|A-|A-|A|B");
    for _ in 0..3 {
        project = apply(&project, &join("A")(&project));
    }
    assert_eq!(draw(&project), draw(&start));
    assert_eq!(shown(&project, "A"), shown(&start, "A"));
    assert_eq!(project.end(), Frames(7));
}

#[test]
fn clips_move_and_cover_what_is_there() {
    check_edit("A-|B--|C-", go(&["B"], 5, 0), "A-...C-|B--");
    check_edit("A-|B--|C-", go(&["B"], -1, 0), "A|B--.C-");
    check_edit("A-|B--|C-", go(&["B"], 1, 0), "A-.B--|C");
    check_edit("A-|B--|C-", go(&["A", "B"], 7, 0), ".....C-|A-|B--");
    check_edit("A-|B- / C----", go(&["A"], 0, 1), "..B- / A-|C--");
    check_edit("A- / C----", go(&["C"], 1, -1), "A|C----");
    check_refused(
        "A-|B",
        go(&["B"], -3, 0),
        "the timeline starts at frame 0: this would begin 1 frame earlier",
    );
    check_refused("A-|B", go(&["B"], 0, 0), "that is how it is already");
    check_refused("A-|B", go(&["B"], 0, 3), "this track is no longer there");
}

#[test]
fn a_ripple_move_reorders() {
    check_edit("A-|B--|C-", ripple_move("A", 5), "B--|A-|C-");
    check_edit("A-|B--|C-", ripple_move("A", 7), "B--|C-|A-");
    check_edit("A-|B--|C-", ripple_move("C", 0), "C-|A-|B--");
    check_edit("A-|B--|C-", ripple_move("C", 3), "A-|B|C-|B-");
    check_refused(
        "A-|B--|C-",
        ripple_move("B", 2),
        "that is how it is already",
    );
}

#[test]
fn two_clips_swap() {
    check_edit("A-|B---|C-", swap("A", "C"), "C-|B---|A-");
    check_edit("A-|B---|C-", swap("A", "B"), "B---|A-|C-");
    check_edit("A-|B---|C-", swap("B", "A"), "B---|A-|C-");
    check_edit("A-...C---", swap("A", "C"), "C---...A-");
    check_edit("A-|B- / C----", swap("B", "C"), "A-|C---- / B-");
    check_refused("A- / a", swap("A", "a"), "a picture cannot lie on track A1");
}
