//! The network shape on a model card of this family, and the built-in cards of the released models.
//! The weights themselves decide the shape; a test compares the two.

use serde::{Deserialize, Serialize};

use super::transformer::{Config, CrossingConfig, RopeKind, StreamConfig, Streams, TextModulation};

/// The built-in cards, as RON text.
pub const CARDS: [&str; 5] = [
    include_str!("../../../../assets/models/ltx-2.5-distilled.ron"),
    include_str!("../../../../assets/models/ltx-2.5-dev.ron"),
    include_str!("../../../../assets/models/ltx-2.3-distilled.ron"),
    include_str!("../../../../assets/models/ltx-2.3-dev.ron"),
    include_str!("../../../../assets/models/ltx-2.0-dev.ron"),
];

/// How many times as wide as a stream its feed-forward layers are inside.
const FFN_MULTIPLE: i64 = 4;
/// Sines and cosines of a timestep.
const TIME_WIDTH: i64 = 256;
/// Epsilon of every norm.
const EPSILON: f64 = 1e-6;

/// The shape of a transformer. The weights decide; the versions differ in what is on here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a card says of each part whether the network has it"
)]
pub struct Network {
    /// Blocks.
    pub layers: usize,
    /// Heads of each stream.
    pub heads: i64,
    /// Width of a head of the picture's stream.
    pub picture_head: i64,
    /// Width of a head of the sound's stream, and of the attention between the streams.
    pub sound_head: i64,
    /// Latent channels of a token, of either stream.
    pub channels: i64,
    /// Width of the text of the picture's stream and of the sound's.
    pub text_widths: [i64; 2],
    /// Whether attention heads have gates.
    pub has_gates: bool,
    /// Whether the text is modulated by the noise level. Without it the network projects the text to its own widths.
    pub modulates_text: bool,
    /// Whether the feed-forward layers of the picture have a bias.
    pub has_picture_bias: bool,
    /// Whether keyframes have a learned position.
    pub has_keyframe_positions: bool,
}

impl Network {
    /// The configuration that its weights must have.
    pub fn config(&self) -> Config {
        let [picture, sound] = self.text_widths;
        let video = StreamConfig {
            has_ffn_bias: self.has_picture_bias,
            marks_keyframes: self.has_keyframe_positions,
            ..self.stream(self.heads.saturating_mul(self.picture_head), picture)
        };
        let width = self.heads.saturating_mul(self.sound_head);
        Config {
            layers: self.layers,
            streams: Streams {
                video: Some(video),
                audio: Some(self.stream(width, sound)),
            },
            crossing: Some(CrossingConfig {
                width,
                heads: self.heads,
                takes_other_time: self.modulates_text,
                gate_time_factor: 1.0,
            }),
            rope: RopeKind::Split,
            epsilon: EPSILON,
        }
    }

    fn stream(&self, width: i64, text_width: i64) -> StreamConfig {
        let [text_width, caption_width] = match self.modulates_text {
            true => [Some(text_width), None],
            false => [None, Some(text_width)],
        };
        StreamConfig {
            width,
            heads: self.heads,
            in_channels: self.channels,
            out_channels: self.channels,
            text_width: text_width.unwrap_or(width),
            caption_width,
            ffn_width: width.saturating_mul(FFN_MULTIPLE),
            has_ffn_bias: true,
            has_gates: self.has_gates,
            modulates_text_queries: self.modulates_text,
            text_modulation: match self.modulates_text {
                true => TextModulation::ByTime,
                false => TextModulation::None,
            },
            marks_keyframes: false,
            time_width: TIME_WIDTH,
        }
    }
}
