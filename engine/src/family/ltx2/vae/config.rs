//! The shape of an autoencoder: the layers of its two halves. There are two forms, that of LTX-2.0 and that of LTX-2.3,
//! which the plain decoder of 2.5 has too. In another file of 2.5 the decoder is a diffusion model.

use super::diffusion::DiffusionConfig;
use super::patches::COLOURS;
use super::resample::Stride;

/// The form of a plain decoder, which its tensors' shapes show but do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// LTX-2.0: the decoder's convolutions see a mirrored border, and a shortcut leads round each of its three
    /// upsampling layers.
    Mirrored,
    /// LTX-2.3 and 2.5: zeros at the border, four upsampling layers without a shortcut.
    Zeros,
}

impl Form {
    /// Least latent positions along each side of what the decoder reads: a border of one position cannot be mirrored.
    pub(super) fn least_side(self) -> i64 {
        match self {
            Self::Mirrored => 2,
            Self::Zeros => 1,
        }
    }

    /// The steps of the decoder, first to last: strides, and the divisors of the channels.
    fn ups(self) -> &'static [(Stride, i64)] {
        match self {
            Self::Mirrored => &[(Stride::BOTH, 2); 3],
            Self::Zeros => &[
                (Stride::BOTH, 2),
                (Stride::BOTH, 1),
                (Stride::FRAMES, 2),
                (Stride::SIDE, 2),
            ],
        }
    }
}

/// The steps of the encoder, first to last.
const DOWNS: [Stride; 4] = [Stride::SIDE, Stride::FRAMES, Stride::BOTH, Stride::BOTH];

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

    /// The list of its layers.
    pub fn list(self) -> &'static str {
        match self {
            Self::Encoder => "down_blocks",
            Self::Decoder => "up_blocks",
        }
    }
}

/// A layer of one half, between its first and its last convolution: an entry of the original list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Residual blocks in a row.
    Residual {
        /// Channels.
        width: i64,
        /// Number of blocks.
        count: usize,
    },
    /// Makes fewer (encoder) or more (decoder) frames and pixels.
    Resample {
        /// Input channels.
        inputs: i64,
        /// Output channels.
        outputs: i64,
        /// The factors.
        stride: Stride,
    },
}

impl Layer {
    /// Input channels.
    pub fn inputs(self) -> i64 {
        match self {
            Self::Residual { width, .. } => width,
            Self::Resample { inputs, .. } => inputs,
        }
    }

    /// Output channels.
    pub fn outputs(self) -> i64 {
        match self {
            Self::Residual { width, .. } => width,
            Self::Resample { outputs, .. } => outputs,
        }
    }
}

/// The factors of all these layers together.
pub fn factors(layers: &[Layer]) -> Stride {
    let mut product = Stride { frames: 1, side: 1 };
    for layer in layers {
        if let Layer::Resample { stride, .. } = layer {
            product.frames = product.frames.saturating_mul(stride.frames);
            product.side = product.side.saturating_mul(stride.side);
        }
    }
    product
}

/// The layers of a half, and the channels after its first convolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Channels after the first convolution.
    pub first_width: i64,
    /// The layers after it.
    pub layers: Vec<Layer>,
}

/// What makes frames of latents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecoderConfig {
    /// Convolutions.
    Plain(Form, Layers),
    /// The diffusion decoder of LTX-2.5.
    Diffusion(DiffusionConfig),
}

/// The shape of an autoencoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaeConfig {
    /// Latent channels.
    pub channels: i64,
    /// Side of the squares of pixels that are one position of the first layer.
    pub patch: i64,
    /// The encoder.
    pub encoder: Layers,
    /// The decoder.
    pub decoder: DecoderConfig,
}

/// Channels and residual blocks of the stages of one half, in the order in which diffusers writes them: from pixels to
/// latents.
#[derive(Clone, Copy, Debug)]
pub struct Stages<'s> {
    /// Channels after each resampling layer of the encoder, or before each of the decoder.
    pub widths: &'s [i64],
    /// Residual blocks before, between and after the resampling layers.
    pub blocks: &'s [usize],
}

