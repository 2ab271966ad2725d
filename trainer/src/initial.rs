//! Initial values of parameters. Each tensor's values depend on its name, so a new layer does not change the others.

use tch::{Device, Kind, Tensor};

/// Standard normal values, seeded by the name.
fn drawn(name: &str, shape: &[i64]) -> Tensor {
    // FNV-1a: it only has to differ between names and never change.
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    tch::manual_seed((seed >> 1) as i64);
    Tensor::randn(shape, (Kind::Float, Device::Cpu))
}

fn filled(shape: &[i64], value: f64) -> Tensor {
    Tensor::full(shape, value, (Kind::Float, Device::Cpu))
}

/// The number of inputs summed into one output.
fn fan_in(shape: &[i64]) -> f64 {
    shape.iter().skip(1).product::<i64>() as f64
}

/// The autoencoder: convolutions preserve variance; every residual block starts as its shortcut.
pub fn autoencoder(name: &str, shape: &[i64]) -> Tensor {
    if name.ends_with("gamma") {
        return filled(shape, 1.0);
    }
    if name.ends_with("bias")
        || name.ends_with("residual.6.weight")
        || name.ends_with("proj.weight")
    {
        return filled(shape, 0.0);
    }
    drawn(name, shape) * fan_in(shape).recip().sqrt()
}

/// The transformer, initialised as in Wan (`WanModel.init_weights`): Xavier between tokens, small embeddings, a zero
/// head and zero hint projections.
pub fn transformer(name: &str, shape: &[i64]) -> Tensor {
    let is_norm = name.contains("norm");
    if is_norm && name.ends_with("weight") {
        return filled(shape, 1.0);
    }
    if name.ends_with("bias") || name.contains("after_proj") || name.starts_with("head.head") {
        return filled(shape, 0.0);
    }
    if name.ends_with("modulation") {
        let width = shape.last().copied().unwrap_or(1) as f64;
        return drawn(name, shape) * width.recip().sqrt();
    }
    if name.starts_with("text_embedding") || name.starts_with("time_embedding") {
        return drawn(name, shape) * 0.02;
    }
    if name.starts_with("control_adapter") {
        if name.contains("conv2") {
            return filled(shape, 0.0);
        }
        // Small, so that the rays do not drown the patches at first.
        return drawn(name, shape) * (0.3 * fan_in(shape).recip().sqrt());
    }
    let out = shape.first().copied().unwrap_or(1) as f64;
    drawn(name, shape) * (2.0 / (fan_in(shape) + out)).sqrt()
}

/// The upscaler: the last convolution is zero, so that pictures begin with their pixels repeated.
pub fn upscaler(name: &str, shape: &[i64], is_last: bool) -> Tensor {
    if is_last || name.ends_with("bias") {
        return filled(shape, 0.0);
    }
    match shape.len() {
        1 => filled(shape, 0.25), // the slopes of the activations
        _ => drawn(name, shape) * (2.0 / fan_in(shape)).sqrt(),
    }
}

/// The guided upscaler: its last convolution is zero, so that pictures begin smoothly enlarged, and its words begin with
/// little to say.
pub fn guided(name: &str, shape: &[i64]) -> Tensor {
    if name.starts_with("write.") || name.ends_with("bias") {
        return filled(shape, 0.0);
    }
    let gain = match name {
        name if name.starts_with("told.2.") => 0.2,
        name if name.ends_with("second.weight") => 0.5,
        _ => 1.0,
    };
    drawn(name, shape) * (gain * (2.0 / fan_in(shape)).sqrt())
}

/// The interpolator: convolutions preserve variance, and motion begins near zero.
pub fn interpolator(name: &str, shape: &[i64]) -> Tensor {
    if name.ends_with("bias") {
        return filled(shape, 0.0);
    }
    if name.ends_with("beta") {
        return filled(shape, 1.0);
    }
    if name.contains("lastconv") {
        return drawn(name, shape) * 0.003;
    }
    // Blocks of residual layers begin small.
    let gain: f64 = if name.contains("convblock") { 0.3 } else { 1.4 };
    drawn(name, shape) * (gain / fan_in(shape).sqrt())
}

/// The critic of the guided upscaler: convolutions preserve variance, and its verdicts begin near zero.
pub fn critic(name: &str, shape: &[i64]) -> Tensor {
    if name.ends_with("bias") {
        return filled(shape, 0.0);
    }
    let gain: f64 = if name.starts_with("judge") { 0.3 } else { 1.5 };
    drawn(name, shape) * (gain / fan_in(shape).sqrt())
}

/// The text encoder.
pub fn text(name: &str, shape: &[i64]) -> Tensor {
    if name.contains("norm") {
        return filled(shape, 1.0);
    }
    if name.contains("pos_embedding") {
        return drawn(name, shape) * 0.1;
    }
    if name.starts_with("token_embedding") {
        return drawn(name, shape);
    }
    drawn(name, shape) * fan_in(shape).recip().sqrt()
}

/// The network of sound: convolutions preserve variance, and its residual layers over time and its heads begin small.
pub fn sound(name: &str, shape: &[i64]) -> Tensor {
    if name.ends_with("bias") {
        // Few slots sound: that need not be learnt.
        return filled(shape, if name.starts_with("frame") { -1.5 } else { 0.0 });
    }
    let is_small = ["times", "frame", "air"]
        .iter()
        .any(|part| name.starts_with(part));
    let gain: f64 = if is_small { 0.5 } else { 1.5 };
    drawn(name, shape) * (gain / fan_in(shape).sqrt())
}
