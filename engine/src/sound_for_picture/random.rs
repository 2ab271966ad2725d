//! Random draws from a seeded generator: the same seed gives the same sound.

use fastrand::Rng;

/// A generator for one purpose of a seed: the draws of one part do not affect the others.
pub fn generator(seed: u64, purpose: u64) -> Rng {
    Rng::with_seed(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03),
    )
}

/// A number from `low` to `high`, uniform.
pub fn within(rng: &mut Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.f32()
}
