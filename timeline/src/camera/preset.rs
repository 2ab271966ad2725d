//! Camera moves by name. Each writes a few ordinary keys that can be edited like any others.

use std::fmt;
use std::str::FromStr;

use glam::{DQuat, DVec3};

use super::{CameraKey, CameraPath, Easing, Handheld, Pose, looking};
use crate::Frames;

/// The assumed distance from the camera to its subject.
const SUBJECT_METRES: f64 = 4.0;
/// Keys of a move around a subject.
const ARC_KEYS: i64 = 5;

macro_rules! moves {
    ($($name:ident $text:literal $doc:literal),* $(,)?) => {
        /// A camera move, by its name in the field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Move { $(#[doc = $doc] $name),* }

        impl Move {
            /// All moves.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The tooltip: what the camera does, in a sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => $doc),* }
            }
        }
    };
}

moves! {
    Static "static" "Rests.",
    PushIn "push-in" "Comes nearer.",
    PullOut "pull-out" "Goes away.",
    TruckLeft "truck-left" "Goes to the left, looking ahead.",
    TruckRight "truck-right" "Goes to the right, looking ahead.",
    PedestalUp "pedestal-up" "Rises, looking ahead.",
    PedestalDown "pedestal-down" "Sinks, looking ahead.",
    PanLeft "pan-left" "Turns to the left.",
    PanRight "pan-right" "Turns to the right.",
    TiltUp "tilt-up" "Looks up.",
    TiltDown "tilt-down" "Looks down.",
    RollLeft "roll-left" "Leans to the left.",
    RollRight "roll-right" "Leans to the right.",
    OrbitLeft "orbit-left" "Goes round the subject, to its own left.",
    OrbitRight "orbit-right" "Goes round the subject, to its own right.",
    CraneUp "crane-up" "Rises high, keeping the subject in the middle.",
    CraneDown "crane-down" "Comes down from high, keeping the subject in the middle.",
    DollyZoom "dolly-zoom" "Comes nearer while the lens widens: the subject keeps its size.",
    Handheld "handheld" "Rests as well as a hand can.",
}

impl Move {
    /// The name as it is shown: "Push in".
    pub fn title(self) -> String {
        let words = self.name().replace('-', " ");
        let (first, rest) = words.split_at(1);
        first.to_uppercase() + rest
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Move {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|known| known.name()).collect();
                format!(
                    "\"{text}\" is not a camera move; there are: {}",
                    names.join(", ")
                )
            })
    }
}

/// The keys of a move over `length` frames from `start`. `amount` 1 is the default strength; more goes farther,
/// negative values go the other way.
pub fn preset(which: Move, amount: f64, length: Frames, start: Pose) -> CameraPath {
    let last = (length - Frames::ONE).max(Frames::ONE);
    let subject = start.position + start.forward() * SUBJECT_METRES;
    // Along the camera's own axes, in metres.
    let to = |right: f64, down: f64, forward: f64| {
        let position =
            start.position + start.orientation * (DVec3::new(right, down, forward) * amount);
        two_keys(start, Pose { position, ..start }, last)
    };
    let turned = |turn: DQuat| {
        two_keys(
            start,
            Pose {
                orientation: (start.orientation * turn).normalize(),
                ..start
            },
            last,
        )
    };
    let radians = |degrees: f64| (degrees * amount).to_radians();
    match which {
        Move::Static => CameraPath::of_keys(vec![CameraKey::new(Frames::ZERO, start)]),
        Move::PushIn => to(0.0, 0.0, 1.5),
        Move::PullOut => to(0.0, 0.0, -1.5),
        Move::TruckLeft => to(-1.2, 0.0, 0.0),
        Move::TruckRight => to(1.2, 0.0, 0.0),
        Move::PedestalUp => to(0.0, -0.8, 0.0),
        Move::PedestalDown => to(0.0, 0.8, 0.0),
        Move::PanLeft => turned(DQuat::from_rotation_y(radians(-25.0))),
        Move::PanRight => turned(DQuat::from_rotation_y(radians(25.0))),
        Move::TiltUp => turned(DQuat::from_rotation_x(radians(15.0))),
        Move::TiltDown => turned(DQuat::from_rotation_x(radians(-15.0))),
        Move::RollLeft => turned(DQuat::from_rotation_z(radians(-15.0))),
        Move::RollRight => turned(DQuat::from_rotation_z(radians(15.0))),
        Move::OrbitLeft => orbit(start, subject, radians(45.0), last),
        Move::OrbitRight => orbit(start, subject, radians(-45.0), last),
        Move::CraneUp => crane(start, subject, -1.6 * amount, last),
        Move::CraneDown => crane(start, subject, -1.6 * amount, last).reversed(),
        Move::DollyZoom => dolly_zoom(start, amount, last),
        Move::Handheld => {
            let mut path = CameraPath::of_keys(vec![CameraKey::new(Frames::ZERO, start)]);
            let strength = amount.abs();
            path.handheld = Some(Handheld {
                sway_metres: 0.03 * strength,
                turn_degrees: 1.2 * strength,
                frequency_hz: 0.8,
                seed: 1,
            });
            path
        }
    }
}

