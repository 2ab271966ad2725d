//! The decoder network: a convolution, a middle block with attention, upsampling stages, and a head for colours.
//! Late stages run on a few frames at a time to bound memory.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::causal::{CausalConv, Memory};
use super::config::{Half, VaeConfig};
use super::encoder::{Head, Middle};
use super::stage::{Stage, stages};
use crate::weights::{Weights, channels_last};

/// Frames per batch in the late stages. Measured: two are fastest and need little memory.
const FRAMES_AT_ONCE: i64 = 2;

#[derive(Debug)]
pub struct Decoder {
    conv1: CausalConv,
    middle: Middle,
    upsamples: Vec<Stage>,
    head: Head,
}

impl Decoder {
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let [first, last] = config.ends(Half::Decoder);
        Ok(Self {
            conv1: CausalConv::new(weights.at("conv1"), config.channels, first)?,
            middle: Middle::new(weights.at("middle"), first)?,
            upsamples: stages(config, Half::Decoder, weights.here())?,
            head: Head::new(weights.at("head"), last, config.picture_channels())?,
        })
    }

    pub fn forward(&self, latents: &Tensor, memory: &mut Memory) -> Tensor {
        let x = self.conv1.forward(channels_last(latents), memory);
        let mut x = self.middle.forward(&x, memory);
        let (early, late) = self.upsamples.split_at(self.last_temporal_stage_end());
        for stage in early {
            x = stage.forward(x, memory);
        }
        // From here on frames are large and many, so a few at a time are run through all remaining stages.
        let late_memory = memory.place();
        let pieces = x.split(FRAMES_AT_ONCE, 2).into_iter().map(|piece| {
            memory.return_to(late_memory);
            let piece = late
                .iter()
                .fold(piece, |piece, stage| stage.forward(piece, memory));
            self.head.forward(piece, memory).to_kind(Kind::Float)
        });
        Tensor::cat(&pieces.collect::<Vec<_>>(), 2)
    }

    /// The index of the first stage after all temporal upsampling.
    fn last_temporal_stage_end(&self) -> usize {
        self.upsamples
            .iter()
            .rposition(Stage::makes_frames)
            .map_or(0, |last| last + 1)
    }
}
