//! Handheld camera shake: smooth noise that is the same for the same seed on every machine.

use glam::{DQuat, DVec3, EulerRot};
use serde::{Deserialize, Serialize};

use super::Pose;
use crate::FrameRate;

/// The amount of camera shake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handheld {
    /// The largest offset from the path, in metres.
    pub sway_metres: f64,
    /// The largest rotation away from it, in degrees.
    pub turn_degrees: f64,
    /// How often the direction changes.
    pub frequency_hz: f64,
    /// The seed of the noise.
    pub seed: u64,
}

impl Handheld {
    /// Fails with a sentence that says why the values are unusable.
    pub(super) fn check(&self) -> Result<(), String> {
        let sound = (0.0..=10.0).contains(&self.sway_metres)
            && (0.0..=90.0).contains(&self.turn_degrees)
            && (0.0..=60.0).contains(&self.frequency_hz);
        if sound {
            Ok(())
        } else {
            Err("a hand sways up to 10 m and 90 degrees, up to 60 times a second".into())
        }
    }

    pub(super) fn shaken(&self, pose: Pose, frame: f64, rate: FrameRate) -> Pose {
        let (frames, seconds) = rate.as_fraction();
        let time = frame * f64::from(seconds) / f64::from(frames) * self.frequency_hz;
        let noise = |channel: u64| {
            0.7 * smooth_noise(self.seed, channel, time)
                + 0.3 * smooth_noise(self.seed, channel + 8, 2.7 * time)
        };
        let sway = DVec3::new(noise(0), noise(1), noise(2)) * self.sway_metres;
        let turn = [noise(3), noise(4), 0.5 * noise(5)]
            .map(|amount| (amount * self.turn_degrees).to_radians());
        let shake = DQuat::from_euler(EulerRot::YXZ, turn[0], turn[1], turn[2]);
        Pose {
            position: pose.position + pose.orientation * sway,
            orientation: (pose.orientation * shake).normalize(),
            ..pose
        }
    }
}

/// Smooth noise between -1 and 1, with a random value at each whole `time`.
fn smooth_noise(seed: u64, channel: u64, time: f64) -> f64 {
    let whole = time.floor();
    let part = time - whole;
    let at = |step: f64| random(seed, channel, (whole + step) as i64);
    let eased = part * part * part * (part * (part * 6.0 - 15.0) + 10.0); // Perlin's fade: no kink at whole times
    at(0.0) + (at(1.0) - at(0.0)) * eased
}

/// A random value between -1 and 1 for each whole time: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn random(seed: u64, channel: u64, time: i64) -> f64 {
    let mut bits = seed
        .wrapping_add(channel.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add((time as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAND: Handheld = Handheld {
        sway_metres: 0.05,
        turn_degrees: 2.0,
        frequency_hz: 1.5,
        seed: 7,
    };

    #[test]
    fn the_same_hand_shakes_the_same_and_another_differently() {
        let at = |hand: Handheld, frame| hand.shaken(Pose::START, frame, FrameRate::FPS_24);
        assert_eq!(at(HAND, 13.0), at(HAND, 13.0));
        assert_ne!(at(HAND, 13.0), at(Handheld { seed: 8, ..HAND }, 13.0));
    }

    #[test]
    fn it_strays_no_farther_than_set_and_never_jumps() {
        let poses: Vec<Pose> = (0..2400)
            .map(|frame| HAND.shaken(Pose::START, f64::from(frame), FrameRate::FPS_24))
            .collect();
        for pair in poses.windows(2) {
            assert!(
                (pair[0].position - Pose::START.position)
                    .abs()
                    .max_element()
                    <= 0.05
            );
            assert!(pair[0].position.distance(pair[1].position) < 0.03);
        }
    }
}
