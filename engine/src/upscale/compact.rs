//! The network `SRVGGNetCompact` of Real-ESRGAN (Wang et al., 2021; `realesrgan/archs/srvgg_arch.py`): convolutions at the small
//! size, a pixel shuffle, and the small picture added with its pixels repeated.

use kinora_wire::Failure;
use tch::Tensor;

use crate::nn::Conv;
use crate::weights::{Checkpoint, Weights};

/// The shape of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactConfig {
    /// Channels between the convolutions.
    pub width: i64,
    /// Convolutions between the first and the last.
    pub convolutions: i64,
    /// Enlargement.
    pub scale: i64,
}

impl CompactConfig {
    /// From the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let refused = |why: String| {
            Failure::bad_file(
                format!("{}: {why}", checkpoint.path().display()),
                "use an SRVGGNetCompact for colour pictures with PReLU, such as realesr-animevideov3",
            )
        };
        let width = checkpoint.length("body.0.weight", 0)?;
        let layers = checkpoint.count("body") as i64;
        // The first convolution, pairs of activation and convolution, and one activation before the last convolution.
        if layers < 3 || layers % 2 == 0 {
            return Err(refused(format!("its `body` has {layers} layers")));
        }
        if checkpoint.shape("body.1.weight") != Some(&[width]) {
            return Err(refused("its activation is not PReLU".into()));
        }
        let outputs = checkpoint.length(&format!("body.{}.weight", layers - 1), 0)?;
        let scale = (1..=8).find(|scale| 3 * scale * scale == outputs);
        let scale = scale.ok_or_else(|| refused(format!("it has {outputs} output channels")))?;
        Ok(Self {
            width,
            convolutions: (layers - 3) / 2,
            scale,
        })
    }

    pub(super) fn reach_pixels(self) -> i64 {
        self.convolutions + 2
    }
}

/// The network.
#[derive(Debug)]
pub struct Compact {
    first: Conv,
    /// The slopes of each activation below zero, and the convolution after it.
    rest: Vec<(Tensor, Conv)>,
    scale: i64,
}

impl Compact {
    /// Builds the network.
    pub fn new(config: CompactConfig, mut weights: Weights) -> Result<Self, Failure> {
        let CompactConfig {
            width,
            convolutions,
            scale,
        } = config;
        let mut body = weights.at("body");
        let first = Conv::new(body.at(0), 3, width)?;
        let rest = (0..=convolutions).map(|at| {
            let outputs = match at == convolutions {
                true => 3 * scale * scale,
                false => width,
            };
            let slopes = body.at(2 * at + 1).tensor("weight", &[width])?;
            Ok((slopes, Conv::new(body.at(2 * at + 2), width, outputs)?))
        });
        let rest = rest.collect::<Result<_, Failure>>()?;
        Ok(Self { first, rest, scale })
    }

    /// b 3 h w to b 3 (scale h) (scale w).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let mut features = self.first.forward(x);
        for (slopes, conv) in &self.rest {
            features = conv.forward(&features.prelu(slopes));
        }
        let size = x.size();
        let repeated = x.upsample_nearest2d(
            [size[2] * self.scale, size[3] * self.scale],
            None::<f64>,
            None::<f64>,
        );
        features.pixel_shuffle(self.scale) + repeated
    }
}
