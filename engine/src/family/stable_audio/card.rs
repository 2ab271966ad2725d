//! What cards and lists say of models of the family: the shape of a transformer, and the licence of the released weights.

use serde::{Deserialize, Serialize};

/// The licence of the released weights, for models without a card.
pub const LICENCE: &str = "Stability AI Community Licence. Free for research and for businesses below 1 million US dollars \
                           of revenue a year; the text encoder is under the Gemma Terms of Use.";

/// The shape of a transformer as a card names it. The weights decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Blocks.
    pub layers: usize,
    /// Width of a token.
    pub width: i64,
    /// Latent channels.
    pub channels: i64,
    /// Longest sound, in seconds.
    pub longest_seconds: u32,
}
