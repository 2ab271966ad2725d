//! Another frame rate of the timeline: clips, fades, keyframes, markers and ranges keep their times as far as whole frames
//! allow, and what is lost is reported.

use kinora_timeline::clip::Look;
use kinora_timeline::curve::{Property, PropertyKey};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::conform::ConformReport;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::{Clip, Edit, Frames, Project, Source, Speed, TrackKind};

use crate::drawn::*;

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
