//! Clips that belong together: linked ones are edited together, those of a group are selected together.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::place::Place;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::{Edit, Frames, Project, Refusal};

use crate::drawn::*;

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

/// A project whose sound and picture are linked, with sync locks, after a step of several edits.
fn after(
    drawing: &str,
    links: &[[&str; 2]],
    step: impl FnOnce(&Project, &mut EditBatch) -> Result<(), Refusal>,
) -> String {
    let mut project = project(drawing);
    for track in project.tracks().to_vec() {
        let locked = Edit::Track(TrackEdit::SyncLock(track.id, true));
        project = apply(&project, &locked);
    }
    for pair in links {
        let clips = pair.map(|name| id(&project, name)).to_vec();
        project = apply(&project, &Edit::Clip(ClipEdit::Link { clips }));
    }
    let mut batch = EditBatch::of(&project);
    step(&project, &mut batch).expect("possible");
    draw(&batch.project)
}

#[test]
fn an_insertion_cuts_linked_clips_together() {
    let still = |project: &Project| {
        let Edit::Place(Place::Overwrite { pieces, .. }) = overwrite("B--", 0)(project) else {
            panic!("an overwrite");
        };
        pieces
    };
    let insert = |project: &Project, batch: &mut EditBatch| {
        batch.insert(Frames(2), still(project))?;
        let halves = batch
            .project
            .clip(id(&batch.project, "A2"))
            .expect("there")
            .0
            .group;
        let sound = batch
            .project
            .clip(id(&batch.project, "a2"))
            .expect("there")
            .0
            .group;
        assert!(
            halves.is_some() && halves == sound,
            "the right halves are linked"
        );
        Ok(())
    };
    let drawn = after("A---..B- / a---", &[["A", "a"]], insert);
    assert_eq!(drawn, "A-|B--|A-..B- / a-...a-");
    // Clips that are not linked to one another stay whole, as before.
    let alone = after("A---..B- / a---", &[], |project, batch| {
        batch.insert(Frames(2), still(project))
    });
    assert_eq!(alone, "A-|B--|A-..B- / a---");
    let gap = after("A--- / a---", &[["A", "a"]], |project, batch| {
        let picture = project.clip(id(project, "A")).expect("there").1.id;
        batch.insert_gap(Frames(1), Frames(2), vec![picture])
    });
    assert_eq!(gap, "A..A-- / a..a--");
}

#[test]
fn clips_are_swapped_with_their_sound() {
    let links = [["A", "a"], ["B", "b"]];
    let swap =
        |project: &Project, batch: &mut EditBatch| batch.swap(id(project, "A"), id(project, "B"));
    assert_eq!(
        after("A--|B-- / a--|b--", &links, swap),
        "B--|A-- / b--|a--"
    );
    assert_eq!(after("A--|B-- / a--|b--", &[], swap), "B--|A-- / a--|b--");
    assert_eq!(after("A--|B-- / a--", &links[..1], swap), "B--|A-- / a--");
}

#[test]
fn what_follows_an_extracted_clip_whose_sound_is_longer_stays_in_step() {
    let links = [["A", "a"], ["B", "b"]];
    let extract = |project: &Project, batch: &mut EditBatch| batch.extract(vec![id(project, "A")]);
    let later = "A--|B----- / a----|b---";
    assert_eq!(after(later, &links, extract), "B----- / ..b---");
    let even = "A--|B-- / a--|b--";
    assert_eq!(after(even, &links, extract), "B-- / b--");
}

#[test]
fn a_cut_is_rolled_where_only_the_picture_has_a_clip_before() {
    let links = [["B", "b"]];
    let roll = |project: &Project, batch: &mut EditBatch| batch.then(roll("B", 1)(project));
    assert_eq!(
        after("A--|B--- / ...b---", &links, roll),
        "A---|B-- / ....b--"
    );
}

#[test]
fn clips_that_move_together_keep_the_transition_between_them() {
    check_edit("A--xB--|C--", go(&["A", "B"], 12, 0), "......C--...A--xB--");
    let start = project("A---xB--");
    let cut = apply(&start, &razor(2)(&start));
    let moved = apply(&cut, &go(&["A2", "B"], 3, 0)(&cut));
    assert_eq!(
        draw(&moved),
        "A-...A-xB--",
        "the right half has the later id"
    );
}
