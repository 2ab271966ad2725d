//! The configuration of the starter model: the released architecture with small numbers.

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::wan::text::TextConfig;
use kinora_engine::family::wan::transformer::{CameraConfig, Config, VaceConfig};
use kinora_engine::family::wan::vae::VaeConfig;
use kinora_wire::{GenerationSettings, Guidance, Sampler};

use crate::world::Format;

/// The size of the model, and so its training data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// Trained in hours on a CPU.
    Small,
    /// Trained in half an hour on a GPU.
    Large,
}

/// Channels of the latents, as in every Wan 2.1 model.
pub const LATENT_CHANNELS: i64 = 16;

impl Size {
    /// The format of its clips.
    pub fn format(self) -> Format {
        match self {
            Self::Small => Format::SMALL,
            Self::Large => Format {
                frames: 25,
                size: [160, 96],
                rate: 16,
            },
        }
    }

    /// The autoencoder. Latents are not normalised during training: their statistics are computed at the end.
    pub fn autoencoder(self) -> VaeConfig {
        let (encoder, decoder) = match self {
            Self::Small => ([8, 16, 32, 32], [16, 32, 64, 64]),
            Self::Large => ([16, 32, 64, 64], [24, 48, 96, 96]),
        };
        let channels = LATENT_CHANNELS as usize;
        VaeConfig {
            mean: vec![0.0; channels],
            deviation: vec![1.0; channels],
            ..VaeConfig::of_widths(LATENT_CHANNELS, &encoder, &decoder, 1)
        }
    }

    /// The transformer.
    pub fn transformer(self) -> Config {
        let (width, layers, heads) = match self {
            Self::Small => (192, 8, 4),
            Self::Large => (256, 9, 4),
        };
        Config {
            width,
            ffn_width: 4 * width,
            heads,
            layers,
            in_channels: LATENT_CHANNELS,
            out_channels: LATENT_CHANNELS,
            text_width: self.text(0).width,
            time_width: 256,
            epsilon: 1e-6,
            vace: Some(VaceConfig {
                layers: vec![0, layers / 2],
                in_channels: 96,
            }),
            camera: Some(CameraConfig {
                in_channels: 24,
                downscale: 8,
                residual_blocks: 0,
            }),
            image: None,
            reference_channels: None,
            takes_subjects: false,
        }
    }

    /// Its default settings; the rest are its family's.
    pub fn defaults(self) -> GenerationSettings {
        let Format { frames, size, rate } = self.format();
        GenerationSettings {
            size,
            frames,
            rate,
            steps: 14,
            sampler: Sampler::UniPc,
            shift: 8.0,
            guidance: Guidance::Classifier { scale: 2.5 },
            control_strength: 1.5,
            ..fallback_defaults()
        }
    }

    /// The text encoder, for a vocabulary of this many tokens.
    pub fn text(self, vocabulary: i64) -> TextConfig {
        TextConfig {
            vocabulary,
            width: 128,
            attention_width: 128,
            heads: 4,
            ffn_width: 256,
            layers: 2,
            buckets: 32,
            longest_distance: 128,
            epsilon: 1e-6,
        }
    }
}
