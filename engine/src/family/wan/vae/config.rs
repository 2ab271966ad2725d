//! The shape of an autoencoder: its stages, their layers and channels, and the normalisation of its latents.
//! There are two forms: Wan 2.1's, and that of Wan 2.2 5B, with patches of pixels and a shortcut round each stage.

use super::statistics::released;

/// Colours of a pixel.
pub const COLOURS: i64 = 3;
/// Which of the first three resampling layers of the encoder also resample frames (`temperal_downsample` of the
/// original code).
const IS_TEMPORAL: [bool; 3] = [false, true, true];

/// A half of the autoencoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Frames to latents.
    Encoder,
    /// Latents to frames.
    Decoder,
}

impl Half {
    /// Its module in the original names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }

    /// The list of its stages, and the list of the layers of a stage with a shortcut.
    pub fn list(self) -> &'static str {
        match self {
            Self::Encoder => "downsamples",
            Self::Decoder => "upsamples",
        }
    }
}

/// A layer of the encoder or decoder, after the first convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A residual block.
    Residual {
        /// Input channels.
        inputs: i64,
        /// Output channels.
        outputs: i64,
    },
    /// Halves (encoder) or doubles (decoder) height and width.
    Resample {
        /// Input channels.
        inputs: i64,
        /// Output channels.
        outputs: i64,
        /// Whether it also resamples the frames after the first.
        is_temporal: bool,
    },
}

impl Layer {
    /// Input channels.
    pub fn inputs(self) -> i64 {
        match self {
            Self::Residual { inputs, .. } | Self::Resample { inputs, .. } => inputs,
        }
    }

    /// Output channels.
    pub fn outputs(self) -> i64 {
        match self {
            Self::Residual { outputs, .. } | Self::Resample { outputs, .. } => outputs,
        }
    }

    /// Frames, and pixels along each side, that become one or come from one.
    fn factors(self) -> [i64; 2] {
        match self {
            Self::Residual { .. } => [1, 1],
            Self::Resample { is_temporal, .. } => [1 + i64::from(is_temporal), 2],
        }
    }
}

/// Frames, and pixels along each side, that become one or come from one in all these layers together.
pub fn factors<'l>(layers: impl IntoIterator<Item = &'l Layer>) -> [i64; 2] {
    let mut product = [1_i64, 1];
    for layer in layers {
        let [frames, side] = layer.factors();
        product = [
            product[0].saturating_mul(frames),
            product[1].saturating_mul(side),
        ];
    }
    product
}

/// The shape of an autoencoder.
#[derive(Clone, Debug, PartialEq)]
pub struct VaeConfig {
    /// Latent channels.
    pub channels: i64,
    /// Side of the squares of pixels that are one position for the encoder: 1, or 2 in Wan 2.2 5B.
    pub patch: i64,
    /// Whether a shortcut leads round each stage, as in Wan 2.2 5B.
    pub is_residual: bool,
    /// Channels after the encoder's first convolution.
    pub encoder_width: i64,
    /// The encoder's stages. All but the last end with a resampling layer.
    pub encoder: Vec<Vec<Layer>>,
    /// The decoder's stages, likewise.
    pub decoder: Vec<Vec<Layer>>,
    /// Mean of each latent channel over the training data.
    pub mean: Vec<f64>,
    /// Standard deviation of each latent channel.
    pub deviation: Vec<f64>,
}

impl VaeConfig {
    /// A shape of Wan 2.1's form from the configuration used by diffusers: channels per stage (base * multiplier) of
    /// encoder and decoder, and residual blocks per stage.
    pub fn of_widths(
        channels: i64,
        encoder: &[i64],
        decoder: &[i64],
        residual_blocks: usize,
    ) -> Self {
        let without = || [0.0, 1.0].map(|number| vec![number; channels as usize]);
        let [mean, deviation] = released(channels).unwrap_or_else(without);
        Self {
            channels,
            patch: 1,
            is_residual: false,
            encoder_width: encoder.first().copied().unwrap_or_default(),
            encoder: encoder_stages(encoder, residual_blocks),
            decoder: decoder_stages(decoder, residual_blocks, false),
            mean,
            deviation,
        }
    }

    /// The same of the form of Wan 2.2 5B: patches of 2x2 pixels, and a shortcut round each stage.
    pub fn residual_of_widths(
        channels: i64,
        encoder: &[i64],
        decoder: &[i64],
        residual_blocks: usize,
    ) -> Self {
        Self {
            patch: 2,
            is_residual: true,
            decoder: decoder_stages(decoder, residual_blocks, true),
            ..Self::of_widths(channels, encoder, decoder, residual_blocks)
        }
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        let [_, side] = factors(self.encoder.iter().flatten());
        self.patch.saturating_mul(side)
    }

    /// Channels of a picture as the encoder reads it and the decoder makes it.
    pub(super) fn picture_channels(&self) -> i64 {
        COLOURS * self.patch * self.patch
    }

    /// The stages of one half.
    pub(super) fn stages(&self, half: Half) -> &[Vec<Layer>] {
        match half {
            Half::Encoder => &self.encoder,
            Half::Decoder => &self.decoder,
        }
    }

    /// Channels before the first and after the last layer of a half.
    pub(super) fn ends(&self, half: Half) -> [i64; 2] {
        let layers = || self.stages(half).iter().flatten();
        let first = match (half, layers().next()) {
            (Half::Decoder, Some(layer)) => layer.inputs(),
            _ => self.encoder_width,
        };
        let last = layers().next_back().map_or(first, |layer| layer.outputs());
        [first, last]
    }
}

fn encoder_stages(widths: &[i64], residual_blocks: usize) -> Vec<Vec<Layer>> {
    let mut inputs = widths.first().copied().unwrap_or_default();
    let stages = widths.iter().enumerate().map(|(stage, &outputs)| {
        let mut layers = residual_layers(inputs, outputs, residual_blocks);
        inputs = outputs;
        if let Some(&is_temporal) = IS_TEMPORAL.get(stage)
            && stage + 1 < widths.len()
        {
            layers.push(Layer::Resample {
                inputs,
                outputs,
                is_temporal,
            });
        }
        layers
    });
    stages.collect()
}

fn decoder_stages(widths: &[i64], residual_blocks: usize, is_residual: bool) -> Vec<Vec<Layer>> {
    let mut inputs = widths.last().copied().unwrap_or_default();
    let stages = widths.iter().rev().enumerate().map(|(stage, &outputs)| {
        let mut layers = residual_layers(inputs, outputs, residual_blocks + 1);
        inputs = outputs;
        if let Some(&is_temporal) = IS_TEMPORAL.iter().rev().nth(stage)
            && stage + 1 < widths.len()
        {
            // Upsampling halves the channels in Wan 2.1 and keeps them in Wan 2.2.
            inputs = if is_residual { outputs } else { outputs / 2 };
            layers.push(Layer::Resample {
                inputs: outputs,
                outputs: inputs,
                is_temporal,
            });
        }
        layers
    });
    stages.collect()
}

/// Residual blocks in a row. The first changes the number of channels.
fn residual_layers(inputs: i64, outputs: i64, count: usize) -> Vec<Layer> {
    (0..count)
        .map(|at| Layer::Residual {
            inputs: if at == 0 { inputs } else { outputs },
            outputs,
        })
        .collect()
}
