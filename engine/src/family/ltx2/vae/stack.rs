//! One half of the autoencoder: a convolution, residual blocks and resampling layers, norm, SiLU, a convolution.
//! Frames run through it a few at a time.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::{Form, Half, Layer, Layers, VaeConfig};
use super::layers::{Border, Conv, ResidualBlock, normed_silu};
use super::memory::{Memory, Places};
use super::resample::{Down, Stride, Up};
use crate::weights::{Weights, channels_last};

/// The encoder or the decoder.
#[derive(Debug)]
pub struct Stack {
    conv_in: Conv,
    layers: Vec<StackLayer>,
    conv_out: Conv,
}

#[derive(Debug)]
enum StackLayer {
    Residual(ResidualBlock),
    Down(Down),
    Up(Up),
}

/// A piece of a clip on its way through a half.
pub struct Pass<'p> {
    /// What the layers keep between pieces.
    pub memory: &'p mut Memory,
    /// Most frames that are led through a layer at a time.
    pub most_frames: i64,
    /// Receives what the half makes.
    pub sink: &'p mut (dyn FnMut(Tensor) -> Result<(), Failure> + 'p),
}

impl Stack {
    /// A half of an autoencoder, which has these layers. `weights` is the root of the whole autoencoder.
    pub fn new(
        config: &VaeConfig,
        (half, own): (Half, &Layers),
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let mut weights = weights.at(half.name());
        let is_mirrored = config.form() == Some(Form::Mirrored);
        let border = Border {
            is_causal: half == Half::Encoder,
            is_mirrored: half == Half::Decoder && is_mirrored,
        };
        let first = own.first_width;
        let [inputs, last, outputs] = config.ends(half, own);
        let mut places = Places::default();
        let conv_in = Conv::new(weights.at("conv_in"), [inputs, first], border, &mut places)?;
        let mut layers = Vec::new();
        for (number, layer) in own.layers.iter().enumerate() {
            let mut weights = weights.at(format_args!("{}.{number}", half.list()));
            match *layer {
                Layer::Residual { width, count } => {
                    for at in 0..count {
                        let weights = weights.at(format_args!("res_blocks.{at}"));
                        let block = ResidualBlock::new(weights, width, border, &mut places)?;
                        layers.push(StackLayer::Residual(block));
                    }
                }
                Layer::Resample {
                    inputs,
                    outputs,
                    stride,
                } => {
                    let (weights, channels) = (weights.at("conv"), [inputs, outputs]);
                    let has_shortcut = match half {
                        Half::Encoder => None,
                        Half::Decoder => Some(is_mirrored),
                    };
                    let form = (stride, has_shortcut);
                    let layer = resampling(weights, channels, form, border, &mut places);
                    layers.push(layer?);
                }
            }
        }
        let conv_out = weights.at("conv_out");
        Ok(Self {
            conv_in,
            layers,
            conv_out: Conv::new(conv_out, [last, outputs], border, &mut places)?,
        })
    }

    /// Leads the next frames through all layers. The sink of `pass` receives the output frames that they complete, which
    /// may be none. `is_last` says that the clip ends with them; at least one frame comes then.
    pub fn push(&self, x: &Tensor, is_last: bool, pass: &mut Pass) -> Result<(), Failure> {
        let x = channels_last(&x.to_kind(self.kind()));
        match self.conv_in.push(x, is_last, pass.memory) {
            Some(x) => self.run(0, x, is_last, pass),
            None => Ok(()),
        }
    }

    /// The steps of [`Self::end`].
    pub fn ends(&self) -> usize {
        self.layers.len() + 2
    }

    /// A step of the end of a clip, all frames of which were pushed, and none as the last: the last outputs of one layer, led
    /// through those that follow. So several tiles can be ended side by side, a few frames at a time.
    pub fn end(&self, step: usize, pass: &mut Pass) -> Result<(), Failure> {
        let layer = step.checked_sub(1);
        let made = match layer {
            None => self.conv_in.end(pass.memory),
            Some(at) => {
                let Some(layer) = self.layers.get(at) else {
                    let made = self.conv_out.end(pass.memory);
                    return made.map_or(Ok(()), |made| (pass.sink)(made));
                };
                layer.end(pass.memory)
            }
        };
        made.map_or(Ok(()), |x| self.run(step, x, false, pass))
    }

    fn kind(&self) -> Kind {
        self.conv_in.kind()
    }

    /// The layers from number `at` on.
    fn run(&self, at: usize, x: Tensor, is_last: bool, pass: &mut Pass) -> Result<(), Failure> {
        if x.size()[2] > pass.most_frames {
            let pieces = x.split(pass.most_frames, 2);
            drop(x);
            let count = pieces.len();
            let mut pieces = pieces.into_iter().enumerate();
            return pieces.try_for_each(|(number, piece)| {
                self.run(at, piece, is_last && number + 1 == count, pass)
            });
        }
        let Some(layer) = self.layers.get(at) else {
            let made = self.conv_out.push(normed_silu(&x), is_last, pass.memory);
            return made.map_or(Ok(()), |made| (pass.sink)(made));
        };
        match layer.push(x, is_last, pass.memory) {
            Some(x) => self.run(at + 1, x, is_last, pass),
            None => Ok(()),
        }
    }
}

/// A resampling layer: of the encoder, or of the decoder with or without a shortcut.
fn resampling(
    weights: Weights,
    channels: [i64; 2],
    (stride, has_shortcut): (Stride, Option<bool>),
    border: Border,
    places: &mut Places,
) -> Result<StackLayer, Failure> {
    Ok(match has_shortcut {
        None => StackLayer::Down(Down::new(weights, channels, stride, border, places)?),
        Some(has_shortcut) => {
            let form = (stride, has_shortcut);
            StackLayer::Up(Up::new(weights, channels, form, border, places)?)
        }
    })
}

impl StackLayer {
    fn push(&self, x: Tensor, is_last: bool, memory: &mut Memory) -> Option<Tensor> {
        match self {
            Self::Residual(block) => block.push(&x, is_last, memory),
            Self::Down(down) => down.push(x, is_last, memory),
            Self::Up(up) => up.push(x, is_last, memory),
        }
    }

    /// The last outputs; those of layers that make fewer frames have come before.
    fn end(&self, memory: &mut Memory) -> Option<Tensor> {
        match self {
            Self::Residual(block) => block.end(memory),
            Self::Down(_) => None,
            Self::Up(up) => up.end(memory),
        }
    }
}
