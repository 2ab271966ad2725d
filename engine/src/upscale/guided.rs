//! Kinora's own upscaler, which is guided: beside each small picture it reads its neighbours, what the clip settles to, the
//! stage of the shot at the large size, and what the prompt says. A U-Net at the small size; large pictures are folded.

use kinora_wire::{Failure, UpscaleGuide};
use tch::{Kind, Tensor};

use super::{layers, places};
use crate::nn::{Conv, Linear};
use crate::weights::{Checkpoint, Weights};

/// The enlargement.
pub const SCALE: i64 = UpscaleGuide::SCALE as i64;
/// Small pictures that are read: the one before, the one that is made larger, and the one after.
const PICTURES: i64 = 3;
/// Channels of the stage at the large size: red, green, blue and depth.
const STAGE_CHANNELS: i64 = 4;
/// Channels of the input: pictures, the settled one, the folded stage and its layers, its places, and whether there is one.
const INPUTS: i64 =
    3 * PICTURES + 3 + (STAGE_CHANNELS + layers::LAYERS) * SCALE * SCALE + places::CHANNELS + 1;
/// Where the folded stage begins, and its layers.
const STAGE_AT: i64 = 3 * PICTURES + 3;
const LAYERS_AT: i64 = STAGE_AT + STAGE_CHANNELS * SCALE * SCALE;
/// Channels of the first layer: the input, and the folded picture that is begun with.
const READS: i64 = INPUTS + 3 * SCALE * SCALE;
/// The lists of blocks: at the full small size, at half and at a quarter of it, and back again.
const STAGES: usize = 5;

/// The shape of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuidedConfig {
    /// Channels at the small size, at half and at a quarter of it.
    pub widths: [i64; 3],
    /// Blocks in each list.
    pub blocks: [i64; STAGES],
    /// Numbers that say what the prompt says.
    pub hints: i64,
    /// The width of the layer that reads them.
    pub words_width: i64,
}

impl GuidedConfig {
    /// From the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let inputs = checkpoint.length("read.weight", 1)?;
        let blocks: [i64; STAGES] =
            std::array::from_fn(|at| checkpoint.count(&format!("stages.{at}")) as i64);
        if inputs != READS || checkpoint.length("write.weight", 0)? != 3 * SCALE * SCALE {
            return Err(Failure::bad_file(
                format!(
                    "{}: its first layer reads {inputs} channels",
                    checkpoint.path().display()
                ),
                "use the upscaler that comes with this version of Kinora",
            ));
        }
        Ok(Self {
            widths: [
                checkpoint.length("read.weight", 0)?,
                checkpoint.length("halve.weight", 0)?,
                checkpoint.length("quarter.weight", 0)?,
            ],
            blocks,
            hints: checkpoint.length("told.0.weight", 1)?,
            words_width: checkpoint.length("told.0.weight", 0)?,
        })
    }

    /// The sides of the small pictures are halved twice.
    pub(super) fn multiple() -> i64 {
        4
    }

    pub(super) fn reach_pixels(self) -> i64 {
        let sides = [1, 2, 4, 2, 1];
        let blocks = self.blocks.iter().zip(sides);
        2 * blocks.map(|(count, side)| count * side).sum::<i64>() + 16
    }

    fn width(self, stage: usize) -> i64 {
        self.widths[[0, 1, 2, 1, 0][stage]]
    }

    /// Gains and shifts of all blocks.
    fn modulation(self) -> i64 {
        let each = self.blocks.iter().enumerate();
        2 * each
            .map(|(stage, count)| count * self.width(stage))
            .sum::<i64>()
    }
}

/// Two convolutions round which the features are passed on. Between them the words scale and shift each channel (Perez et
/// al., 2018, "Visual Reasoning with a General Conditioning Layer").
#[derive(Debug)]
struct Block {
    first: Conv,
    second: Conv,
}

impl Block {
    fn new(mut weights: Weights, width: i64) -> Result<Self, Failure> {
        Ok(Self {
            first: Conv::new(weights.at("first"), width, width)?,
            second: Conv::new(weights.at("second"), width, width)?,
        })
    }

    /// b c h w; gain and shift b c 1 1.
    fn forward(&self, x: &Tensor, gain: &Tensor, shift: &Tensor) -> Tensor {
        let inner = self.first.forward(&x.relu());
        let inner = shift.addcmul(&inner, &(gain + 1.0));
        self.second.forward(&inner.relu()) + x
    }
}

/// The network.
#[derive(Debug)]
pub struct Guided {
    config: GuidedConfig,
    read: Conv,
    stages: Vec<Vec<Block>>,
    halve: Conv,
    quarter: Conv,
    to_half: Conv,
    to_full: Conv,
    modulation: [Linear; 3],
    write: Conv,
}

impl Guided {
    /// Builds the network.
    pub fn new(config: GuidedConfig, mut weights: Weights) -> Result<Self, Failure> {
        let [full, half, quarter] = config.widths;
        let mut stages = Vec::new();
        for (stage, count) in config.blocks.into_iter().enumerate() {
            let mut list = weights.at("stages");
            let mut list = list.at(stage);
            let blocks = (0..count).map(|at| Block::new(list.at(at), config.width(stage)));
            stages.push(blocks.collect::<Result<Vec<_>, Failure>>()?);
        }
        let mut words = weights.at("told");
        let modulation = [
            Linear::new(words.at(0), config.hints, config.words_width)?,
            Linear::new(words.at(1), config.words_width, config.words_width)?,
            Linear::new(words.at(2), config.words_width, config.modulation())?,
        ];
        Ok(Self {
            config,
            read: Conv::new(weights.at("read"), READS, full)?,
            stages,
            halve: Conv::strided(weights.at("halve"), full, half, 2)?,
            quarter: Conv::strided(weights.at("quarter"), half, quarter, 2)?,
            to_half: Conv::new(weights.at("to_half"), quarter, half)?,
            to_full: Conv::new(weights.at("to_full"), half, full)?,
            modulation,
            write: Conv::new(weights.at("write"), full, 3 * SCALE * SCALE)?,
        })
    }

