//! Clips that do not show their camera are refused with the reason, and no number is given.

use fastrand::Rng;
use kinora_measure::{CameraReport, DrawnPath, GreyFrame, Limits, Reason, Verdict, measure_camera};

use crate::floors::clip;
use crate::moves::Move;
use crate::world::Damage;

fn check(frames: &[GreyFrame], path: &DrawnPath, expected: &[Reason]) {
    let report = measure_camera(frames, None, path, &Limits::default());
    let Verdict::NotMeasurable { reason } = report.verdict else {
        panic!("{report:#?}");
    };
    assert!(expected.contains(&reason), "{reason:?}");
    has_no_number(&report);
}

fn has_no_number(report: &CameraReport) {
    assert!(report.rotation_error_degrees.is_none());
    assert!(report.direction_error_degrees.is_none());
    assert!(report.path_error_share.is_none());
    assert!(report.achieved.is_none());
    assert!(
        report
            .frames
            .iter()
            .all(|frame| frame.rotation_error_degrees.is_none())
    );
}

fn plain(value: u8) -> GreyFrame {
    GreyFrame::new(288, 192, vec![value; 288 * 192]).expect("a frame")
}

const CLEAN: Damage = Damage::noise(1.0);

#[test]
fn grey_frames_have_nothing_to_follow() {
    let path = clip(Move::Pan, 1, CLEAN).path;
    check(&vec![plain(128); 9], &path, &[Reason::TooFewTracks]);
}

#[test]
fn frames_of_noise_have_nothing_to_follow() {
    let path = clip(Move::Pan, 1, CLEAN).path;
    let mut rng = Rng::with_seed(3);
    let noise = (0..9).map(|_| {
        let pixels = (0..288 * 192).map(|_| rng.u8(..)).collect();
        GreyFrame::new(288, 192, pixels).expect("a frame")
    });
    check(
        &noise.collect::<Vec<_>>(),
        &path,
        &[Reason::TooFewTracks, Reason::Cut],
    );
}

#[test]
fn few_frames_are_refused() {
    let clip = clip(Move::Pan, 1, CLEAN);
    for count in [0, 1, 2, 4] {
        check(&clip.frames[..count], &clip.path, &[Reason::TooFewFrames]);
    }
}

#[test]
fn frames_of_a_few_pixels_have_nothing_to_follow() {
    let path = clip(Move::Pan, 1, CLEAN).path;
    let mut rng = Rng::with_seed(4);
    for (width, height) in [(1, 1), (8, 5), (40, 2)] {
        let frame = |_| {
            let pixels = (0..width * height).map(|_| rng.u8(..)).collect();
            GreyFrame::new(width, height, pixels).expect("a frame")
        };
        let frames: Vec<GreyFrame> = (0..6).map(frame).collect();
        check(&frames, &path, &[Reason::TooFewTracks]);
    }
}

#[test]
fn one_picture_held_is_refused() {
    let clip = clip(Move::Still, 1, CLEAN);
    check(
        &vec![clip.frames[0].clone(); 9],
        &clip.path,
        &[Reason::Frozen],
    );
}

#[test]
fn a_cut_is_refused() {
    let (one, other) = (clip(Move::Pan, 1, CLEAN), clip(Move::Pan, 2, CLEAN));
    let mut frames = one.frames.clone();
    frames[4..].clone_from_slice(&other.frames[4..]);
    check(&frames, &one.path, &[Reason::Cut]);
}

#[test]
fn a_broken_path_is_refused() {
    let clip = clip(Move::Pan, 1, CLEAN);
    check(&clip.frames, &DrawnPath::default(), &[Reason::BadPath]);
    let mut path = clip.path.clone();
    path.views[3].focal = 0.0;
    check(&clip.frames, &path, &[Reason::BadPath]);
}

#[test]
fn a_picture_with_texture_in_one_corner_is_refused() {
    let clip = clip(Move::Roll, 1, CLEAN);
    let frames: Vec<GreyFrame> = clip
        .frames
        .iter()
        .map(|frame| {
            let pixels = frame.pixels().iter().enumerate().map(|(at, &value)| {
                match at % 288 < 90 && at / 288 < 80 {
                    true => value,
                    false => 128,
                }
            });
            GreyFrame::new(288, 192, pixels.collect()).expect("a frame")
        })
        .collect();
    check(
        &frames,
        &clip.path,
        &[
            Reason::TooLittleOfTheFrame,
            Reason::TooFewInliers,
            Reason::TooFewTracks,
        ],
    );
}

#[test]
fn stripes_that_move_each_its_own_way_have_no_camera() {
    let clips = [
        clip(Move::Pan, 1, CLEAN),
        clip(Move::Tilt, 2, CLEAN),
        clip(Move::Roll, 3, CLEAN),
        clip(Move::Push, 4, CLEAN),
        clip(Move::Still, 5, CLEAN),
    ];
    let frames: Vec<GreyFrame> = (0..9)
        .map(|frame| {
            let pixels = (0..288 * 192).map(|at| clips[(at % 288) / 58].frames[frame].pixels()[at]);
            GreyFrame::new(288, 192, pixels.collect()).expect("a frame")
        })
        .collect();
    check(
        &frames,
        &clips[0].path,
        &[
            Reason::TooFewInliers,
            Reason::TooMuchReprojectionError,
            Reason::Ambiguous,
        ],
    );
}

#[test]
fn a_report_without_a_measure_has_its_reason() {
    let path = clip(Move::Pan, 1, CLEAN).path;
    let report = measure_camera(&[], None, &path, &Limits::default());
    let value = serde_json::to_value(&report).expect("written");
    assert_eq!(value["measurable"], false);
    assert_eq!(value["reason"], "too_few_frames");
    assert_eq!(value["verdict"], "not_measurable");
}
