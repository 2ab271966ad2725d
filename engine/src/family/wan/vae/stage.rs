//! A stage of encoder or decoder: residual blocks and a resampling layer, in Wan 2.2 with a shortcut round them.
//! Both halves of both forms of the autoencoder are made of these.

use kinora_wire::Failure;
use tch::Tensor;

use super::causal::Memory;
use super::config::{Half, Layer, VaeConfig};
use super::layers::{Downsample, ResidualBlock, Upsample};
use super::shortcut::Shortcut;
use crate::weights::Weights;

/// A stage. Shapes are written b c t h w.
#[derive(Debug)]
pub struct Stage {
    layers: Vec<StageLayer>,
    shortcut: Option<Shortcut>,
}

#[derive(Debug)]
enum StageLayer {
    Residual(ResidualBlock),
    Down(Downsample),
    Up(Upsample),
}

/// The stages of one half. `weights` is the root of that half.
pub fn stages(config: &VaeConfig, half: Half, mut weights: Weights) -> Result<Vec<Stage>, Failure> {
    let list = half.list();
    let mut count = 0; // of all layers so far
    let mut stages = Vec::new();
    for (number, layers) in config.stages(half).iter().enumerate() {
        let mut built = Vec::new();
        for (at, layer) in layers.iter().enumerate() {
            // A stage with a shortcut is a module with a list of its own; the layers of the others are one list.
            let place = match config.is_residual {
                true => format!("{list}.{number}.{list}.{at}"),
                false => format!("{list}.{count}"),
            };
            built.push(StageLayer::new(*layer, half, weights.at(place))?);
            count += 1;
        }
        let shortcut = config.is_residual.then(|| Shortcut::of(half, layers));
        stages.push(Stage {
            layers: built,
            shortcut: shortcut.flatten(),
        });
    }
    Ok(stages)
}

impl Stage {
    /// Runs the next frames through all layers.
    pub fn forward(&self, x: Tensor, memory: &mut Memory) -> Tensor {
        let input = self.shortcut.map(|shortcut| (shortcut, x.shallow_clone()));
        let layers = self.layers.iter();
        let x = layers.fold(x, |x, layer| layer.forward(&x, memory));
        match input {
            Some((shortcut, input)) => shortcut.added(x, &input),
            None => x,
        }
    }

    /// Whether it makes several frames of one.
    pub fn makes_frames(&self) -> bool {
        let makes = |layer: &StageLayer| matches!(layer, StageLayer::Up(up) if up.is_temporal());
        self.layers.iter().any(makes)
    }
}

impl StageLayer {
    fn new(layer: Layer, half: Half, weights: Weights) -> Result<Self, Failure> {
        Ok(match (layer, half) {
            (Layer::Residual { inputs, outputs }, _) => {
                Self::Residual(ResidualBlock::new(weights, inputs, outputs)?)
            }
            (
                Layer::Resample {
                    outputs,
                    is_temporal,
                    ..
                },
                Half::Encoder,
            ) => Self::Down(Downsample::new(weights, outputs, is_temporal)?),
            (
                Layer::Resample {
                    inputs,
                    outputs,
                    is_temporal,
                },
                Half::Decoder,
            ) => Self::Up(Upsample::new(weights, inputs, outputs, is_temporal)?),
        })
    }

    fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        match self {
            Self::Residual(block) => block.forward(x, memory),
            Self::Down(down) => down.forward(x, memory),
            Self::Up(up) => up.forward(x, memory),
        }
    }
}
