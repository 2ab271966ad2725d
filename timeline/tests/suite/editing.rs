//! Editing, drawn: before, what is done, after.

use crate::drawn::*;
use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::clip::Look;
use kinora_timeline::curve::{Property, PropertyKey};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::conform::ConformReport;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::{Clip, Edit, Frames, History, Project, ShotId, Source, Speed, TrackKind};

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
        "a transition needs a clip directly before this one",
    );
    check_refused(
        "A.B--",
        roll("B", 1),
        "a transition needs a clip directly before this one",
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

fn linked(drawing: &str) -> Project {
    let project = project(drawing);
    let clips = project
        .tracks()
        .iter()
        .flat_map(|track| track.clips())
        .map(|(clip, _)| clip.id)
        .collect();
    apply(&project, &Edit::Clip(ClipEdit::Link { clips }))
}

#[test]
fn linked_clips_are_edited_together() {
    let start = linked("A--- / a---");
    let after = |words: Words| draw(&apply(&start, &words(&start)));
    assert_eq!(after(ripple("A", Tail, -1)), "A-- / a--");
    assert_eq!(after(go(&["A"], 2, 0)), "..A--- / ..a---");
    assert_eq!(after(extract(&["a"])), "");
    assert_eq!(after(trim("a", Head, 1)), ".A-- / .a--");
    let cut = apply(&start, &razor(2)(&start));
    assert_eq!(
        draw(&apply(&cut, &go(&["A2"], 1, 0)(&cut))),
        "A-.A- / a-.a-",
        "the right halves hold together"
    );
    let alone = apply(
        &start,
        &Edit::Clip(ClipEdit::Unlink {
            clips: vec![id(&start, "A")],
        }),
    );
    assert_eq!(
        draw(&apply(&alone, &go(&["A"], 2, 0)(&alone))),
        "..A--- / a---"
    );
}

/// The letters of the clips that are selected with a clip.
fn selected_with(project: &Project, name: &str) -> String {
    let mut clips: Vec<String> = project
        .grouped(id(project, name))
        .into_iter()
        .map(|clip| letter(project, project.clip(clip).expect("there").0))
        .collect();
    clips.sort();
    clips.concat()
}

fn group(names: &'static [&'static str]) -> Words {
    Box::new(move |project| {
        let clips = names.iter().map(|name| id(project, name)).collect();
        Edit::Clip(ClipEdit::Group { clips })
    })
}

#[test]
fn a_group_is_selected_together_and_each_of_its_clips_is_edited_alone() {
    check_edit("A--|B--|C--", group(&["A", "C"]), "A--|B--|C--");
    check_refused("A--|B--", group(&["A"]), "there is no clip here");
    let start = project("A--|B--|C--");
    let grouped = apply(&start, &group(&["A", "C"])(&start));
    assert_eq!(selected_with(&grouped, "A"), "AC");
    assert_eq!(selected_with(&grouped, "B"), "B");
    let trimmed = apply(&grouped, &trim("A", Tail, -1)(&grouped));
    assert_eq!(
        draw(&trimmed),
        "A-.B--|C--",
        "the other one is as long as before"
    );
    let cut = apply(&grouped, &razor(1)(&grouped));
    assert_eq!(
        selected_with(&cut, "A2"),
        "AAC",
        "both halves stay in the group"
    );
    let other = apply(&grouped, &group(&["B", "C"])(&grouped));
    assert_eq!(selected_with(&other, "A"), "A", "C is in the new group");
    assert_eq!(selected_with(&other, "C"), "BC");
    let clips = vec![id(&grouped, "A")];
    let ungrouped = apply(&grouped, &Edit::Clip(ClipEdit::Ungroup { clips }));
    assert_eq!(
        selected_with(&ungrouped, "C"),
        "C",
        "the whole group is dissolved"
    );
}

#[test]
fn a_group_has_the_linked_clips_of_its_clips() {
    let start = project("A--|B-- / a--");
    let clips = ["A", "a"].map(|name| id(&start, name)).to_vec();
    let start = apply(&start, &Edit::Clip(ClipEdit::Link { clips }));
    let grouped = apply(&start, &group(&["A", "B"])(&start));
    assert_eq!(selected_with(&grouped, "a"), "ABa");
    let copied = apply(&grouped, &overwrite("A--", 9)(&grouped));
    assert_eq!(
        selected_with(&copied, "A2"),
        "A",
        "a new clip is in no group"
    );
}