    /// The input b i h w of [`Input::tensor`], and the hints b n, to b 3 (4 h) (4 w). Height and width are multiples of 4.
    pub fn forward(&self, x: &Tensor, hints: &Tensor) -> Tensor {
        let begun = begun(x);
        self.added(x, &begun, hints) + begun
    }

    /// What is added to the picture that is begun with, as of [`begun`].
    pub fn added(&self, x: &Tensor, begun: &Tensor, hints: &Tensor) -> Tensor {
        let x = Tensor::cat(&[x, &begun.pixel_unshuffle(SCALE)], 1);
        let [read, mixed, modulation] = &self.modulation;
        let read = read.forward(hints).relu();
        let modulation = modulation.forward(&mixed.forward(&read).relu());
        let mut modulation = Modulation {
            values: modulation,
            next: 0,
        };
        let full = self.run(0, &self.read.forward(&x), &mut modulation);
        let half = self.run(1, &self.halve.forward(&full), &mut modulation);
        let quarter = self.run(2, &self.quarter.forward(&half), &mut modulation);
        let half = half + doubled(&self.to_half.forward(&quarter));
        let half = self.run(3, &half, &mut modulation);
        let full = full + doubled(&self.to_full.forward(&half));
        let full = self.run(4, &full, &mut modulation);
        self.write.forward(&full.relu()).pixel_shuffle(SCALE)
    }

    fn run(&self, stage: usize, x: &Tensor, modulation: &mut Modulation) -> Tensor {
        let mut x = x.shallow_clone();
        let width = self.config.width(stage);
        for block in self.stages.iter().skip(stage).take(1).flatten() {
            let (gain, shift) = (modulation.take(width), modulation.take(width));
            x = block.forward(&x, &gain, &shift);
        }
        x
    }
}

/// The numbers for all blocks, b n, of which each block takes the next.
struct Modulation {
    values: Tensor,
    next: i64,
}

impl Modulation {
    fn take(&mut self, width: i64) -> Tensor {
        let taken = self.values.narrow(1, self.next, width);
        self.next += width;
        taken.unsqueeze(-1).unsqueeze(-1)
    }
}

/// The picture that is begun with: the middle one of an input enlarged layer by layer.
pub fn begun(x: &Tensor) -> Tensor {
    let (here, settled) = (x.narrow(1, 3, 3), x.narrow(1, 3 * PICTURES, 3));
    let masks = x.narrow(1, LAYERS_AT, layers::LAYERS * SCALE * SCALE);
    let stage = x.narrow(1, STAGE_AT, STAGE_CHANNELS * SCALE * SCALE);
    let stage = stage.pixel_shuffle(SCALE).narrow(1, 0, 3);
    layers::enlarged(&here, &settled, &stage, &masks.pixel_shuffle(SCALE))
}

fn doubled(x: &Tensor) -> Tensor {
    let size = x.size();
    x.upsample_nearest2d([2 * size[2], 2 * size[3]], None::<f64>, None::<f64>)
}

/// What the network reads of one picture or of several, all in [0, 1] but the places.
#[derive(Debug)]
pub struct Input {
    /// The picture before, the one to make larger and the one after: b 9 h w.
    pub pictures: Tensor,
    /// What the clip settles to there: b 3 h w. Without a camera it is the picture itself.
    pub settled: Tensor,
    /// The stage at the large size, red, green, blue and depth: b 4 (4 h) (4 w), zeros where there is none.
    pub stage: Tensor,
    /// The layers of the stage, as from [`layers::masks`]: b 3 (4 h) (4 w), zeros where they are unknown.
    pub masks: Tensor,
    /// What camera and figures say of each pixel: b c h w, zeros where they are unknown.
    pub places: Tensor,
    /// 1 where there is a stage, else 0: b.
    pub has_stage: Tensor,
}

impl Input {
    /// As one tensor: b i h w.
    pub fn tensor(&self) -> Tensor {
        let size = self.pictures.size();
        let flags = self.has_stage.view([-1, 1, 1, 1]);
        let flags = flags.expand([size[0], 1, size[2], size[3]], false);
        let flags = flags.to_kind(self.pictures.kind());
        let folded = self.stage.pixel_unshuffle(SCALE);
        let masks = self.masks.pixel_unshuffle(SCALE);
        let known = [&self.pictures, &self.settled, &folded, &masks];
        Tensor::cat(&[known.as_slice(), &[&self.places, &flags]].concat(), 1)
    }
}

/// The input without a stage, of a picture without neighbours 3 h w.
pub(super) fn plain_input(picture: &Tensor) -> Tensor {
    let size = picture.size();
    let empty = Tensor::zeros(
        [INPUTS - 3 * PICTURES - 3, size[1], size[2]],
        (Kind::Float, picture.device()),
    );
    Tensor::cat(&[picture, picture, picture, picture, &empty], 0)
}