fn two_keys(from: Pose, to: Pose, last: Frames) -> CameraPath {
    let first = CameraKey {
        easing: Easing::InOut,
        ..CameraKey::new(Frames::ZERO, from)
    };
    CameraPath::of_keys(vec![first, CameraKey::new(last, to)])
}

/// Keys along an arc around the vertical through `subject`, looking at it.
fn orbit(start: Pose, subject: DVec3, angle: f64, last: Frames) -> CameraPath {
    let arm = start.position - subject;
    let count = ARC_KEYS.min(last.0 + 1);
    let keys = (0..count).map(|key| {
        let part = key as f64 / (count - 1) as f64;
        let position = subject + DQuat::from_rotation_y(angle * part) * arm;
        let pose = Pose {
            position,
            orientation: looking(position, subject, start.orientation),
            ..start
        };
        CameraKey::new(Frames((part * last.0 as f64).round() as i64), pose)
    });
    CameraPath::of_keys(keys.collect())
}

fn crane(start: Pose, subject: DVec3, down: f64, last: Frames) -> CameraPath {
    let position = start.position + DVec3::Y * down;
    let mut path = two_keys(
        start,
        Pose {
            position,
            orientation: looking(position, subject, start.orientation),
            ..start
        },
        last,
    );
    path.look_at = Some(subject);
    path
}

/// The subject's size is focal length over distance: both shrink by the same factor.
fn dolly_zoom(start: Pose, amount: f64, last: Frames) -> CameraPath {
    let way = (1.5 * amount).clamp(-8.0, SUBJECT_METRES - 1.0);
    let keys = (0..ARC_KEYS.min(last.0 + 1)).map(|key| {
        let part = key as f64 / (ARC_KEYS.min(last.0 + 1) - 1) as f64;
        let position = start.position + start.forward() * way * part;
        let focal_mm = start.focal_mm * (SUBJECT_METRES - way * part) / SUBJECT_METRES;
        CameraKey::new(
            Frames((part * last.0 as f64).round() as i64),
            Pose {
                position,
                focal_mm,
                ..start
            },
        )
    });
    CameraPath::of_keys(keys.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FrameRate;

    fn last(which: Move) -> Pose {
        preset(which, 1.0, Frames(49), Pose::START).sample(48.0, FrameRate::FPS_24)
    }

    #[test]
    fn every_move_is_sound_named_and_begins_at_its_given_pose() {
        for which in Move::ALL {
            let path = preset(*which, 1.0, Frames(49), Pose::START);
            assert_eq!(path.check(), Ok(()), "{which}");
            assert_eq!(which.to_string().parse(), Ok(*which));
            let backwards = matches!(which, Move::CraneDown | Move::Handheld);
            let first = path.sample(0.0, FrameRate::FPS_24);
            assert!(
                backwards || first.position.distance(Pose::START.position) < 1e-9,
                "{which}"
            );
            for length in [1, 2, 3] {
                assert_eq!(
                    preset(*which, -2.0, Frames(length), Pose::START).check(),
                    Ok(()),
                    "{which} over {length}"
                );
            }
        }
        assert!(
            "sideways"
                .parse::<Move>()
                .is_err_and(|error| error.contains("truck-left"))
        );
    }

    #[test]
    fn moves_go_where_their_names_say() {
        let start = Pose::START;
        assert!(last(Move::PushIn).position.z > start.position.z);
        assert!(last(Move::TruckLeft).position.x < start.position.x);
        assert!(
            last(Move::PedestalUp).position.y < start.position.y,
            "y points down"
        );
        assert!(last(Move::PanRight).forward().x > 0.0);
        assert!(last(Move::TiltUp).forward().y < 0.0);
        assert!(
            (last(Move::RollRight).orientation * DVec3::X).y > 0.0,
            "the right side sinks"
        );
        assert!(last(Move::OrbitLeft).position.x < 0.0 && last(Move::OrbitLeft).forward().x > 0.0);
        assert!(
            last(Move::CraneUp).position.y < start.position.y
                && last(Move::CraneUp).forward().y > 0.0
        );
        assert!(last(Move::CraneDown).position.distance(start.position) < 1e-9);
    }

    #[test]
    fn an_orbit_keeps_its_distance() {
        let subject = Pose::START.position + DVec3::Z * SUBJECT_METRES;
        for pose in
            preset(Move::OrbitRight, 1.0, Frames(49), Pose::START).poses(49, FrameRate::FPS_24)
        {
            assert!((pose.position.distance(subject) - SUBJECT_METRES).abs() < 0.02);
        }
    }

    #[test]
    fn a_dolly_zoom_keeps_the_subjects_size() {
        let subject = Pose::START.position + DVec3::Z * SUBJECT_METRES;
        let size = |pose: &Pose| pose.focal_mm / pose.position.distance(subject);
        for pose in
            preset(Move::DollyZoom, 1.0, Frames(49), Pose::START).poses(49, FrameRate::FPS_24)
        {
            assert!(
                (size(&pose) / size(&Pose::START) - 1.0).abs() < 0.01,
                "{pose:?}"
            );
        }
    }
}