#[test]
fn nothing_on_a_locked_track_can_be_edited() {
    let start = project("A---|B--");
    let locked = apply(
        &start,
        &Edit::Track(TrackEdit::Lock(all_tracks(&start)[0], true)),
    );
    for words in [
        ripple("A", Tail, -1),
        lift(&["A"]),
        razor(2),
        go(&["A"], 9, 0),
        dissolve("B", 1, 1),
        slip("A", 1),
    ] {
        assert_eq!(
            words(&locked)
                .apply(&locked)
                .map(|_| ())
                .map_err(|refusal| refusal.to_string()),
            Err("track V1 is locked".into())
        );
    }
}

#[test]
fn tracks_are_added_where_they_belong_and_go_only_when_empty() {
    let start = project("A / a");
    let names = |project: &Project| {
        project
            .tracks()
            .iter()
            .map(|track| track.name.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let more = apply(
        &start,
        &Edit::Track(TrackEdit::Add {
            kind: TrackKind::Video,
            name: String::new(),
            sync_locked: true,
        }),
    );
    assert_eq!(names(&more), "V1 V2 A1");
    let swapped = apply(
        &more,
        &Edit::Track(TrackEdit::Reorder {
            track: all_tracks(&more)[0],
            to: 1,
        }),
    );
    assert_eq!(names(&swapped), "V2 V1 A1");
    let remove = |track| Edit::Track(TrackEdit::Remove { track });
    assert_eq!(names(&apply(&more, &remove(all_tracks(&more)[1]))), "V1 A1");
    let refused = remove(all_tracks(&start)[0])
        .apply(&start)
        .expect_err("in use");
    assert_eq!(refused.to_string(), "the track is still used: 1 clip");
}

#[test]
fn a_gesture_is_one_step_and_a_preview_replaces_the_last() {
    let start = project("A---|B--|C-");
    let mut history = History::of(start.clone());
    history.begin("trim");
    for by in [-1, -2, -1] {
        history
            .preview(&[ripple("B", Tail, by)(&start)])
            .expect("possible");
    }
    assert!(history.preview(&[ripple("B", Tail, -9)(&start)]).is_err());
    assert_eq!(
        draw(history.project()),
        "A---|B-|C-",
        "the last preview stays"
    );
    let step = history.commit().expect("a step");
    assert_eq!((step.name.as_str(), step.edits.len()), ("trim", 1));
    assert_eq!(history.past().collect::<Vec<_>>(), ["trim"]);
    history.begin("trim");
    history
        .preview(&[ripple("B", Tail, 3)(history.project())])
        .expect("possible");
    history.abort();
    assert_eq!(draw(history.project()), "A---|B-|C-");
    history.begin("nothing");
    assert_eq!(history.commit(), None);
    assert_eq!(history.undo().as_deref(), Some("trim"));
    assert_eq!(history.project(), &start);
    assert_eq!(history.future().collect::<Vec<_>>(), ["trim"]);
}

#[test]
fn the_past_stays_within_its_budget() {
    let start = project("A---|B--|C-");
    let mut history = History::of(start).with_budget(20_000);
    for step in 0..500 {
        let by = if step % 2 == 0 { 1 } else { -1 };
        let edit = slip("B", by)(history.project());
        history.apply(&edit).expect("possible");
    }
    let steps = history.past().count();
    assert!(
        history.past_bytes() <= 20_000 && steps > 5 && steps < 500,
        "{steps} steps, {} bytes",
        history.past_bytes()
    );
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
fn a_shot_moves_to_another_place_in_the_list() {
    check_shots("abcd", move_shot('a', Some('c')), "bacd");
    check_shots("abcd", move_shot('d', Some('a')), "dabc");
    check_shots("abcd", move_shot('b', None), "acdb");
    let project = with_shots("ab");
    let refusal = |words: Words| {
        let refused = words(&project).apply(&project);
        refused.expect_err("refused").to_string()
    };
    let already = "that is how it is already";
    assert_eq!(refusal(move_shot('a', Some('b'))), already);
    assert_eq!(refusal(move_shot('b', None)), already);
    assert_eq!(refusal(move_shot('a', Some('a'))), already);
    let a = shot_id(&project, 'a');
    let nobody = ShotId::from(999);
    for (shot, before) in [(nobody, None), (a, Some(nobody))] {
        let missing = edit(move |_| Edit::Library(Library::MoveShot { shot, before }));
        assert_eq!(refusal(missing), "this shot is no longer in the project");
    }
}

#[test]
fn a_shot_is_added_at_the_end_and_removed_from_its_place() {
    let start = with_shots("abc");
    let project = apply(&start, &move_shot('c', Some('a'))(&start));
    let project = apply(&project, &add_shot('d'));
    assert_eq!(shots(&project), "cabd");
    let remove = Edit::Library(Library::RemoveShot(shot_id(&project, 'a')));
    let project = apply(&project, &remove);
    assert_eq!(shots(&project), "cbd");
    let id = |letter| Some(shot_id(&project, letter));
    let [c, b, d] = ['c', 'b', 'd'].map(|letter| shot_id(&project, letter));
    assert_eq!(
        (project.shot_before(b), project.shot_after(b)),
        (id('c'), id('d'))
    );
    assert_eq!(
        (project.shot_before(c), project.shot_after(d)),
        (None, None)
    );
}

#[test]
fn another_frame_rate_keeps_every_clip_in_its_place() {
    check_edit("A---|B--|C-", conform(48), "A-------|B-----|C---");
    check_edit("A---|B--|C-", conform(12), "A-|B-|C");
    check_edit("A-..B-", conform(12), "A.B");
    check_edit(
        "A---xB--- / a---",
        conform(48),
        "A-------xB------- / a-------",
    );
    check_edit("A---xB---", conform(12), "A-xB-");
    check_edit("A|B|C", conform(6), "B"); // A and C would be shorter than half a frame
    check_refused("A---|B--", conform(24), "that is how it is already");
    check_refused(
        "A---",
        conform(2000),
        "a timeline has from 1 to 1000 frames per second",
    );
}

#[test]
fn another_frame_rate_shows_the_same_part_of_the_source() {
    let start = project("A---|B--");
    let after = apply(&start, &conform(48)(&start));
    assert_eq!(shown(&after, "A"), (20..28).collect::<Vec<_>>());
    let reversed = edit(|project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, "A"),
            speed: Speed::REVERSE,
            ripple: false,
        })
    });
    let start = apply(&start, &reversed(&start));
    assert_eq!(shown(&start, "A"), [13, 12, 11, 10]);
    let after = apply(&start, &conform(12)(&start));
    assert_eq!(shown(&after, "A"), [7, 6]);
    let back = apply(&after, &conform(24)(&after));
    assert_eq!(draw(&back), "A---|B---", "B was rounded to whole frames");
}

