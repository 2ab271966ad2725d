//! Tracks locked, added, reordered and removed. A locked track refuses every edit.
//! Each line has a drawing of the timeline before, the edit, and the drawing after it.

use kinora_timeline::Edge::Tail;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::{Edit, Project, TrackKind};

use crate::drawn::*;

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
