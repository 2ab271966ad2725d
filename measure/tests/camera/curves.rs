//! What pictures of a measure are drawn from: the achieved poses, and the motion of points seen and expected.

use fastrand::Rng;
use kinora_measure::{CameraReport, Limits, Motion, TrackMotion, measure_camera_with_motion};

use crate::moves::{Move, Shot};
use crate::world::{Damage, World};

const SIZE: [usize; 2] = [288, 192];
const FRAMES: usize = 11;

/// The measure of a clip that makes a move with strength `done`, for which `asked` was asked.
fn measured(which: Move, done: f64, asked: f64) -> (CameraReport, Motion, Shot) {
    let mut rng = Rng::with_seed(21);
    let world = World::random(&mut rng);
    let shot = Shot {
        amount: done,
        ..Shot::random(&mut rng)
    };
    let noise = Damage {
        noise: 1.0,
        ..Damage::default()
    };
    let (frames, _) = world.clip(&shot.path(which, FRAMES, SIZE), SIZE, noise, 21);
    let asked = Shot {
        amount: asked,
        ..shot
    };
    let path = asked.path(which, FRAMES, SIZE);
    let (report, motion) = measure_camera_with_motion(&frames, None, &path, &Limits::default());
    (report, motion, asked)
}

fn middle(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}

#[test]
fn a_pan_of_22_degrees_that_was_asked_for_30_ends_8_degrees_beside_the_drawn_one() {
    let (report, motion, asked) = measured(Move::Pan, 1.1, 1.5); // of 20 degrees
    let path = asked.path(Move::Pan, FRAMES, SIZE);
    let poses = report.poses_in_world(&path.views[0].world_from_camera);
    assert_eq!(poses.len(), FRAMES);
    let beside = |frame: usize| {
        let achieved = poses[frame].expect("measured").matrix3;
        let error = path.views[frame].world_from_camera.matrix3.transpose() * achieved;
        glam::DQuat::from_mat3(&error)
            .angle_between(glam::DQuat::IDENTITY)
            .to_degrees()
    };
    assert!(beside(0) < 0.01, "both begin in the same pose");
    assert!((beside(FRAMES - 1) - 8.0).abs() < 0.5, "{report:#?}");
    for (frame, reported) in report.frames.iter().enumerate() {
        let reported = reported.rotation_error_degrees.expect("measured").total;
        assert!(
            (reported - beside(frame)).abs() < 0.01,
            "{frame}: {reported}"
        );
    }
    // Turned to the right, the picture goes left, and less far than the drawn path asks.
    let points = &motion.frames[FRAMES / 2];
    assert!(points.len() > 20 && points.len() <= 60, "{}", points.len());
    let seen = middle(
        points
            .iter()
            .map(|point| point.next[0] - point.at[0])
            .collect(),
    );
    let asked = points.iter().map(|point| {
        let expected = point.expected.expect("a pan needs no depth");
        expected[0] - point.at[0]
    });
    let asked = middle(asked.collect());
    assert!(seen < -0.01 && asked < seen, "{seen} {asked}");
    assert!((seen / asked - 22.0 / 30.0).abs() < 0.08, "{seen} {asked}");
}

#[test]
fn a_still_clip_rests_where_a_pan_to_the_right_would_move_it_to_the_left() {
    let (_, motion, _) = measured(Move::Pan, 0.0, 1.0);
    let points = &motion.frames[FRAMES / 2];
    assert!(points.len() > 20, "{}", points.len());
    for point in points {
        assert!((point.next[0] - point.at[0]).abs() < 0.005, "{point:?}");
        let expected = point.expected.expect("a pan needs no depth");
        assert!(expected[0] < point.at[0] - 0.01, "{point:?}");
    }
}

#[test]
fn a_truck_that_follows_its_path_moves_the_points_as_expected_at_their_depths() {
    let (report, motion, _) = measured(Move::Truck, 1.0, 1.0);
    assert!(report.travel_seen, "{report:#?}");
    let points = &motion.frames[FRAMES / 2];
    let off = |point: &TrackMotion| {
        let expected = point.expected?;
        Some((expected[0] - point.next[0]).hypot(expected[1] - point.next[1]))
    };
    let off: Vec<f32> = points.iter().filter_map(off).collect();
    assert!(
        2 * off.len() > points.len(),
        "{} of {}",
        off.len(),
        points.len()
    );
    assert!(middle(off) < 0.003, "{points:?}");
    let seen = middle(
        points
            .iter()
            .map(|point| point.next[0] - point.at[0])
            .collect(),
    );
    assert!(
        seen < -0.005,
        "a truck to the right moves the picture to the left: {seen}"
    );
}
