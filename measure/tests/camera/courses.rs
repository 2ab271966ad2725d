//! Clips whose poses are refused: their points alone tell which way they go.

use kinora_measure::{CameraReport, Course, DrawnPath, Limits, Verdict, measure_tracks, track};

use crate::floors::clip;
use crate::moves::Move;
use crate::world::Damage;

const A_LITTLE_NOISE: Damage = Damage::noise(2.0);

/// Nothing is exact enough: every clip is refused.
fn strict() -> Limits {
    Limits {
        largest_turn_degrees: 0.0,
        ..Limits::default()
    }
}

fn verdict(report: &CameraReport) -> Course {
    assert!(
        matches!(report.verdict, Verdict::NotMeasurable { .. }),
        "{report:#?}"
    );
    assert!(report.rotation_error_degrees.is_none() && report.achieved.is_none());
    report.course.expect("points").verdict
}

#[test]
fn the_drawn_path_is_followed_its_mirror_image_is_opposite_and_another_is_neither() {
    let mut refuted = 0;
    for (which, other) in [
        (Move::Pan, Move::Tilt),
        (Move::Roll, Move::Pedestal),
        (Move::Truck, Move::Push),
        (Move::Push, Move::Tilt),
        (Move::Orbit, Move::Tilt),
    ] {
        let clip = clip(which, 7, A_LITTLE_NOISE);
        let tracks = track(&clip.frames, None);
        let course =
            |path: &DrawnPath| verdict(&measure_tracks(&tracks, &clip.frames, path, &strict()));
        let [width, height] = [clip.frames[0].width(), clip.frames[0].height()];
        assert_eq!(course(&clip.path), Course::Followed, "{which:?}");
        assert_eq!(course(&clip.path.mirrored()), Course::Opposite, "{which:?}");
        let path = clip.shot.path(other, clip.frames.len(), [width, height]);
        assert_eq!(
            course(&path),
            Course::NotFollowed,
            "{which:?} for {other:?}"
        );
        match course(&clip.path.still()) {
            Course::NotFollowed => refuted += 1,
            // Where most points move little, a camera that rests is not refuted; it is never called followed.
            verdict => assert_eq!(verdict, Course::CannotTell, "{which:?} for a rest"),
        }
    }
    assert!(
        refuted >= 3,
        "{refuted} of 5 clips that move are refuted as clips of a camera that rests"
    );
}

#[test]
fn a_camera_that_rests_as_drawn_is_followed_and_follows_no_move() {
    let clip = clip(Move::Still, 7, A_LITTLE_NOISE);
    let tracks = track(&clip.frames, None);
    let course =
        |path: &DrawnPath| verdict(&measure_tracks(&tracks, &clip.frames, path, &strict()));
    assert_eq!(course(&clip.path), Course::Followed);
    let [width, height] = [clip.frames[0].width(), clip.frames[0].height()];
    for asked in Move::EIGHT {
        let path = clip.shot.path(asked, clip.frames.len(), [width, height]);
        assert_eq!(course(&path), Course::NotFollowed, "{asked:?}");
    }
}

#[test]
fn a_measured_clip_and_one_without_points_have_no_verdict_of_their_points() {
    let clip = clip(Move::Pan, 7, A_LITTLE_NOISE);
    let tracks = track(&clip.frames, None);
    let report = measure_tracks(&tracks, &clip.frames, &clip.path, &Limits::default());
    assert_eq!((report.verdict, report.course), (Verdict::Obeyed, None));
    let refused = measure_tracks(&tracks, &clip.frames, &clip.path, &strict());
    let value = serde_json::to_value(&refused).expect("written");
    assert_eq!(value["course"]["verdict"], "followed");
    assert!(value["course"]["share"].as_f64() > Some(0.4));
    assert!(value["course"]["margin"].as_f64() > Some(0.0));
    let again: CameraReport = serde_json::from_value(value).expect("read");
    assert_eq!(
        again.course.map(|course| course.verdict),
        Some(Course::Followed)
    );
    let nothing = kinora_measure::Tracks::default();
    let report = measure_tracks(&nothing, &clip.frames, &clip.path, &strict());
    assert_eq!(report.course, None);
}
