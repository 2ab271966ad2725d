//! The work of a sound in numbers: floating-point operations of a forward pass, from tokens and widths, and the names by
//! which the speeds of equal networks are kept.

use super::StableAudio;
use super::memory::tokens_of;
use super::text::TEXT_LENGTH;
use crate::family::contract::ClipWork;
use crate::guidance::{is_zero_step, needs_negative};
use crate::plan::Plan;

/// The work of the sound of a plan. A pass has, a product and its sum counted as two:
///
/// ```text
/// blocks * (12 n d^2 + 2 m n^2 d     self-attention of n tokens and width d with m maps: projections, scores and sums
///         + 6 n d^2 + 2 m n k d      attention to the k rows of the text
///         + 6 n d f)                 gated feed-forward of inner width f
/// ```
pub fn work_of(model: &StableAudio, plan: &Plan) -> ClipWork {
    let config = &model.transformer.shape;
    let settings = plan.settings();
    let (tokens, width) = (tokens_of(model, plan) as f64, config.width as f64);
    let maps = f64::from(1 + u8::from(config.is_differential));
    let rows = TEXT_LENGTH as f64 + 1.0;
    let projections = 18.0 * tokens * width * width;
    let scores = 2.0 * maps * tokens * (tokens + rows) * width;
    let feed_forward = 6.0 * tokens * width * config.ffn_width as f64;
    let computed =
        (0..settings.steps as usize).filter(|&step| !is_zero_step(settings.guidance, step));
    let levels = &model.autoencoder().levels;
    let widths: Vec<String> = levels.iter().map(|level| level.width.to_string()).collect();
    ClipWork {
        transformer: format!(
            "sound {}x{} x{}",
            config.width, config.ffn_width, config.layers
        ),
        operations_per_pass: config.layers as f64 * (projections + scores + feed_forward),
        passes: computed.count() * (1 + usize::from(needs_negative(settings.guidance))),
        decoder: format!("sound: {}", widths.join(" ")),
    }
}
