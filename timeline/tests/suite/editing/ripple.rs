//! Ripple trims, and the sync-locked tracks that move along with them, or refuse.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::Edit;
use kinora_timeline::edit::tracks::TrackEdit;

use crate::drawn::*;

#[test]
fn ripple_moves_what_follows() {
    check_edit("A---|B--|C-", ripple("B", Tail, -2), "A---|B|C-");
    check_edit("A---|B--|C-", ripple("B", Tail, 2), "A---|B----|C-");
    check_edit("A---|B--|C-", ripple("B", Head, 1), "A---|B-|C-");
    check_edit("A---|B--|C-", ripple("B", Head, -2), "A---|B----|C-");
    check_edit("A---|B--..C-", ripple("B", Tail, -1), "A---|B-..C-");
    check_refused(
        "A---|B--",
        ripple("B", Tail, -3),
        "nothing would be left of the clip",
    );
    check_refused(
        "A---|B--",
        ripple("B", Head, -11),
        "no handle: 1 frame missing on the left",
    );
    check_refused(
        "A---|B--",
        ripple("B", Tail, 93),
        "no handle: 6 frames missing on the right",
    );
    check_refused(
        "A---|B--",
        ripple("B", Tail, 0),
        "that is how it is already",
    );
}

#[test]
fn sync_locked_tracks_move_along_with_a_ripple() {
    let music = "A---|B--|C- / m-----...s-";
    check_edit_in_sync(music, extract(&["B"]), "A---|C- / m-----|s-");
    check_edit_in_sync(music, ripple("B", Tail, -2), "A---|B|C- / m-----.s-");
    check_edit_in_sync(music, ripple("B", Tail, 2), "A---|B----|C- / m-----.....s-");
    check_edit_in_sync(music, ripple("B", Head, 1), "A---|B-|C- / m-----..s-");
    check_edit_in_sync(
        music,
        ripple("B", Head, -2),
        "A---|B----|C- / m-----.....s-",
    );
    check_edit_in_sync(
        music,
        to_playhead("B", Head, 6, true),
        "A---|B|C- / m-----.s-",
    );
    check_edit_in_sync(
        "A---|B---|X / ....a--",
        insert("X-", 4),
        "A---|X-|B---|X / ......a--",
    );
    check_edit_in_sync("A-|B-|X / a---", insert("X-", 2), "A-|X-|B-|X / a---");
    check_edit_in_sync("A-...B- / .....b-", close_gap(3), "A-|B- / ..b-");
    check_edit_in_sync("A--|B--|C / .....b|c", extract(&["A"]), "B--|C / ..b|c");
    check_edit_in_sync(
        "A--|B--|C-|D / ...s---...t",
        extract(&["A", "C"]),
        "B--|D / s---.t",
    );
    check_edit_in_sync("A---|B / ....b", twice_as_fast("A"), "A-|B / ..b");
    check_edit_in_sync("A---|B / .....b", extract_first_track(1, 3), "A|A|B / ...b");
}

#[test]
fn a_sync_locked_track_that_cannot_move_along_refuses_the_ripple() {
    check_refused_in_sync(
        "A---|B--|C- / m--------.s-",
        extract(&["B"]),
        "track A1 is sync-locked and cannot move along: it has 1 frame of room for 3 frames",
    );
    check_refused_in_sync(
        "A-...B- / a----|b-",
        close_gap(3),
        "track A1 is sync-locked and cannot move along: it has 0 frames of room for 3 frames",
    );
}

#[test]
fn a_locked_track_does_not_move_along() {
    let before = in_sync("A---|B--|C- / m-----...s-");
    let sound = all_tracks(&before)[1];
    let before = apply(&before, &Edit::Track(TrackEdit::Lock(sound, true)));
    let after = apply(&before, &extract(&["B"])(&before));
    assert_eq!(draw(&after), "A---|C- / m-----...s-");
}

#[test]
fn ripple_of_the_head_shows_later_frames() {
    let after = apply(
        &project("A---|B--|C-"),
        &ripple("B", Head, 1)(&project("A---|B--|C-")),
    );
    assert_eq!(shown(&after, "B"), [11, 12]);
}
