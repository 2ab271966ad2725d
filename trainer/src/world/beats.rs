//! When a character does what can be heard: steps, jumps, swishes, from the formulas its pose is drawn with.

use super::cast::Action;
use super::pacing::{JUMP, Pacing, WAVE_HERTZ};

/// What a character does that can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// A foot meets the ground in front: the contact pose of a walk.
    Step {
        /// 0 for the left foot, 1 for the right.
        foot: usize,
    },
    /// Both feet leave the ground.
    TakeOff,
    /// Both feet meet the ground.
    Landing,
    /// An arm moves fastest.
    Swish,
    /// A body that turns is seen from its side.
    Turn,
}

impl Action {
    /// The times of all beats of a clip of `length` seconds, in seconds after its first frame, in order. They follow
    /// from the same formulas as `stance`.
    pub fn beats(self, pacing: Pacing, length: f32) -> Vec<(f32, Beat)> {
        // Times at which `turns per second * time + phase` is a whole number plus `part`.
        let at_phase = |hertz: f32, phase: f32, part: f32| {
            let first = (part - phase).rem_euclid(1.0);
            let count = (hertz * length - first).ceil().max(0.0) as usize;
            (0..count).map(move |turn| (first + turn as f32) / hertz)
        };
        let mut beats: Vec<(f32, Beat)> = match self {
            Self::Stand => Vec::new(),
            Self::WalkLeft | Self::WalkRight => [(0, 0.25), (1, 0.75)]
                .into_iter()
                .flat_map(|(foot, part)| {
                    let times = at_phase(pacing.cadence_hertz, pacing.phase_turns, part);
                    times.map(move |time| (time, Beat::Step { foot }))
                })
                .collect(),
            Self::Jump => {
                let time = |flight: f32| {
                    let part = (flight + JUMP.later) / JUMP.stretch;
                    (part + pacing.jump_later) / pacing.jump_speed * length
                };
                vec![(time(0.0), Beat::TakeOff), (time(1.0), Beat::Landing)]
            }
            Self::Wave => at_phase(2.0 * WAVE_HERTZ, 0.0, 0.0)
                .map(|time| (time, Beat::Swish))
                .collect(),
            Self::Spin => at_phase(2.0 / length.max(1e-3), 0.0, 0.5)
                .map(|time| (time, Beat::Turn))
                .collect(),
        };
        beats.retain(|(time, _)| (0.0..length).contains(time));
        beats.sort_by(|one, other| one.0.total_cmp(&other.0));
        beats
    }
}
