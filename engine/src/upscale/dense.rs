//! The network `RRDBNet` of ESRGAN and Real-ESRGAN (Wang et al., 2018 and 2021; `basicsr/archs/rrdbnet_arch.py`):
//! densely connected residual blocks, then two doublings of the picture.

use kinora_wire::Failure;
use tch::Tensor;

use crate::nn::{Conv, leaky_relu};
use crate::weights::{Checkpoint, Weights};

/// The share of a block that is added to its input.
const ADDED: f64 = 0.2;
/// The network doubles its features' width and height twice.
const DOUBLED: i64 = 4;

/// The shape of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenseConfig {
    /// Channels between the blocks.
    pub width: i64,
    /// Channels each convolution within a block adds.
    pub growth: i64,
    /// Blocks.
    pub blocks: i64,
    /// Enlargement: 4, or 2 or 1 where the picture is folded into channels first.
    pub scale: i64,
}

impl DenseConfig {
    /// From the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let inputs = checkpoint.length("conv_first.weight", 1)?;
        let scale = match inputs {
            3 => 4,
            12 => 2,
            48 => 1,
            _ => {
                return Err(Failure::bad_file(
                    format!(
                        "{}: its first layer reads {inputs} channels",
                        checkpoint.path().display()
                    ),
                    "use an RRDBNet for colour pictures, such as RealESRGAN_x4plus",
                ));
            }
        };
        Ok(Self {
            width: checkpoint.length("conv_first.weight", 0)?,
            growth: checkpoint.length("body.0.rdb1.conv1.weight", 0)?,
            blocks: checkpoint.count("body") as i64,
            scale,
        })
    }

    /// The side of the squares of pixels that are folded into channels.
    pub(super) fn unshuffle(self) -> i64 {
        DOUBLED / self.scale
    }

    pub(super) fn reach_pixels(self) -> i64 {
        (15 * self.blocks + 4) * self.unshuffle()
    }
}

/// Five convolutions, each of which reads all before it.
#[derive(Debug)]
struct DenseBlock([Conv; 5]);

impl DenseBlock {
    fn new(config: DenseConfig, mut weights: Weights) -> Result<Self, Failure> {
        let DenseConfig { width, growth, .. } = config;
        let mut conv = |at: i64| {
            let outputs = if at == 4 { width } else { growth };
            Conv::new(
                weights.at(format!("conv{}", at + 1)),
                width + at * growth,
                outputs,
            )
        };
        Ok(Self([conv(0)?, conv(1)?, conv(2)?, conv(3)?, conv(4)?]))
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let [growing @ .., last] = &self.0;
        let mut all = vec![x.shallow_clone()];
        for conv in growing {
            let more = leaky_relu(&conv.forward(&Tensor::cat(&all, 1)));
            all.push(more);
        }
        last.forward(&Tensor::cat(&all, 1)) * ADDED + x
    }
}

/// The network.
#[derive(Debug)]
pub struct Dense {
    first: Conv,
    blocks: Vec<[DenseBlock; 3]>,
    after_blocks: Conv,
    doublings: [Conv; 2],
    fine: Conv,
    last: Conv,
    unshuffle: i64,
}

impl Dense {
    /// Builds the network.
    pub fn new(config: DenseConfig, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let unshuffle = config.unshuffle();
        let first = Conv::new(weights.at("conv_first"), 3 * unshuffle * unshuffle, width)?;
        let mut body = weights.at("body");
        let blocks = (0..config.blocks).map(|at| {
            let mut block = body.at(at);
            let mut part = |name: &str| DenseBlock::new(config, block.at(name));
            Ok([part("rdb1")?, part("rdb2")?, part("rdb3")?])
        });
        let blocks = blocks.collect::<Result<_, Failure>>()?;
        let mut conv = |name: &str, outputs| Conv::new(weights.at(name), width, outputs);
        Ok(Self {
            first,
            blocks,
            after_blocks: conv("conv_body", width)?,
            doublings: [conv("conv_up1", width)?, conv("conv_up2", width)?],
            fine: conv("conv_hr", width)?,
            last: conv("conv_last", 3)?,
            unshuffle,
        })
    }

    /// b 3 h w to b 3 (scale h) (scale w). Height and width are multiples of the fold.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let x = match self.unshuffle {
            1 => x.shallow_clone(),
            side => x.pixel_unshuffle(side),
        };
        let first = self.first.forward(&x);
        let mut features = first.shallow_clone();
        for block in &self.blocks {
            let inner = block
                .iter()
                .fold(features.shallow_clone(), |x, part| part.forward(&x));
            features = inner * ADDED + features;
        }
        let mut features = self.after_blocks.forward(&features) + first;
        for conv in &self.doublings {
            let size = features.size();
            let doubled =
                features.upsample_nearest2d([size[2] * 2, size[3] * 2], None::<f64>, None::<f64>);
            features = leaky_relu(&conv.forward(&doubled));
        }
        self.last
            .forward(&leaky_relu(&self.fine.forward(&features)))
    }
}
