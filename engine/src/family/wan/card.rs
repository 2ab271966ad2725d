//! The network shape on a model card of this family, and the built-in cards of the released models.
//! The weights themselves decide the shape; a test compares the two.

use serde::{Deserialize, Serialize};

use super::network_input::VACE_MASK_CHANNELS;
use super::transformer::{CameraConfig, Config, ImageInput, VaceConfig};
use super::vae::{CHANNELS, FRAMES_PER_LATENT, pixels_per_latent};

/// The built-in cards, as RON text.
pub const CARDS: [&str; 20] = [
    include_str!("../../../../assets/models/wan2.1-t2v-1.3b.ron"),
    include_str!("../../../../assets/models/wan2.1-t2v-14b.ron"),
    include_str!("../../../../assets/models/wan2.1-vace-1.3b.ron"),
    include_str!("../../../../assets/models/wan2.1-vace-14b.ron"),
    include_str!("../../../../assets/models/wan2.2-t2v-a14b.ron"),
    include_str!("../../../../assets/models/wan2.2-i2v-a14b.ron"),
    include_str!("../../../../assets/models/wan2.2-ti2v-5b.ron"),
    include_str!("../../../../assets/models/wan2.1-i2v-14b.ron"),
    include_str!("../../../../assets/models/wan2.1-flf2v-14b.ron"),
    include_str!("../../../../assets/models/wan2.1-fun-camera-1.3b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-camera-a14b.ron"),
    include_str!("../../../../assets/models/wan2.1-fun-camera-14b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-inp-a14b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-control-a14b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-vace-a14b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-inp-5b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-control-5b.ron"),
    include_str!("../../../../assets/models/wan2.2-fun-camera-5b.ron"),
    include_str!("../../../../assets/models/phantom-wan-1.3b.ron"),
    include_str!("../../../../assets/models/phantom-wan-14b.ron"),
];

/// Channels of CLIP ViT-H/14.
const CLIP_WIDTH: i64 = 1280;
/// Tokens of a picture in CLIP ViT-H/14.
const CLIP_TOKENS: i64 = 257;

/// The shape of a Wan transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a card says of each branch whether the network has it"
)]
pub struct Network {
    /// Model width: channels per token.
    pub width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Number of transformer blocks.
    pub layers: usize,
    /// Input channels.
    pub in_channels: i64,
    /// Output channels: the latent channels of its autoencoder. Those of Wan 2.1 if left out.
    #[serde(default = "of_wan_2_1")]
    pub out_channels: i64,
    /// Number of VACE blocks; 0 for none.
    pub control_layers: usize,
    /// Width of the text encoder; that of UMT5-XXL if left out.
    #[serde(default = "of_umt5_xxl")]
    pub text_width: i64,
    /// Whether it has a camera branch.
    #[serde(default)]
    pub has_camera: bool,
    /// Residual blocks of the camera branch.
    #[serde(default)]
    pub camera_blocks: usize,
    /// Number of pictures that it attends to by CLIP; 0 for none.
    #[serde(default)]
    pub seen_pictures: i64,
    /// Whether it has a convolution for a reference picture (Fun-Control).
    #[serde(default)]
    pub has_reference: bool,
    /// Whether it takes subjects (Phantom).
    #[serde(default)]
    pub takes_subjects: bool,
    /// Whether there are two of it: an expert for high noise and one for low noise.
    #[serde(default)]
    pub has_experts: bool,
}

const fn of_wan_2_1() -> i64 {
    CHANNELS
}

const fn of_umt5_xxl() -> i64 {
    4096
}

impl Network {
    /// The configuration that its weights must have.
    pub fn config(&self) -> Config {
        let spacing = self.layers / self.control_layers.max(1);
        Config {
            width: self.width,
            ffn_width: self.ffn_width,
            heads: self.heads,
            layers: self.layers,
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            text_width: self.text_width,
            time_width: 256,
            epsilon: 1e-6,
            vace: (self.control_layers > 0).then(|| VaceConfig {
                layers: (0..self.control_layers).map(|at| at * spacing).collect(),
                in_channels: CHANNELS + CHANNELS + VACE_MASK_CHANNELS,
            }),
            camera: self.has_camera.then_some(CameraConfig {
                in_channels: 6 * FRAMES_PER_LATENT,
                downscale: pixels_per_latent(self.out_channels),
                residual_blocks: self.camera_blocks,
            }),
            image: (self.seen_pictures > 0).then_some(ImageInput {
                channels: CLIP_WIDTH,
                paired_tokens: (self.seen_pictures > 1).then_some(self.seen_pictures * CLIP_TOKENS),
            }),
            reference_channels: self.has_reference.then_some(self.out_channels),
            takes_subjects: self.takes_subjects,
        }
    }
}
