//! Speeds and speed ramps, drawn: before, what is done, after, and the frames that a clip then shows.

use crate::drawn::*;
use kinora_timeline::Edge::Head;
use kinora_timeline::camera::Easing;
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::speed_ramp::SpeedKey;
use kinora_timeline::{Edit, Frames, Speed, SpeedRamp};

fn speed(clip: &'static str, source: i32, record: u32, ripple: bool) -> Words {
    edit(move |project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, clip),
            speed: Speed::new(source, record).expect("a speed"),
            ripple,
        })
    })
}

/// Keyframes of the speed: frame and percent.
fn ramp(clip: &'static str, keys: &'static [(i64, u32)], ripple: bool) -> Words {
    edit(move |project| {
        let key = |&(frame, percent)| SpeedKey {
            frame: Frames(frame),
            factor: percent * 100,
            easing: Easing::Linear,
        };
        Edit::Clip(ClipEdit::Ramp {
            clip: id(project, clip),
            ramp: SpeedRamp {
                keys: keys.iter().map(key).collect(),
            },
            ripple,
        })
    })
}

#[test]
fn a_speed_ramp_makes_clips_shorter_or_longer() {
    let faster = || ramp("A", &[(0, 100), (4, 300)], true);
    check_edit("A-------|B---", faster(), "A---|B---");
    let start = project("A-------|B---");
    let faster = apply(&start, &faster()(&start));
    // Frame t shows t + t²/4.
    assert_eq!(shown(&faster, "A"), [10, 11, 13, 15]);
    check_edit("A---|B---", ramp("A", &[(0, 50)], true), "A-------|B---");
    check_edit("A---|B---", ramp("A", &[(0, 300)], false), "A---|B---");
    check_edit(
        "A---|B---",
        ramp("A", &[(0, 50), (2, 0)], true),
        "A---|B---",
    );
    check_refused(
        "A---|B---",
        ramp("A", &[(0, 9000)], false),
        "no handle: 3 frames missing on the right",
    );
    check_refused(
        "A---|B---",
        ramp("A", &[(3, 50), (3, 60)], true),
        "keyframes of the speed have an order, one on a frame",
    );
    check_refused(
        "A---|B---",
        ramp("A", &[], true),
        "that is how it is already",
    );
}

#[test]
fn a_ramp_stays_with_its_frames_through_cuts_and_trims() {
    let start = project("A-----------|B---");
    let start = apply(&start, &ramp("A", &[(2, 50), (8, 200)], false)(&start));
    let before = shown(&start, "A");
    let cut = apply(&start, &razor(5)(&start));
    assert_eq!([shown(&cut, "A"), shown(&cut, "A2")].concat(), before);
    for by in [-3, 2] {
        let rolled = apply(&cut, &roll("A2", by)(&cut));
        assert_eq!([shown(&rolled, "A"), shown(&rolled, "A2")].concat(), before);
        let joined = apply(&rolled, &join("A")(&rolled));
        assert_eq!(shown(&joined, "A"), before);
        assert_eq!(draw(&joined), draw(&start));
    }
}

#[test]
fn the_speed_of_a_ramp_changes_as_a_whole_and_runs_backwards() {
    let start = project("A-------|B---");
    let start = apply(&start, &ramp("A", &[(0, 100), (8, 200)], false)(&start));
    let before = shown(&start, "A");
    assert_eq!(before, [10, 11, 12, 13, 15, 16, 18, 20]);
    let slower = apply(&start, &speed("A", 1, 2, true)(&start));
    let every_second: Vec<i64> = shown(&slower, "A").into_iter().step_by(2).collect();
    assert_eq!(every_second[..8], before);
    let back = apply(&start, &speed("A", -1, 1, false)(&start));
    assert_eq!(shown(&back, "A"), [20, 19, 17, 15, 13, 12, 11, 10]);
    let frozen = apply(&start, &speed("A", 0, 1, true)(&start));
    assert_eq!(shown(&frozen, "A"), [10; 8]);
    let (clip, ..) = frozen.clip(id(&frozen, "A")).expect("there");
    assert!(clip.ramp.is_constant());
}

#[test]
fn a_whole_source_can_run_backwards_at_half_speed() {
    let start = project("A---|B---");
    let whole = apply(&start, &ripple("A", Head, -10)(&start));
    let slow = apply(&whole, &speed("A", -1, 2, true)(&whole));
    let frames = shown(&slow, "A");
    assert_eq!(
        (frames.len(), frames[..4].to_vec()),
        (28, vec![13, 13, 12, 12])
    );
    assert_eq!(frames[24..], [1, 1, 0, 0]);
}

#[test]
fn speed_makes_clips_shorter_or_longer() {
    check_edit("A---|B---", speed("A", 2, 1, true), "A-|B---");
    check_edit("A---|B---", speed("A", 1, 2, true), "A-------|B---");
    check_edit("A---|B---", speed("A", 2, 1, false), "A---|B---");
    check_edit("A---|B---", speed("A", -1, 1, true), "A---|B---");
    check_edit("A---|B---", speed("A", 0, 1, true), "A---|B---");
    check_refused(
        "A---|B---",
        speed("A", 1, 1, true),
        "that is how it is already",
    );
    check_refused(
        "A---|B---",
        speed("A", 30, 1, false),
        "no handle: 1 frame missing on the right",
    );
    let before = project("A---|B---");
    assert_eq!(
        shown(&apply(&before, &speed("A", -1, 1, true)(&before)), "A"),
        [13, 12, 11, 10]
    );
}

/// Frames between those of the source for a clip, or none.
fn in_betweens(clip: &'static str, in_betweens: InBetweens) -> Words {
    edit(move |project| {
        Edit::Clip(ClipEdit::InBetweens {
            clips: vec![id(project, clip)],
            in_betweens,
        })
    })
}

#[test]
fn in_betweens_move_no_clip_and_belong_to_both_parts_of_a_cut_one() {
    let smooth = || in_betweens("A", InBetweens::Smooth);
    check_edit("A---xB---", smooth(), "A---xB---");
    check_refused(
        "A---|B---",
        in_betweens("A", InBetweens::None),
        "that is how it is already",
    );
    let start = project("A---|B---");
    let smooth = apply(&start, &smooth()(&start));
    let cut = apply(&smooth, &razor(2)(&smooth));
    let kinds = |project: &kinora_timeline::Project| {
        let clips = project.tracks()[0].clips();
        let kinds: Vec<_> = clips.map(|(clip, _)| clip.in_betweens).collect();
        kinds
    };
    let (none, made) = (InBetweens::None, InBetweens::Smooth);
    assert_eq!(kinds(&cut), [made, made, none]);
}
