//! The network `IFNet` of Practical-RIFE 4.25 and later (Huang et al., 2022; `train_log/IFNet_HDv3.py`): the motion from
//! a moment between two pictures to both, refined block by block at falling scales, and the share of each picture.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::nn::{Conv, leaky_relu};
use crate::weights::{Checkpoint, Weights};

/// The reduction of the pictures in each block.
const REDUCTIONS: [i64; 5] = [16, 8, 4, 2, 1];
/// Those of the light networks, which are known by the width of their last block.
const LIGHT_REDUCTIONS: [i64; 5] = [32, 16, 8, 4, 1];
const LIGHT_LAST_WIDTH: i64 = 24;
/// The first blocks of all published networks are at least this wide.
const SMALLEST_PUBLISHED_WIDTH: i64 = 96;
/// A block halves width and height twice.
const BLOCK_REDUCTION: i64 = 4;
/// Motion to both pictures and their mask, beside the features that a block hands on.
const FLOW_AND_MASK: i64 = 5;
/// Convolutions in the middle of a block.
const RESIDUAL_CONVOLUTIONS: usize = 8;
/// A block's last layer makes pixels of this many channels each.
const SHUFFLED: i64 = 4;

/// The shape of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowNetConfig {
    /// Channels within the encoder of pictures.
    pub encoder_width: i64,
    /// Features of a picture.
    pub features: i64,
    /// Channels of each block.
    pub widths: [i64; 5],
    /// Features that each block hands on.
    pub handed_on: i64,
}

impl FlowNetConfig {
    /// Whether it is smaller than any that is published, as Kinora's own.
    pub fn is_small(self) -> bool {
        self.widths[0] < SMALLEST_PUBLISHED_WIDTH
    }

    fn reductions(self) -> [i64; 5] {
        match self.widths[4] {
            LIGHT_LAST_WIDTH => LIGHT_REDUCTIONS,
            _ => REDUCTIONS,
        }
    }

    /// Width and height of the pictures must be multiples of this.
    pub fn multiple(self) -> i64 {
        self.reductions()[0] * BLOCK_REDUCTION
    }

    /// From the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let mut widths = [0; 5];
        for (block, width) in widths.iter_mut().enumerate() {
            *width = checkpoint.length(&format!("block{block}.conv0.1.0.weight"), 0)?;
        }
        let outputs = checkpoint.length("block0.lastconv.0.weight", 1)?;
        if outputs <= SHUFFLED * FLOW_AND_MASK {
            return Err(Failure::bad_file(
                format!(
                    "{}: its blocks hand no features on",
                    checkpoint.path().display()
                ),
                "use RIFE 4.25 or 4.26, which their makers recommend",
            ));
        }
        Ok(Self {
            encoder_width: checkpoint.length("encode.cnn0.weight", 0)?,
            features: checkpoint.length("encode.cnn3.weight", 1)?,
            widths,
            handed_on: outputs / SHUFFLED - FLOW_AND_MASK,
        })
    }
}

/// libtorch's numbers for how pictures are looked up between pixels and beyond the edge.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// A transposed convolution that doubles width and height.
#[derive(Debug)]
struct Doubling {
    weight: Tensor,
    bias: Tensor,
}

impl Doubling {
    fn new(mut weights: Weights, [inputs, outputs]: [i64; 2]) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.kernel("weight", &[inputs, outputs, 4, 4])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv_transpose2d(&self.weight, Some(&self.bias), 2, 1, 0, 1, 1)
    }
}

/// Features of a picture, at its full size.
#[derive(Debug)]
struct Encoder {
    convs: [Conv; 3],
    last: Doubling,
}

