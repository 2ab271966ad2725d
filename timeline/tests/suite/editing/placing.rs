//! Clips placed: inserted, laid over others, pasted and appended, and gaps inserted, with the tracks that move along.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edit;
use kinora_timeline::edit::tracks::TrackEdit;

use crate::drawn::*;

#[test]
fn insert_moves_what_is_there() {
    check_edit("A---|B--|X", insert("X--", 4), "A---|X--|B--|X");
    check_edit("A---|X", insert("X-", 0), "X-|A---|X");
    check_edit("A---|X", insert("X-", 2), "A-|X-|A-|X");
    check_edit("A---|X", insert("X-", 5), "A---|X|X-");
    check_edit("A---|X", insert("X-", 8), "A---|X...X-");
    check_edit("A-..B|X", insert("X-", 3), "A-.X-.B|X");
    check_edit("A-..B|X", insert("X-", 2), "A-|X-..B|X");
    check_edit("A--xB--|X", insert("X-", 3), "A--|X-|B--|X");
    check_refused(
        "A|X",
        insert("X", -3),
        "the timeline starts at frame 0: this would begin 3 frames earlier",
    );
}

#[test]
fn insert_moves_picture_and_sound_together() {
    check_edit(
        "A---|X / a---|m",
        insert("X-+m-", 4),
        "A---|X-|X / a---|m-|m",
    );
    check_edit("A---|X / a-|m", insert("X-+m-", 2), "A-|X-|A-|X / a-|m-|m");
}

#[test]
fn overwrite_covers_what_is_there() {
    check_edit("A---|B--|X", overwrite("X-", 3), "A--|X-|B-|X");
    check_edit("A----|X", overwrite("X-", 1), "A|X-|A-|X");
    check_edit("A---|B|X", overwrite("X----", 0), "X----|X");
    check_edit("A-|X", overwrite("X-", 5), "A-|X..X-");
    check_edit("A-...B|X", overwrite("X-", 3), "A-.X-|B|X");
    check_edit("A--xB--|X", overwrite("X-", 3), "A--|X-|B|X");
    check_edit("A--xB--|X", overwrite("X-", 4), "A--xB|X-|X");
}

#[test]
fn a_gap_can_be_inserted() {
    check_edit("A---|B-", insert_gap(4, 2), "A---..B-");
    check_edit("A---|B-", insert_gap(2, 3), "A-...A-|B-");
    check_edit("A---xB-", insert_gap(4, 1), "A---.B-");
    check_edit_in_sync("A---|B- / ....b", insert_gap(4, 2), "A---..B- / ......b");
    check_refused("A---|B-", insert_gap(6, 2), "there is no clip here");
    check_refused("A---|B-", insert_gap(2, 0), "there is no clip here");
}

#[test]
fn what_is_pasted_with_an_insert_moves_all_sync_locked_tracks() {
    let film = "A---|B---|X / a---|b---|y / m-----.s-";
    let both = |at| {
        [
            insert_gap_on(&[0, 1], at, 2),
            overwrite_on(0, "X-", at),
            overwrite_on(1, "y-", at),
        ]
    };
    check_edits_in_sync(
        film,
        &both(4),
        "A---|X-|B---|X / a---|y-|b---|y / m-----...s-",
    );
    check_edits_in_sync(
        film,
        &both(2),
        "A-|X-|A-|B---|X / a-|y-|a-|b---|y / m-----...s-",
    );
    check_edits_in_sync(
        film,
        &[insert_gap_on(&[0], 4, 3), overwrite_on(0, "X--", 4)],
        "A---|X--|B---|X / a---...b---|y / m-----....s-",
    );
    check_edits_in_sync(
        "A---|B---|X / C-..D- / a-----",
        &[insert_gap_on(&[1], 3, 2), overwrite_on(1, "X-", 3)],
        "A---..B---|X / C-.X-.D- / a-----",
    );
    check_edits_in_sync(
        "A---xB---|X / ....b-",
        &[insert_gap_on(&[0], 4, 2), overwrite_on(0, "X-", 4)],
        "A---|X-|B---|X / ......b-",
    );
}

#[test]
fn what_is_pasted_after_the_end_of_a_track_moves_the_others() {
    check_edits_in_sync(
        "A---|B---|X / a-|y / m-------|s-",
        &[
            insert_gap_on(&[0, 1], 5, 2),
            overwrite_on(0, "X-", 5),
            overwrite_on(1, "y-", 5),
        ],
        "A---|B|X-|B--|X / a-|y..y- / m-------..s-",
    );
}

#[test]
fn what_is_pasted_twice_lies_side_by_side() {
    check_edits_in_sync(
        "A---|B---|X / ....s-",
        &[
            insert_gap_on(&[0], 4, 2),
            overwrite_on(0, "X-", 4),
            insert_gap_on(&[0], 6, 2),
            overwrite_on(0, "X-", 6),
        ],
        "A---|X-|X-|B---|X / ........s-",
    );
}

#[test]
fn a_locked_track_stays_when_a_gap_is_inserted_on_another() {
    let before = in_sync("A---|B--- / m---.s- / n---.t-");
    let sound = all_tracks(&before)[1];
    let before = apply(&before, &Edit::Track(TrackEdit::Lock(sound, true)));
    let after = apply(&before, &insert_gap_on(&[0], 4, 2)(&before));
    assert_eq!(draw(&after), "A---..B--- / m---.s- / n---...t-");
}

#[test]
fn append_goes_to_the_end() {
    check_edit("A--|X", append("X-"), "A--|X|X-");
    check_edit("A--|X / a", append("a-"), "A--|X / a|a-");
}