#[test]
fn fades_keyframes_markers_and_the_range_are_fitted_to_another_frame_rate() {
    let start = project("A-------");
    let key = |frame, value| PropertyKey {
        frame: Frames(frame),
        value,
        easing: kinora_timeline::camera::Easing::Linear,
    };
    let mut look = Look {
        fade_in: Frames(2),
        fade_out: Frames(4),
        ..Look::default()
    };
    look.set_curve(Property::Opacity, vec![key(1, 0.5), key(6, 1.0)]);
    let clip = id(&start, "A");
    let start = apply(&start, &Edit::Clip(ClipEdit::Look { clip, look }));
    let start = apply(&start, &Edit::Mark(Mark::InOut(Some(range(2, 5)))));
    let after = apply(&start, &conform(48)(&start));
    let (clip, ..) = after.clip(clip).expect("there");
    assert_eq!(
        (clip.look.fade_in, clip.look.fade_out),
        (Frames(4), Frames(8))
    );
    let curve = clip.look.curve(Property::Opacity).expect("there");
    let frames: Vec<i64> = curve.keys.iter().map(|key| key.frame.0).collect();
    assert_eq!(frames, [2, 12]);
    assert_eq!(after.in_out(), Some(range(4, 10)));
}

/// A project with a clip of the whole medium A at a frame.
fn with_whole_medium(at: i64) -> Project {
    let start = project("A");
    let source = Source::Medium(medium_id(&start, 'A'));
    let track = tracks_of(&start, TrackKind::Video)[0];
    let clip = Clip::new(source, Frames(0), Frames(AVAILABLE));
    let place = Place::Overwrite {
        at: Frames(at),
        pieces: vec![Piece { track, clip }],
    };
    apply(&start, &Edit::Place(place))
}

#[test]
fn a_clip_shows_no_frame_after_the_end_of_its_source_at_another_frame_rate() {
    // 100 frames at 24 are 104.2 at 25: 104 are whole. From frame 8.3 to 112.5 there would be room for 105.
    let start = with_whole_medium(8);
    let after = apply(&start, &conform(25)(&start));
    let (.., placed) = after.clip(id(&after, "A2")).expect("there");
    assert_eq!(placed, range(8, 112));
    let report = ConformReport::of(&start, &after);
    assert_eq!((report.fitted, report.shortened, report.removed), (2, 1, 0));
    assert!((report.longest_change_seconds - 0.02).abs() < 1e-9);
}

#[test]
fn the_report_of_another_frame_rate_counts_what_is_gone() {
    let start = project("A|B|C");
    let after = apply(&start, &conform(6)(&start));
    let report = ConformReport::of(&start, &after);
    assert_eq!((report.fitted, report.shortened, report.removed), (1, 0, 2));
}