impl Encoder {
    fn new(config: FlowNetConfig, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.encoder_width;
        let mut conv =
            |name: &str, inputs, stride| Conv::strided(weights.at(name), inputs, width, stride);
        let convs = [
            conv("cnn0", 3, 2)?,
            conv("cnn1", width, 1)?,
            conv("cnn2", width, 1)?,
        ];
        Ok(Self {
            convs,
            last: Doubling::new(weights.at("cnn3"), [width, config.features])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let convs = self.convs.iter();
        let x = convs.fold(x.shallow_clone(), |x, conv| leaky_relu(&conv.forward(&x)));
        self.last.forward(&x)
    }
}

/// One refinement of the motion.
#[derive(Debug)]
struct Block {
    reduce: [Conv; 2],
    /// Each with the weight of its result.
    middle: Vec<(Conv, Tensor)>,
    last: Doubling,
}

impl Block {
    fn new(inputs: i64, width: i64, handed_on: i64, mut weights: Weights) -> Result<Self, Failure> {
        let mut reduce = weights.at("conv0");
        let first = Conv::strided(reduce.at(0).at(0), inputs, width / 2, 2)?;
        let second = Conv::strided(reduce.at(1).at(0), width / 2, width, 2)?;
        let mut list = weights.at("convblock");
        let middle = (0..RESIDUAL_CONVOLUTIONS).map(|at| {
            let mut part = list.at(at);
            let conv = Conv::new(part.at("conv"), width, width)?;
            Ok((conv, part.tensor("beta", &[1, width, 1, 1])?))
        });
        let middle = middle.collect::<Result<_, Failure>>()?;
        let outputs = SHUFFLED * (FLOW_AND_MASK + handed_on);
        Ok(Self {
            reduce: [first, second],
            middle,
            last: Doubling::new(weights.at("lastconv").at(0), [width, outputs])?,
        })
    }

    /// Motion b 4 h w, mask b 1 h w and features b c h w, from the pictures and what is known of them at this scale.
    fn forward(&self, x: &Tensor, flow: Option<&Tensor>, scale: f64) -> [Tensor; 3] {
        let mut x = resized(x, 1.0 / scale);
        if let Some(flow) = flow {
            x = Tensor::cat(&[x, resized(flow, 1.0 / scale) / scale], 1);
        }
        for conv in &self.reduce {
            x = leaky_relu(&conv.forward(&x));
        }
        for (conv, beta) in &self.middle {
            x = leaky_relu(&(conv.forward(&x) * beta + &x));
        }
        let made = resized(&self.last.forward(&x).pixel_shuffle(2), scale);
        let handed_on = made.size()[1] - FLOW_AND_MASK;
        [
            made.narrow(1, 0, 4) * scale,
            made.narrow(1, 4, 1),
            made.narrow(1, FLOW_AND_MASK, handed_on),
        ]
    }
}

fn resized(x: &Tensor, scale: f64) -> Tensor {
    let size = x.size();
    let side = |side: i64| (side as f64 * scale).floor() as i64;
    x.upsample_bilinear2d([side(size[2]), side(size[3])], false, scale, scale)
}

/// The network.
#[derive(Debug)]
pub struct FlowNet {
    encoder: Encoder,
    /// Each with the reduction of the pictures in it.
    blocks: Vec<(Block, i64)>,
}

impl FlowNet {
    /// Builds the network.
    pub fn new(config: FlowNetConfig, mut weights: Weights) -> Result<Self, Failure> {
        let FlowNetConfig {
            features,
            widths,
            handed_on,
            ..
        } = config;
        let encoder = Encoder::new(config, weights.at("encode"))?;
        let blocks = widths.iter().zip(config.reductions()).enumerate();
        let blocks = blocks.map(|(at, (&width, reduction))| {
            // Two pictures, their features and the moment; then also the motion, the mask and the features handed on.
            let first = 2 * 3 + 2 * features + 1;
            let inputs = if at == 0 {
                first
            } else {
                first + 4 + 1 + handed_on
            };
            let weights = weights.at(format!("block{at}"));
            Ok((Block::new(inputs, width, handed_on, weights)?, reduction))
        });
        Ok(Self {
            encoder,
            blocks: blocks.collect::<Result<_, Failure>>()?,
        })
    }

    /// The features of a picture, 1 3 h w in [0, 1], which [`FlowNet::between`] takes. Height and width are multiples
    /// of [`FlowNetConfig::multiple`].
    pub fn features(&self, picture: &Tensor) -> Tensor {
        self.encoder.forward(picture)
    }

    /// The picture at a moment between two, from 0 to 1: 1 3 h w in [0, 1]. Each picture comes with its features.
    pub fn between(&self, one: [&Tensor; 2], other: [&Tensor; 2], moment: f64) -> Tensor {
        let [picture, _] = one;
        let on = (picture.kind(), picture.device());
        let moments = Tensor::full([1, 1, 1, 1], moment, on);
        let mut last = None;
        self.refine(one, other, &moments, &mut |guess| last = Some(guess));
        last.map_or_else(|| picture.shallow_clone(), |guess| guess.picture())
    }

    /// Calls `watch` with what each block makes of pictures b 3 h w and their features at moments b 1 1 1.
    pub fn refine(
        &self,
        one: [&Tensor; 2],
        other: [&Tensor; 2],
        moments: &Tensor,
        watch: &mut dyn FnMut(Guess),
    ) {
        let [picture, features] = one;
        let [other_picture, other_features] = other;
        let size = picture.size();
        let moment = moments.expand([size[0], 1, size[2], size[3]], false);
        let lookup = Lookup::of([size[2], size[3]], picture.device());
        let mut known: Option<[Tensor; 3]> = None; // motion, mask, features handed on
        let mut warped = [picture.shallow_clone(), other_picture.shallow_clone()];
        for (block, reduction) in &self.blocks {
            let scale = *reduction as f64;
            let [warped_one, warped_other] = &warped;
            let now = match &known {
                None => {
                    let x = [picture, other_picture, features, other_features, &moment];
                    block.forward(&Tensor::cat(&x, 1), None, scale)
                }
                Some([flow, mask, handed_on]) => {
                    let near = lookup.warped(features, &flow.narrow(1, 0, 2));
                    let far = lookup.warped(other_features, &flow.narrow(1, 2, 2));
                    let x = [
                        warped_one,
                        warped_other,
                        &near,
                        &far,
                        &moment,
                        mask,
                        handed_on,
                    ];
                    let [more, mask, handed_on] =
                        block.forward(&Tensor::cat(&x, 1), Some(flow), scale);
                    [flow + more, mask, handed_on]
                }
            };
            let flow = &now[0];
            warped = [
                lookup.warped(picture, &flow.narrow(1, 0, 2)),
                lookup.warped(other_picture, &flow.narrow(1, 2, 2)),
            ];
            watch(Guess {
                warped: warped.each_ref().map(Tensor::shallow_clone),
                mask: now[1].shallow_clone(),
            });
            known = Some(now);
        }
    }
}

/// What a block makes of two pictures.
#[derive(Debug)]
pub struct Guess {
    /// Both pictures moved to the moment: b 3 h w.
    warped: [Tensor; 2],
    /// Above 0 where the first one counts more: b 1 h w.
    mask: Tensor,
}

impl Guess {
    /// The picture: b 3 h w.
    pub fn picture(&self) -> Tensor {
        let [one, other] = &self.warped;
        let share = self.mask.sigmoid();
        one * &share + other * (1.0 - share)
    }
}

/// The places of all pixels, to look pictures up elsewhere.
struct Lookup {
    /// 1 2 h w, from -1 to 1.
    places: Tensor,
    /// Half the distance between the outermost pixels: 1 2 1 1, in pixels.
    half: Tensor,
}

impl Lookup {
    fn of([height, width]: [i64; 2], device: Device) -> Self {
        let float = (Kind::Float, device);
        let across = Tensor::linspace(-1.0, 1.0, width, float).view([1, 1, 1, width]);
        let down = Tensor::linspace(-1.0, 1.0, height, float).view([1, 1, height, 1]);
        let size = [1, 1, height, width];
        let half = [width, height].map(|side| (side as f32 - 1.0) / 2.0);
        Self {
            places: Tensor::cat(&[across.expand(size, false), down.expand(size, false)], 1),
            half: Tensor::from_slice(&half)
                .view([1, 2, 1, 1])
                .to_device(device),
        }
    }

    /// The picture with each pixel taken from where the motion points, in pixels; outside, the nearest edge.
    fn warped(&self, picture: &Tensor, flow: &Tensor) -> Tensor {
        let places = &self.places + flow.to_kind(Kind::Float) / &self.half;
        let places = places.permute([0, 2, 3, 1]);
        picture
            .to_kind(Kind::Float)
            .grid_sampler(&places, BILINEAR, BORDER, true)
            .to_kind(picture.kind())
    }
}
