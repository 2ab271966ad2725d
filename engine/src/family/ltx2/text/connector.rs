//! From Gemma's hidden states to the tokens that the transformer attends to: projections, then a small transformer for each
//! stream, in which learned registers take the places that the text leaves.
//!
//! Source: diffusers `pipelines/ltx2/connectors.py` (`LTX2ConnectorTransformer1d`, `LTX2TextConnectors`).

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::TEXT_LENGTH;
use super::connector_block::{ConnectorBlock, normed};
use super::connector_config::{BLOCKS, CONNECTORS, ConnectorConfig, ConnectorsConfig};
use super::projection::Projection;
use super::rope::Rope;
use crate::weights::{Blocks, Check, ModuleStream, Weights};

/// What the transformer attends to: all of it, whatever the length of the text.
#[derive(Debug)]
pub struct TextContext {
    /// For the picture: 1 x length x width.
    pub video: Tensor,
    /// For the sound: 1 x length x width.
    pub audio: Tensor,
}

/// The projections and both connectors.
#[derive(Debug)]
pub struct Connectors {
    projection: Projection,
    video: Connector,
    audio: Connector,
    /// Length of a padded text, in tokens.
    length: i64,
}

impl Connectors {
    /// Builds them from their parameters.
    pub fn new(config: &ConnectorsConfig, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with blocks that are read when they run. Of the blocks that the stream keeps the connector of the
    /// sound gets what that of the picture leaves.
    pub fn streamed(
        config: &ConnectorsConfig,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some(stream))
    }

    fn build(
        config: &ConnectorsConfig,
        mut weights: Weights,
        stream: Option<&ModuleStream>,
    ) -> Result<Self, Failure> {
        let rotation = (config.theta, config.base_length);
        let of_video = stream.map(|stream| (stream, stream.kept));
        let of_audio =
            stream.map(|stream| (stream, stream.kept.saturating_sub(config.video.layers)));
        Ok(Self {
            projection: Projection::new(&config.projection, weights.here())?,
            video: Connector::new(&config.video, rotation, 0, weights.here(), of_video)?,
            audio: Connector::new(&config.audio, rotation, 1, weights.here(), of_audio)?,
            length: TEXT_LENGTH as i64,
        })
    }

    /// The same connectors for texts that are padded to another length than that of the released models, in tokens.
    pub fn with_length(self, length: i64) -> Self {
        Self { length, ..self }
    }

    /// `states`: 1 x tokens x width x layers, all hidden states of a text without padding, on the device of the network.
    /// `check` is called before each block that is read.
    pub fn forward(&self, states: &Tensor, check: &mut Check) -> Result<TextContext, Failure> {
        let tokens = states.size().get(1).copied().unwrap_or(0);
        if tokens == 0 || tokens > self.length {
            return Err(Failure::bug(format!(
                "a text of {tokens} tokens for connectors of {}",
                self.length
            )));
        }
        let _no_grad = tch::no_grad_guard();
        let padding = match self.video.registers {
            Some(_) => 0,
            None => self.length - tokens,
        };
        let projected = self.projection.forward(states, padding);
        Ok(TextContext {
            video: self
                .video
                .forward(&projected.video, padding, self.length, check)?,
            audio: self
                .audio
                .forward(&projected.audio, padding, self.length, check)?,
        })
    }
}

/// One connector.
#[derive(Debug)]
struct Connector {
    /// registers x width.
    registers: Option<Tensor>,
    blocks: Blocks<ConnectorBlock>,
    config: ConnectorConfig,
    /// Base of the wavelengths, and the length that spans them.
    rotation: (f64, f64),
}

impl Connector {
    /// The connector of the picture (0) or of the sound (1). `weights` is the root of the network.
    fn new(
        config: &ConnectorConfig,
        rotation: (f64, f64),
        at: usize,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
    ) -> Result<Self, Failure> {
        let config = *config;
        let registers = match config.registers {
            0 => None,
            count => {
                let mut module = weights.at(CONNECTORS[at]);
                Some(module.tensor("learnable_registers", &[count, config.width])?)
            }
        };
        let build = move |_: usize, weights: Weights| ConnectorBlock::new(&config, weights);
        Ok(Self {
            registers,
            blocks: Blocks::new(BLOCKS[at], config.layers, weights, stream, build)?,
            config,
            rotation,
        })
    }

    /// 1 x padding + tokens x width -> 1 x length x width. Registers fill up the length; padding is not attended to.
    fn forward(
        &self,
        text: &Tensor,
        padding: i64,
        length: i64,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        let (mut x, mask) = if let Some(registers) = &self.registers {
            (filled(text, registers, length), None)
        } else {
            let places = Tensor::arange(length, (Kind::Int64, text.device()));
            let mask = places.ge(padding).view([1, 1, 1, -1]);
            (text.shallow_clone(), Some(mask))
        };
        let heads = (self.config.heads, self.config.width);
        let rope = Rope::of_connector(heads, self.rotation, 0..length, x.device());
        self.blocks.for_each_while(check, |_, block| {
            x = block.forward(&x, &rope, mask.as_ref());
            Ok(())
        })?;
        Ok(normed(&x, self.config.width))
    }
}

/// The text, and behind it registers up to this length. Each register stands at every place that it divides by their number
/// with its own as the rest.
fn filled(text: &Tensor, registers: &Tensor, length: i64) -> Tensor {
    let places = Tensor::arange_start(text.size()[1], length, (Kind::Int64, text.device()));
    let rows = registers.index_select(0, &places.remainder(registers.size()[0]));
    Tensor::cat(&[text, &rows.unsqueeze(0).to_kind(text.kind())], 1)
}
