//! Pseudo-random tensors seeded by name, the same as in engine/goldens/drawn.py.
//! So the goldens need not store weights and inputs.

use kinora_engine::weights::{Role, Source};
use kinora_wire::Failure;
use tch::Tensor;

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Uniform in [-1, 1), 24 bits each, from splitmix64 seeded with FNV-1a of the name.
fn uniform(name: &str, count: usize) -> impl Iterator<Item = f32> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |seed, byte| {
        (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(GAMMA));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f32 * 2f32.powi(-23) - 1.0
    })
}

fn scaled(name: &str, shape: &[i64], offset: f32, scale: f32) -> Tensor {
    let count = shape.iter().product::<i64>() as usize;
    let numbers: Vec<f32> = uniform(name, count)
        .map(|unit| unit * scale + offset)
        .collect();
    Tensor::from_slice(&numbers).view(shape)
}

/// Of unit variance, for inputs.
pub fn normal_like(name: &str, shape: &[i64]) -> Tensor {
    scaled(name, shape, 0.0, 3f64.sqrt() as f32)
}

/// Uniform in [-1, 1), for frames.
pub fn uniform_tensor(name: &str, shape: &[i64]) -> Tensor {
    scaled(name, shape, 0.0, 1.0)
}

/// A parameter by its original name, scaled so that activations stay near one, and never zero or one throughout.
pub fn parameter(name: &str, shape: &[i64]) -> Tensor {
    let fan_in: i64 = shape.iter().skip(1).product();
    let (mut offset, mut scale) = match shape.len() {
        0 | 1 => (0.0, 0.3),
        _ => (0.0, (3.0 / fan_in as f64).sqrt()),
    };
    if name.ends_with("bias") {
        scale = 0.1;
    } else if name.ends_with("modulation") {
        scale = 0.5;
    } else if name.ends_with("gamma") || shape.len() == 1 {
        offset = 1.0;
    } else if name.ends_with("embedding.weight") && shape.len() == 2 {
        scale = 1.0;
    } else if name == "decoder.head.2.weight" {
        scale *= 0.25;
    }
    scaled(name, shape, offset, scale as f32)
}

/// A source that draws every parameter by its name.
pub struct Drawn;

impl Source for Drawn {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        Ok(parameter(name, shape))
    }
}
