//! The shape of an autoencoder, read from its weights: its layers and their channels.
//! Also the normalisation of its latents.

use kinora_wire::Failure;

use crate::weights::Checkpoint;

/// Mean and deviation of the released model's 16 latent channels (Wan2.2 `wan/modules/vae2_1.py`, `WanVAE`).
const MEAN: [f64; 16] = [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517,
    -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
];
const DEVIATION: [f64; 16] = [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579,
    1.6382, 1.1253, 2.8251, 1.9160,
];

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

/// The shape of an autoencoder.
#[derive(Clone, Debug, PartialEq)]
pub struct VaeConfig {
    /// Latent channels.
    pub channels: i64,
    /// Channels after the encoder's first convolution.
    pub encoder_width: i64,
    /// The encoder's layers.
    pub encoder: Vec<Layer>,
    /// The decoder's layers.
    pub decoder: Vec<Layer>,
    /// Mean of each latent channel over the training data.
    pub mean: Vec<f64>,
    /// Standard deviation of each latent channel.
    pub deviation: Vec<f64>,
}

impl VaeConfig {
    /// A shape from the configuration used by diffusers: channels per stage (base * multiplier) of encoder and decoder,
    /// and residual blocks per stage.
    pub fn of_widths(
        channels: i64,
        encoder: &[i64],
        decoder: &[i64],
        residual_blocks: usize,
    ) -> Self {
        let is_temporal = [false, true, true];
        let mut down = Vec::new();
        let mut inputs = encoder.first().copied().unwrap_or_default();
        for (stage, &outputs) in encoder.iter().enumerate() {
            for _ in 0..residual_blocks {
                down.push(Layer::Residual { inputs, outputs });
                inputs = outputs;
            }
            if let Some(&is_temporal) = is_temporal.get(stage)
                && stage + 1 < encoder.len()
            {
                down.push(Layer::Resample {
                    inputs,
                    outputs,
                    is_temporal,
                });
            }
        }
        let mut up = Vec::new();
        let mut inputs = decoder.last().copied().unwrap_or_default();
        for (stage, &outputs) in decoder.iter().rev().enumerate() {
            for _ in 0..=residual_blocks {
                up.push(Layer::Residual { inputs, outputs });
                inputs = outputs;
            }
            if let Some(&is_temporal) = is_temporal.iter().rev().nth(stage)
                && stage + 1 < decoder.len()
            {
                inputs = outputs / 2; // upsampling halves the channels
                up.push(Layer::Resample {
                    inputs: outputs,
                    outputs: inputs,
                    is_temporal,
                });
            }
        }
        let known = channels as usize == MEAN.len();
        Self {
            channels,
            encoder_width: encoder.first().copied().unwrap_or_default(),
            encoder: down,
            decoder: up,
            mean: if known {
                MEAN.to_vec()
            } else {
                vec![0.0; channels as usize]
            },
            deviation: if known {
                DEVIATION.to_vec()
            } else {
                vec![1.0; channels as usize]
            },
        }
    }

    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let channels = checkpoint.length("conv2.weight", 0)?;
        let released = |numbers: [f64; 16]| (channels == 16).then(|| numbers.to_vec());
        let statistics = |name: &str, released: Option<Vec<f64>>| {
            let written = checkpoint.settings(name).or(released);
            written
                .filter(|list| list.len() as i64 == channels)
                .ok_or_else(|| {
                    Failure::bad_file(
                        format!(
                            "{}: the {name} of its {channels} channels are not known",
                            checkpoint.path().display()
                        ),
                        "put the model's config.json, which lists them, beside the weights",
                    )
                })
        };
        if checkpoint
            .shape("encoder.conv1.weight")
            .is_some_and(|shape| shape.get(1) == Some(&12))
        {
            return Err(Failure::bad_file(
                format!(
                    "{} is the autoencoder of Wan 2.2 5B",
                    checkpoint.path().display()
                ),
                "Kinora cannot run that one yet: use the Wan 2.1 autoencoder and a model made for it",
            ));
        }
        Ok(Self {
            channels,
            encoder_width: checkpoint.length("encoder.conv1.weight", 0)?,
            encoder: layers(checkpoint, "encoder.downsamples")?,
            decoder: layers(checkpoint, "decoder.upsamples")?,
            mean: statistics("latents_mean", released(MEAN))?,
            deviation: statistics("latents_std", released(DEVIATION))?,
        })
    }
}

fn layers(checkpoint: &Checkpoint, list: &str) -> Result<Vec<Layer>, Failure> {
    (0..checkpoint.count(list))
        .map(|at| {
            let resample = format!("{list}.{at}.resample.1.weight");
            if checkpoint.shape(&resample).is_some() {
                return Ok(Layer::Resample {
                    inputs: checkpoint.length(&resample, 1)?,
                    outputs: checkpoint.length(&resample, 0)?,
                    is_temporal: checkpoint
                        .shape(&format!("{list}.{at}.time_conv.weight"))
                        .is_some(),
                });
            }
            let first = format!("{list}.{at}.residual.2.weight");
            Ok(Layer::Residual {
                inputs: checkpoint.length(&first, 1)?,
                outputs: checkpoint.length(&first, 0)?,
            })
        })
        .collect()
}
