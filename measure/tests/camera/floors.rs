//! The error of the measure itself on true clips, and its verdicts when another path was asked for.

use fastrand::Rng;
use kinora_measure::{
    CameraReport, DrawnPath, GreyFrame, Limits, Mask, Verdict, measure_camera, measure_tracks,
    track,
};

use crate::moves::{Move, Shot};
use crate::world::{Damage, World};

const SIZE: [usize; 2] = [288, 192];
const FRAMES: usize = 9;

/// A clip of a move, with the path that it follows.
pub struct Clip {
    pub shot: Shot,
    pub path: DrawnPath,
    pub frames: Vec<GreyFrame>,
    pub masks: Vec<Mask>,
}

pub fn clip(which: Move, seed: u64, damage: Damage) -> Clip {
    let mut rng = Rng::with_seed(seed);
    let world = World::random(&mut rng);
    let shot = Shot::random(&mut rng);
    let path = shot.path(which, FRAMES, SIZE);
    let (frames, masks) = world.clip(&path, SIZE, damage, seed);
    Clip {
        shot,
        path,
        frames,
        masks,
    }
}

const A_LITTLE_NOISE: Damage = Damage::noise(2.0);

fn measured(clip: &Clip, path: &DrawnPath) -> CameraReport {
    measure_camera(&clip.frames, Some(&clip.masks), path, &Limits::default())
}

/// A true clip is obeyed, and its errors are below the floor.
fn check_floor(which: Move, degrees: f64, direction_degrees: Option<f64>) {
    let clip = clip(which, 7, A_LITTLE_NOISE);
    let report = measured(&clip, &clip.path);
    assert_eq!(report.verdict, Verdict::Obeyed, "{which:?}: {report:#?}");
    let turn = report.rotation_error_degrees.expect("measured");
    assert!(turn.median <= degrees, "{which:?}: {turn:?}");
    assert!(turn.worst <= 3.0 * degrees, "{which:?}: {turn:?}");
    assert_eq!(report.travel_seen, direction_degrees.is_some(), "{which:?}");
    if let Some(most) = direction_degrees {
        let direction = report.direction_error_degrees.expect("measured");
        assert!(direction.median <= most, "{which:?}: {direction:?}");
        let path = report.path_error_share.expect("measured");
        assert!(path.median <= 0.1, "{which:?}: {path:?}");
    }
}

#[test]
fn a_still_camera_is_still() {
    check_floor(Move::Still, 0.1, None);
}

#[test]
fn a_pan_is_measured() {
    check_floor(Move::Pan, 0.2, None);
}

#[test]
fn a_tilt_is_measured() {
    check_floor(Move::Tilt, 0.2, None);
}

#[test]
fn a_roll_is_measured() {
    check_floor(Move::Roll, 0.2, None);
}

#[test]
fn a_truck_is_measured() {
    check_floor(Move::Truck, 0.5, Some(5.0));
}

#[test]
fn a_pedestal_is_measured() {
    check_floor(Move::Pedestal, 0.5, Some(5.0));
}

#[test]
fn a_push_is_measured() {
    check_floor(Move::Push, 0.5, Some(5.0));
}

#[test]
fn a_pull_is_measured() {
    check_floor(Move::Pull, 0.5, Some(5.0));
}

#[test]
fn an_orbit_is_measured() {
    check_floor(Move::Orbit, 0.5, Some(5.0));
}

#[test]
fn a_masked_character_does_not_move_the_camera() {
    let crossed = Damage {
        mover: true,
        ..A_LITTLE_NOISE
    };
    let clip = clip(Move::Pan, 11, crossed);
    let report = measured(&clip, &clip.path);
    assert_eq!(report.verdict, Verdict::Obeyed, "{report:#?}");
}

#[test]
fn half_of_a_pan_is_partly_obeyed_and_both_numbers_are_reported() {
    let clip = clip(Move::Pan, 12, A_LITTLE_NOISE);
    let asked = Shot {
        amount: 2.0 * clip.shot.amount,
        ..clip.shot
    };
    let report = measured(&clip, &asked.path(Move::Pan, FRAMES, SIZE));
    assert_eq!(report.verdict, Verdict::PartlyObeyed, "{report:#?}");
    let achieved = report.achieved.expect("measured");
    assert!(
        (achieved.yaw - report.asked.yaw / 2.0).abs() < 1.0,
        "{report:#?}"
    );
}

