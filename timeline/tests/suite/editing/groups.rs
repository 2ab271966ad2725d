//! Clips that belong together: linked ones are edited together, those of a group are selected together.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::{Edit, Project};

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
