//! The sRGB curve: values as they are stored in a picture, and the light that they stand for.
//! IEC 61966-2-1. Both are 1 for white.

/// The light of a stored value.
pub fn linear_from_srgb(stored: f64) -> f64 {
    match stored <= 0.04045 {
        true => stored / 12.92,
        false => ((stored + 0.055) / 1.055).powf(2.4),
    }
}

/// The stored value of a light.
pub fn srgb_from_linear(linear: f64) -> f64 {
    match linear <= 0.003_130_8 {
        true => linear * 12.92,
        false => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
    }
}