impl VaeConfig {
    /// A shape from the configuration used by diffusers.
    pub fn of_stages(
        form: Form,
        channels: i64,
        patch: i64,
        encoder: Stages<'_>,
        decoder: Stages<'_>,
    ) -> Self {
        let first = decoder.widths.last().copied().unwrap_or_default();
        let of = |first_width, layers| Layers {
            first_width,
            layers,
        };
        let decoder = of(first, decoder_layers(form, first, decoder));
        Self {
            channels,
            patch,
            encoder: of(channels, encoder_layers(channels, encoder)),
            decoder: DecoderConfig::Plain(form, decoder),
        }
    }

    /// The released autoencoder of a form.
    pub fn released(form: Form) -> Self {
        let [encoder, decoder] = match form {
            Form::Mirrored => [
                Stages {
                    widths: &[256, 512, 1024, 2048],
                    blocks: &[4, 6, 6, 2, 2],
                },
                Stages {
                    widths: &[256, 512, 1024],
                    blocks: &[5, 5, 5, 5],
                },
            ],
            Form::Zeros => [
                Stages {
                    widths: &[256, 512, 1024, 1024],
                    blocks: &[4, 6, 4, 2, 2],
                },
                Stages {
                    widths: &[256, 512, 512, 1024],
                    blocks: &[4, 6, 4, 2, 2],
                },
            ],
        };
        Self::of_stages(form, 128, 4, encoder, decoder)
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        let side = factors(&self.encoder.layers).side;
        self.patch.saturating_mul(side)
    }

    /// The form of its decoder. `None`: that is a diffusion decoder.
    pub fn form(&self) -> Option<Form> {
        match self.decoder {
            DecoderConfig::Plain(form, _) => Some(form),
            DecoderConfig::Diffusion(_) => None,
        }
    }

    /// A half that is made of convolutions. `None`: the decoder is a diffusion decoder.
    pub fn half(&self, half: Half) -> Option<&Layers> {
        match (half, &self.decoder) {
            (Half::Encoder, _) => Some(&self.encoder),
            (Half::Decoder, DecoderConfig::Plain(_, layers)) => Some(layers),
            (Half::Decoder, DecoderConfig::Diffusion(_)) => None,
        }
    }

    /// Channels that these layers of a half read, have before their last convolution, and write. The encoder writes a mean
    /// for each latent channel and one log variance for all.
    pub(super) fn ends(&self, half: Half, layers: &Layers) -> [i64; 3] {
        let pixels = COLOURS * self.patch * self.patch;
        let last = layers.layers.last();
        let last = last.map_or(layers.first_width, |last| last.outputs());
        match half {
            Half::Encoder => [pixels, last, self.channels + 1],
            Half::Decoder => [self.channels, last, pixels],
        }
    }
}

fn encoder_layers(channels: i64, stages: Stages) -> Vec<Layer> {
    let mut width = channels;
    let mut blocks = stages.blocks.iter().copied();
    let mut layers = Vec::new();
    for (&outputs, stride) in stages.widths.iter().zip(DOWNS) {
        let count = blocks.next().unwrap_or_default();
        layers.push(Layer::Residual { width, count });
        layers.push(Layer::Resample {
            inputs: width,
            outputs,
            stride,
        });
        width = outputs;
    }
    let count = blocks.next().unwrap_or_default();
    layers.push(Layer::Residual { width, count });
    layers
}

fn decoder_layers(form: Form, first: i64, stages: Stages) -> Vec<Layer> {
    let mut width = first;
    let mut blocks = stages.blocks.iter().rev().copied();
    let count = blocks.next().unwrap_or_default();
    let mut layers = vec![Layer::Residual { width, count }];
    for (&before, &(stride, divisor)) in stages.widths.iter().rev().zip(form.ups()) {
        let outputs = before / divisor;
        layers.push(Layer::Resample {
            inputs: width,
            outputs,
            stride,
        });
        width = outputs;
        let count = blocks.next().unwrap_or_default();
        layers.push(Layer::Residual { width, count });
    }
    layers
}