#[test]
fn another_move_than_the_one_asked_for_is_not_obeyed() {
    for (done, others) in [
        (Move::Still, [Move::Truck, Move::Orbit]),
        (Move::Pan, [Move::Tilt, Move::Pedestal]),
        (Move::Truck, [Move::Still, Move::Pan]),
        (Move::Pull, [Move::Push, Move::Pedestal]),
    ] {
        let clip = clip(done, 13, A_LITTLE_NOISE);
        let tracks = track(&clip.frames, None);
        for asked in others {
            let path = clip.shot.path(asked, FRAMES, SIZE);
            let report = measure_tracks(&tracks, &clip.frames, &path, &Limits::default());
            assert_eq!(
                report.verdict,
                Verdict::NotObeyed,
                "{done:?} for {asked:?}: {report:#?}"
            );
        }
    }
}

#[test]
fn an_orbit_without_its_travel_is_partly_obeyed() {
    let clip = clip(Move::Pan, 13, A_LITTLE_NOISE);
    let report = measured(&clip, &clip.shot.path(Move::Orbit, FRAMES, SIZE));
    assert_eq!(report.verdict, Verdict::PartlyObeyed, "{report:#?}");
    assert!(!report.travel_seen);
}

#[test]
fn a_truck_along_a_flat_wall_is_not_taken_for_a_pan() {
    let flat = Damage {
        flat: true,
        ..A_LITTLE_NOISE
    };
    let clip = clip(Move::Truck, 17, flat);
    let report = measured(&clip, &clip.shot.path(Move::Pan, FRAMES, SIZE));
    assert_eq!(report.verdict, Verdict::NotObeyed, "{report:#?}");
    let achieved = report.achieved.expect("measured");
    assert!(achieved.yaw.abs() < 0.5, "{achieved:?}");
}

#[test]
fn a_mirrored_path_is_not_obeyed_and_fits_worse() {
    for which in [Move::Roll, Move::Push, Move::Orbit] {
        let clip = clip(which, 14, A_LITTLE_NOISE);
        let tracks = track(&clip.frames, None);
        let limits = Limits::default();
        let own = measure_tracks(&tracks, &clip.frames, &clip.path, &limits);
        assert!(
            own.fit.drawn.share > own.fit.mirrored.share + 0.1,
            "{which:?}: {:?}",
            own.fit
        );
        let mirrored = measure_tracks(&tracks, &clip.frames, &clip.path.mirrored(), &limits);
        assert_eq!(
            mirrored.verdict,
            Verdict::NotObeyed,
            "{which:?}: {mirrored:#?}"
        );
    }
}

#[test]
fn the_solved_camera_does_not_depend_on_what_was_asked() {
    let clip = clip(Move::Orbit, 15, A_LITTLE_NOISE);
    let tracks = track(&clip.frames, None);
    let limits = Limits::default();
    let own = measure_tracks(&tracks, &clip.frames, &clip.path, &limits);
    let still = measure_tracks(&tracks, &clip.frames, &clip.path.still(), &limits);
    let (own, still) = (
        own.achieved.expect("measured"),
        still.achieved.expect("measured"),
    );
    assert!((own.yaw - still.yaw).abs() < 0.5, "{own:?} {still:?}");
    assert!((own.pitch - still.pitch).abs() < 0.5, "{own:?} {still:?}");
}

#[test]
fn a_report_is_written_with_the_names_of_its_numbers_and_read_again() {
    let clip = clip(Move::Pan, 16, A_LITTLE_NOISE);
    let report = measured(&clip, &clip.path);
    let text = serde_json::to_string(&report).expect("written");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["measurable"], true);
    assert_eq!(value["reason"], serde_json::Value::Null);
    assert_eq!(value["verdict"], "obeyed");
    for name in ["median", "worst"] {
        assert!(value["rotation_error_degrees"][name].is_f64(), "{text}");
    }
    assert!(value["asked"]["yaw"].is_f64() && value["achieved"]["yaw"].is_f64());
    assert!(value["frames"][5]["rotation_error_degrees"]["pitch"].is_f64());
    let again: CameraReport = serde_json::from_str(&text).expect("read");
    assert_eq!(again.verdict, report.verdict);
    assert_eq!(again.frames.len(), FRAMES);
}
