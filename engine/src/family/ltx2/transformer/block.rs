//! A block: in both streams attention within the stream and to the text, then attention between the streams, then
//! feed-forward layers.
//!
//! Source: diffusers `LTX2VideoTransformerBlock`.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::SelfAttention;
use super::config::Config;
use super::crossing::{CrossBlock, CrossSide};
use super::stream_block::{StreamBlock, StreamContext};
use super::streams::{Modality, Streams};
use crate::weights::{Blocks, ModuleStream, Weights};

/// The list of the blocks, in the names of the parameters.
pub const BLOCKS: &str = "transformer_blocks";

#[derive(Debug)]
pub struct Block {
    streams: Streams<StreamBlock>,
    crossing: Option<CrossBlock>,
}

/// All blocks. `weights` is the root of the network; a stream keeps its first blocks.
pub fn stack(
    config: &Config,
    weights: Weights,
    stream: Option<&ModuleStream>,
) -> Result<Blocks<Block>, Failure> {
    let stream = stream.map(|stream| (stream, stream.kept));
    let config_of_block = config.clone();
    let build = move |_: usize, weights: Weights| Block::new(&config_of_block, weights);
    Blocks::new(BLOCKS, config.layers, weights, stream, build)
}

impl Block {
    fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let epsilon = config.epsilon;
        let streams = config.streams.as_ref();
        let crossing = match (&config.crossing, streams.both()) {
            (Some(crossing), Some(streams)) => {
                let weights = weights.here();
                Some(CrossBlock::new(crossing, streams, epsilon, weights)?)
            }
            _ => None,
        };
        let streams = streams.try_map(|modality, stream| {
            StreamBlock::new(stream, modality, epsilon, weights.here())
        })?;
        Ok(Self { streams, crossing })
    }

    /// Changes the tokens of the streams of a pass, b x l x d. `sides`: without them, or without one of the streams, none
    /// attends to the other.
    pub fn forward(
        &self,
        tokens: &mut Streams<Tensor>,
        contexts: &Streams<StreamContext>,
        sides: Option<(&CrossSide, &CrossSide)>,
        how: SelfAttention,
    ) {
        for modality in Modality::ALL {
            self.change(modality, tokens, contexts, |stream, x, context| {
                stream.attend(x, context, how)
            });
        }
        let both = tokens.video.as_mut().zip(tokens.audio.as_mut());
        if let (Some(crossing), Some(sides), Some((video, audio))) = (&self.crossing, sides, both) {
            (*video, *audio) = crossing.forward((&*video, &*audio), sides);
        }
        for modality in Modality::ALL {
            self.change(modality, tokens, contexts, StreamBlock::feed_forward);
        }
    }

    fn change(
        &self,
        modality: Modality,
        tokens: &mut Streams<Tensor>,
        contexts: &Streams<StreamContext>,
        make: impl Fn(&StreamBlock, &Tensor, &StreamContext) -> Tensor,
    ) {
        let layers = self.streams.get(modality).zip(contexts.get(modality));
        if let Some(((stream, context), x)) = layers.zip(tokens.get_mut(modality)) {
            *x = make(stream, x, context);
        }
    }
}
