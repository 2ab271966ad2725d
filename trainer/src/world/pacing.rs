//! How fast a character acts, and where in its action a clip begins.

use fastrand::Rng;

use super::random::within;

/// Swings of a leg per second at the usual pace.
pub const CADENCE_HERTZ: f32 = 1.6;
/// Swings of a waving arm per second.
pub const WAVE_HERTZ: f32 = 1.9;
/// How a jump fills its clip at the usual pace: the flight is half a turn of a sine over `part * stretch - later`.
pub const JUMP: Jump = Jump {
    stretch: 1.15,
    later: 0.08,
};

/// A jump within a clip.
pub struct Jump {
    /// How much faster than the clip its sine is.
    pub stretch: f32,
    /// How much later it begins, in its own shares.
    pub later: f32,
}

/// How fast a character acts, and where in its action a clip begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Swings of a leg per second.
    pub cadence_hertz: f32,
    /// The phase of the legs at the first frame, in turns.
    pub phase_turns: f32,
    /// How many times faster a jump is than one that fills its clip.
    pub jump_speed: f32,
    /// How much later it begins, in shares of that jump.
    pub jump_later: f32,
}

impl Pacing {
    /// The pace of every clip that teaches pictures.
    pub const USUAL: Self = Self {
        cadence_hertz: CADENCE_HERTZ,
        phase_turns: 0.0,
        jump_speed: 1.0,
        jump_later: 0.0,
    };

    /// Another pace, so that the times of steps and jumps have to be seen.
    pub fn drawn(rng: &mut Rng) -> Self {
        let jump_speed = within(rng, 1.0, 1.8);
        let first = JUMP.later / JUMP.stretch;
        let last = 0.97 - JUMP.stretch.recip() / jump_speed; // so that it lands within the clip
        let begins = within(rng, first.min(last), last);
        Self {
            cadence_hertz: within(rng, 1.1, 2.0),
            phase_turns: rng.f32(),
            jump_speed,
            jump_later: begins * jump_speed - first,
        }
    }
}
