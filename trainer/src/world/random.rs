//! Random draws from a seeded generator.

use fastrand::Rng;

pub use kinora_engine::sound_for_picture::random::{generator, within};

/// An entry of a list, uniform.
pub fn one_of<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    list[rng.usize(..list.len())]
}

/// True with this probability.
pub fn chance(rng: &mut Rng, share: f32) -> bool {
    rng.f32() < share
}
