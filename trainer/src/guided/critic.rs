//! The critic of the guided upscaler: a network that learns to distinguish its pictures from the world's, patch by patch, beside
//! the stage (Isola et al., 2017, "Image-to-Image Translation"; hinge losses of Lim and Ye, 2017).

use std::path::Path;

use kinora_engine::weights::{Weights, channels_last};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::{Initial, Parameters};
use crate::train_state::TrainState;

/// Channels of a picture and of the stage.
const INPUTS: i64 = 7;
/// Pixels that are folded into channels, along a side.
const FOLDED: i64 = 2;
/// Channels of its layers.
const WIDTHS: [i64; 3] = [32, 64, 96];
/// Learning rates.
const RATES: Rates = Rates {
    muon: 0.0,
    adam: 5e-4,
};
/// Steps between two checkpoints.
const SAVE_STEPS: u64 = 100;

/// A convolution of three by three pixels.
struct Conv {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
}

impl Conv {
    fn new(mut weights: Weights, channels: [i64; 2], stride: i64) -> Result<Self, Failure> {
        let [inputs, outputs] = channels;
        Ok(Self {
            weight: weights.kernel("weight", &[outputs, inputs, 3, 3])?,
            bias: weights.tensor("bias", &[outputs])?,
            stride,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), self.stride, 1, 1, 1)
    }
}

/// The network.
struct Network {
    layers: [Conv; 3],
    judge: Conv,
}

impl Network {
    fn new(mut weights: Weights) -> Result<Self, Failure> {
        let [a, b, c] = WIDTHS;
        let folded = INPUTS * FOLDED * FOLDED;
        Ok(Self {
            layers: [
                Conv::new(weights.at("layers.0"), [folded, a], 1)?,
                Conv::new(weights.at("layers.1"), [a, b], 2)?,
                Conv::new(weights.at("layers.2"), [b, c], 2)?,
            ],
            judge: Conv::new(weights.at("judge"), [c, 1], 1)?,
        })
    }

    /// Pictures b 3 h w and their stages b 4 h w in [0, 1] to what each layer makes of them, and the verdicts: above 0 for the
    /// world's, below for others.
    fn forward(&self, pictures: &Tensor, stages: &Tensor, kind: Kind) -> (Vec<Tensor>, Tensor) {
        let both = Tensor::cat(&[pictures, stages], 1) * 2.0 - 1.0;
        let folded = both.to_kind(kind).pixel_unshuffle(FOLDED);
        let mut x = channels_last(&folded);
        let mut made = Vec::new();
        for layer in &self.layers {
            x = layer.forward(&x).silu();
            made.push(x.shallow_clone());
        }
        let verdicts = self.judge.forward(&x).to_kind(Kind::Float);
        (made, verdicts)
    }
}

/// The critic and its training.
pub struct Critic {
    state: TrainState,
    kind: Kind,
}

/// What the critic says of pictures that are to be like the world's.
pub struct Criticism {
    /// How far it is from taking them for the world's.
    pub doubt: Tensor,
    /// How far what its layers make of them is from what they make of the world's.
    pub difference: Tensor,
    /// Its own loss.
    pub loss: Tensor,
}

impl Critic {
    /// Opens the training run of this file, or starts one.
    pub fn open(path: &Path, device: Device, kind: Kind) -> Result<Self, Failure> {
        let is_matrix: IsMatrix = |_, _| false;
        let start = (&initial::critic as Initial, is_matrix, RATES);
        let state = TrainState::open(path, device, start, Network::new)?;
        Ok(Self { state, kind })
    }

    /// Learns from pictures that were made and the world's, b 3 h w, with their stages, b 4 h w; then judges those made.
    pub fn judge(
        &mut self,
        made: &Tensor,
        large: &Tensor,
        stages: &Tensor,
    ) -> Result<Criticism, Failure> {
        let network = self.state.parameters.network(self.kind, Network::new)?;
        let (_, of_made) = network.forward(&made.detach(), stages, self.kind);
        let (_, of_world) = network.forward(large, stages, self.kind);
        let hinge = |wrong: Tensor| (wrong + 1.0).relu().mean(Kind::Float);
        let loss = hinge(of_made) + hinge(-of_world);
        self.state.update(&loss);
        if self.state.run.step.is_multiple_of(SAVE_STEPS) {
            self.state.save()?;
        }
        let still = Parameters::of(
            self.state.parameters.copied(),
            self.state.parameters.device(),
        );
        let still = {
            let _no_grad = tch::no_grad_guard();
            still.network(self.kind, Network::new)?
        };
        let (layers, verdicts) = still.forward(made, stages, self.kind);
        let (aims, _) = {
            let _no_grad = tch::no_grad_guard();
            still.forward(large, stages, self.kind)
        };
        let differences = layers.iter().zip(&aims).map(|(own, aim)| {
            let scale = aim.abs().mean(Kind::Float).clamp_min(1e-3);
            (own - aim).abs().mean(Kind::Float) / scale
        });
        let difference = differences.fold(Tensor::from(0.0f32), |sum, one| sum + one);
        Ok(Criticism {
            doubt: -verdicts.mean(Kind::Float),
            difference: difference / WIDTHS.len() as f64,
            loss: loss.detach(),
        })
    }
}
